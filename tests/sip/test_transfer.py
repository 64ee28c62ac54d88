"""REFER and Replaces on the wire, in every role, with a far end that does as the test says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from appliance.phone.effects import EndCall, PlaceCall, SetAudio, TransferCall
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallReferred,
    CallReplaced,
    PartyChanged,
    TransferProgress,
)
from appliance.phone.policy import SetPolicy
from tests.peers.rtp import RtpPort
from tests.sip.handset import Handset
from tests.sip.message import Message, sdp
from tests.sip.server import Dialog, Server, server
from tests.sip.talking import answered, phone_and_server, ringing

PORT = 4000
"""Where the far end wants its audio when nobody listens to it."""
STRANGER = "127.0.0.2"


def notify(
    dialog: Dialog, code: int, reason: str, *, over: bool = False, of: Message | None = None
) -> None:
    """Tell the phone what became of its REFER, named or not."""
    state = "terminated;reason=noresource" if over else "active;expires=60"
    dialog.request(
        "NOTIFY",
        f"Event: refer;id={of['CSeq'].split()[0]}" if of else "Event: refer",
        f"Subscription-State: {state}",
        "Content-Type: message/sipfrag;version=2.0",
        body=f"SIP/2.0 {code} {reason}\r\n",
    )


async def refer(phone: Handset, pbx: Server, effect: TransferCall) -> Message:
    """The phone's REFER, accepted."""
    phone.do(effect)
    request = await pbx.next("REFER")
    pbx.answer(request, 202, "Accepted")
    assert (await phone.next(TransferProgress)).code == 100
    return request


async def second(phone: Handset, pbx: Server, call: int = 3) -> tuple[Dialog, Message]:
    """One more call of the phone, answered."""
    phone.do(PlaceCall(call, 0, "700"))
    invite = await pbx.next("INVITE")
    pbx.answer(invite, 200, "OK", body=sdp(PORT))
    await phone.next(CallAnswered, lambda e: e.call == call)
    await pbx.next("ACK")
    return Dialog(pbx, of=invite), invite


def test_a_blind_transfer_is_followed_to_its_end(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, PORT)
            request = await refer(phone, pbx, TransferCall(1, "7#0"))
            assert request["Refer-To"].strip("<>") == f"sip:7%230@{pbx.host}"
            assert "1001" in request["Referred-By"]
            for code, reason in ((180, "Ringing"), (200, "OK")):
                notify(dialog, code, reason, over=code == 200)
                assert (await pbx.next(200, "NOTIFY")).code == 200
                assert (await phone.next(TransferProgress)).code == code
            phone.do(EndCall(1))
            await pbx.next("BYE")
            assert (await phone.next(CallEnded)).call == 1

    asyncio.run(story())


@pytest.mark.parametrize(("code", "reason"), [(486, "Busy Here"), (603, "Decline"), (480, "Gone")])
def test_a_target_that_does_not_take_the_call_is_told_and_the_call_stays(
    tmp_path: Path, code: int, reason: str
) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, PORT)
            await refer(phone, pbx, TransferCall(1, "700"))
            notify(dialog, code, reason, over=True)
            assert await phone.next(TransferProgress) == TransferProgress(1, code, reason)
            phone.do(TransferCall(1, "701"))
            again = await pbx.next("REFER")
            pbx.answer(again, 405, "Method Not Allowed")
            assert (await phone.next(TransferProgress)).code == 405
            phone.do(EndCall(1))
            await pbx.next("BYE")

    asyncio.run(story())


