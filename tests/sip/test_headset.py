from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.audio.tones import TONE_NAMES, tone
from appliance.phone.effects import EndCall, PlaceCall, SetAudio, SetTone
from appliance.phone.events import CallAnswered, CallEnded, ProblemFound
from appliance.sip.settings import AccountSettings, AudioSettings, EchoCancellation, SipSettings
from tests.peers.rtp import RtpPort
from tests.sip.handset import Handset, handset
from tests.sip.headset import NAME, FakeHeadset, why_not
from tests.sip.message import sdp
from tests.sip.server import Server, server

pytestmark = pytest.mark.skipif(why_not() is not None, reason=why_not() or "")

MIC_HZ, FAR_HZ = 440.0, 1000.0
TONES = tuple((name, tone("us", name)) for name in TONE_NAMES)


@pytest.fixture
def headset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHeadset:
    fake = FakeHeadset(tmp_path)
    fake.build(MIC_HZ)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(fake.configuration))
    return fake


@asynccontextmanager
async def phone_and_server(
    echo: EchoCancellation = "off",
) -> AsyncIterator[tuple[Handset, Server]]:
    async with server() as pbx:
        audio = AudioSettings(
            "alsa", NAME, NAME, codecs=("pcmu",), tones=TONES, echo_cancellation=echo
        )
        account = AccountSettings(0, "1001", (pbx.host,))
        async with handset(SipSettings((account,), audio)) as phone:
            await phone.registered()
            yield phone, pbx


async def becomes(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10.0):
        while not holds():  # noqa: ASYNC110 - files do not ring
            await asyncio.sleep(0.05)


async def talking(phone: Handset, pbx: Server, far: RtpPort) -> None:
    phone.do(PlaceCall(1, 0, "600"), SetAudio(1, False))
    invite = await pbx.next("INVITE")
    pbx.answer(invite, 200, "OK", body=sdp(far.port))
    await phone.next(CallAnswered)
    far.speak_to(*invite.media)


def test_the_dial_tone_is_played_by_the_headset(headset: FakeHeadset) -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, _):
            phone.do(SetTone("dial"))
            await becomes(lambda: headset.heard().last(0.5).share(440) > 0.4)
            assert not phone.seen(ProblemFound)

    asyncio.run(story())


@pytest.mark.parametrize("echo", ["off", "speex", "webrtc"])
def test_a_call_goes_through_the_headset(headset: FakeHeadset, echo: EchoCancellation) -> None:
    async def story() -> None:
        async with phone_and_server(echo) as (phone, pbx):
            with RtpPort(FAR_HZ) as far:
                await talking(phone, pbx, far)
                await becomes(lambda: headset.heard().last(0.4).share(FAR_HZ) > 0.9)
                await becomes(lambda: far.heard().last(0.4).share(MIC_HZ) > 0.9)
                assert not phone.seen(ProblemFound)

    asyncio.run(story())


def test_the_headset_rests_when_nobody_needs_it(headset: FakeHeadset) -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, _):
            phone.do(SetTone("dial"))
            await becomes(lambda: headset.heard().seconds > 0.2)
            phone.do(SetTone("none"))
            await phone.settled()
            await becomes(lambda: not phone.engine._tenant().sound.is_open)
            played = headset.heard().seconds
            await asyncio.sleep(0.2)
            assert headset.heard().seconds == played

    asyncio.run(story())


def test_a_headset_unplugged_in_a_call_leaves_the_call_up(headset: FakeHeadset) -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, pbx):
            with RtpPort(FAR_HZ) as far:
                await talking(phone, pbx, far)
                await becomes(lambda: far.heard().last(0.4).share(MIC_HZ) > 0.9)
                headset.plug(False)
                problem = await phone.next(ProblemFound)
                assert (problem.part, problem.code) == ("headset", "AUDIO-01")
                far.wait_for_packets(50)
                assert not phone.seen(CallEnded)
                phone.do(EndCall(1))
                await phone.next(CallEnded)
                await becomes(lambda: not phone.engine._tenant().sound.is_open)
                headset.plug(True)
                phone.do(SetTone("dial"))
                mended = await phone.next(ProblemFound)
                assert (mended.part, mended.text) == ("headset", "")
                await becomes(lambda: headset.heard().last(0.3).share(440) > 0.4)

    asyncio.run(story())


