"""Tones as samples, for what plays them without the SIP library's generator: the ringer.

Pure arithmetic: a `ToneSpec` in, one round of its cadence out. Nothing here opens a device.
"""

from __future__ import annotations

import math
from array import array

from appliance.audio.tones import ToneSpec, ToneStep

RATE = 16000
"""Samples a second; a ringer's loudspeaker has nothing to add above 8 kHz."""
FULL_SCALE = 32767
_FADE_MS = 4
"""Each burst rises and falls this long, so that a loudspeaker does not click."""


def render(spec: ToneSpec, percent: int, rate: int = RATE) -> bytes:
    """One round of `spec` as 16-bit native-endian samples of one channel at `rate` Hz.

    `percent` is the level of the peaks: 100 fills the range, each 10 less are 3 dB, 0 is silence.
    """
    peak = FULL_SCALE * 10 ** ((percent - 100) * 0.3 / 20) if percent > 0 else 0.0
    samples = array("h")
    bursts: dict[ToneStep, array[int]] = {}
    for step in spec.steps:
        if step not in bursts:
            bursts[step] = _burst(step, peak, rate)
        samples.extend(bursts[step])
    return samples.tobytes()


def _burst(step: ToneStep, peak: float, rate: int) -> array[int]:
    count, fade = rate * step.on_ms // 1000, max(1, rate * _FADE_MS // 1000)
    share = peak / len(step.frequencies)
    turns = [2 * math.pi * frequency / rate for frequency in step.frequencies]
    samples = array("h", bytes(2 * (count + rate * step.off_ms // 1000)))
    if share:
        for place in range(count):
            edge = min(1.0, (place + 1) / fade, (count - place) / fade)
            samples[place] = int(share * edge * sum(math.sin(turn * place) for turn in turns))
    return samples
