from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from appliance.phone.effects import (
    AnswerCall,
    EndCall,
    HoldCall,
    PlaceCall,
    SetAudio,
)
from appliance.phone.events import CallAnswered, CallEnded, CallIncoming, CallProgress
from appliance.phone.policy import SetPolicy
from appliance.sip.settings import AccountSettings, SipSettings
from tests.sip.handset import PATIENCE_SECONDS, Handset, handset
from tests.sip.message import sdp
from tests.sip.server import Dialog, Server, server

GARBAGE = (
    "not SDP at all",
    "v=0\r\n",
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio\r\n",
    sdp(4000).replace("IP4 127.0.0.1", "IP4 999.1.2.3"),
    sdp(4000).replace("m=audio 4000", "m=audio 99999999999999999999"),
    sdp(4000).replace("m=audio", "m=smell"),
    sdp(4000, formats="77"),
    sdp(4000) + "a=rtpmap:0 " + "X" * 3000 + "\r\n",
    sdp(4000) + "m=audio 0 RTP/AVP 0\r\n" * 60,
    "\x00\x01\x02" * 100,
    "v=0\r\n" * 500,
)
STRANGER_RATE = 5
"""Packets a second of one stranger, of which two seconds' worth may come at once (gate.c)."""
METHODS = (
    *("OPTIONS", "REGISTER", "INVITE", "SUBSCRIBE", "NOTIFY", "MESSAGE", "REFER", "BYE", "CANCEL"),
    *("ACK", "INFO", "PRACK", "UPDATE", "PUBLISH"),
)


@asynccontextmanager
async def phone_and_server(**changes: Any) -> AsyncIterator[tuple[Handset, Server]]:
    async with server() as pbx:
        account = AccountSettings(0, "1001", (pbx.host,))
        async with handset(SipSettings((account,), **changes)) as phone:
            assert (await phone.registered()).state == "registered"
            yield phone, pbx


async def still_works(phone: Handset, pbx: Server) -> None:
    """A call can still come in, be answered and end."""
    dialog = pbx.call()
    dialog.request("INVITE", body=sdp(4000))
    dialog.adopt(await pbx.next(180, "INVITE"))
    incoming = await phone.next(CallIncoming)
    phone.do(AnswerCall(incoming.call))
    dialog.adopt(await pbx.next(200, "INVITE"))
    dialog.request("ACK")
    await phone.next(CallAnswered)
    dialog.request("BYE")
    await phone.next(CallEnded, lambda e: e.call == incoming.call)


def test_a_stranger_hears_nothing_and_never_rings() -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, pbx):
            before = await phone.engine.turned_away()
            async with server(address=("127.0.0.2", 0)) as stranger:
                stranger.phone, stranger.contact = pbx.phone, pbx.contact
                for method in METHODS:
                    stranger.call().request(method)
                stranger.call().request("INVITE", body=sdp(4000))
                stranger.send("not SIP at all, but longer than a keep-alive")
                stranger.send("SIP/2.0 200 OK\r\nWhat: an answer to nothing\r\n\r\n")
                await still_works(phone, pbx)
                after = await phone.engine.turned_away()
                assert after.strangers - before.strangers == len(METHODS) + 3
                assert after.last_from == stranger.host
                assert after.last_was_answer
                assert not stranger.kept()
            assert len(phone.seen(CallIncoming)) == 1

    asyncio.run(story())


def test_a_stranger_ends_no_call_of_ours() -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, pbx):
            phone.do(PlaceCall(1, 0, "600"))
            invite = await pbx.next("INVITE")
            pbx.answer(invite, 200, "OK", body=sdp(4000))
            await phone.next(CallAnswered)
            ours = Dialog(pbx, of=invite)
            async with server(address=("127.0.0.2", 0)) as stranger:
                stranger.phone, stranger.contact = pbx.phone, pbx.contact
                before = await phone.engine.turned_away()
                theirs = Dialog(stranger, of=invite)
                theirs.cseq = 10
                theirs.request("BYE")
                theirs.request("INVITE", body=sdp(4002))
                await still_works(phone, pbx)
                after = await phone.engine.turned_away()
                assert after.strangers - before.strangers == 2
                assert not stranger.kept()
            assert not any(ended.call == 1 for ended in phone.seen(CallEnded))
            ours.request("BYE")
            await phone.next(CallEnded, lambda e: e.call == 1)

    asyncio.run(story())


