"""What an ear would say of a piece of audio: how loud, and which tone.

Pure measurement for ``expect heard …``. Levels are RMS relative to a full-scale 16-bit square wave
(0 dBFS; a full-scale sine is at -3), without the direct current. A tone is measured by Goertzel's
algorithm over Hann-windowed blocks just long enough that three neighbouring bins cover the tone
±1.5 %, the tolerance of a DTMF receiver (ITU-T Q.24), and its share is the energy in them by
that of everything. Of two mixed tones of the same level, as in most dial tones, each has half.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Samples = Sequence[int]

WINDOW_SECONDS = 0.4
"""How much audio is judged: fits the shortest tone of a busy signal (500 ms on, 500 ms off)."""

SILENCE_DBFS = -50.0
"""Below this nobody hears anything beside an office; comfort noise lies around -60."""

TONE_SHARE = 0.3
"""A tone is heard if it has at least this much of the energy: one of two mixed ones still has."""

TOLERANCE = 0.015
FLOOR_DBFS = -100.0
SHORTEST_SECONDS = 0.1
_FULL_SCALE = 32768.0
_BLOCK_BINS = 1.0 / TOLERANCE


def level_dbfs(samples: Samples) -> float:
    """RMS level in dBFS; `FLOOR_DBFS` for digital silence or no samples at all."""
    if not samples:
        return FLOOR_DBFS
    power = _power(samples) / (_FULL_SCALE * _FULL_SCALE)
    return max(FLOOR_DBFS, 10.0 * math.log10(power)) if power > 0.0 else FLOOR_DBFS


def is_silent(samples: Samples) -> bool:
    """Nothing that anybody would hear."""
    return level_dbfs(samples) < SILENCE_DBFS


def tone_share(samples: Samples, rate: int, hz: float) -> float:
    """How much of the energy is the tone `hz` ±1.5 %, from 0 to 1.

    For tones so low that the samples do not hold a block the tolerance grows to one bin of what
    there is. 0 for a tone beyond half the rate, for silence, and for less than 100 ms.
    """
    if not is_tone_measurable(samples, rate, hz):
        return 0.0
    block = int(min(len(samples), _BLOCK_BINS * rate / hz + 1.0))
    window = [0.5 - 0.5 * math.cos(2.0 * math.pi * (i + 0.5) / block) for i in range(block)]
    centre = hz * block / rate
    energy = tone = 0.0
    for start in range(0, len(samples) - block + 1, block):
        piece = samples[start : start + block]
        mean = sum(piece) / block
        shaped = [(sample - mean) * w for sample, w in zip(piece, window, strict=True)]
        energy += sum(s * s for s in shaped) * block
        tone += sum(2.0 * _goertzel(shaped, centre + offset) for offset in (-1.0, 0.0, 1.0))
    return min(1.0, tone / energy) if energy > 0.0 else 0.0


def is_tone_measurable(samples: Samples, rate: int, hz: float) -> bool:
    """Whether there is enough audio, and enough bandwidth, to speak of this tone."""
    return len(samples) >= SHORTEST_SECONDS * rate > 0 and 0.0 < hz < rate / 2


def hears_tone(samples: Samples, rate: int, hz: float) -> bool:
    """Loud enough to be heard, and the tone is a good part of it."""
    return not is_silent(samples) and tone_share(samples, rate, hz) >= TONE_SHARE


def strongest_hz(samples: Samples, rate: int) -> float:
    """About which tone stands out most, in Hz to 3 %, between 100 Hz and 3.9 kHz; 0 in silence.

    A hint for a person who looks for the reason. Each candidate is measured over the last 33 of its
    periods, so that its neighbours are one bin away.
    """
    if is_silent(samples) or not is_tone_measurable(samples, rate, 100.0):
        return 0.0
    mean = sum(samples) / len(samples)
    centred = [sample - mean for sample in samples]

    def strength(hz: float) -> float:
        piece = centred[-int(rate / (0.03 * hz)) :]
        return _goertzel(piece, hz * len(piece) / rate) / (len(piece) * len(piece))

    candidates = (100.0 * math.pow(1.03, i) for i in range(125))
    strongest = max((hz for hz in candidates if hz < rate / 2), key=strength)
    return float(round(strongest))


def _power(samples: Samples) -> float:
    mean = sum(samples) / len(samples)
    return sum((sample - mean) ** 2 for sample in samples) / len(samples)


def _goertzel(samples: Sequence[float], bin_number: float) -> float:
    """Squared magnitude of one bin of the discrete Fourier transform; the bin may be a fraction."""
    turn = 2.0 * math.cos(2.0 * math.pi * bin_number / len(samples))
    one = two = 0.0
    for sample in samples:
        one, two = sample + turn * one - two, one
    return one * one + two * two - turn * one * two
