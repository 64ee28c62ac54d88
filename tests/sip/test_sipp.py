"""Exact signalling, as sipp spells it: what must hold is in its scenarios, and fails there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from appliance.phone.effects import AnswerCall, EndCall, HoldCall, PlaceCall, SetAudio
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallMedia,
    CallProgress,
)
from appliance.phone.policy import SetPolicy
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from tests.peers.asterisk_files import Account
from tests.peers.sipp import STRANGER, Sipp
from tests.sip.handset import Handset, handset

pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("needs_sipp")]

ACCOUNT = Account("1001", "a-password-of-the-tests")


@asynccontextmanager
async def phone_and(scenario: str, **changes: Any) -> AsyncIterator[tuple[Handset, Sipp]]:
    """A phone registered with a sipp that plays `scenario` when it is called."""
    with Sipp(scenario, account=ACCOUNT, **changes) as far:
        account = AccountSettings(0, ACCOUNT.user, (far.server,), password=ACCOUNT.password)
        audio = AudioSettings(codecs=("pcmu",))
        async with handset(SipSettings((account,), audio)) as phone:
            assert (await phone.registered()).state == "registered"
            yield phone, far


@asynccontextmanager
async def called_by(scenario: str, **changes: Any) -> AsyncIterator[tuple[Handset, Sipp]]:
    """A registered phone, and a sipp that calls it by `scenario`."""
    async with phone_and("uas_nobody") as (phone, registrar):
        contact = await asyncio.to_thread(registrar.wait_for_contact)
        with Sipp(scenario, target=contact, **changes) as caller:
            yield phone, caller


async def cue(far: Sipp, after: str) -> None:
    """Let the scenario go on once it has reached a step."""
    await asyncio.to_thread(far.wait_for, after)
    far.cue()


async def answers(phone: Handset) -> int:
    """The phone answers what rings."""
    incoming = await phone.next(CallIncoming)
    phone.do(AnswerCall(incoming.call), SetAudio(incoming.call, False))
    await phone.next(CallAnswered)
    return incoming.call


@pytest.mark.parametrize("code", ["404", "480", "486", "503", "603"])
def test_refusals_are_told(code: str) -> None:
    async def story() -> None:
        async with phone_and("uas_refuse", keys={"code": code, "reason": "No"}) as (phone, _):
            phone.do(PlaceCall(1, 0, "600"))
            assert (await phone.next(CallEnded)).code == int(code)

    asyncio.run(story())


def test_early_media_then_answer() -> None:
    async def story() -> None:
        async with phone_and("uas_early_media") as (phone, far):
            phone.do(PlaceCall(1, 0, "600"), SetAudio(1, False))
            await phone.next(CallProgress, lambda e: e.early_media)
            await asyncio.to_thread(far.rtp.wait_for_packets, 10)
            far.cue()
            await phone.next(CallAnswered)

    asyncio.run(story())


def test_ringing_then_cancel() -> None:
    async def story() -> None:
        async with phone_and("uas_ring") as (phone, far):
            phone.do(PlaceCall(1, 0, "600"))
            await phone.next(CallProgress, lambda e: e.code > 100)
            phone.do(EndCall(1))
            await asyncio.to_thread(far.wait_for, "cancelled")

    asyncio.run(story())


def test_the_far_end_hangs_up() -> None:
    async def story() -> None:
        async with phone_and("uas_hang_up") as (phone, far):
            phone.do(PlaceCall(1, 0, "600"))
            await phone.next(CallAnswered)
            await cue(far, "answered")
            assert (await phone.next(CallEnded)).code == 0

    asyncio.run(story())


def test_we_hold_and_resume() -> None:
    async def story() -> None:
        async with phone_and("uas_held") as (phone, far):
            phone.do(PlaceCall(1, 0, "600"))
            await phone.next(CallAnswered)
            phone.do(HoldCall(1, True))
            await phone.next(CallMedia, lambda e: e.held)
            await asyncio.to_thread(far.wait_for, "held")
            phone.do(HoldCall(1, False))
            await phone.next(CallMedia, lambda e: not e.held)
            await asyncio.to_thread(far.wait_for, "resumed")
            phone.do(EndCall(1))
            await phone.next(CallEnded)
            await asyncio.to_thread(far.wait_for, "bye")
            assert [step.split()[0] for step in far.steps()][-3:] == ["held", "resumed", "bye"]

    asyncio.run(story())


def test_a_session_interval_too_small_is_lengthened() -> None:
    async def story() -> None:
        async with phone_and("uas_interval_too_small") as (phone, _):
            phone.do(PlaceCall(1, 0, "600"))
            await phone.next(CallAnswered)

    asyncio.run(story())


@pytest.mark.parametrize("scenario", ["uas_garbage_sdp", "uas_no_sdp"])
def test_rubbish_in_an_answer_ends_the_call(scenario: str) -> None:
    async def story() -> None:
        async with phone_and(scenario) as (phone, _):
            phone.do(PlaceCall(1, 0, "600"))
            ended = await phone.next(CallEnded)
            assert ended.call == 1

    asyncio.run(story())


def test_a_call_is_answered_and_ended() -> None:
    async def story() -> None:
        async with called_by("uac_call") as (phone, caller):
            call = await answers(phone)
            await asyncio.to_thread(caller.rtp.wait_for_packets, 10)
            await cue(caller, "answered")
            assert (await phone.next(CallEnded)).call == call
            await asyncio.to_thread(caller.wait)

    asyncio.run(story())


def test_we_hang_up() -> None:
    async def story() -> None:
        async with called_by("uac_far_end_hangs_up") as (phone, caller):
            phone.do(EndCall(await answers(phone)))
            await asyncio.to_thread(caller.wait)

    asyncio.run(story())


def test_a_caller_gives_up() -> None:
    async def story() -> None:
        async with called_by("uac_cancel") as (phone, caller):
            await phone.next(CallIncoming)
            await cue(caller, "ringing")
            assert (await phone.next(CallEnded)).code == 487
            await asyncio.to_thread(caller.wait)

    asyncio.run(story())


def test_a_refused_call_is_486() -> None:
    async def story() -> None:
        async with called_by("uac_refused", keys={"code": "486"}) as (phone, caller):
            incoming = await phone.next(CallIncoming)
            phone.do(EndCall(incoming.call, 486))
            await asyncio.to_thread(caller.wait)

    asyncio.run(story())


def test_a_busy_phone_is_486_without_ringing() -> None:
    async def story() -> None:
        async with phone_and("uas_nobody") as (phone, registrar):
            phone.do(SetPolicy(0, dnd=False))
            await phone.settled()
            contact = await asyncio.to_thread(registrar.wait_for_contact)
            with Sipp("uac_refused", target=contact, keys={"code": "486"}) as caller:
                await asyncio.to_thread(caller.wait)
            assert not phone.seen(CallIncoming)

    asyncio.run(story())


def test_the_far_end_holds_and_resumes() -> None:
    async def story() -> None:
        async with called_by("uac_hold") as (phone, caller):
            await answers(phone)
            await cue(caller, "answered")
            await phone.next(CallMedia, lambda e: e.remote_held)
            await cue(caller, "held")
            await phone.next(CallMedia, lambda e: not e.remote_held)
            await cue(caller, "resumed")
            await phone.next(CallEnded)
            await asyncio.to_thread(caller.wait)

    asyncio.run(story())


def test_a_late_offer() -> None:
    async def story() -> None:
        async with called_by("uac_late_offer") as (phone, caller):
            await answers(phone)
            await asyncio.to_thread(caller.rtp.wait_for_packets, 10)
            await cue(caller, "answered")
            await phone.next(CallEnded)
            await asyncio.to_thread(caller.wait)

    asyncio.run(story())


def test_a_session_timer_is_refreshed() -> None:
    async def story() -> None:
        async with called_by("uac_session_timer") as (phone, caller):
            await answers(phone)
            await cue(caller, "answered")
            await cue(caller, "refreshed")
            await phone.next(CallEnded)
            await asyncio.to_thread(caller.wait)

    asyncio.run(story())


def test_garbage_for_an_offer() -> None:
    async def story() -> None:
        async with called_by("uac_garbage_sdp") as (phone, caller):
            await asyncio.to_thread(caller.wait)
            assert not phone.seen(CallIncoming)

    asyncio.run(story())


def test_a_stranger_hears_nothing_and_never_rings() -> None:
    async def story() -> None:
        async with called_by("uac_stranger", address=STRANGER) as (phone, caller):
            await asyncio.to_thread(caller.wait)
            assert caller.steps() == ["silent"]
            assert not phone.seen(CallIncoming)

    asyncio.run(story())


def test_options() -> None:
    async def story() -> None:
        async with called_by("uac_options") as (_, caller):
            await asyncio.to_thread(caller.wait)

    asyncio.run(story())
