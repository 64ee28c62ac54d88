"""Tones as samples: cadence, frequencies and level, by measuring them."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.audio.synth import FULL_SCALE, RATE, render
from appliance.audio.tones import COUNTRIES, ToneSpec, tone
from tests.peers.audio import Recording


def rendered(spec: ToneSpec, percent: int = 100) -> Recording:
    samples = array("h")
    samples.frombytes(render(spec, percent))
    return Recording(RATE, samples)


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_round_lasts_as_long_as_its_cadence_and_sounds_where_it_does(country: str) -> None:
    spec = tone(country, "ring")
    whole = rendered(spec)
    assert whole.seconds == pytest.approx(sum(on + off for on, off in spec.cadence) / 1000)
    place = 0
    for step in spec.steps:
        sound = whole.samples[place : place + RATE * step.on_ms // 1000]
        place += len(sound)
        assert Recording(RATE, sound).share(step.frequencies[0]) > 0.9
        silence = whole.samples[place : place + RATE * step.off_ms // 1000]
        place += len(silence)
        assert not any(silence)


def test_two_frequencies_sound_together() -> None:
    both = rendered(ToneSpec((440, 480), ((500, 0),)))
    assert both.share(440) == pytest.approx(0.5, abs=0.05)
    assert both.share(480) == pytest.approx(0.5, abs=0.05)


def test_ten_percent_are_three_decibels() -> None:
    spec = ToneSpec((1000,), ((500, 0),))
    assert rendered(spec, 100).level() == pytest.approx(0.0, abs=0.2)
    assert rendered(spec, 80).level() == pytest.approx(-6.0, abs=0.2)
    assert not any(rendered(spec, 0).samples)


@given(
    st.lists(st.integers(50, 3400), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(1, 200), st.integers(0, 200)), min_size=1, max_size=5),
    st.integers(0, 100),
    st.booleans(),
)
def test_no_sample_leaves_the_range(
    frequencies: list[int], cadence: list[tuple[int, int]], percent: int, alternating: bool
) -> None:
    spec = ToneSpec(tuple(frequencies), tuple(cadence), alternating=alternating)
    assert max(map(abs, rendered(spec, percent).samples)) <= FULL_SCALE
