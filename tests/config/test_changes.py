"""What another configuration asks of a phone that runs."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from appliance.config.account import Account
from appliance.config.changes import LIVE, REGISTERED, Changes, compare, fingerprint
from appliance.config.load import load
from appliance.config.model import Config
from appliance.settings import core_settings, sip_settings
from appliance.sip.settings import AudioSettings

ACCOUNT = Account(user="1001", password="secret", server="pbx.example.com")
BEFORE = Config(accounts=(ACCOUNT,))


def section(part: str, /, **changes: object) -> Config:
    made = msgspec.structs.replace(getattr(BEFORE, part), **changes)
    return msgspec.structs.replace(BEFORE, **{part: made})


def account(**changes: object) -> Config:
    return msgspec.structs.replace(BEFORE, accounts=(msgspec.structs.replace(ACCOUNT, **changes),))


def test_the_same_is_no_change() -> None:
    assert compare(BEFORE, BEFORE) == Changes()
    assert compare(BEFORE, BEFORE).keys == ()


@pytest.mark.parametrize(
    ("after", "key"),
    [
        (section("phone", name="Desk 2"), "phone.name"),
        (section("dial", speed_dial={"1": "600"}), "dial.speed_dial"),
        (section("audio", earpiece_volume=40), "audio.earpiece_volume"),
        (section("display", brightness=30), "display.brightness"),
        (section("directory", files=("a.csv",)), "directory.files"),
        (section("security", pin="4711"), "security.pin"),
        (account(label="Sales"), "account[0].label"),
    ],
)
def test_behaviour_changes_at_once(after: Config, key: str) -> None:
    assert compare(BEFORE, after) == Changes(live=(key,))


@pytest.mark.parametrize("key", ["password", "auth_user", "display_name"])
def test_an_account_that_proves_itself_otherwise_registers_alone(key: str) -> None:
    found = compare(BEFORE, account(**{key: "other"}))
    assert found == Changes(accounts=(0,), registered=(f"account[0].{key}",))


@pytest.mark.parametrize(
    ("after", "key"),
    [
        (section("audio", codecs=("pcmu",)), "audio.codecs"),
        (section("phone", country="de"), "phone.country"),
        (section("dial", watch=("1002",)), "dial.watch"),
        (section("log", level="debug"), "log.level"),
        (account(server="other.example.com"), "account[0].server"),
        (account(transport="tls"), "account[0].transport"),
        (msgspec.structs.replace(BEFORE, accounts=()), "account"),
        (msgspec.structs.replace(BEFORE, accounts=(ACCOUNT, ACCOUNT)), "account"),
    ],
)
def test_what_a_device_or_the_library_was_made_with_takes_a_restart(
    after: Config, key: str
) -> None:
    assert compare(BEFORE, after).restart == (key,)


def test_every_key_that_is_named_exists() -> None:
    for name, keys in LIVE.items():
        made = ACCOUNT if name == "account" else getattr(BEFORE, name)
        assert set(keys) <= set(made.__struct_fields__)
    assert set(REGISTERED) <= set(ACCOUNT.__struct_fields__)
    assert not set(REGISTERED) & set(LIVE["account"])


@pytest.mark.parametrize(
    "after",
    [
        section("phone", name="Desk 2", language="de", start_spread=10.0),
        section("dial", digit_map="xxx", transfer="blind", emergency=("112",)),
        section("agent", preset="vicidial"),
        section("forward", no_answer_after=30.0),
        section("security", lock_after=60),
        section("display", sleep=60),
        account(ring="silent", mailbox="*97", label="Sales"),
    ],
)
def test_what_changes_at_once_is_nothing_to_the_sip_library(after: Config) -> None:
    audio = AudioSettings()
    assert compare(BEFORE, after).restart == ()
    assert sip_settings(after, audio, mark="m") == sip_settings(BEFORE, audio, mark="m")
    assert core_settings(after, 1) != core_settings(BEFORE, 1, power_cut=True)


def test_a_certificate_that_was_renewed_in_its_place_is_noticed(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("first")
    config = account(ca_file=str(authority))
    before = fingerprint(config)
    assert fingerprint(config) == before
    authority.write_text("second")
    assert fingerprint(config) != before
    authority.unlink()
    assert fingerprint(config) != before


def test_a_secret_in_a_file_is_compared_by_what_it_says(tmp_path: Path) -> None:
    secret, file = tmp_path / "secret", tmp_path / "phone.toml"
    secret.write_text("first\n")
    secret.chmod(0o600)
    file.write_text('[[account]]\nuser = "1"\nserver = "pbx"\npassword_file = "secret"\n')
    before = load((file,)).config
    secret.write_text("second\n")
    after = load((file,)).config
    assert before is not None
    assert after is not None
    assert compare(before, after).accounts == (0,)
