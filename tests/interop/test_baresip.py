"""Another make of telephone: baresip calls the phone and is called, holds, waits and is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.phone import VOICE_HZ, Phone, configuration
from tests.peers import audio
from tests.peers.asterisk import Asterisk
from tests.peers.baresip import Baresip

pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("needs_baresip")]

THEIR_HZ = 440.0
SECOND_HZ = 1100.0


@pytest.fixture(scope="module")
def desk(pbx: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """A registered phone; every test leaves it on-hook and without a call."""
    config = configuration(pbx.accounts["1001"], pbx.address)
    with Phone(tmp_path_factory.mktemp("desk"), config) as phone:
        phone.registered()
        yield phone


@pytest.fixture(scope="module")
def alice(pbx: Asterisk, needs_baresip: None) -> Iterator[Baresip]:
    """A registered baresip at 1002."""
    with Baresip(pbx.namespace, pbx.accounts["1002"], pbx.address, speaks=THEIR_HZ) as peer:
        peer.wait_for("REGISTER_OK")
        yield peer


def test_it_calls_the_phone_and_both_speak(desk: Phone, alice: Baresip) -> None:
    since = alice.mark()
    alice.dial("1001")
    call = desk.call("incoming", "1002")
    assert call.name == "Agent 1002"
    desk.says("Incoming call", "Agent 1002", "Answer", "Refuse")
    assert desk.status().lamps["call"] == "blinking"
    alice.wait_for("CALL_RINGING", since=since)
    desk.lift()
    alice.wait_for("CALL_ESTABLISHED", since=since)
    desk.call("talking", "1002")
    desk.hears(THEIR_HZ)
    audio.wait_for_tone(alice.recording, VOICE_HZ)
    desk.replace()
    alice.wait_for("CALL_CLOSED", since=since)
    desk.no_call()


def test_it_is_called_and_hangs_up(desk: Phone, alice: Baresip) -> None:
    since = alice.mark()
    desk.lift()
    desk.type("1002")
    alice.wait_for("CALL_INCOMING", since=since)
    desk.call("ringing", "1002")
    alice.accept()
    desk.call("talking", "1002")
    desk.hears(THEIR_HZ)
    alice.hang_up()
    desk.call("ended", "1002")
    desk.says("Call ended")
    desk.replace()


def test_it_refuses(desk: Phone, alice: Baresip) -> None:
    since = alice.mark()
    desk.dial("1002")
    alice.wait_for("CALL_INCOMING", since=since)
    alice.hang_up()
    assert desk.call("ended", "1002").code == 486
    desk.says("Busy")
    desk.hang_up()
    desk.no_call()


def test_the_phone_refuses(desk: Phone, alice: Baresip) -> None:
    since = alice.mark()
    alice.dial("1001")
    desk.call("incoming", "1002")
    desk.press("back")
    desk.no_call()
    assert "486" in str(alice.wait_for("CALL_CLOSED", since=since)["param"])
    assert desk.status().missed == 0


def test_it_gives_up_and_is_missed(desk: Phone, alice: Baresip) -> None:
    alice.dial("1001")
    desk.call("incoming", "1002")
    alice.hang_up()
    desk.says("Missed Agent 1002")
    desk.no_call()
    assert desk.status().missed == 1
    assert desk.status().lamps["call"] == "off"
    desk.press("ok")
    assert desk.status().missed == 0


def test_either_side_holds(desk: Phone, alice: Baresip) -> None:
    since = alice.mark()
    alice.dial("1001")
    desk.call("incoming")
    desk.press("headset")
    desk.call("talking", "1002")
    desk.hears(THEIR_HZ)
    desk.press("hold")
    desk.call("held", "1002", held=True)
    desk.says("On hold")
    desk.hears_nothing()
    desk.press("hold")
    desk.call("talking", "1002", held=False)
    desk.hears(THEIR_HZ)
    alice.hold()
    desk.hears_nothing()
    alice.resume()
    desk.hears(THEIR_HZ)
    desk.hang_up()
    alice.wait_for("CALL_CLOSED", since=since)
    desk.no_call()


def test_a_hold_without_a_server_between_is_shown(
    pbx: Asterisk, alice: Baresip, tmp_path: Path
) -> None:
    config = configuration(pbx.accounts["1003"], pbx.address)
    with Phone(tmp_path, config) as phone:
        phone.registered()
        contact = pbx.wait_for_registration("1003")
        since = alice.mark()
        alice.dial(contact)
        phone.call("incoming", "1002")
        phone.lift()
        phone.call("talking")
        phone.hears(THEIR_HZ)
        alice.hold()
        phone.call("talking", remote_held=True)
        phone.says("They hold")
        alice.resume()
        phone.call("talking", remote_held=False)
        phone.hears(THEIR_HZ)
        alice.hang_up()
        alice.wait_for("CALL_CLOSED", since=since)
        phone.says("Call ended")
        phone.replace()


def test_a_second_caller_waits_and_is_answered(pbx: Asterisk, desk: Phone, alice: Baresip) -> None:
    account = pbx.accounts["1003"]
    with Baresip(pbx.namespace, account, pbx.address, speaks=SECOND_HZ) as bob:
        bob.wait_for("REGISTER_OK")
        since = alice.mark()
        alice.dial("1001")
        desk.call("incoming", "1002")
        desk.lift()
        desk.call("talking", "1002")
        bob.dial("1001")
        desk.call("incoming", "1003")
        desk.says("Call waiting", "Agent 1003", "Talking: Agent 1002")
        assert "waiting" in desk.icons()
        desk.hears(THEIR_HZ)
        desk.press("ok")
        desk.call("talking", "1003")
        desk.call("held", "1002")
        desk.says("Talking", "Agent 1003", "On hold: Agent 1002")
        desk.hears(SECOND_HZ)
        bob.hang_up()
        desk.says("On hold", "Agent 1002")
        desk.press("hold")
        desk.call("talking", "1002")
        desk.hears(THEIR_HZ)

        since_bob = bob.mark()
        bob.dial("1001")
        desk.call("incoming", "1003")
        desk.press("back")
        assert "486" in str(bob.wait_for("CALL_CLOSED", since=since_bob)["param"])
        desk.call("talking", "1002")
        desk.hears(THEIR_HZ)
        desk.replace()
        alice.wait_for("CALL_CLOSED", since=since)
        desk.no_call()
