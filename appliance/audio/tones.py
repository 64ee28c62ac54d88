"""The call-progress tones of each country, and the ring: facts only, no sound is made here.

Frequencies and cadences are those of ITU-T E.180 Supplement 2 ("Various tones used in national
networks", 2003-02), for Great Britain those of BT SIN 350, for Australia those of ACIF S002 (whose
congestion tone differs from busy in level only, which is not played). France's congestion tone is
not in the supplement; busy at twice the pace stands for it. India's dial tone is 400 Hz modulated
by 25 Hz; what is left of that when the carrier is suppressed, and what is played, is 375 + 425 Hz.

The off-hook warning is North America's receiver off-hook tone (Telcordia GR-506) for everyone,
for the supplement lists none. It is played at E.180's level and not at the 0 dBm0 of a
telephone exchange: those who hear it wear a headset (acoustic shock, ITU-T P.360).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from appliance.errors import PhoneError

Cadence = tuple[tuple[int, int], ...]
"""Milliseconds of sound and of silence, taken in turns."""

TOTAL_LEVEL_DBM0 = -10.0
"""Level of a tone with all its frequencies together, ITU-T E.180 section 2."""

TONE_NAMES = (
    "dial",
    "ringback",
    "busy",
    "congestion",
    "call-waiting",
    "off-hook-warning",
    "auto-answer",
    "ring",
    "bellcore-dr1",
    "bellcore-dr2",
    "bellcore-dr3",
    "bellcore-dr4",
    "headset-lost",
)

RINGS = (
    *("ring", "bellcore-dr1", "bellcore-dr2", "bellcore-dr3", "bellcore-dr4"),
    "headset-lost",
)
"""What a ringer plays: the country's own ring, the distinctive ones of GR-506, and an alarm."""


@dataclass(frozen=True, slots=True)
class ToneStep:
    """One burst of sound: frequencies in Hz that sound together, then silence; both in ms."""

    frequencies: tuple[int, ...]
    on_ms: int
    off_ms: int


@dataclass(frozen=True, slots=True)
class ToneSpec:
    """One tone: `frequencies` in Hz, `cadence` in ms of sound and silence.

    The frequencies sound together, or with `alternating` one after the other, a new one with each
    entry of the cadence. With `repeat` the cadence begins again when it is over; a continuous tone
    lasts whole periods of its frequencies, so that it has no seam. A generator with two oscillators
    plays the first two frequencies.
    """

    frequencies: tuple[int, ...]
    cadence: Cadence
    repeat: bool = True
    alternating: bool = False

    @property
    def level_dbm0(self) -> float:
        """Level of each frequency, such that all that sound together make `TOTAL_LEVEL_DBM0`."""
        together = 1 if self.alternating else len(self.frequencies)
        return TOTAL_LEVEL_DBM0 - 10 * math.log10(together)

    @property
    def steps(self) -> tuple[ToneStep, ...]:
        """The bursts of sound, first to last."""
        voices = self.frequencies
        return tuple(
            ToneStep(
                (voices[place % len(voices)],) if self.alternating else voices,
                on_ms,
                off_ms,
            )
            for place, (on_ms, off_ms) in enumerate(self.cadence)
        )


def tone(country: str, name: str) -> ToneSpec:
    """The tone of that name (`TONE_NAMES`) in that country (ISO 3166-1, lower case).

    Raises `PhoneError` for a country or a tone that is not known.
    """
    if country not in _COUNTRIES:
        raise _unknown("country", country, COUNTRIES)
    if name not in TONE_NAMES:
        raise _unknown("tone", name, TONE_NAMES)
    if name == "ring":
        return _ring(_COUNTRIES[country]["ringback"].cadence)
    if name in _DISTINCTIVE:
        return _ring(_DISTINCTIVE[name])
    if name == "headset-lost":
        return _HEADSET_LOST
    if name == "off-hook-warning":
        return _OFF_HOOK_WARNING
    if name == "auto-answer":
        return _AUTO_ANSWER
    return _COUNTRIES[country][name]


def _unknown(kind: str, found: str, known: tuple[str, ...]) -> PhoneError:
    return PhoneError(
        "AUDIO-05",
        f"Unknown {kind}",
        f"no call-progress tones for {kind} {found!r}; expected one of {', '.join(known)}",
    )


_CONTINUOUS: Cadence = ((10_000, 0),)
_DOUBLE: Cadence = ((400, 200), (400, 2000))
_DISTINCTIVE: dict[str, Cadence] = {
    "bellcore-dr1": ((2000, 4000),),
    "bellcore-dr2": ((800, 400), (800, 4000)),
    "bellcore-dr3": ((400, 200), (400, 200), (800, 4000)),
    "bellcore-dr4": ((300, 200), (1000, 200), (300, 4000)),
}
"""Distinctive ringing patterns, Telcordia GR-506-CORE section 14.4."""
_OFF_HOOK_WARNING = ToneSpec((1400, 2060, 2450, 2600), ((100, 100),))

