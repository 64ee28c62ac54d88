"""Keys that are right by themselves and wrong together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appliance.config import load, require
from appliance.config.model import Board
from appliance.phone.emergency import NUMBERS
from appliance.settings import core_settings, sip_settings
from appliance.sip.settings import AudioSettings
from appliance.sip.targets import next_hop
from tests.config.conftest import Write
from tests.config.test_mistakes import GOOD, messages, one

AUTHORITY = """\
-----BEGIN CERTIFICATE-----
MIIBnTCCAUOgAwIBAgIUCIr/z5SF/7v6pgPIk5jj8E1azbkwCgYIKoZIzj0EAwIw
IzEhMB8GA1UEAwwYRGVza3Bob25lIHRlc3QgYXV0aG9yaXR5MCAXDTI2MTEyMzAx
NTYwOFoYDzIxMjYxMDMwMDE1NjA4WjAjMSEwHwYDVQQDDBhEZXNrcGhvbmUgdGVz
dCBhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASWGXm9ILyK8LWs
OzLsBcg1Xh00A4y9vRGt5s5U3X/jDeV63DfCn1F2qHY0Kwi52sLr7WG2xLVXC+Ns
k60LZEibo1MwUTAdBgNVHQ4EFgQUbGkrWcocBuat5oSQM8hlDpjS95owHwYDVR0j
BBgwFoAUbGkrWcocBuat5oSQM8hlDpjS95owDwYDVR0TAQH/BAUwAwEB/zAKBggq
hkjOPQQDAgNIADBFAiEAhjKgNfpes/xXHDLK8Zbm52gE26iqVpGDfQDyXxic5fQC
ICZUheJGL/rfO0xYBXoMdvy7zQm4Rr8bl9xGcLmrvNr1
-----END CERTIFICATE-----
"""


def test_the_same_user_twice_at_a_server(write: Write) -> None:
    loaded = load([write(GOOD + GOOD.replace("pbx.example.com", "PBX.example.com."))], {})
    assert messages(loaded) == [(6, 8, "account[1].user")]
    assert "the server of account[0]" in one(loaded)


def test_one_mistake_does_not_hide_a_clash(write: Write) -> None:
    twice = GOOD + "[[account]]\n" + GOOD + "[audio]\nringer_volume = 101\n"
    assert [key for _, _, key in messages(load([write(twice)], {}))] == [
        "account[1].user",
        "account[1].server",
        "account[1].password",
        "account[2].user",
        "audio.ringer_volume",
    ]


def test_no_device_is_a_ringer_by_itself(write: Write) -> None:
    loaded = load([write(GOOD + '[audio]\nringer = "auto"\n')], {})
    assert messages(loaded) == [(6, 10, "audio.ringer")]
    assert "leave the key out" in one(loaded)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ('srtp = "required"', 8, "travel in the clear"),
        ('backup_servers = ["pbx.example.com"]', 18, "expected other servers"),
    ],
)
def test_what_is_allowed_but_worth_a_word(write: Write, text: str, column: int, words: str) -> None:
    loaded = load([write(GOOD + text + "\n")], {})
    assert loaded.config is not None
    assert messages(loaded)[0][:2] == (5, column)
    assert words in one(loaded)
    assert loaded.problems[0].severity == "warning"


@pytest.mark.parametrize(
    ("proxy", "transport", "severity", "srtp"),
    [
        ("sips:edge", "udp", "warning", "required"),
        ("sips:edge;transport=tcp", "tcp", "warning", "required"),
        ("SIP:edge;Transport=TLS;lr", "udp", "warning", "required"),
        ("sip:edge;transport=udp", "tls", "error", ""),
        ("sip:edge;transport=tcp", "tls", "error", ""),
        ("sip:edge", "tls", None, "required"),
        ("sips:edge", "tls", None, "required"),
        ("sip:edge;transport=tcp", "udp", None, "off"),
        ("sip:edge;transport=udp", "tcp", None, "off"),
    ],
)
def test_a_proxy_is_reached_by_its_own_transport(
    write: Write, proxy: str, transport: str, severity: str | None, srtp: str
) -> None:
    """TLS is never betrayed; where only the proxy's URI asks for it, it is TLS in all respects."""
    text = f'outbound_proxy = "{proxy}"\ntransport = "{transport}"\n'
    loaded = load([write(GOOD + text)], {})
    assert [problem.severity for problem in loaded.problems] == [severity] * bool(severity)
    if severity:
        assert messages(loaded) == [(5, 18, "account[0].outbound_proxy")]
        assert f'"{proxy}" with transport "{transport}"' in one(loaded)
        assert ("in the clear" if severity == "error" else 'transport = "tls"') in one(loaded)
    if loaded.config is None:
        assert severity == "error"
        return
    assert loaded.config.accounts[0].srtp == srtp
    used = next_hop(sip_settings(loaded.config, AudioSettings()).accounts[0], "edge")[2]
    assert core_settings(loaded.config, 0).accounts[0].transport == used
    assert (used == "tls") is (srtp == "required")


