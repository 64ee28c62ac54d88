from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.control.heard import (
    FLOOR_DBFS,
    SILENCE_DBFS,
    TONE_SHARE,
    hears_tone,
    is_silent,
    level_dbfs,
    strongest_hz,
    tone_share,
)

RATES = st.sampled_from([8000, 16000, 48000])
TONES = st.floats(min_value=300, max_value=3300)
LEVELS = st.floats(min_value=0.01, max_value=0.9)


def sine(hz: float, rate: int, level: float = 0.5, seconds: float = 0.4) -> list[int]:
    """A tone of `level` of full scale."""
    turn = 2 * math.pi * hz / rate
    return [round(32767 * level * math.sin(turn * i)) for i in range(round(seconds * rate))]


def mixed(*parts: list[int]) -> list[int]:
    return [sum(values) for values in zip(*parts, strict=True)]


def noise(rate: int, level: float, seed: int = 1) -> list[int]:
    source = random.Random(seed)
    return [round(source.gauss(0, 32767 * level)) for _ in range(round(0.4 * rate))]


@settings(deadline=None, max_examples=40)
@given(TONES, st.floats(min_value=-0.014, max_value=0.014), LEVELS, RATES)
def test_a_tone_within_the_tolerance_is_heard(
    hz: float, off: float, level: float, rate: int
) -> None:
    samples = sine(hz * (1 + off), rate, level)
    assert tone_share(samples, rate, hz) > 0.8
    assert hears_tone(samples, rate, hz)


@settings(deadline=None, max_examples=40)
@given(st.floats(300, 2800), st.sampled_from([-1, 1]), st.floats(0.05, 0.4), RATES)
def test_a_tone_five_percent_off_is_another(hz: float, side: int, off: float, rate: int) -> None:
    samples = sine(hz * (1 + side * off), rate)
    assert tone_share(samples, rate, hz) < 0.05
    assert not hears_tone(samples, rate, hz)


@pytest.mark.parametrize("pair", [(350, 440), (440, 480), (480, 620), (400, 450), (697, 1209)])
@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_both_of_two_mixed_tones_are_heard(pair: tuple[int, int], rate: int) -> None:
    samples = mixed(*(sine(hz, rate, 0.2) for hz in pair))
    for hz in pair:
        assert tone_share(samples, rate, hz) == pytest.approx(0.5, abs=0.06)
        assert hears_tone(samples, rate, hz)
    assert not hears_tone(samples, rate, 1000)


@pytest.mark.parametrize("rate", [8000, 16000])
def test_a_tone_in_noise_is_heard_and_noise_alone_is_none(rate: int) -> None:
    assert hears_tone(mixed(sine(425, rate, 0.2), noise(rate, 0.1)), rate, 425)
    assert not is_silent(noise(rate, 0.1))
    assert not any(hears_tone(noise(rate, 0.1), rate, hz) for hz in (350, 425, 440, 1000, 3000))


@settings(deadline=None, max_examples=40)
@given(TONES, st.integers(min_value=-8000, max_value=8000))
def test_direct_current_is_neither_tone_nor_level(hz: float, offset: int) -> None:
    assert is_silent([offset] * 6400)
    samples = [sample + offset for sample in sine(hz, 16000, 0.2)]
    assert tone_share(samples, 16000, hz) > 0.9
    assert level_dbfs(samples) == pytest.approx(level_dbfs(sine(hz, 16000, 0.2)), abs=0.2)


def test_a_burst_of_half_the_window_is_still_that_tone() -> None:
    samples = [0] * 3200 + sine(480, 16000, 0.3, 0.2)
    assert tone_share(samples, 16000, 480) > 0.8


def test_levels_are_relative_to_a_full_scale_square() -> None:
    assert level_dbfs([32767, -32767] * 100) == pytest.approx(0, abs=0.01)
    assert level_dbfs(sine(1000, 16000, 1.0)) == pytest.approx(-3.01, abs=0.05)
    assert level_dbfs([]) == level_dbfs([0] * 100) == FLOOR_DBFS


def test_silence_begins_where_it_is_documented_to() -> None:
    just_heard = 10 ** ((SILENCE_DBFS + 3.01 + 0.5) / 20)
    assert not is_silent(sine(1000, 16000, just_heard))
    assert is_silent(sine(1000, 16000, just_heard * 10 ** (-1 / 20)))
    assert is_silent([])
    assert tone_share(sine(1000, 16000, 0.001), 16000, 1000) > TONE_SHARE
    assert not hears_tone(sine(1000, 16000, 0.001), 16000, 1000)


def test_too_little_audio_or_bandwidth_says_nothing() -> None:
    assert tone_share([], 16000, 425) == 0
    assert tone_share([], 0, 425) == 0
    assert tone_share(sine(425, 16000), 16000, 5e-324) < 1
    assert tone_share(sine(425, 16000, 0.5, 0.05), 16000, 425) == 0
    assert tone_share(sine(1000, 8000), 8000, 4000) == 0
    assert strongest_hz([], 0) == 0
    assert strongest_hz([0] * 6400, 16000) == 0


@settings(deadline=None, max_examples=40)
@given(TONES, RATES)
def test_the_strongest_tone_is_found_to_three_percent(hz: float, rate: int) -> None:
    assert strongest_hz(sine(hz, rate), rate) == pytest.approx(hz, rel=0.04)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(-32768, 32767), max_size=900),
    st.sampled_from([0, 1, 100, 8000]),
    st.floats(min_value=-10, max_value=30000),
)
def test_any_samples_can_be_measured(samples: list[int], rate: int, hz: float) -> None:
    assert 0 <= tone_share(samples, rate, hz) <= 1
    assert FLOOR_DBFS <= level_dbfs(samples) <= 0.01
    assert 0 <= strongest_hz(samples, rate) < max(1, rate)
