"""Attended, blind and semi-attended transfer in every role, through an Asterisk and with baresip.

Alice and Bob are baresips. 1.0 of it sends and follows a REFER, but knows no Replaces: it gives
calls away blindly, and where it is the transferee or the target, the server between puts the two
together.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.parties import ALICE_HZ, BOB_HZ
from tests.interop.phone import VOICE_HZ, Phone, configuration
from tests.peers import audio
from tests.peers.asterisk import Asterisk
from tests.peers.baresip import Baresip
from tests.peers.process import wait_until

pytestmark = [
    pytest.mark.peers,
    pytest.mark.usefixtures("needs_baresip", "no_call_is_left_over"),
]


@pytest.fixture(scope="module")
def desk(pbx: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """A registered phone; every test leaves it on-hook and without a call."""
    config = configuration(pbx.accounts["1001"], pbx.address)
    with Phone(tmp_path_factory.mktemp("desk"), config) as phone:
        phone.registered()
        yield phone


def called(desk: Phone, alice: Baresip) -> None:
    """Alice calls the desk, and they talk."""
    alice.dial("1001")
    desk.call("incoming", "1002")
    desk.lift()
    desk.call("talking", "1002")
    desk.hears(ALICE_HZ)


def consults(desk: Phone, bob: Baresip, number: str = "1003") -> None:
    """The agent asks Bob."""
    since = bob.mark()
    desk.press("soft2", *number, "#")
    bob.wait_for("CALL_INCOMING", since=since)


def given(desk: Phone, bob: Baresip, how: str, number: str = "1003") -> None:
    """Alice is given to Bob, who rings: by the key, by hanging up, or unasked."""
    if how == "unasked":
        since = bob.mark()
        desk.press("soft2", *number, "soft2")
        bob.wait_for("CALL_INCOMING", since=since)
        return
    consults(desk, bob, number)
    desk.until(lambda s: any(call.state == "ringing" for call in s.calls), "a call ringing")
    desk.press("soft1") if how == "key" else desk.replace()


def together(alice: Baresip, bob: Baresip, share: float = 0.8) -> None:
    """The two hear each other; a lower `share` where a third voice is among them."""
    audio.wait_for_tone(alice.recording, BOB_HZ, share=share)
    audio.wait_for_tone(bob.recording, ALICE_HZ, share=share)


def channels(pbx: Asterisk, user: str) -> list[str]:
    """The server's ends of the calls with a phone."""
    return [c["Channel"] for c in pbx.channels() if c["Channel"].startswith(f"PJSIP/{user}-")]


def part(pbx: Asterisk, alice: Baresip, bob: Baresip) -> None:
    """Alice hangs up, and the server has no call left."""
    since = bob.mark()
    alice.hang_up()
    bob.wait_for("CALL_CLOSED", since=since)
    wait_until(lambda: not pbx.channels(), 10, "the server to end the calls")


@pytest.mark.parametrize("how", ["key", "hang up"])
def test_attended(pbx: Asterisk, desk: Phone, alice: Baresip, bob: Baresip, how: str) -> None:
    called(desk, alice)
    consults(desk, bob)
    bob.accept()
    desk.call("talking", "1003")
    desk.hears(BOB_HZ)
    audio.wait_for_tone(bob.recording, VOICE_HZ)
    desk.press("soft1") if how == "key" else desk.replace()
    desk.says("Transferred to")
    desk.no_call()
    desk.replace()
    together(alice, bob)
    part(pbx, alice, bob)


@pytest.mark.parametrize("how", ["key", "hang up", "unasked"])
def test_while_it_rings(pbx: Asterisk, desk: Phone, alice: Baresip, bob: Baresip, how: str) -> None:
    """Alice waits on hold until Bob answers, who is rung only once."""
    called(desk, alice)
    given(desk, bob, how)
    rings = channels(pbx, "1003")
    desk.says("Transferring", "Ringing")
    desk.replace()
    desk.hears_nothing()
    desk.call("ringing", "1003")
    desk.call("held", "1002")
    bob.accept()
    desk.no_call()
    desk.says("Transferred to")
    together(alice, bob)
    assert channels(pbx, "1003") == rings
    part(pbx, alice, bob)


