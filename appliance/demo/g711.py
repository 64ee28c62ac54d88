"""G.711 companding and the test tone (ITU-T G.711, levels after O.9).

Pure arithmetic, 16-bit linear in, one octet out. ``audioop`` did this until Python 3.13 removed
it. Only what the tone needs is here: the PBX never decodes.
"""

from __future__ import annotations

from functools import cache
from math import gcd, lcm, pi, sin
from typing import Literal

Law = Literal["PCMU", "PCMA"]

SAMPLE_RATE = 8000
"""Samples per second, also the RTP clock of both laws (RFC 3551 section 4.5.14)."""
FRAME_SAMPLES = 160
"""Samples in a packet: 20 ms."""
OVERLOAD_DBM0 = {"PCMU": 3.17, "PCMA": 3.14}
"""Level of a sine that just fills the converter (G.711, table footnotes)."""

_BIAS = 0x84
_CLIP = 32635


def ulaw(sample: int) -> int:
    """One 16-bit linear sample as mu-law."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return ~(sign | exponent << 4 | mantissa) & 0xFF


def alaw(sample: int) -> int:
    """One 16-bit linear sample as A-law."""
    sign = 0x80 if sample >= 0 else 0
    magnitude = min(sample if sample >= 0 else ~sample, 0x7FFF) >> 3
    exponent = max(magnitude.bit_length() - 5, 0)
    mantissa = (magnitude >> max(exponent, 1)) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55


@cache
def tone_frames(law: Law, hertz: int, dbm0: float) -> tuple[bytes, ...]:
    """A sine cut into 20 ms frames that repeat without a seam.

    `dbm0` is the level; +3 is about as loud as the law goes.
    """
    encode = ulaw if law == "PCMU" else alaw
    amplitude = 32767.0 * 10.0 ** ((dbm0 - OVERLOAD_DBM0[law]) / 20.0)
    period = lcm(SAMPLE_RATE // gcd(hertz, SAMPLE_RATE), FRAME_SAMPLES)
    octets = bytes(
        encode(round(amplitude * sin(2.0 * pi * hertz * n / SAMPLE_RATE))) for n in range(period)
    )
    return tuple(octets[at : at + FRAME_SAMPLES] for at in range(0, period, FRAME_SAMPLES))