def test_anyone_rings_where_the_settings_say_so_but_asks_for_nothing_else() -> None:
    async def story() -> None:
        async with (
            phone_and_server(accept_calls_from="anyone") as (phone, pbx),
            server(address=("127.0.0.2", 0)) as stranger,
        ):
            stranger.phone, stranger.contact = pbx.phone, pbx.contact
            for method in ("OPTIONS", "REGISTER", "SUBSCRIBE", "NOTIFY", "MESSAGE", "REFER"):
                stranger.call().request(method)
            stranger.call().request("INVITE", body=sdp(4000))
            await stranger.next(180, "INVITE")
            await phone.next(CallIncoming)
            assert not [message for message in stranger.kept() if message.method != "INVITE"]

    asyncio.run(story())


def test_a_flood_of_strangers_leaves_room_for_the_server() -> None:
    async def story() -> None:
        async with (
            phone_and_server(accept_calls_from="anyone") as (phone, pbx),
            server(address=("127.0.0.2", 0)) as stranger,
        ):
            stranger.phone, stranger.contact = pbx.phone, pbx.contact
            phone.do(SetPolicy(2, dnd=True))
            await phone.settled()
            before = await phone.engine.turned_away()
            begun = time.monotonic()
            for _ in range(100):
                stranger.call().request("INVITE", body=sdp(4000))
            heard: set[str] = set()
            dropped = 0
            async with asyncio.timeout(20.0):
                while len(heard) + dropped < 100:
                    await phone.settled()
                    heard.update(answer["Call-ID"] for answer in stranger.kept())
                    dropped = (await phone.engine.turned_away()).strangers - before.strangers
            most = 2 * STRANGER_RATE + STRANGER_RATE * (time.monotonic() - begun) + 1
            assert 1 <= len(heard) <= most
            phone.do(SetPolicy(2, dnd=False))
            await phone.settled()
            await still_works(phone, pbx)

    asyncio.run(story())


def test_the_refusal_of_a_strangers_call_is_sent_once_for_each_invite() -> None:
    """Its ACK is not waited for: the address that it goes to may be a third one's."""

    async def story() -> None:
        async with (
            phone_and_server(accept_calls_from="anyone") as (phone, pbx),
            server(address=("127.0.0.2", 0)) as stranger,
        ):
            stranger.phone, stranger.contact = pbx.phone, pbx.contact
            phone.do(SetPolicy(2, dnd=True))
            await phone.settled()
            dialog = stranger.call()
            dialog.request("INVITE", body=sdp(4000))
            await stranger.final()
            await asyncio.sleep(1.7)  # timer G would have fired after 0.5 and 1.5 s
            assert not [answer for answer in stranger.kept() if answer.code >= 200]
            stranger.send(dialog.last)
            assert (await stranger.final()).code == 486

    asyncio.run(story())


def test_a_server_that_sends_more_than_any_server_does_is_heard_less() -> None:
    async def story() -> None:
        async with phone_and_server(server_packets_per_second=20) as (phone, pbx):
            before = await phone.engine.turned_away()
            begun = time.monotonic()
            phone.engine._do(lambda _station: time.sleep(0.3))
            for _ in range(100):
                pbx.call().request("OPTIONS")
            heard, after = 0, before
            async with asyncio.timeout(PATIENCE_SECONDS):
                while heard + after.flooded - before.flooded < 100:
                    after = await phone.engine.turned_away()
                    heard = sum(kept.code == 200 for kept in pbx.kept())
            assert 30 <= heard <= 2 * 20 + 20 * (time.monotonic() - begun) + 1
            assert after.strangers == before.strangers

    asyncio.run(story())


def test_no_answer_goes_to_another_than_the_one_who_asked() -> None:
    async def story() -> None:
        async with (
            phone_and_server() as (_, pbx),
            server(address=("127.0.0.3", pbx.address[1])) as victim,
        ):
            request = pbx.call().text("OPTIONS").replace(";rport", ";rport;maddr=127.0.0.3")
            pbx.send(request)
            await pbx.next(200, "OPTIONS")
            assert not victim.kept()

    asyncio.run(story())


