"""Files and environment merge key by key, and every value knows where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.config import Account, Origin, load, require
from appliance.config.fields import SECTIONS
from tests.config.conftest import Write
from tests.config.test_mistakes import GOOD, one


def test_later_files_win_key_by_key(write: Write) -> None:
    card = write("[audio]\nringer_volume = 10\nearpiece_volume = 20\n" + GOOD, "card.toml")
    served = write("[audio]\nringer_volume = 30\n", "served.toml")
    loaded = load([card, served], {"DESKPHONE_AUDIO_EARPIECE_VOLUME": "40"})
    audio = require(loaded).audio
    assert (audio.ringer_volume, audio.earpiece_volume, audio.microphone_volume) == (30, 40, 80)
    assert loaded.origins["audio", "ringer_volume"] == Origin(str(served), 2)
    assert loaded.origins["audio", "earpiece_volume"] == Origin("environment")
    assert ("audio", "microphone_volume") not in loaded.origins
    assert loaded.origins["account", 0, "user"] == Origin(str(card), 5)


def test_tables_merge_and_lists_are_replaced(write: Write) -> None:
    one_ = write('[dial]\nspeed_dial = {1 = "601", 2 = "602"}\nemergency = ["112"]\n' + GOOD, "1")
    two = write('[dial]\nspeed_dial.2 = "702"\nemergency = ["911"]\n', "2")
    dial = require(load([one_, two], {})).dial
    assert dial.speed_dial == {"1": "601", "2": "702"}
    assert dial.emergency == ("911",)


def accounts(*paths: Path) -> list[tuple[str, str, str, int]]:
    config = require(load(paths, {}))
    return [(a.user, a.server, a.password, a.expires) for a in config.accounts]


def test_an_account_is_changed_by_its_user_and_otherwise_added(write: Write) -> None:
    first = write(GOOD, "1")
    second = write('[[account]]\nuser = "1001"\nexpires = 60\n' + GOOD.replace("1001", "1002"), "2")
    assert accounts(first, second) == [
        ("1001", "pbx.example.com", "geheim", 60),
        ("1002", "pbx.example.com", "geheim", 300),
    ]


def test_one_user_at_two_servers_is_told_apart_by_the_server(write: Write) -> None:
    first = write(GOOD + GOOD.replace("pbx.", "pbx2."), "1")
    second = write('[[account]]\nuser = "1001"\nserver = "pbx2.example.com"\nexpires = 60\n', "2")
    assert [account[3] for account in accounts(first, second)] == [300, 60]


def test_a_later_file_may_move_a_user_to_another_server(write: Write) -> None:
    first, second = write(GOOD, "1"), write('[[account]]\nuser = "1001"\nserver = "new"\n', "2")
    assert accounts(first, second) == [("1001", "new", "geheim", 300)]


def test_a_later_secret_replaces_an_earlier_one_of_the_other_kind(write: Write) -> None:
    write("from-file\n", "secret")
    text = write(GOOD, "1")
    file = write('[[account]]\nuser = "1001"\npassword_file = "secret"\n', "2")
    assert accounts(text, file)[0][2] == "from-file"
    whole = write(GOOD.replace('password = "geheim"', 'password_file = "secret"'), "3")
    assert accounts(whole, write('[[account]]\nuser = "1001"\npassword = "later"\n', "4"))[0][
        2
    ] == ("later")


def test_a_bad_value_is_reported_even_when_a_later_file_overrides_it(write: Write) -> None:
    card = write("[audio]\nringer_volume = 101\n" + GOOD, "card.toml")
    assert "ringer_volume" in one(load([card, write("[audio]\nringer_volume = 1\n", "2")], {}))


def test_a_phone_can_be_configured_by_its_environment_alone() -> None:
    env = {
        "DESKPHONE_ACCOUNT_0_USER": "1001",
        "DESKPHONE_ACCOUNT_0_PASSWORD": "12345",
        "DESKPHONE_ACCOUNT_0_SERVER": "pbx",
        "DESKPHONE_ACCOUNT_0_BACKUP_SERVERS": "[2001:db8::1]:5060, pbx2",
        "DESKPHONE_ACCOUNT_1_USER": "1002",
        "DESKPHONE_ACCOUNT_1_PASSWORD": "x",
        "DESKPHONE_ACCOUNT_1_SERVER": "pbx",
        "DESKPHONE_AUDIO_CODECS": '["opus", "g722"]',
        "DESKPHONE_DIAL_SPEED_DIAL_1": "600",
        "DESKPHONE_DIAL_EMERGENCY": "112,911",
        "DESKPHONE_DIAL_INTERDIGIT_TIMEOUT": "2.5",
        "DESKPHONE_DISPLAY_ADDRESS": "0x3d",
        "DESKPHONE_DISPLAY_ROTATION": "180",
        "DESKPHONE_BOARD_LAMPS_MESSAGE": "4",
        "DESKPHONE_LOG_REDACT_NUMBERS": "false",
        "DESKPHONE_PHONE_TIMEZONE": "",
        "DESKPHONE_STATE": "/somewhere",
        "HOME": "/",
    }
    config = require(load([], env))
    assert [account.user for account in config.accounts] == ["1001", "1002"]
    assert config.accounts[0].password == "12345"
    assert config.accounts[0].backup_servers == ("[2001:db8::1]:5060", "pbx2")
    assert config.audio.codecs == ("opus", "g722")
    assert (config.dial.speed_dial, config.dial.emergency) == ({"1": "600"}, ("112", "911"))
    assert (config.dial.interdigit_timeout, config.display.address) == (2.5, 0x3D)
    assert (config.display.rotation, config.board.lamps.message) == (180, 4)
    assert (config.log.redact_numbers, config.phone.timezone) == (False, None)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DESKPHONE_LOG_LEVL", "debug", "did you mean DESKPHONE_LOG_LEVEL?"),
        ("DESKPHONE_LOG_LEVEL", "debg", 'log.level: found "debg"'),
        ("DESKPHONE_ACCOUNT_USER", "1", "such as DESKPHONE_ACCOUNT_0_USER"),
        ("DESKPHONE_ACCOUNT_0_USR", "1", "did you mean DESKPHONE_ACCOUNT_0_USER?"),
        ("DESKPHONE_ACCOUNT_3_USER", "1", "account numbers from 0 to 1"),
        ("DESKPHONE_ACCOUNT_0_EXPIRES", "soon", "account[0].expires: found"),
        ("DESKPHONE_DIAL_SPEED_DIAL", "600", "an unknown variable"),
        ("DESKPHONE_DIAL_SPEED_DIAL_10", "600", "an unknown variable"),
        ("DESKPHONE_AUDIO_CODECS", "[opus", "audio.codecs[0]"),
        ("DESKPHONE_DISPLAY_SLEEP", "1\nx = 2", "display.sleep"),
        ("DESKPHONE_PHONE_NAME", "a\udcffb", "without control characters"),
    ],
)
def test_mistakes_in_the_environment(write: Write, name: str, value: str, words: str) -> None:
    problem = one(load([write(GOOD)], {name: value}))
    assert problem.startswith("environment: error: ")
    assert words in problem
    assert "write it" not in problem


def test_a_misspelt_section_in_the_environment_is_a_warning(write: Write) -> None:
    loaded = load([write(GOOD)], {"DESKPHONE_ACOUNT_0_USER": "1"})
    assert loaded.config is not None
    assert "did you mean DESKPHONE_ACCOUNT_…?" in one(loaded)


def test_defaults_that_depend_on_other_keys() -> None:
    plain = Account(user="1", server="s")
    secure = Account(user="1", server="s", transport="tls", auth_user="other")
    assert (plain.auth_user, plain.srtp) == ("1", "off")
    assert (secure.auth_user, secure.srtp) == ("other", "required")
    assert Account(user="1", server="s", transport="tls", srtp="off").srtp == "off"


def test_every_key_of_the_model_has_a_description() -> None:
    for fields in SECTIONS.values():
        for field in fields.values():
            shapes = [field.shape, *(field.shape.fields or {}).values()]
            assert shapes[0].description
            assert all(shape.description for shape in shapes) or field.name == "speed_dial"