def test_a_second_referral_does_not_wait_for_the_end_of_the_first(tmp_path: Path) -> None:
    """Each is told of by its serial: a NOTIFY names the REFER by its CSeq (RFC 3515, 2.4.6)."""

    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, PORT)
            first = await refer(phone, pbx, TransferCall(1, "700"))
            notify(dialog, 180, "Ringing", of=first)
            assert (await phone.next(TransferProgress)).serial == 1
            second = await refer(phone, pbx, TransferCall(1, "701", serial=2))
            assert "701" in second["Refer-To"]
            notify(dialog, 180, "Ringing", of=second)
            assert await phone.next(TransferProgress) == TransferProgress(1, 180, "Ringing", 2)
            notify(dialog, 200, "OK", over=True, of=first)
            assert await phone.next(TransferProgress) == TransferProgress(1, 200, "OK", 1)
            notify(dialog, 486, "Busy Here", over=True, of=second)
            assert await phone.next(TransferProgress) == TransferProgress(1, 486, "Busy Here", 2)
            phone.do(EndCall(1))
            await pbx.next("BYE")

    asyncio.run(story())


def test_a_notify_without_an_id_is_about_the_oldest(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, PORT)
            await refer(phone, pbx, TransferCall(1, "700"))
            notify(dialog, 180, "Ringing")
            assert (await phone.next(TransferProgress)).serial == 1
            phone.do(TransferCall(1, "701", serial=2))
            pbx.answer(await pbx.next("REFER"), 202, "Accepted")
            for serial in (1, 2):
                notify(dialog, 486, "Busy Here", over=True)
                assert await phone.next(TransferProgress) == TransferProgress(
                    1, 486, "Busy Here", serial
                )
            phone.do(EndCall(1))
            await pbx.next("BYE")

    asyncio.run(story())


def test_an_attended_transfer_names_the_other_dialog(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            await answered(phone, pbx, PORT)
            _, invite = await second(phone, pbx)
            request = await refer(phone, pbx, TransferCall(1, target=3))
            found = re.search(r"<(\S+)\?Require=replaces&Replaces=([^&>]+)", request["Refer-To"])
            assert found is not None, request["Refer-To"]
            call_id, *tags = unquote(found[2]).split(";")
            assert call_id == invite["Call-ID"]
            ours = invite["From"].rpartition("tag=")[2]
            assert f"from-tag={ours}" in tags
            assert request["Call-ID"] != invite["Call-ID"]

    asyncio.run(story())


def test_a_call_that_is_gone_is_given_to_nobody(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            await answered(phone, pbx, PORT)
            phone.do(TransferCall(5, "700"))
            assert await phone.next(TransferProgress) == TransferProgress(5, 481)
            phone.do(TransferCall(1, target=7))
            assert await phone.next(TransferProgress) == TransferProgress(1, 481)

    asyncio.run(story())


def test_the_server_moves_a_call_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, PORT)
            phone.do(SetPolicy(1, dnd=False, referable=1))
            await phone.settled()
            dialog.request("REFER", f"Refer-To: <sip:900@{pbx.host}>", "Referred-By: <sip:x@y>")
            await pbx.next(202, "REFER")
            event = await phone.next(CallReferred)
            assert (event.call, event.number) == (1, "900")
            assert event.into % 2 == 0
            invite = await pbx.next("INVITE")
            assert invite.start == f"INVITE sip:900@{pbx.host} SIP/2.0"
            assert "m=video" not in invite.body
            assert "m=text" not in invite.body
            pbx.answer(invite, 180, "Ringing")
            pbx.answer(invite, 200, "OK", body=sdp(PORT))
            await phone.next(CallAnswered, lambda e: e.call == event.into)
            assert [code async for code in reported(pbx)][-1] == 200
            dialog.request("BYE")
            assert (await phone.next(CallEnded)).call == 1
            phone.do(EndCall(event.into))
            assert (await pbx.next("BYE"))["Call-ID"] == invite["Call-ID"]

    asyncio.run(story())


async def reported(pbx: Server) -> AsyncIterator[int]:
    """What the phone tells of the call that it was asked for (RFC 3515), up to the end of that."""
    over = False
    while not over:
        told = await pbx.next("NOTIFY")
        pbx.answer(told, 200, "OK")
        assert told["Event"].startswith("refer")
        assert told["Content-Type"].startswith("message/sipfrag")
        over = told["Subscription-State"].startswith("terminated")
        yield int(told.body.split()[1])


def test_a_transferee_names_the_dialog_whose_place_it_takes(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, PORT)
            phone.do(SetPolicy(1, dnd=False, referable=1))
            await phone.settled()
            named = "other@pbx.test;to-tag=theirs;from-tag=ours"
            place = f"sip:900@{pbx.host}?Require=replaces&Replaces={quote(named)}"
            dialog.request("REFER", f"Refer-To: <{place}>")
            into = (await phone.next(CallReferred)).into
            invite = await pbx.next("INVITE")
            assert invite.start == f"INVITE sip:900@{pbx.host} SIP/2.0"
            assert invite["Replaces"] == named
            assert invite["Require"] == "replaces"
            pbx.answer(invite, 486, "Busy Here")
            assert (await phone.next(CallEnded)) == CallEnded(into, 486, "Busy Here")
            assert [code async for code in reported(pbx)][-1] == 486
            assert not phone.seen(CallAnswered)[1:]
            phone.do(EndCall(1))
            await pbx.next("BYE")

    asyncio.run(story())


@pytest.mark.parametrize("target", ["", "mailto:x", "<sip:@:>"])
def test_a_referral_to_nowhere_ends_as_it_began(tmp_path: Path, target: str) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, PORT)
            phone.do(SetPolicy(1, dnd=False, referable=1))
            await phone.settled()
            dialog.request("REFER", *([f"Refer-To: {target}"] if target else []))
            response = await pbx.next_of("REFER")
            if response.code == 202:
                into = (await phone.next(CallReferred)).into
                assert (await phone.next(CallEnded)).call == into
            phone.do(EndCall(1))
            await pbx.next("BYE")

    asyncio.run(story())