def test_a_call_that_takes_the_number_of_an_ended_one_is_left_alone() -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, pbx):
            phone.do(PlaceCall(1, 0, "600"))
            invite = await pbx.next("INVITE")
            pbx.answer(invite, 200, "OK", body=sdp(4000))
            await phone.next(CallAnswered)
            phone.do(SetPolicy(2, dnd=True))
            await phone.settled()
            phone.engine._do(lambda _station: time.sleep(0.3))
            Dialog(pbx, of=invite).request("BYE")
            for _ in range(31):
                pbx.call().request("INVITE", body=sdp(4000))
            for _ in range(31):
                assert (await pbx.final()).code == 486
            phone.do(SetPolicy(2, dnd=False))
            await phone.settled()
            await still_works(phone, pbx)

    asyncio.run(story())


@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_for_sdp_in_an_invite_is_refused(body: str) -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, pbx):
            dialog = pbx.call()
            dialog.request("INVITE", "Content-Type: application/sdp", body=body)
            response = await pbx.next_of("INVITE")
            if response.code < 300:
                incoming = await phone.next(CallIncoming)
                phone.do(AnswerCall(incoming.call))
                await asyncio.sleep(0.1)
                phone.do(EndCall(incoming.call))
            await still_works(phone, pbx)

    asyncio.run(story())


@pytest.mark.parametrize("body", GARBAGE)
@pytest.mark.parametrize("code", [183, 200])
def test_garbage_for_sdp_in_an_answer_ends_the_call_or_is_ignored(body: str, code: int) -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, pbx):
            phone.do(PlaceCall(1, 0, "600"), SetAudio(1, False))
            invite = await pbx.next("INVITE")
            pbx.answer(invite, code, "Here", "Content-Type: application/sdp", body=body)
            if code == 200:
                await pbx.next("ACK")
            else:
                await phone.next(CallProgress, lambda e: e.code > 100)
            phone.do(EndCall(1))
            await phone.next(CallEnded)
            if code == 183:
                pbx.answer(invite, 487, "Request Terminated")
            await still_works(phone, pbx)

    asyncio.run(story())


def test_garbage_in_a_reinvite_leaves_the_call_up() -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, pbx):
            phone.do(PlaceCall(1, 0, "600"), SetAudio(1, False))
            invite = await pbx.next("INVITE")
            pbx.answer(invite, 200, "OK", body=sdp(4000))
            await phone.next(CallAnswered)
            dialog = Dialog(pbx, of=invite)
            for body in GARBAGE:
                dialog.request("INVITE", "Content-Type: application/sdp", body=body)
                response = await pbx.final()
                dialog.request("ACK", fresh=response.code < 300)
            assert not phone.seen(CallEnded)
            phone.do(HoldCall(1, True), EndCall(1))
            await phone.next(CallEnded)
            await still_works(phone, pbx)

    asyncio.run(story())


def test_noise_on_the_port_is_survived() -> None:
    async def story() -> None:
        dice = random.Random(7)
        async with phone_and_server() as (phone, pbx):
            dialog = pbx.call()
            dialog.request("INVITE", body=sdp(4000))
            good = (await pbx.next(180, "INVITE")).text
            for number in range(300):
                if number % 20 == 0:
                    pbx.call().request("OPTIONS")
                    await pbx.next(200, "OPTIONS")
                text = list(good)
                for _ in range(dice.randrange(1, 30)):
                    text[dice.randrange(len(text))] = chr(dice.randrange(1, 256))
                pbx.send("".join(text)[: dice.randrange(len(text))])
            dialog.request("CANCEL", fresh=False)
            await phone.next(CallEnded)
            await still_works(phone, pbx)

    asyncio.run(story())


def test_refer_moves_no_call() -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, pbx):
            phone.do(PlaceCall(1, 0, "600"))
            invite = await pbx.next("INVITE")
            pbx.answer(invite, 200, "OK", body=sdp(4000))
            await phone.next(CallAnswered)
            dialog = Dialog(pbx, of=invite)
            dialog.request("REFER", f"Refer-To: <sip:900@{pbx.host}>")
            assert (await pbx.final("REFER")).code == 603

    asyncio.run(story())


def test_many_calls_leave_nothing_behind() -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, pbx):
            for number in range(1, 121, 2):
                phone.do(PlaceCall(number, 0, "600"), SetAudio(number, False))
                invite = await pbx.next("INVITE")
                pbx.answer(invite, 200, "OK", body=sdp(4000))
                await phone.next(CallAnswered)
                phone.do(EndCall(number), SetAudio(0, False))
                await pbx.next("BYE")
            for _ in range(60):
                await still_works(phone, pbx)
            assert len(phone.seen(CallEnded)) == 120

    asyncio.run(story())
