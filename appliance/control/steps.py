"""The steps of a scenario as values, and how each is spelt.

What a scenario can say is exactly what stands here. `spell` writes a step as IT would; reading that
again gives the same step.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from appliance.control.status import CallState
from appliance.phone.effects import LampState
from appliance.phone.events import HeadsetState

DEFAULT_WITHIN = 5.0
"""Seconds that an expectation may take unless the scenario says otherwise."""

_BARE = re.compile(r"[0-9A-Za-z*#+@._:-]+")
_RESERVED = ("within", "for")


@dataclass(frozen=True, slots=True)
class Registered:
    """Every account is registered."""


@dataclass(frozen=True, slots=True)
class RegistrationFailed:
    """An account could not be registered, with this verdict if one is named."""

    verdict: str = ""


@dataclass(frozen=True, slots=True)
class CallIs:
    """There is a call in this state, with this number if one is named."""

    state: CallState
    number: str = ""


@dataclass(frozen=True, slots=True)
class NoCall:
    """There is no call; one that has ended is none, even while it is still displayed."""


@dataclass(frozen=True, slots=True)
class CallCount:
    """There are this many calls, counted in the same way."""

    count: int


@dataclass(frozen=True, slots=True)
class ScreenSays:
    """The display says this somewhere: case ignored, any white space for any other."""

    text: str


@dataclass(frozen=True, slots=True)
class LampIs:
    """A lamp is off, on or blinking."""

    name: str
    state: LampState


@dataclass(frozen=True, slots=True)
class Muted:
    """The microphone is closed, or is not."""

    muted: bool = True


@dataclass(frozen=True, slots=True)
class DoNotDisturb:
    """Do not disturb is on."""


@dataclass(frozen=True, slots=True)
class MessageCount:
    """This many messages wait."""

    count: int


@dataclass(frozen=True, slots=True)
class HeadsetIs:
    """The headset is there, or is not."""

    state: HeadsetState


@dataclass(frozen=True, slots=True)
class HeardTone:
    """The earpiece plays this tone; see `heard.hears_tone`."""

    hz: float


@dataclass(frozen=True, slots=True)
class HeardSilence:
    """The earpiece plays nothing that anybody would hear; see `heard.is_silent`."""


What = (
    Registered
    | RegistrationFailed
    | CallIs
    | NoCall
    | CallCount
    | ScreenSays
    | LampIs
    | Muted
    | DoNotDisturb
    | MessageCount
    | HeadsetIs
    | HeardTone
    | HeardSilence
)


@dataclass(frozen=True, slots=True)
class LiftHandset:
    """Off-hook."""


@dataclass(frozen=True, slots=True)
class ReplaceHandset:
    """On-hook."""


@dataclass(frozen=True, slots=True)
class PressKeys:
    """Keys pressed one after the other; `hold` seconds down, which only a single key may be."""

    keys: tuple[str, ...]
    hold: float = 0.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Let so many seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Expect:
    """Passes as soon as `what` holds, fails when it has not within so many seconds."""

    what: What
    within: float = DEFAULT_WITHIN


@dataclass(frozen=True, slots=True)
class Never:
    """Fails as soon as `what` holds, passes when it has not for so many seconds."""

    what: What
    seconds: float


Action = LiftHandset | ReplaceHandset | PressKeys | Wait | Expect | Never


@dataclass(frozen=True, slots=True)
class Step:
    """An action, and the line of the file that asks for it, counted from 1."""

    action: Action
    line: int = field(default=0, compare=False)


def spell(action: Action) -> str:
    """A step as it is written in a scenario."""
    match action:
        case LiftHandset():
            return "lift"
        case ReplaceHandset():
            return "replace"
        case PressKeys(keys, hold):
            return f"press {' '.join(keys)}" + (f" for {spell_time(hold)}" if hold else "")
        case Wait(seconds):
            return f"wait {spell_time(seconds)}"
        case Expect(what, within):
            limit = "" if within == DEFAULT_WITHIN else f" within {spell_time(within)}"
            return f"expect {spell_what(what)}{limit}"
        case Never(what, seconds):
            return f"never {spell_what(what)} for {spell_time(seconds)}"


def spell_what(what: What) -> str:
    """What is expected, as it is written in a scenario."""
    match what:
        case Registered():
            return "registered"
        case RegistrationFailed(verdict):
            return f"registration failed {verdict}".rstrip()
        case CallIs(state, number):
            return f"call {state}" + (f" {_word(number)}" if number else "")
        case NoCall():
            return "no call"
        case CallCount(count):
            return f"calls {count}"
        case ScreenSays(text):
            return f"screen {_quoted(text)}"
        case LampIs(name, lamp):
            return f"lamp {name} {lamp}"
        case Muted(muted):
            return "muted" if muted else "not muted"
        case DoNotDisturb():
            return "dnd"
        case MessageCount(count):
            return f"messages {count}"
        case HeadsetIs(headset):
            return f"headset {headset}"
        case HeardTone(hz):
            return f"heard tone {int(hz) if hz.is_integer() else hz}"
        case HeardSilence():
            return "heard silence"


def spell_time(seconds: float) -> str:
    """A time in the largest unit that needs no fraction: ``500ms``, ``2s``, ``1m``."""
    milliseconds = round(seconds * 1000)
    if milliseconds % 1000:
        return f"{milliseconds}ms"
    whole = milliseconds // 1000
    return f"{whole // 60}m" if whole and whole % 60 == 0 else f"{whole}s"


def _word(text: str) -> str:
    return text if _BARE.fullmatch(text) and text not in _RESERVED else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
