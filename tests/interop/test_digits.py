"""Digits of a whole phone, as an Asterisk understands them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.interop.phone import Phone, configuration
from tests.peers.ami import Message
from tests.peers.asterisk import Asterisk

pytestmark = pytest.mark.peers


def test_digits_behind_a_pause_follow_the_answer(pbx: Asterisk, tmp_path: Path) -> None:
    more = '[dial]\nspeed_dial = { 1 = "606,4071#" }\n'
    since = pbx.manager.mark()
    with Phone(tmp_path, configuration(pbx.accounts["1003"], pbx.address, more=more)) as phone:
        phone.registered()
        phone.press("1", hold=1.2)
        phone.call("talking", "606")
        assert pbx.wait_for_digits("1003", 15.0, since) == "4071"
        phone.no_call()


@pytest.mark.parametrize("number", ["606", "609"])
@pytest.mark.parametrize(
    ("user", "dtmf"), [("1034", "info"), ("1035", "inband"), ("1001", "rfc4733")]
)
def test_the_server_reads_digits_however_they_are_sent_and_before_it_answers(
    pbx: Asterisk, tmp_path: Path, user: str, dtmf: str, number: str
) -> None:
    since = pbx.manager.mark()
    more = f'dtmf = "{dtmf}"\n'
    with Phone(tmp_path, configuration(pbx.accounts[user], pbx.address, more=more)) as phone:
        phone.registered()
        phone.lift()
        phone.type(number)
        phone.call("talking" if number == "606" else "ringing", number)
        phone.press(*"40*71#")
        assert pbx.wait_for_digits(user, 15.0, since) == "40*71"
        phone.replace()


def is_digit(key: str, event: Message) -> bool:
    """Whether an event of Asterisk is about that key."""
    return event["Digit"] == key


@pytest.mark.parametrize("user", ["1010", "1012"])
def test_a_key_that_is_held_is_one_long_digit(pbx: Asterisk, tmp_path: Path, user: str) -> None:
    """With Opus too, whose events pass the 65535 samples that one packet can say."""
    since = pbx.manager.mark()
    with Phone(tmp_path, configuration(pbx.accounts[user], pbx.address)) as phone:
        phone.registered()
        phone.lift()
        phone.type("601")
        phone.call("talking", "601")
        phone.press("5", hold=1.6)
        phone.press("6")
        long, short = (
            pbx.manager.wait_for_event("DTMFEnd", partial(is_digit, key), since=since)
            for key in "56"
        )
        assert 1500 <= int(long["DurationMs"]) <= 5000
        assert 100 <= int(short["DurationMs"]) < 1000
        ends = pbx.manager.events("DTMFEnd", since)
        assert [e["Digit"] for e in ends if e["Direction"] == "Received"] == ["5", "6"]
        phone.replace()
        phone.no_call()