def test_authorities_vouch_for_a_proxy_over_tls(write: Write) -> None:
    write(AUTHORITY, "ca.pem")
    text = 'outbound_proxy = "sips:edge"\nca_file = "ca.pem"\n'
    assert "only TLS uses it" not in one(load([write(GOOD + text)], {}))


def test_authorities(write: Write) -> None:
    path = write(AUTHORITY, "ca.pem")
    tls = GOOD + 'transport = "tls"\nca_file = "ca.pem"\n'
    loaded = load([write(tls)], {})
    assert loaded.problems == ()
    assert loaded.config is not None
    assert loaded.config.accounts[0].ca_file == str(path)
    assert loaded.config.accounts[0].srtp == "required"
    assert "only TLS uses it" in one(load([write(tls.replace("tls", "tcp"))], {}))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        ("", "without a certificate"),
        (AUTHORITY[:300], "without a certificate"),
        (AUTHORITY.replace("MII", "AAA"), "without a certificate"),
    ],
)
def test_authorities_that_cannot_be_used(write: Write, content: str | None, words: str) -> None:
    if content is not None:
        write(content, "ca.pem")
    tls = GOOD + 'transport = "tls"\nca_file = "ca.pem"\n'
    loaded = load([write(tls)], {})
    assert words in one(loaded)
    assert messages(loaded) == [(6, 11, "account[0].ca_file")]


@pytest.mark.parametrize(
    ("board", "place", "words"),
    [
        ('rows = [4, 5]\nkeys = [["1"]]', (7, 8), "found 1 rows of keys, expected 2"),
        ('columns = [4, 5]\nkeys = [["1"]]', (7, 8), "found 1 keys in row 1, expected 2"),
        ("rows = [4]\ncolumns = [4]", (7, 11), "pin 4, which board.rows has"),
        ("hook = 4\nlamps.call = 4", (7, 14), "pin 4, which board.hook has"),
        ("rows = [4, 4]", (6, 12), "each of them once"),
    ],
)
def test_wiring(write: Write, board: str, place: tuple[int, int], words: str) -> None:
    loaded = load([write("[board]\n" + board + "\n" + GOOD)], {})
    line, column, _ = messages(loaded)[0]
    assert (line + 4, column) == place
    assert words in one(loaded)


def test_the_hardware_room_has_its_say_where_the_key_stands(write: Write) -> None:
    def check_board(board: Board) -> Iterator[tuple[str, str, str]]:
        if board.hook == 3:
            yield "hook", "a pin of the I²C bus", "another pin"
        yield "lamps.call", "no lamp", "a lamp"

    path = write("[board]\nhook = 3\n" + GOOD)
    loaded = load([path], {}, check_board=check_board)
    assert messages(loaded) == [(2, 8, "board.hook"), (2, 8, "board.lamps.call")]
    assert load([path], {}).config is not None
    assert str(load([write(GOOD)], {}, check_board=check_board).problems[0].place) == "default"