def test_a_referral_that_the_phone_has_no_use_for_is_declined(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, PORT)
            dialog.request("REFER", f"Refer-To: <sip:900@{pbx.host}>")
            await pbx.next(603, "REFER")
            assert not phone.seen(CallReferred)

    asyncio.run(story())


def test_a_stranger_who_may_ring_still_moves_no_call_and_takes_none(tmp_path: Path) -> None:
    """Others than the servers reach the phone only where IT lets anyone call."""

    async def story() -> None:
        async with (
            phone_and_server(tmp_path, "anyone") as (phone, pbx),
            server(address=(STRANGER, 0)) as stranger,
        ):
            dialog, invite = await answered(phone, pbx, PORT)
            phone.do(SetPolicy(1, dnd=False, referable=1))
            await phone.settled()
            stranger.phone, stranger.contact = pbx.phone, pbx.contact
            forged = Dialog(stranger, of=invite)
            forged.local, forged.cseq = dialog.local, 100
            forged.request("REFER", f"Refer-To: <sip:900@{STRANGER}>")
            replacing = stranger.call()
            replacing.request("INVITE", f"Replaces: {_replaces(invite, dialog)}", body=sdp(PORT))
            await stranger.next(403, "INVITE")
            await phone.settled()
            assert not [kept for kept in stranger.kept() if kept.code and kept.method == "REFER"]
            assert not phone.seen(CallReferred)
            assert not phone.seen(CallReplaced)

    asyncio.run(story())


def _replaces(invite: Message, dialog: Dialog) -> str:
    """The phone's dialog, as it names it itself (RFC 3891 section 3)."""
    ours = invite["From"].rpartition("tag=")[2]
    theirs = dialog.local.rpartition("tag=")[2]
    return f"{invite['Call-ID']};to-tag={ours};from-tag={theirs}"


