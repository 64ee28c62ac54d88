"""Blind transfer at an Asterisk: `transfer = "blind"` leaves it to the server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.parties import ALICE_HZ
from tests.interop.phone import Phone, configuration
from tests.interop.test_transfer import called, part, together
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
    more = '[dial]\ntransfer = "blind"'
    config = configuration(pbx.accounts["1001"], pbx.address, more=more)
    with Phone(tmp_path_factory.mktemp("desk"), config) as phone:
        phone.registered()
        yield phone


@pytest.mark.parametrize(
    ("number", "words", "at"),
    [
        ("602", "Busy", "the ear"),
        ("*21003", "Out of service", "the ear"),
        ("*21003", "Out of service", "rest"),
    ],
)
def test_a_blind_transfer_that_failed_is_told_truly(
    pbx: Asterisk, desk: Phone, alice: Baresip, bob: Baresip, number: str, words: str, at: str
) -> None:
    """An Asterisk has let Alice's call with the desk go; the desk does not claim to have her."""
    called(desk, alice)
    desk.press("soft2", *number, "soft2")
    if at == "rest":
        desk.replace()
    desk.says("Call ended", "Agent 1002", "Transfer failed", words)
    desk.no_call()
    assert desk.status().lamps["call"] == "off"
    alice.wait_for("CALL_CLOSED")
    desk.replace()
    wait_until(lambda: not pbx.channels(), 10, "the server to end the call")


def test_a_blind_transfer_that_the_server_refuses_leaves_the_call(
    pbx: Asterisk, desk: Phone, alice: Baresip
) -> None:
    called(desk, alice)
    desk.press("soft2", *"9999", "soft2")
    desk.says("On hold", "Transfer failed", "not found")
    desk.press("hold")
    desk.hears(ALICE_HZ)
    desk.replace()
    wait_until(lambda: not pbx.channels(), 10, "the server to end the call")


def test_blind(pbx: Asterisk, desk: Phone, alice: Baresip, bob: Baresip) -> None:
    called(desk, alice)
    since = bob.mark()
    desk.press("soft2", *"1003", "soft2")
    bob.wait_for("CALL_INCOMING", since=since)
    bob.accept()
    desk.no_call()
    desk.replace()
    together(alice, bob)
    part(pbx, alice, bob)