@pytest.mark.parametrize(
    ("server", "family", "key"),
    [
        ("192.0.2.1", "ipv6", "account[0].server"),
        ("[2001:db8::1]:5060", "ipv4", "account[0].server"),
        ("192.0.2.1", "ipv4", ""),
        ("[2001:db8::1]", "auto", ""),
        ("pbx.example.com", "ipv6", ""),
    ],
)
def test_a_server_of_another_family(write: Write, server: str, family: str, key: str) -> None:
    text = GOOD.replace("pbx.example.com", server) + f'address_family = "{family}"\n'
    loaded = load([write(text)], {})
    assert [where for _, _, where in messages(loaded)] == ([key] if key else [])
    assert not key or "address_family" in one(loaded)


@pytest.mark.parametrize("country", ["us", "de", "au", "mx"])
def test_emergency_numbers_are_the_countrys_and_those_that_are_configured(
    write: Write, country: str
) -> None:
    phone = f'[phone]\ncountry = "{country}"\n'
    found = core_settings(require(load([write(GOOD + phone)], {})), 1).emergency
    assert set(found) == {*NUMBERS[country], "911", "112"}
    more = phone + "[dial]\nemergency = []\n"
    found = core_settings(require(load([write(GOOD + more)], {})), 1).emergency
    assert found == NUMBERS[country]


def test_a_phone_that_has_been_told_no_country_knows_both(write: Write) -> None:
    assert core_settings(require(load([write(GOOD)], {})), 1).emergency == ("911", "112")


@pytest.mark.parametrize(
    ("country", "more", "key", "told"),
    [
        ("de", 'user = "1120"', "account[0].user", '"1120", which begins with the emergency num'),
        ("in", 'user = "1001"', "account[0].user", "number 100"),
        ("fr", 'mailbox = "1599"', "account[0].mailbox", "number 15"),
        ("de", '[dial]\npark = "1100"', "dial.park", "number 110"),
        ("de", '[dial]\npark_slots = ["701", "1101"]', "dial.park_slots", '"1101"'),
        ("es", '[dial]\nwatch = ["0611"]', "dial.watch", "number 061"),
        ("us", '[dial.speed_dial]\n7 = "91155"', "dial.speed_dial.7", "number 911"),
        ("us", '[dial]\nemergency = ["55"]\nwatch = ["551"]', "dial.watch", "number 55"),
        ("us", '[dial.speed_dial]\n7 = "911,,1"', "", ""),
        ("us", 'user = "1001"', "", ""),
    ],
)  # fmt: skip
def test_a_number_that_begins_like_an_emergency_number_is_warned_of(
    write: Write, country: str, more: str, key: str, told: str
) -> None:
    text = GOOD.replace('user = "1001"\n', "") if more.startswith("user") else GOOD
    head = f'[phone]\ncountry = "{country}"\n'
    loaded = load([write(head + text + more + "\n")], {})
    assert loaded.config is not None
    assert [where for _, _, where in messages(loaded)] == ([key] if key else [])
    assert all(problem.severity == "warning" for problem in loaded.problems)
    assert not key or (told in one(loaded) and "before" in one(loaded))


@pytest.mark.parametrize("key", ["pin", "pin_file"])
def test_a_pin_begins_with_no_emergency_number_and_is_not_told(write: Write, key: str) -> None:
    write("9113\n", "pin.txt")
    value = "9113" if key == "pin" else "pin.txt"
    loaded = load([write(GOOD + f'[security]\n{key} = "{value}"\n', "phone.toml")], {})
    assert loaded.config is None
    assert [where for _, _, where in messages(loaded)] == [f"security.{key}"]
    assert "begins with none of 911, 112" in one(loaded) and "9113" not in one(loaded)
