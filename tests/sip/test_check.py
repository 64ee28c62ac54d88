"""Whether a call still is: asked of the far end, which may have forgotten it without a word."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.phone.effects import CheckCall, EndCall, HoldCall
from appliance.phone.events import CallEnded, CallLives, CallMedia
from tests.sip.message import sdp
from tests.sip.talking import answered, phone_and_server

PORT = 4000


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("code", [200, 488])
def test_a_call_that_is_there_lives_and_is_held_as_before(
    tmp_path: Path, held: bool, code: int
) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            await answered(phone, pbx, PORT)
            if held:
                phone.do(HoldCall(1, held=True))
                pbx.answer(await pbx.next("INVITE"), 200, "OK", body=sdp(PORT, "recvonly"))
                await phone.next(CallMedia, lambda e: e.held)
                await pbx.next("ACK")
            phone.do(CheckCall(1))
            asked = await pbx.next("INVITE")
            assert asked.direction == ("sendonly" if held else "sendrecv")
            direction = "recvonly" if held else "sendrecv"
            pbx.answer(asked, code, "Said", body=sdp(PORT, direction) if code == 200 else "")
            assert await phone.next(CallLives) == CallLives(1)
            assert phone.seen(CallMedia)[-1].held is held
            phone.do(EndCall(1))
            await pbx.next("BYE")

    asyncio.run(story())


def test_the_question_is_asked_again_where_another_was_under_way(tmp_path: Path) -> None:
    """491 (RFC 3261 section 14.1) says nothing of the call."""

    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            await answered(phone, pbx, PORT)
            phone.do(CheckCall(1))
            pbx.answer(await pbx.next("INVITE"), 491, "Request Pending")
            await pbx.next("ACK")
            pbx.answer(await pbx.next("INVITE"), 200, "OK", body=sdp(PORT))
            await phone.next(CallLives)
            assert len(phone.seen(CallLives)) == 1

    asyncio.run(story())


def test_a_call_that_is_gone_ends(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            await answered(phone, pbx, PORT)
            phone.do(CheckCall(1))
            pbx.answer(await pbx.next("INVITE"), 481, "Call Does Not Exist")
            ended = await phone.next(CallEnded)
            assert (ended.call, ended.code) == (1, 481)
            assert not phone.seen(CallLives)

    asyncio.run(story())


def test_a_server_that_hangs_up_when_it_is_asked(tmp_path: Path) -> None:
    """As an Asterisk does, whose dialog has outlived the call."""

    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, PORT)
            phone.do(CheckCall(1))
            asked = await pbx.next("INVITE")
            dialog.request("BYE")
            await pbx.next(200, "BYE")
            pbx.answer(asked, 200, "OK", body=sdp(PORT))
            ended = await phone.next(CallEnded)
            assert (ended.call, ended.code) == (1, 0)

    asyncio.run(story())


def test_the_question_waits_for_a_hold_that_is_under_way(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            await answered(phone, pbx, PORT)
            phone.do(HoldCall(1, held=True))
            holds = await pbx.next("INVITE")
            phone.do(CheckCall(1))
            await phone.settled()
            pbx.answer(holds, 200, "OK", body=sdp(PORT, "recvonly"))
            asked = await pbx.next("INVITE")
            pbx.answer(asked, 481, "Call Does Not Exist")
            assert (await phone.next(CallEnded)).code == 481

    asyncio.run(story())
