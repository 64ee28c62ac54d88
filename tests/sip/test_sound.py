from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.audio.tones import TONE_NAMES, tone
from appliance.errors import EngineError
from appliance.phone.effects import SetRinger, SetTone
from appliance.phone.events import ProblemFound
from appliance.sip.settings import AudioSettings, SipSettings
from tests.peers.audio import read_wav
from tests.sip.handset import handset

TONES = tuple((name, tone("us", name)) for name in TONE_NAMES)


def recording_to(path: Path, **changes: object) -> SipSettings:
    audio = AudioSettings(earpiece_wav=str(path), tones=TONES, **changes)  # type: ignore[arg-type]
    return SipSettings(audio=audio)


def test_tones_are_heard_as_the_country_has_them(tmp_path: Path) -> None:
    async def story() -> None:
        async with handset(recording_to(tmp_path / "ear.wav")) as phone:
            assert (await phone.engine.heard(0.5)).samples == bytes(16000)
            phone.do(SetTone("dial"))
            heard = await phone.hears(lambda r: r.level() == pytest.approx(-13.1, abs=0.5))
            assert heard.share(350) == pytest.approx(0.5, abs=0.1)
            assert heard.share(440) == pytest.approx(0.5, abs=0.1)
            phone.do(SetTone("none"))
            await phone.hears(lambda r: r.level() < -60)
            phone.do(SetRinger(True))
            await phone.hears(lambda r: r.share(800) + r.share(1000) > 0.4)
            phone.do(SetRinger(False))
            await phone.hears(lambda r: r.level() < -60)

    asyncio.run(story())


def test_the_recording_is_complete_after_the_end(tmp_path: Path) -> None:
    async def story() -> None:
        async with handset(recording_to(tmp_path / "ear.wav")) as phone:
            phone.do(SetTone("dial"))
            await phone.hears(lambda r: r.share(440) > 0.3)

    asyncio.run(story())
    recording = read_wav(tmp_path / "ear.wav")
    assert recording.rate == 16000
    assert recording.share(440) > 0.2


def test_volume_is_stepped_by_three_decibels(tmp_path: Path) -> None:
    async def story() -> None:
        async with handset(recording_to(tmp_path / "ear.wav")) as phone:
            phone.do(SetTone("dial"))
            await phone.hears(lambda r: r.level() == pytest.approx(-13.1, abs=0.5))
            assert phone.engine.step_volume("earpiece", -2) == 60
            await phone.hears(lambda r: r.level() == pytest.approx(-19.1, abs=0.5))
            assert phone.engine.step_volume("earpiece", -99) == 0
            await phone.hears(lambda r: r.level() < -90)
            assert phone.engine.step_volume("earpiece", 99) == 100

    asyncio.run(story())


def test_a_microphone_file_that_is_none_is_a_problem_and_no_more(tmp_path: Path) -> None:
    async def story() -> None:
        nonsense = tmp_path / "mic.wav"
        nonsense.write_text("not a WAV file")
        settings = SipSettings(audio=AudioSettings(microphone_wav=str(nonsense)))
        async with handset(settings) as phone:
            problem = await phone.next(ProblemFound)
            assert (problem.part, problem.code) == ("microphone", "AUDIO-02")

    asyncio.run(story())


def test_a_headset_that_is_not_there_is_a_problem_and_the_tone_goes_on(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "ear.wav"
        settings = recording_to(path, device="alsa", playback="no-such", capture="no-such")
        async with handset(settings) as phone:
            phone.do(SetTone("dial"))
            problem = await phone.next(ProblemFound)
            assert (problem.part, problem.code) == ("headset", "AUDIO-01")
            await phone.hears(lambda r: r.share(440) > 0.3)

    asyncio.run(story())


def test_without_a_recording_nothing_can_be_heard() -> None:
    async def story() -> None:
        async with handset(SipSettings()) as phone:
            with pytest.raises(EngineError, match="AUDIO-04"):
                await phone.engine.heard(1.0)

    asyncio.run(story())


def test_an_earpiece_file_that_cannot_be_made_is_never_taken_for_silence(tmp_path: Path) -> None:
    async def story() -> None:
        async with handset(recording_to(tmp_path / "nowhere" / "ear.wav")) as phone:
            problem = await phone.next(ProblemFound)
            assert (problem.part, problem.code) == ("earpiece", "AUDIO-03")
            with pytest.raises(EngineError, match=r"AUDIO-04.*ear\.wav"):
                await phone.engine.heard(1.0)

    asyncio.run(story())


def test_an_earpiece_file_that_vanished_is_never_taken_for_silence(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "ear.wav"
        async with handset(recording_to(path)) as phone:
            phone.do(SetTone("dial"))
            await phone.hears(lambda r: r.share(440) > 0.3)
            path.unlink()
            with pytest.raises(EngineError, match="AUDIO-04"):
                await phone.engine.heard(1.0)

    asyncio.run(story())
