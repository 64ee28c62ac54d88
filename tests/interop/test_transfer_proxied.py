"""Transfers behind a proxy, which only passes on: REFER and NOTIFY between this phone and baresips.

Two Kamailios stand between, the phone's server is one of them. baresip follows a REFER, and sends
one, but it knows no Replaces: asked to take a place in another call, it calls there anew.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.phone import VOICE_HZ, Phone, configuration
from tests.peers import audio, kamailio
from tests.peers.asterisk_files import Account
from tests.peers.baresip import Baresip
from tests.peers.kamailio import REGISTRAR_PORT, Kamailio
from tests.peers.namespace import Namespace

pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("needs_baresip")]

ALICE_HZ = 440.0
BOB_HZ = 1100.0
PASSWORD = "nobody-asks"


@pytest.fixture(scope="module")
def registrar(network: Namespace) -> Iterator[str]:
    """Where all register."""
    lacking = kamailio.why_not()
    if lacking:
        pytest.skip(lacking)
    with Kamailio(network, trunk=f"{network.host_address}:9") as proxies:
        yield f"{proxies.address}:{REGISTRAR_PORT}"


@pytest.fixture(scope="module", params=["semi-attended", "blind"])
def how(request: pytest.FixtureRequest) -> str:
    """How the phone gives calls to numbers."""
    return str(request.param)


@pytest.fixture(scope="module")
def desk(registrar: str, how: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """A registered phone; every test leaves it on-hook and without a call."""
    config = configuration(Account("1001", PASSWORD), registrar, more=f'[dial]\ntransfer = "{how}"')
    with Phone(tmp_path_factory.mktemp("desk"), config) as phone:
        phone.registered()
        yield phone


@pytest.fixture
def alice(network: Namespace, registrar: str, desk: Phone) -> Iterator[Baresip]:
    """A baresip at 1002, in a call with the agent."""
    with Baresip(network, Account("1002", PASSWORD), registrar, speaks=ALICE_HZ) as peer:
        peer.wait_for("REGISTER_OK")
        peer.dial("1001")
        desk.call("incoming", "1002")
        desk.lift()
        desk.call("talking", "1002")
        desk.hears(ALICE_HZ)
        yield peer
        desk.replace()
        desk.hang_up()
        desk.no_call()


@pytest.fixture
def bob(network: Namespace, registrar: str) -> Iterator[Baresip]:
    """A baresip at 1003."""
    with Baresip(network, Account("1003", PASSWORD), registrar, speaks=BOB_HZ) as peer:
        peer.wait_for("REGISTER_OK")
        yield peer


def test_transferee(desk: Phone, alice: Baresip, bob: Baresip, registrar: str) -> None:
    """The phone calls whom Alice names, tells her, and her call ends when she has heard."""
    alice.transfer(f"sip:1003@{registrar}")
    bob.wait_for("CALL_INCOMING")
    desk.call("held", "1002")
    desk.call("ringing", "1003")
    desk.says("You are transferred")
    bob.accept()
    desk.hears(BOB_HZ)
    audio.wait_for_tone(bob.recording, VOICE_HZ)
    alice.wait_for("CALL_CLOSED")
    (call,) = desk.until(lambda s: len(s.calls) == 1, "one call").calls
    assert (call.state, call.number) == ("talking", "1003")


def test_a_transferee_that_is_not_taken(
    desk: Phone, alice: Baresip, bob: Baresip, registrar: str
) -> None:
    """Alice hears of it; a baresip hangs up then."""
    alice.transfer(f"sip:1003@{registrar}")
    bob.wait_for("CALL_INCOMING")
    desk.call("ringing", "1003")
    bob.hang_up()
    alice.wait_for("TRANSFER_FAILED")
    desk.says("Busy")
    desk.no_call()


def test_transferor(desk: Phone, how: str, alice: Baresip, bob: Baresip) -> None:
    """Bob has to answer twice where he is asked to take Alice's call in the place of the desk's."""
    desk.press("soft2", *"1003", "soft2")
    bob.wait_for("CALL_INCOMING")
    desk.says("Transferring", "1003")
    since = bob.mark()
    bob.accept()
    if how == "semi-attended":
        bob.wait_for("CALL_INCOMING", since=since)
        bob.accept()
    desk.says("Transferred to 1003")
    desk.no_call()
    audio.wait_for_tone(alice.recording, BOB_HZ)
    if how == "blind":  # of two calls at once a baresip records the one or the other
        audio.wait_for_tone(bob.recording, ALICE_HZ)


@pytest.mark.parametrize(
    ("why", "words"),
    [("refuses", "Busy"), ("is not there", "not found"), ("never answers", "No answer")],
)
def test_a_target_that_does_not_take_the_call(
    desk: Phone, alice: Baresip, bob: Baresip, why: str, words: str
) -> None:
    """What Alice reports (NOTIFY) is said, and she is on hold as before."""
    desk.press("soft2", *("1009" if why == "is not there" else "1003"), "soft2")
    if why == "refuses":
        bob.wait_for("CALL_INCOMING")
        bob.hang_up()
    desk.says("Transfer failed", words)
    is_still_there(desk)


def test_a_target_that_does_not_answer_again(
    desk: Phone, how: str, alice: Baresip, bob: Baresip
) -> None:
    """Nobody has spoken with Bob, who is let go; Alice is on hold as before."""
    if how == "blind":
        return
    desk.press("soft2", *"1003", "soft2")
    bob.wait_for("CALL_INCOMING")
    since = bob.mark()
    bob.accept()
    bob.wait_for("CALL_INCOMING", since=since)
    desk.says("Transfer failed", timeout_s=70)
    bob.wait_for("CALL_CLOSED", since=since)
    desk.until(lambda s: len(s.calls) == 1, "one call")
    is_still_there(desk)


def test_a_target_that_hangs_up_meanwhile(desk: Phone, alice: Baresip, bob: Baresip) -> None:
    """Bob has been asked; when Alice is on her way to him he has had enough of both."""
    desk.press("soft2", *"1003", "#")
    bob.wait_for("CALL_INCOMING")
    bob.accept()
    desk.call("talking", "1003")
    since = bob.mark()
    desk.press("soft1")
    bob.wait_for("CALL_INCOMING", since=since)
    bob.hang_up()
    bob.hang_up()
    desk.says("Transfer failed")
    desk.until(lambda s: len(s.calls) == 1, "one call")
    is_still_there(desk)


def is_still_there(desk: Phone) -> None:
    """Alice: held, alone, and with her voice when she is taken back."""
    (call,) = desk.status().calls
    assert (call.number, call.state) == ("1002", "held")
    desk.press("hold")
    desk.hears(ALICE_HZ)
