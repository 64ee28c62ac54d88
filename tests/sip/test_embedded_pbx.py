"""The phone at the PBX that a first run brings along, and two phones there calling each other."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.phone.effects import AnswerCall, EndCall, HoldCall, PlaceCall, SetAudio
from appliance.phone.events import CallAnswered, CallEnded, CallIncoming, CallMedia, CallProgress
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from tests.demo.conftest import RunningPbx, end_pbx, start_pbx
from tests.peers.audio import tone, write_wav
from tests.sip.handset import Handset, handset

PHONE_HZ, FAR_HZ = 440.0, 1000.0
PATIENCE_SECONDS = 10.0


@asynccontextmanager
async def phone_at_demo(folder: Path) -> AsyncIterator[tuple[Handset, RunningPbx]]:
    pbx = await asyncio.to_thread(start_pbx, "--account", "1001", "--account", "1002")
    mic = write_wav(folder / "mic.wav", tone(PHONE_HZ, 1.0, 16000), 16000)
    audio = AudioSettings(microphone_wav=str(mic), earpiece_wav=str(folder / "ear.wav"))
    account = AccountSettings(0, "1001", (f"127.0.0.1:{pbx.port}",), password=pbx.passwords["1001"])
    async with handset(SipSettings((account,), audio)) as phone:
        assert (await phone.registered()).state == "registered"
        yield phone, pbx
    assert await asyncio.to_thread(end_pbx, pbx) == (0, "")


def test_the_first_run(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_at_demo(tmp_path) as (phone, _):
            phone.do(PlaceCall(1, 0, "600"), SetAudio(1, False))
            await phone.next(CallAnswered)
            await phone.hears(lambda r: r.share(PHONE_HZ) > 0.9)
            phone.do(HoldCall(1, True))
            await phone.next(CallMedia, lambda e: e.held)
            phone.do(HoldCall(1, False))
            await phone.next(CallMedia, lambda e: not e.held)
            await phone.hears(lambda r: r.share(PHONE_HZ) > 0.9)
            phone.do(EndCall(1), SetAudio(0, False), PlaceCall(3, 0, "604"))
            await phone.next(CallAnswered, lambda e: e.call == 3)
            await phone.next(CallEnded, lambda e: e.call == 3)
            incoming = await phone.next(CallIncoming)
            phone.do(AnswerCall(incoming.call), SetAudio(incoming.call, False))
            await phone.next(CallAnswered)

    asyncio.run(story())


def test_two_phones_call_each_other(tmp_path: Path) -> None:
    async def story() -> None:
        mic = write_wav(tmp_path / "far.wav", tone(FAR_HZ, 1.0, 16000), 16000)
        async with phone_at_demo(tmp_path) as (phone, pbx):
            other = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.sip.far_phone", "1002"),
                *(f"127.0.0.1:{pbx.port}", pbx.passwords["1002"], str(mic)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            assert other.stdin is not None
            assert other.stdout is not None
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await other.stdout.readline() != b"registered\n":
                    pass
            phone.do(PlaceCall(1, 0, "1002"), SetAudio(1, False))
            await phone.next(CallProgress, lambda e: e.code == 180)
            await phone.next(CallAnswered)
            assert CallMedia(1, "opus") in phone.events
            await phone.hears(lambda r: r.share(FAR_HZ) > 0.9)
            phone.do(EndCall(1))
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await other.stdout.readline() != b"CallEnded\n":
                    pass
            other.stdin.close()
            assert await asyncio.wait_for(other.wait(), PATIENCE_SECONDS) == 0

    asyncio.run(story())
