"""G.711 against its own table of decision values, and the tone for its seam and level."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from appliance.demo.g711 import OVERLOAD_DBM0, Law, alaw, tone_frames, ulaw


def from_ulaw(octet: int) -> int:
    """ITU-T G.711 table 2, scaled to 16 bits."""
    octet ^= 0xFF
    magnitude = ((((octet & 0x0F) << 3) + 0x84) << (octet >> 4 & 7)) - 0x84
    return -magnitude if octet & 0x80 else magnitude


def from_alaw(octet: int) -> int:
    """ITU-T G.711 table 1, scaled to 16 bits."""
    octet ^= 0x55
    segment, step = octet >> 4 & 7, (octet & 0x0F) << 4
    magnitude = step + 8 if segment == 0 else (step + 0x108) << (segment - 1)
    return magnitude if octet & 0x80 else -magnitude


LAWS = [(ulaw, from_ulaw), (alaw, from_alaw)]
"""Coder and decoder."""


@pytest.mark.parametrize(
    ("coder", "sample", "octet"),
    [
        (ulaw, 0, 0xFF),
        (ulaw, 32767, 0x80),
        (ulaw, -32768, 0x00),
        (ulaw, 1000, 0xCE),
        (alaw, 0, 0xD5),
        (alaw, -1, 0x55),
        (alaw, 32767, 0xAA),
        (alaw, -32768, 0x2A),
        (alaw, 1000, 0xFA),
    ],
)
def test_known_values(coder: Callable[[int], int], sample: int, octet: int) -> None:
    assert coder(sample) == octet


@pytest.mark.parametrize(("coder", "decoder"), LAWS)
def test_every_code_survives_the_way_there_and_back(
    coder: Callable[[int], int], decoder: Callable[[int], int]
) -> None:
    for octet in range(256):
        assert decoder(coder(decoder(octet))) == decoder(octet)


@pytest.mark.parametrize(("coder", "decoder"), LAWS)
def test_the_error_stays_within_half_a_step(
    coder: Callable[[int], int], decoder: Callable[[int], int]
) -> None:
    for sample in range(-32000, 32001):
        half_a_step = max(8.0, (abs(sample) + 132) / 32)
        assert abs(decoder(coder(sample)) - sample) <= half_a_step, sample


@pytest.mark.parametrize(("law", "decoder"), [("PCMU", from_ulaw), ("PCMA", from_alaw)])
def test_the_tone_has_no_seam_and_the_right_level(law: Law, decoder: Callable[[int], int]) -> None:
    frames = tone_frames(law, 1004, -10.0)
    assert (len(frames), {len(frame) for frame in frames}) == (25, {160})
    wave = [decoder(octet) for frame in frames for octet in frame]
    amplitude = 32767 * 10 ** ((-10.0 - OVERLOAD_DBM0[law]) / 20)
    for n, sample in enumerate(wave + wave):
        ideal = amplitude * math.sin(2 * math.pi * 1004 * n / 8000)
        assert sample == pytest.approx(ideal, abs=amplitude / 20)
