"""The headset's self-test, as far as it is arithmetic: what a recording of five seconds says.

For a second nothing is played (the noise floor), for a second a tone is in the earpiece (does the
microphone hear it: side tone, or an earpiece near it?), for three seconds the agent speaks. Samples
in, figures and a verdict out; which device, and how it is opened, is `appliance.wiring`'s matter.

Levels are in dBFS as AES17 defines them: a sine that fills the range has 0 dBFS. Speech is aimed
at a level of -26 dBov (ITU-T P.56 and G.100.1), which is -23 dBFS on that scale.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Struct

from appliance.phone.words import Words, in_text

RATE = 16000
"""Samples a second of what is played and recorded."""
QUIET_S, TONE_S, SPEECH_S = 1.0, 1.0, 3.0
SECONDS = QUIET_S + TONE_S + SPEECH_S
TONE_HZ = 1000
TONE_DBFS = -26.0

FULL_SCALE = 32767
SILENCE_DBFS = -96.0
"""The least that is told: one bit of sixteen."""
_FRAME = RATE // 50
_GUARD_S = 0.25
"""Left out at the seams: what the buffers of a USB card may shift the recording by."""

STUCK_STEPS = 2
CLIPPED_PERCENT = 0.05
DC_PERCENT = 3.0
NOISY_DBFS = -45.0
FAINT_DBFS = -45.0
DISTINCT_DB = 6.0


class Measured(Struct, frozen=True, kw_only=True):
    """What a recording holds; levels in dBFS.

    `swing` is the distance between the lowest and the highest sample, `clipped` the share of
    samples at an end of the range and `dc` the mean, both in percent; `speech` is the level of the
    loudest tenth of the 20 ms frames while the agent speaks, `tone` that of the test tone as the
    microphone heard it, and `tone_before` of the same frequency before it was played.
    """

    swing: int
    noise: float
    tone_before: float
    tone: float
    speech: float
    peak: float
    clipped: float
    dc: float

    @property
    def hears_tone(self) -> bool:
        """Whether the tone came back to the microphone."""
        return self.tone >= max(self.tone_before, FAINT_DBFS - 20) + DISTINCT_DB

    @property
    def hears_speech(self) -> bool:
        """Whether somebody spoke."""
        return self.speech >= max(self.noise, FAINT_DBFS - 15) + DISTINCT_DB


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioVerdict:
    """What is the matter: `text` for the agent's display, the rest for IT."""

    name: str
    text: Words
    next_step: str = ""


OK = AudioVerdict(name="ok", text=in_text("Headset works"))
DEAD = AudioVerdict(
    name="microphone-dead",
    text=in_text("Microphone is off"),
    next_step="The device sends digital silence: release the mute switch on the headset or its"
    " cable, then try another headset.",
)
MUTED = AudioVerdict(
    name="nothing-heard",
    text=in_text("Nothing heard"),
    next_step="Speak during the test; look for a mute switch, the microphone's position and"
    " [audio] microphone_volume; compare [audio] headset with `deskphone audio list`.",
)
WRONG = AudioVerdict(
    name="wrong-device",
    text=in_text("Wrong microphone"),
    next_step="Another device of this unit heard the voice: name that one as [audio] headset.",
)
CLIPPING = AudioVerdict(
    name="clipping",
    text=in_text("Microphone is too loud"),
    next_step="Lower [audio] microphone_volume, or move the microphone away from the mouth.",
)
OFFSET = AudioVerdict(
    name="dc-offset",
    text=in_text("Headset is faulty"),
    next_step="The microphone's signal is off centre, which is a fault of the headset or its USB"
    " adapter: replace it.",
)
NOISY = AudioVerdict(
    name="noisy",
    text=in_text("Much noise"),
    next_step="Compare in a quiet place; then try another USB port, without a hub, and another"
    " headset.",
)
FAINT = AudioVerdict(
    name="too-quiet",
    text=in_text("Microphone is too quiet"),
    next_step="Raise [audio] microphone_volume, or move the microphone nearer to the mouth.",
)
MISSING = AudioVerdict(
    name="no-headset",
    text=in_text("No headset"),
    next_step="Plug in a headset; `deskphone audio list` shows what this machine has.",
)
BUSY = AudioVerdict(
    name="busy",
    text=in_text("Headset is in use"),
    next_step="End the call, or whatever else uses the device, and test again.",
)
ENDED = AudioVerdict(
    name="ended",
    text=in_text("Test was ended"),
    next_step="Test again when nobody calls.",
)
BROKEN = AudioVerdict(
    name="does-not-open",
    text=in_text("Headset does not open"),
    next_step="Plug it in again, if need be into another port, and read the kernel's messages"
    " (`dmesg`) about it.",
)


