"""Hold and resume on the wire: refused, crossing, and the far end's own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.phone.effects import HoldCall, SetAudio
from appliance.phone.events import CallMedia
from tests.peers.rtp import RtpPort
from tests.sip.message import sdp
from tests.sip.talking import FAR_HZ, answered, phone_and_server


def test_hold_and_resume(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            with RtpPort(FAR_HZ) as far:
                await answered(phone, pbx, far.port)
                phone.do(HoldCall(1, True))
                hold = await pbx.next("INVITE")
                assert hold.direction == "sendonly"
                pbx.answer(hold, 200, "OK", body=sdp(far.port, "recvonly", version=2))
                media = await phone.next(CallMedia, lambda e: e.held)
                assert not media.remote_held
                phone.do(HoldCall(1, False))
                resume = await pbx.next("INVITE")
                assert resume.direction == "sendrecv"
                pbx.answer(resume, 200, "OK", body=sdp(far.port, version=3))
                await phone.next(CallMedia, lambda e: not e.held)
                phone.do(SetAudio(1, False))
                far.speak_to(*resume.media)
                await phone.hears(lambda r: r.share(FAR_HZ) > 0.95)

    asyncio.run(story())


def test_a_hold_that_is_refused_is_undone(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            await answered(phone, pbx, 4000)
            phone.do(HoldCall(1, True))
            pbx.answer(await pbx.next("INVITE"), 488, "Not Acceptable Here")
            await pbx.next("ACK")
            assert await phone.next(CallMedia) == CallMedia(1, "pcmu", held=False)

    asyncio.run(story())


def test_a_hold_during_glare_is_tried_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            await answered(phone, pbx, 4000)
            phone.do(HoldCall(1, True))
            pbx.answer(await pbx.next("INVITE"), 491, "Request Pending")
            await pbx.next("ACK")
            again = await pbx.next("INVITE")
            assert again.direction == "sendonly"
            pbx.answer(again, 200, "OK", body=sdp(4000, "recvonly", version=2))
            await phone.next(CallMedia, lambda e: e.held)

    asyncio.run(story())


@pytest.mark.parametrize("held", [True, False])
def test_media_told_before_a_hold_was_asked_for_does_not_contradict_it(
    tmp_path: Path, held: bool
) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            await answered(phone, pbx, 4000)
            before = len(phone.seen(CallMedia))
            stale = CallMedia(1, "pcmu", held=not held)
            phone.engine._do(lambda station: station.post(stale))
            phone.do(HoldCall(1, not held), HoldCall(1, held))
            await phone.settled()
            assert phone.seen(CallMedia)[before] == CallMedia(1, "pcmu", held=held)
            phone.engine._do(lambda station: station.post(stale))
            await phone.settled()
            assert phone.seen(CallMedia)[-1] == stale

    asyncio.run(story())


def test_the_far_ends_reinvite_does_not_undo_a_hold_that_is_pursued(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, 4000)
            phone.do(HoldCall(1, True))
            hold = await pbx.next("INVITE")
            pbx.answer(hold, 491, "Request Pending")
            await pbx.next("ACK")
            await dialog.invite(body=sdp(4000, "sendonly", version=2))
            media = await phone.next(CallMedia, lambda e: e.remote_held)
            assert media.held

    asyncio.run(story())


def test_hold_and_resume_pressed_quickly_end_where_the_last_press_wants(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            await answered(phone, pbx, 4000)
            phone.do(HoldCall(1, True), HoldCall(1, False), HoldCall(1, True), HoldCall(1, False))
            hold = await pbx.next("INVITE")
            assert hold.direction == "sendonly"
            pbx.answer(hold, 200, "OK", body=sdp(4000, "recvonly", version=2))
            resume = await pbx.next("INVITE")
            assert resume.direction == "sendrecv"
            pbx.answer(resume, 200, "OK", body=sdp(4000, version=3))
            await pbx.next("ACK")
            await phone.settled()
            assert not phone.seen(CallMedia)[-1].held

    asyncio.run(story())


def test_the_far_ends_hold_is_seen(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, 4000)
            ok = await dialog.invite(body=sdp(4000, "sendonly", version=2))
            assert ok.direction == "recvonly"
            assert (await phone.next(CallMedia, lambda e: e.remote_held)).held is False
            await dialog.invite(body=sdp(4000, version=3))
            await phone.next(CallMedia, lambda e: not e.remote_held)

    asyncio.run(story())
