"""Attended transfer as transferee and as target: REFER and Replaces of an Asterisk.

baresip knows no Replaces, 1.0 (Debian 12) as little as 1.1 (forky): its `menu` offers ``transfer``,
which is blind, and neither binary has the header's name in it. So Alice, a baresip, talks to both
of the others, and it is the server that connects them: by a REFER into the phone's call that names
the dialog to replace, or by an INVITE with Replaces of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.interop.phone import VOICE_HZ, Phone, configuration
from tests.peers import audio
from tests.peers.asterisk import Asterisk
from tests.peers.baresip import Baresip
from tests.peers.process import wait_until

pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("needs_baresip")]

ALICE_HZ = 440.0
BOB_HZ = 1100.0


@pytest.fixture
def desk(pbx: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """A registered phone."""
    config = configuration(pbx.accounts["1001"], pbx.address)
    with Phone(tmp_path_factory.mktemp("desk"), config) as phone:
        phone.registered()
        yield phone


@pytest.fixture
def alice(pbx: Asterisk) -> Iterator[Baresip]:
    """A registered baresip at 1002."""
    with Baresip(pbx.namespace, pbx.accounts["1002"], pbx.address, speaks=ALICE_HZ) as peer:
        peer.wait_for("REGISTER_OK")
        yield peer


@pytest.fixture
def bob(pbx: Asterisk) -> Iterator[Baresip]:
    """A registered baresip at 1003."""
    with Baresip(pbx.namespace, pbx.accounts["1003"], pbx.address, speaks=BOB_HZ) as peer:
        peer.wait_for("REGISTER_OK")
        yield peer


def called(desk: Phone, alice: Baresip) -> None:
    """Alice calls the desk, and they talk."""
    alice.dial("1001")
    desk.call("incoming", "1002")
    desk.lift()
    desk.call("talking", "1002")
    desk.hears(ALICE_HZ)


def channels(pbx: Asterisk, user: str) -> list[str]:
    """The server's ends of the calls with a phone, the oldest first."""
    return sorted(c["Channel"] for c in pbx.channels() if c["Channel"].startswith(f"PJSIP/{user}-"))


def dialog(pbx: Asterisk, channel: str, to: str, other: str) -> str:
    """A call as Replaces names it (RFC 3891): `to` is the tag of whoever reads it."""
    names = [
        pbx.manager.action("Getvar", Channel=channel, Variable=f"CHANNEL(pjsip,{key})")["Value"]
        for key in ("call-id", to, other)
    ]
    return "{};to-tag={};from-tag={}".format(*names)


def test_a_transferee_takes_the_place_of_who_asked_for_it(
    pbx: Asterisk, desk: Phone, alice: Baresip, bob: Baresip
) -> None:
    """Alice has asked Bob; the server has the phone take her place there, and is told so."""
    called(desk, alice)
    (ours,), (first,) = channels(pbx, "1001"), channels(pbx, "1002")
    alice.hold()
    alice.dial("1003")
    bob.wait_for("CALL_INCOMING")
    bob.accept()
    audio.wait_for_tone(bob.recording, ALICE_HZ)
    second = next(name for name in channels(pbx, "1002") if name != first)
    replaces = dialog(pbx, second, "local_tag", "remote_tag")
    since = pbx.manager.mark()
    place = f"sip:1003@{pbx.address}?Replaces={quote(replaces)}"
    pbx.manager.action("Setvar", Channel=ours, Variable="REFER_TO", Value=place)
    pbx.manager.action("Redirect", Channel=ours, Context="moved", Exten="s", Priority="1")
    told = pbx.manager.wait_for_event("UserEvent", since=since)
    assert told["Status"] == "SUCCESS"
    desk.hears(BOB_HZ)
    audio.wait_for_tone(bob.recording, VOICE_HZ)
    (call,) = desk.until(lambda s: len(s.calls) == 1, "one call").calls
    assert (call.state, call.number, call.direction) == ("talking", "1003", "out")
    desk.says("You are transferred")
    wait_until(lambda: not channels(pbx, "1002"), 10, "Alice to be let go of")
    desk.replace()
    wait_until(lambda: not pbx.channels(), 10, "the server to end the calls")


def test_a_target_is_taken_over_without_ringing(
    pbx: Asterisk, desk: Phone, alice: Baresip, bob: Baresip
) -> None:
    """Alice has asked the agent; Bob takes her place by an INVITE with Replaces."""
    called(desk, alice)
    (ours,) = channels(pbx, "1001")
    named = dialog(pbx, ours, "remote_tag", "local_tag")
    pbx.manager.action("Setvar", Variable="REPLACES", Value=named)
    since = pbx.manager.mark()
    bob.dial("*31001")
    desk.call("talking", "1003", name="Agent 1003")
    desk.hears(BOB_HZ)
    audio.wait_for_tone(bob.recording, VOICE_HZ)
    alice.wait_for("CALL_CLOSED")
    rang = [e for e in pbx.manager.events("Newstate", since) if e["ChannelStateDesc"] == "Ringing"]
    assert not rang
    assert len(desk.status().calls) == 1
    desk.replace()
    wait_until(lambda: not pbx.channels(), 10, "the server to end the calls")