@pytest.mark.parametrize(
    ("why", "words"),
    [("refuses", "Busy"), ("never answers", "Not available"), ("is called off", "Cancelled")],
)
@pytest.mark.parametrize("how", ["key", "hang up", "unasked"])
def test_while_it_rings_nothing_is_lost(
    pbx: Asterisk, desk: Phone, alice: Baresip, bob: Baresip, why: str, words: str, how: str
) -> None:
    """Whatever becomes of the target, Alice is there, on hold, and is heard when she is resumed."""
    called(desk, alice)
    given(desk, bob, how, "*21003" if why == "never answers" else "1003")
    desk.says("Transferring")
    if why == "is called off":
        desk.press("back")
    elif why == "refuses":
        bob.hang_up()
    desk.says("Transfer failed", words)
    (call,) = desk.until(lambda s: len(s.calls) == 1, "one call").calls
    assert (call.number, call.state) == ("1002", "held")
    assert channels(pbx, "1002")
    desk.press("hold")
    desk.hears(ALICE_HZ)
    desk.replace()
    desk.hang_up()
    wait_until(lambda: not pbx.channels(), 10, "the server to end the call")


@pytest.mark.parametrize(("number", "words"), [("602", "Busy"), ("*9999", "not found")])
@pytest.mark.parametrize("at", ["the ear", "rest"])
def test_a_number_that_will_not_have_her_leaves_her_held(
    pbx: Asterisk, desk: Phone, alice: Baresip, number: str, words: str, at: str
) -> None:
    """Unasked: the target is busy, or there is none."""
    called(desk, alice)
    desk.press("soft2", *number, "soft2")
    if at == "rest":
        desk.replace()
    desk.says("Transfer failed", words)
    (call,) = desk.until(lambda s: len(s.calls) == 1, "one call").calls
    assert (call.number, call.state) == ("1002", "held")
    desk.press("hold")
    desk.hears(ALICE_HZ)
    desk.replace()
    desk.hang_up()
    wait_until(lambda: not pbx.channels(), 10, "the server to end the call")


def test_with_both_lines_in_a_call_nothing_is_lost_either(
    pbx: Asterisk, desk: Phone, alice: Baresip
) -> None:
    """The number is rung on no line of the agent's; of the two calls both are there again."""
    called(desk, alice)
    desk.press("line2", *"611", "#")
    desk.call("talking", "611")
    desk.press("line1")
    desk.call("talking", "1002")
    desk.press("soft2", *"602", "soft2")
    desk.says("Transfer failed", "Busy", "Agent 1002")
    status = desk.until(lambda s: len(s.calls) == 2, "two calls")
    assert {(call.number, call.state) for call in status.calls} == {
        ("1002", "held"),
        ("611", "held"),
    }
    desk.press("hold")
    desk.hears(ALICE_HZ)
    pbx.command("channel request hangup all")
    desk.no_call()
    desk.replace()


def test_while_it_rings_the_caller_hangs_up(
    pbx: Asterisk, desk: Phone, alice: Baresip, bob: Baresip
) -> None:
    called(desk, alice)
    consults(desk, bob)
    desk.call("ringing", "1003")
    desk.replace()
    since = bob.mark()
    alice.hang_up()
    desk.says("Transfer failed", "Call ended")
    bob.wait_for("CALL_CLOSED", since=since)
    desk.no_call()
    wait_until(lambda: not pbx.channels(), 10, "the server to end the calls")


