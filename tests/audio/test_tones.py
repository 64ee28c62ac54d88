from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.audio.tones import COUNTRIES, RINGS, TONE_NAMES, ToneSpec, ToneStep, tone
from appliance.config.kinds import TONE_COUNTRIES
from appliance.errors import PhoneError
from appliance.phone.effects import Tone

PJMEDIA_MOST_STEPS = 32
PJMEDIA_LONGEST_MS = 32_767
NYQUIST_OF_G711 = 4000

EVERY = [(country, name) for country in COUNTRIES for name in TONE_NAMES]


def test_every_country_of_the_configuration_has_its_tones() -> None:
    assert set(COUNTRIES) == set(TONE_COUNTRIES)


def test_every_tone_that_the_core_asks_for_is_there() -> None:
    assert set(get_args(Tone)) - {"none"} == set(TONE_NAMES) - set(RINGS)


@pytest.mark.parametrize(("country", "name"), EVERY)
def test_a_tone_can_be_played(country: str, name: str) -> None:
    spec = tone(country, name)
    assert spec.frequencies
    assert all(0 < frequency < NYQUIST_OF_G711 for frequency in spec.frequencies)
    assert 0 < len(spec.cadence) <= PJMEDIA_MOST_STEPS
    for on_ms, off_ms in spec.cadence:
        assert 0 < on_ms <= PJMEDIA_LONGEST_MS
        assert 0 <= off_ms <= PJMEDIA_LONGEST_MS
    assert spec.repeat


@pytest.mark.parametrize(("country", "name"), EVERY)
def test_only_the_dial_tone_never_pauses(country: str, name: str) -> None:
    pauses = any(off_ms for _, off_ms in tone(country, name).cadence)
    assert pauses == (name != "dial")


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_continuous_tone_has_no_seam(country: str) -> None:
    spec = tone(country, "dial")
    ((on_ms, off_ms),) = spec.cadence
    assert off_ms == 0
    assert all(frequency * on_ms % 1000 == 0 for frequency in spec.frequencies)


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_bell_rings_in_the_rhythm_of_the_ringback(country: str) -> None:
    ring, ringback = tone(country, "ring"), tone(country, "ringback")
    rhythm: list[tuple[int, int]] = []
    sounding = 0
    for step in ring.steps:
        sounding += step.on_ms
        if step.off_ms:
            rhythm.append((sounding, step.off_ms))
            sounding = 0
    assert tuple(rhythm) == ringback.cadence


def test_distinctive_rings_are_told_apart_by_their_rhythm() -> None:
    assert len({tone("us", ring).cadence for ring in RINGS[1:]}) == len(RINGS) - 1
    assert tone("us", "bellcore-dr1") == tone("us", "ring")
    assert sum(on_ms for on_ms, _ in tone("de", "bellcore-dr3").cadence) == 400 + 400 + 800


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_bell_warbles_between_two_tones(country: str) -> None:
    ring = tone(country, "ring")
    voices = [step.frequencies for step in ring.steps]
    assert voices[:4] == [(800,), (1000,), (800,), (1000,)]
    assert ring.level_dbm0 == -10.0


@pytest.mark.parametrize(
    ("country", "name", "frequencies", "cadence"),
    [
        ("us", "dial", (350, 440), ((10_000, 0),)),
        ("us", "ringback", (440, 480), ((2000, 4000),)),
        ("us", "busy", (480, 620), ((500, 500),)),
        ("us", "congestion", (480, 620), ((250, 250),)),
        ("us", "call-waiting", (440,), ((300, 10_000),)),
        ("us", "off-hook-warning", (1400, 2060, 2450, 2600), ((100, 100),)),
        ("gb", "dial", (350, 440), ((10_000, 0),)),
        ("gb", "ringback", (400, 450), ((400, 200), (400, 2000))),
        ("gb", "busy", (400,), ((375, 375),)),
        ("gb", "congestion", (400,), ((400, 350), (225, 525))),
        ("gb", "call-waiting", (400,), ((100, 4000),)),
        ("de", "dial", (425,), ((10_000, 0),)),
        ("de", "ringback", (425,), ((1000, 4000),)),
        ("de", "busy", (425,), ((480, 480),)),
        ("de", "congestion", (425,), ((240, 240),)),
        ("de", "call-waiting", (425,), ((200, 200), (200, 5000))),
    ],
)
def test_the_values_of_the_supplement(
    country: str, name: str, frequencies: tuple[int, ...], cadence: tuple[tuple[int, int], ...]
) -> None:
    assert tone(country, name) == ToneSpec(frequencies, cadence)


def test_a_pair_is_as_loud_as_a_single_tone() -> None:
    assert tone("de", "dial").level_dbm0 == -10.0
    assert tone("us", "dial").level_dbm0 == pytest.approx(-13.01, abs=0.01)


def test_steps_of_a_pair_sound_together() -> None:
    assert tone("gb", "ringback").steps == (
        ToneStep((400, 450), 400, 200),
        ToneStep((400, 450), 400, 2000),
    )


@given(st.text())
def test_an_unknown_country_is_named_with_those_that_are_known(country: str) -> None:
    if country in COUNTRIES:
        return
    with pytest.raises(PhoneError, match="expected one of us, gb") as caught:
        tone(country, "dial")
    assert caught.value.code == "AUDIO-05"


def test_an_unknown_tone_is_named() -> None:
    with pytest.raises(PhoneError, match="tone 'siren'"):
        tone("us", "siren")
