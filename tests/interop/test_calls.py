"""Calls through an Asterisk: what hand, eye and ear have of them, and what the server has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.phone import VOICE_HZ, Phone, configuration
from tests.peers import audio
from tests.peers.asterisk import Asterisk
from tests.peers.process import wait_until

pytestmark = pytest.mark.peers

BUSY_HZ = (480, 620)
"""Busy and congestion in the United States (ITU-T E.180, supplement 2)."""
DIAL_HZ = (350, 440)


@pytest.fixture(scope="module")
def desk(pbx: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """A registered phone; every test leaves it as it found it, on-hook and without a call."""
    config = configuration(pbx.accounts["1001"], pbx.address)
    with Phone(tmp_path_factory.mktemp("desk"), config) as phone:
        phone.registered()
        yield phone


@pytest.mark.parametrize(
    ("user", "transport", "codec"),
    [
        ("1010", "udp", "opus"),
        ("1011", "udp", "g722"),
        ("1012", "tcp", "pcmu"),
        ("1013", "udp", "pcma"),
        ("1005", "tls", "opus"),
    ],
)
def test_both_sides_hear_the_echo(
    pbx: Asterisk, tmp_path: Path, user: str, transport: str, codec: str
) -> None:
    secure = transport == "tls"
    config = configuration(
        pbx.accounts[user],
        f"{pbx.address}:{pbx.tls_port if secure else pbx.port}",
        transport=transport,
        ca_file=pbx.ca_file if secure else None,
    )
    with Phone(tmp_path, config) as phone:
        phone.registered()
        phone.lift()
        for hz in DIAL_HZ:
            phone.hears(hz)
        phone.type("600")
        phone.call("talking", "600", codec=codec, secure=secure)
        phone.hears(VOICE_HZ)
        phone.says("Talking", "600", codec)
        assert ("secure" in phone.icons()) == secure
        phone.press("mute")
        phone.hears_nothing()
        phone.press("mute")
        phone.hears(VOICE_HZ)
        audio.wait_for_tone(phone.earpiece, VOICE_HZ)
        (call,) = phone.until(lambda s: s.calls[0].rtp.rx > 50, "a second of sound").calls
        assert call.rtp.tx > 50
        assert call.rtp.lost == 0
        assert call.rtp.mos > 3.5
        phone.replace()
        phone.no_call()
        audio.wait_for_tone(pbx.heard(user), VOICE_HZ)
        phone.hears_nothing()
    assert not pbx.channels()


def test_the_tone_of_the_server_is_heard(pbx: Asterisk, desk: Phone) -> None:
    desk.dial("601")
    desk.call("talking", "601")
    desk.hears(1000)
    desk.press("hold")
    desk.call("held", "601")
    desk.hears_nothing()
    desk.press("hold")
    desk.hears(1000)
    desk.hang_up()
    desk.no_call()
    wait_until(lambda: not pbx.channels(), 5, "the server to end the call")


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [("602", 486, "Busy"), ("604", 503, "Out of service"), ("999", 404, "Number not found")],
)
def test_a_refusal_is_said_in_words_and_in_tones(
    desk: Phone, number: str, code: int, words: str
) -> None:
    desk.lift()
    desk.type(number)
    call = desk.call("ended", number)
    assert (call.code, call.reason) == (code, words)
    desk.says(words, number, str(code))
    for hz in BUSY_HZ:
        desk.hears(hz)
    desk.replace()
    desk.hears_nothing()
    assert not desk.status().calls


def test_what_is_said_before_the_answer_is_heard(desk: Phone) -> None:
    desk.lift()
    desk.type("607")
    desk.call("ringing", "607")
    desk.hears(850)
    assert desk.call("ended", "607").code == 486
    desk.says("Busy")
    desk.replace()


def test_nobody_answers_and_the_agent_gives_up(pbx: Asterisk, desk: Phone) -> None:
    desk.lift()
    desk.type("603")
    desk.call("ringing", "603")
    desk.says("Ringing", "603")
    for hz in (440, 480):
        desk.hears(hz)
    desk.replace()
    desk.no_call()
    desk.hears_nothing()
    wait_until(lambda: not pbx.channels(), 5, "the server to forget the call")


def test_the_far_end_hangs_up(desk: Phone) -> None:
    desk.lift()
    desk.type("608")
    desk.call("talking", "608")
    ended = desk.call("ended", "608")
    assert (ended.code, ended.reason) == (0, "Call ended")
    desk.says("Call ended")
    for hz in BUSY_HZ:
        desk.hears(hz)
    desk.replace()
    desk.hears_nothing()


def test_the_server_reads_the_digits_that_are_pressed(pbx: Asterisk, desk: Phone) -> None:
    since = pbx.manager.mark()
    desk.lift()
    desk.type("606")
    desk.call("talking", "606")
    desk.press(*"159*0")
    desk.says("Sent 159*0")
    desk.press("#")
    assert pbx.wait_for_digits("1001", since=since) == "159*0"
    desk.call("ended", "606")
    desk.replace()


def test_the_server_calls_the_agent_into_a_conference(pbx: Asterisk, desk: Phone) -> None:
    config = configuration(pbx.accounts["1002"], pbx.address)
    with Phone(desk.folder / "other", config, speaks=1200.0) as other:
        other.registered()
        for phone, user in ((desk, "1001"), (other, "1002")):
            pbx.originate(user, "ConfBridge", "605,tests,agent")
            phone.call("incoming")
            assert phone.status().lamps["call"] == "blinking"
            phone.lift()
            phone.call("talking")
        members = pbx.wait_for_conference(2)
        assert "PJSIP/1001" in members
        assert "PJSIP/1002" in members
        desk.hears(1200)
        other.hears(VOICE_HZ)
        pbx.command("confbridge kick 605 all")
        for phone in (desk, other):
            phone.says("Call ended")
            phone.replace()
            phone.no_call()