@pytest.mark.parametrize(
    ("why", "words"),
    [("refuses", "Busy"), ("hangs up", "Call ended"), ("never answers", "Not available")],
)
def test_a_target_that_will_not_leaves_the_first_call_held(
    pbx: Asterisk, desk: Phone, alice: Baresip, bob: Baresip, why: str, words: str
) -> None:
    """Bob; the server rings him for two seconds where he never answers."""
    called(desk, alice)
    consults(desk, bob, "*21003" if why == "never answers" else "1003")
    if why == "hangs up":
        bob.accept()
        desk.call("talking", "1003")
    if why != "never answers":
        bob.hang_up()
    desk.says(words)
    (call,) = desk.until(lambda s: len(s.calls) == 1, "one call").calls
    assert (call.number, call.state) == ("1002", "held")
    desk.press("hold")
    desk.hears(ALICE_HZ)
    desk.replace()
    wait_until(lambda: not pbx.channels(), 10, "the server to end the call")


def test_we_are_given_away(pbx: Asterisk, desk: Phone, alice: Baresip, bob: Baresip) -> None:
    """Transferee: Alice gives the desk to Bob; the server puts us there."""
    called(desk, alice)
    since = bob.mark()
    alice.transfer(f"sip:1003@{pbx.address}")
    bob.wait_for("CALL_INCOMING", since=since)
    bob.accept()
    desk.hears(BOB_HZ)
    audio.wait_for_tone(bob.recording, VOICE_HZ)
    assert len(desk.status().calls) == 1
    desk.replace()
    wait_until(lambda: not pbx.channels(), 10, "the server to end the calls")


def test_the_server_moves_us_on(pbx: Asterisk, desk: Phone) -> None:
    """Transferee of a REFER: the phone itself calls the new number."""
    since = pbx.manager.mark()
    desk.lift()
    desk.type("612")
    desk.call("talking", "612")
    desk.call("talking", "601")
    desk.hears(1000)
    desk.until(lambda s: len(s.calls) == 1, "one call")
    event = pbx.manager.wait_for_event("UserEvent", since=since)
    assert event["Status"] == "SUCCESS"
    desk.replace()
    wait_until(lambda: not pbx.channels(), 10, "the server to end the calls")


def test_we_are_the_target(pbx: Asterisk, desk: Phone, alice: Baresip, bob: Baresip) -> None:
    """Target: Alice speaks with Bob and gives him to the desk."""
    since = bob.mark()
    alice.dial("1003")
    bob.wait_for("CALL_INCOMING", since=since)
    bob.accept()
    alice.wait_for("CALL_ESTABLISHED")
    alice.transfer(f"sip:1001@{pbx.address}")
    desk.call("incoming", "1003")
    desk.lift()
    desk.call("talking", "1003")
    desk.hears(BOB_HZ)
    desk.replace()
    wait_until(lambda: not pbx.channels(), 10, "the server to end the calls")


def test_two_desks_and_an_attended_transfer_between_them(
    pbx: Asterisk, desk: Phone, alice: Baresip
) -> None:
    """Transferor and target are both ours; the target's display follows who is there now."""
    config = configuration(pbx.accounts["1004"], pbx.address)
    with Phone(desk.folder / "other", config, speaks=1500.0) as other:
        other.registered()
        called(desk, alice)
        desk.press("soft2", *"1004", "#")
        other.call("incoming", "1001")
        other.lift()
        other.call("talking", "1001")
        desk.press("soft1")
        desk.no_call()
        desk.replace()
        other.hears(ALICE_HZ)
        other.call("talking", "1002")
        other.says("Agent 1002")
        other.replace()
    wait_until(lambda: not pbx.channels(), 10, "the server to end the calls")


def test_a_conference_on_the_phone(
    pbx: Asterisk, desk: Phone, alice: Baresip, bob: Baresip
) -> None:
    called(desk, alice)
    since = bob.mark()
    desk.press("soft3", "2", *"1003", "#")
    bob.wait_for("CALL_INCOMING", since=since)
    bob.accept()
    desk.call("talking", "1003")
    desk.press("soft1")
    desk.says("Conference", "with Agent 1002")
    together(alice, bob, share=0.4)
    desk.hears(ALICE_HZ)
    desk.hears(BOB_HZ)
    bob.hang_up()
    desk.until(lambda s: len(s.calls) == 1, "one call")
    desk.hears(ALICE_HZ)
    desk.replace()
    wait_until(lambda: not pbx.channels(), 10, "the server to end the calls")
