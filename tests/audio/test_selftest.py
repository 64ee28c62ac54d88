"""The headset's self-test as arithmetic: recordings of every kind of fault, and their verdicts."""

from __future__ import annotations

import math
import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.audio import selftest
from appliance.audio.selftest import Measured, judge, measure

SEED = 7


def recording(
    *, noise: float = 15.0, speech: float = 4000.0, tone: float = 0.0, dc: int = 0
) -> bytes:
    """What a microphone gives; `noise` and `speech` in sample steps, `tone` as a share of it."""
    chance = random.Random(SEED)
    played = array("h")
    played.frombytes(selftest.prompt())
    spoken_from = selftest.QUIET_S + selftest.TONE_S + 0.3
    samples = array("h")
    for place, sample in enumerate(played):
        moment = place / selftest.RATE
        value = dc + chance.gauss(0, noise) + tone * sample
        if moment > spoken_from:
            swell = 0.5 + 0.5 * math.sin(2 * math.pi * 4 * moment)
            value += speech * swell * math.sin(2 * math.pi * 310 * moment)
        samples.append(max(-32768, min(32767, round(value))))
    return samples.tobytes()


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        ({}, selftest.OK),
        ({"speech": 0, "tone": 0.05}, selftest.OK),
        ({"speech": 0, "noise": 0}, selftest.DEAD),
        ({"speech": 0, "noise": 0, "dc": 5}, selftest.DEAD),
        ({"speech": 0}, selftest.MUTED),
        ({"speech": 60000}, selftest.CLIPPING),
        ({"speech": 80}, selftest.FAINT),
        ({"noise": 400}, selftest.NOISY),
        ({"dc": 1500}, selftest.OFFSET),
    ],
)
def test_every_fault_has_its_verdict(
    fault: dict[str, float], verdict: selftest.AudioVerdict
) -> None:
    assert judge(measure(recording(**fault))) == verdict  # type: ignore[arg-type]


@pytest.mark.parametrize("silent", [{"speech": 0}, {"speech": 0, "noise": 0}])
def test_a_voice_in_another_microphone_tells_the_wrong_device(silent: dict[str, float]) -> None:
    ours = measure(recording(**silent))  # type: ignore[arg-type]
    deaf, hearing = measure(recording(speech=0)), measure(recording())
    assert judge(ours, [deaf]) != selftest.WRONG
    assert judge(ours, [deaf, hearing]) == selftest.WRONG


def test_levels_are_those_of_aes17() -> None:
    """A sine of half the range is 6 dB below one that fills it, whatever the offset."""
    found = measure(recording(noise=0, speech=0, tone=1.0, dc=100))
    assert found.tone == pytest.approx(selftest.TONE_DBFS, abs=0.2)
    assert found.hears_tone
    assert not found.hears_speech
    assert found.dc == pytest.approx(100 * 100 / 32767, abs=0.02)
    assert found.noise == selftest.SILENCE_DBFS


def test_a_recording_that_ended_early_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.0 s were recorded"):
        measure(bytes(2 * selftest.RATE))


@settings(max_examples=25)
@given(st.binary(max_size=64), st.integers(1, 40))
def test_whatever_was_recorded_has_a_verdict(piece: bytes, odd: int) -> None:
    long = (piece or b"\0") * (round(selftest.SECONDS * selftest.RATE * 2) // max(1, len(piece)))
    found = measure(long + bytes(odd))
    assert isinstance(found, Measured)
    assert judge(found).name
    assert "dBFS" in selftest.in_words(found)
