"""Call-progress tones and the ring, as ports of the conference bridge. Lives on the sip thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.sip.border import pj
from appliance.sip.settings import BRIDGE_RATE

if TYPE_CHECKING:
    from appliance.audio.tones import ToneSpec

_FULL_SCALE = 32767
_FULL_SCALE_DBM0 = 3.14
"""Level of a sine that just fills the range, ITU-T G.711 section 4."""
_LONGEST_MS = 30000
_LONGEST_DIGIT_MS = 9000


class ToneSource:
    """A tone generator that plays one `ToneSpec` at a time, or in-band DTMF."""

    def __init__(self) -> None:
        self.port: Any = pj.ToneGenerator()
        self.port.createToneGenerator(BRIDGE_RATE, 1)

    def play(self, spec: ToneSpec | None) -> None:
        """Play this instead of whatever plays; None for silence."""
        self.port.stop()
        if spec is not None:
            self.port.play(_descriptions(spec), spec.repeat)

    def play_silence(self) -> None:
        """Give frames of silence for ever: what keeps a recording in step with the clock."""
        silence = pj.ToneDesc()
        silence.freq1, silence.on_msec, silence.off_msec = 0, 0, _LONGEST_MS
        tones = pj.ToneDescVector()
        tones.append(silence)
        self.port.play(tones, True)

    def play_digit(self, digit: str, dbm0: float) -> None:
        """Play a DTMF digit, ITU-T Q.23, until told otherwise; empty: no more.

        One at a time: the generator aborts the process where more than 32 wait in it.
        """
        self.port.stop()
        if not digit:
            return
        press = pj.ToneDigit()
        press.digit, press.on_msec, press.off_msec = digit, _LONGEST_DIGIT_MS, 0
        press.volume = _amplitude(dbm0, 2)
        presses = pj.ToneDigitVector()
        presses.append(press)
        self.port.playDigits(presses, False)


def _descriptions(spec: ToneSpec) -> Any:
    tones = pj.ToneDescVector()
    for step in spec.steps:
        tone = pj.ToneDesc()
        tone.freq1 = step.frequencies[0]
        tone.freq2 = step.frequencies[1] if len(step.frequencies) > 1 else 0
        tone.on_msec, tone.off_msec = step.on_ms, step.off_ms
        tone.volume = _amplitude(spec.level_dbm0, len(step.frequencies))
        tones.append(tone)
    return tones


def _amplitude(dbm0: float, voices: int) -> int:
    """The generator's volume for one frequency at this level; it halves each of two."""
    share = 2 if voices > 1 else 1
    return min(_FULL_SCALE, round(share * _FULL_SCALE * 10 ** ((dbm0 - _FULL_SCALE_DBM0) / 20)))