_HEADSET_LOST = ToneSpec((1400,), ((100, 100), (100, 100), (100, 900)))
"""No standard has one: three short beeps, which no bell rings."""
_AUTO_ANSWER = ToneSpec((950, 1400), ((150, 50), (350, 250)), alternating=True)
"""Nor for this: two notes that rise, for a call that is about to be answered by itself."""

_WARBLE = (800, 1000)
_WARBLE_MS = 50
_SLOW_WARBLE_MS = 80
_MOST_STEPS = 32
"""As many bursts as the tone generator of pjmedia takes (PJMEDIA_TONEGEN_MAX_DIGITS)."""


def _ring(rhythm: Cadence) -> ToneSpec:
    """The bell: a two-tone warble in the rhythm in which the country's bells ring."""
    sounding = sum(on_ms for on_ms, _ in rhythm)
    pace = _WARBLE_MS if sounding <= _MOST_STEPS * _WARBLE_MS else _SLOW_WARBLE_MS
    cadence: list[tuple[int, int]] = []
    for on_ms, off_ms in rhythm:
        cadence += [(pace, 0)] * (on_ms // pace)
        cadence[-1] = (pace, off_ms)
    return ToneSpec(_WARBLE, tuple(cadence), alternating=True)


def _even(ms: int) -> Cadence:
    return ((ms, ms),)


def _country(
    dial: tuple[int, ...],
    ringback: tuple[tuple[int, ...], Cadence],
    busy: tuple[tuple[int, ...], Cadence],
    congestion: tuple[tuple[int, ...], Cadence],
    call_waiting: tuple[tuple[int, ...], Cadence],
) -> dict[str, ToneSpec]:
    return {
        "dial": ToneSpec(dial, _CONTINUOUS),
        "ringback": ToneSpec(*ringback),
        "busy": ToneSpec(*busy),
        "congestion": ToneSpec(*congestion),
        "call-waiting": ToneSpec(*call_waiting),
    }


_COUNTRIES: dict[str, dict[str, ToneSpec]] = {
    "us": _country(
        dial=(350, 440),
        ringback=((440, 480), ((2000, 4000),)),
        busy=((480, 620), _even(500)),
        congestion=((480, 620), _even(250)),
        call_waiting=((440,), ((300, 10_000),)),
    ),
    "gb": _country(
        dial=(350, 440),
        ringback=((400, 450), _DOUBLE),
        busy=((400,), _even(375)),
        congestion=((400,), ((400, 350), (225, 525))),
        call_waiting=((400,), ((100, 4000),)),
    ),
    "de": _country(
        dial=(425,),
        ringback=((425,), ((1000, 4000),)),
        busy=((425,), _even(480)),
        congestion=((425,), _even(240)),
        call_waiting=((425,), ((200, 200), (200, 5000))),
    ),
    "fr": _country(
        dial=(440,),
        ringback=((440,), ((1500, 3500),)),
        busy=((440,), _even(500)),
        congestion=((440,), _even(250)),
        call_waiting=((440,), ((300, 10_000),)),
    ),
    "es": _country(
        dial=(425,),
        ringback=((425,), ((1500, 3000),)),
        busy=((425,), _even(200)),
        congestion=((425,), ((200, 200), (200, 200), (200, 600))),
        call_waiting=((425,), ((175, 175), (175, 3500))),
    ),
    "br": _country(
        dial=(425,),
        ringback=((425,), ((1000, 4000),)),
        busy=((425,), _even(250)),
        congestion=((425,), ((250, 250), (750, 250))),
        call_waiting=((425,), ((50, 1000),)),
    ),
    "ph": _country(
        dial=(425,),
        ringback=((425, 480), ((1000, 4000),)),
        busy=((480, 620), _even(500)),
        congestion=((480, 620), _even(250)),
        call_waiting=((440,), ((300, 10_000),)),
    ),
    "in": _country(
        dial=(375, 425),
        ringback=((375, 425), _DOUBLE),
        busy=((400,), _even(750)),
        congestion=((400,), _even(250)),
        call_waiting=((400,), ((200, 100), (200, 7500))),
    ),
    "au": _country(
        dial=(413, 438),
        ringback=((413, 438), _DOUBLE),
        busy=((425,), _even(375)),
        congestion=((425,), _even(375)),
        call_waiting=((425,), ((200, 200), (200, 4400))),
    ),
    "mx": _country(
        dial=(425,),
        ringback=((425,), ((1000, 4000),)),
        busy=((425,), _even(250)),
        congestion=((425,), _even(250)),
        call_waiting=((425,), ((200, 600), (200, 10_000))),
    ),
}

COUNTRIES: tuple[str, ...] = tuple(_COUNTRIES)