def prompt() -> bytes:
    """What is played meanwhile: 16-bit native-endian samples of one channel at `RATE`."""
    samples = array("h", bytes(2 * round(SECONDS * RATE)))
    peak, first, count = FULL_SCALE * 10 ** (TONE_DBFS / 20), round(QUIET_S * RATE), RATE
    fade = RATE // 100
    for place in range(count):
        edge = min(1.0, place / fade, (count - place) / fade)
        samples[first + place] = round(peak * edge * math.sin(2 * math.pi * TONE_HZ / RATE * place))
    return samples.tobytes()


def measure(recorded: bytes) -> Measured:
    """The figures of a recording that began with `prompt`; ValueError if it is too short."""
    samples = array("h")
    samples.frombytes(recorded[: len(recorded) // 2 * 2])
    if len(samples) < round(0.9 * SECONDS * RATE):
        raise ValueError(f"{len(samples) / RATE:.1f} s were recorded, expected {SECONDS:.0f} s")
    mean = sum(samples) / len(samples)
    quiet = _part(samples, _GUARD_S, QUIET_S)
    tone = _part(samples, QUIET_S + _GUARD_S, QUIET_S + TONE_S)
    speech = _part(samples, QUIET_S + TONE_S + _GUARD_S, SECONDS)
    low, high = min(samples), max(samples)
    ends = sum(1 for sample in samples if not -FULL_SCALE < sample < FULL_SCALE)
    return Measured(
        swing=high - low,
        noise=_level(_rms(quiet, mean)),
        tone_before=_level(_share(quiet)),
        tone=_level(_share(tone)),
        speech=_level(_loudest_tenth(speech, mean)),
        peak=_level(max(-low, high) / math.sqrt(2)),
        clipped=round(100 * ends / len(samples), 3),
        dc=round(100 * abs(mean) / FULL_SCALE, 2),
    )


def judge(measured: Measured, others: Sequence[Measured] = ()) -> AudioVerdict:
    """The verdict on a headset; `others` is what the other microphones heard meanwhile."""
    if measured.swing <= STUCK_STEPS:
        return WRONG if any(other.hears_speech for other in others) else DEAD
    if measured.dc > DC_PERCENT:
        return OFFSET
    if measured.clipped > CLIPPED_PERCENT:
        return CLIPPING
    if measured.noise > NOISY_DBFS:
        return NOISY
    if not measured.hears_speech and not measured.hears_tone:
        return WRONG if any(other.hears_speech for other in others) else MUTED
    if measured.hears_speech and measured.speech < FAINT_DBFS:
        return FAINT
    return OK


def in_words(measured: Measured) -> str:
    """The figures in a line, for the journal and the terminal."""
    back = f"{measured.tone:.0f} dBFS" if measured.hears_tone else "not heard"
    spoken = f"{measured.speech:.0f} dBFS" if measured.hears_speech else "not heard"
    return (
        f"speech {spoken}, test tone {back}, noise {measured.noise:.0f} dBFS,"
        f" peak {measured.peak:.0f} dBFS, clipped {measured.clipped:g} %, DC {measured.dc:g} %"
    )


def _part(samples: array[int], begin_s: float, end_s: float) -> array[int]:
    return samples[round(begin_s * RATE) : round(end_s * RATE)]


def _rms(samples: Sequence[int], mean: float) -> float:
    if not samples:
        return 0.0
    return math.sqrt(max(0.0, sum(sample * sample for sample in samples) / len(samples) - mean**2))


def _loudest_tenth(samples: array[int], mean: float) -> float:
    frames = sorted(
        _rms(samples[place : place + _FRAME], mean)
        for place in range(0, len(samples) - _FRAME + 1, _FRAME)
    )
    loudest = frames[-max(1, len(frames) // 10) :]
    return math.sqrt(sum(frame * frame for frame in loudest) / len(loudest)) if loudest else 0.0


def _share(samples: Sequence[int]) -> float:
    """RMS of the test tone's frequency alone, by Goertzel's algorithm with a Hann window."""
    count = len(samples)
    factor = 2 * math.cos(2 * math.pi * TONE_HZ / RATE)
    last = before = 0.0
    for place, sample in enumerate(samples):
        weight = 1 - math.cos(2 * math.pi * place / count)
        last, before = sample * weight + factor * last - before, last
    power = last * last + before * before - factor * last * before
    return math.sqrt(max(0.0, 2 * power)) / count if count else 0.0


def _level(rms: float) -> float:
    if rms <= 0:
        return SILENCE_DBFS
    return max(SILENCE_DBFS, round(20 * math.log10(rms * math.sqrt(2) / FULL_SCALE), 1))