def test_another_call_takes_the_place_of_one(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, invite = await answered(phone, pbx, PORT)
            replacing = pbx.call(caller='"Eve" <sip:2002@127.0.0.1>')
            replacing.request(
                "INVITE", "Require: replaces", f"Replaces: {_replaces(invite, dialog)}",
                body=sdp(PORT),
            )  # fmt: skip
            replacing.adopt(await pbx.next(200, "INVITE"))
            replacing.request("ACK")
            event = await phone.next(CallReplaced)
            assert (event.call, event.number, event.name) == (1, "2002", "Eve")
            assert (await pbx.next("BYE"))["Call-ID"] == invite["Call-ID"]
            phone.do(EndCall(event.by))
            assert (await pbx.next("BYE"))["Call-ID"] == replacing.call_id
            assert not phone.seen(CallIncoming)

    asyncio.run(story())


def test_a_call_that_only_rings_is_not_replaced(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await ringing(phone, pbx, PORT)
            ours = dialog.remote.rpartition("tag=")[2]
            theirs = dialog.local.rpartition("tag=")[2]
            replacing = pbx.call()
            named = f"{dialog.call_id};to-tag={ours};from-tag={theirs}"
            replacing.request("INVITE", f"Replaces: {named}", body=sdp(PORT))
            assert (await pbx.final()).code >= 400
            assert not phone.seen(CallReplaced)

    asyncio.run(story())


def test_a_referral_outside_of_any_call_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            phone.do(SetPolicy(2, dnd=False, referable=1))
            await phone.settled()
            pbx.call().request("REFER", f"Refer-To: <sip:900@{pbx.host}>")
            pbx.call().request("OPTIONS")
            await pbx.next(200, "OPTIONS")
            assert not [
                kept for kept in pbx.kept() if kept.start.startswith(("INVITE", "SIP/2.0 2"))
            ]
            assert not phone.seen(CallReferred)

    asyncio.run(story())


def test_the_server_says_who_is_there_now(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, PORT)
            dialog.request(
                "INVITE",
                'P-Asserted-Identity: "Bob" <sip:2003@127.0.0.1>',
                body=sdp(PORT, version=2),
            )
            await pbx.next(200, "INVITE")
            dialog.request("ACK")
            assert await phone.next(PartyChanged) == PartyChanged(1, "2003", "Bob")

    asyncio.run(story())


def test_a_caller_is_known_by_what_the_server_asserts(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog = pbx.call()
            dialog.request(
                "INVITE",
                'P-Asserted-Identity: "Real, Ann" <sip:3001@127.0.0.1>',
                'Diversion: <sip:2@h>;reason=unconditional, "Sales" <sip:1@h>;reason=no-answer',
                body=sdp(PORT),
            )
            incoming = await phone.next(CallIncoming)
            assert (incoming.number, incoming.name) == ("3001", "Real, Ann")
            assert incoming.diverted_from == "Sales"

    asyncio.run(story())


def test_three_people_hear_each_other(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            with RtpPort(1000.0) as ann, RtpPort(1700.0) as bob:
                _, first = await answered(phone, pbx, ann.port)
                ann.speak_to(*first.media)
                phone.do(PlaceCall(3, 0, "700"))
                invite = await pbx.next("INVITE")
                pbx.answer(invite, 200, "OK", body=sdp(bob.port))
                await phone.next(CallAnswered, lambda e: e.call == 3)
                bob.speak_to(*invite.media)
                phone.do(SetAudio(3, False, (1,)))
                await phone.hears(lambda r: r.share(1000.0) > 0.2 and r.share(1700.0) > 0.2)
                await _hears(ann, 440.0, 1700.0)
                await _hears(bob, 440.0, 1000.0)
                phone.do(SetAudio(3, True, (1,)))
                await _hears(ann, 1700.0)
                phone.do(SetAudio(1, False))
                await phone.hears(lambda r: r.share(1000.0) > 0.9)
                await _hears(ann, 440.0)

    asyncio.run(story())


async def _hears(port: RtpPort, *tones: float) -> None:
    """These tones are all that this end hears, within the patience of a test."""
    async with asyncio.timeout(10.0):
        while True:
            heard = port.heard().last(0.3)
            shares = [heard.share(hz) for hz in tones]
            if min(shares) > 0.2 and sum(shares) > 0.85:
                return
            await asyncio.sleep(0.05)