def test_a_headset_that_is_back_is_heard_in_the_same_call(headset: FakeHeadset) -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, pbx):
            with RtpPort(FAR_HZ) as far:
                await talking(phone, pbx, far)
                await becomes(lambda: headset.heard().seconds > 0.2)
                headset.plug(False)
                problem = await phone.next(ProblemFound)
                assert problem.code == "AUDIO-01"
                played = headset.heard().seconds
                headset.plug(True)
                mended = await phone.next(ProblemFound)
                assert (mended.part, mended.text) == ("headset", "")
                await becomes(lambda: headset.heard().seconds > played + 0.5)
                await becomes(lambda: headset.heard().last(0.4).share(FAR_HZ) > 0.9)
                await becomes(lambda: far.heard().last(0.4).share(MIC_HZ) > 0.9)

    asyncio.run(story())


def test_one_that_is_taken_away_in_a_call_leaves_it_up_and_is_timed(
    headset: FakeHeadset, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, pbx):
            with RtpPort(FAR_HZ) as far:
                await talking(phone, pbx, far)
                await becomes(lambda: far.heard().last(0.4).share(MIC_HZ) > 0.9)
                phone.engine.set_headset("")
                far.wait_for_packets(50)
                assert not phone.seen(CallEnded) and not phone.seen(ProblemFound)
                phone.engine.set_headset(NAME)
                await becomes(lambda: "the headset speaks again" in caplog.text)
                await becomes(lambda: far.heard().last(0.4).share(MIC_HZ) > 0.9)
                silence = phone.engine._tenant().sound.silence.last
                assert f"no audio for {silence:.2f} s" in caplog.text
                assert silence > 0.1

    asyncio.run(story())


def test_a_missing_headset_is_told_once_and_tried_only_while_it_is_needed(
    headset: FakeHeadset,
) -> None:
    async def story() -> None:
        headset.plug(False)
        async with phone_and_server() as (phone, _):
            sound = phone.engine._tenant().sound
            phone.do(SetTone("dial"))
            await phone.next(ProblemFound)
            await phone.settled()
            first = sound._retry
            assert first is not None
            await becomes(lambda: sound._retry not in (None, first))
            phone.do(SetTone("none"))
            await becomes(lambda: not sound.is_open and sound._retry is None)
            assert len(phone.seen(ProblemFound)) == 1

    asyncio.run(story())


def test_a_headset_can_be_given_and_taken_while_a_tone_plays(headset: FakeHeadset) -> None:
    async def story() -> None:
        async with handset(SipSettings(audio=AudioSettings(tones=TONES))) as phone:
            phone.do(SetTone("dial"))
            await phone.settled()
            phone.engine.set_headset(NAME)
            await becomes(lambda: headset.heard().last(0.5).share(440) > 0.4)
            phone.engine.set_headset("")
            await phone.settled()
            played = headset.heard().seconds
            assert phone.engine._tenant().sound.is_open
            await asyncio.sleep(0.2)
            assert headset.heard().seconds == played
            assert not phone.seen(ProblemFound)

    asyncio.run(story())


def test_a_headset_that_was_not_there_at_the_start_is_found(headset: FakeHeadset) -> None:
    async def story() -> None:
        headset.plug(False)
        async with phone_and_server() as (phone, _):
            headset.plug(True)
            phone.do(SetTone("dial"))
            await becomes(lambda: headset.heard().last(0.5).share(440) > 0.4)
            assert not phone.seen(ProblemFound)

    asyncio.run(story())
