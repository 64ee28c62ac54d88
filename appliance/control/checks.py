"""Whether what a scenario expects is so, and what is so instead.

Pure: a `Sight` is all that can be seen and heard of a phone at one moment, and every question is
answered from that alone, so that an expectation judged within an event and one judged by a person
afterwards cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.control import heard
from appliance.control.status import CallStatus, calls_of
from appliance.control.steps import (
    CallCount,
    CallIs,
    DoNotDisturb,
    HeadsetIs,
    HeardSilence,
    HeardTone,
    LampIs,
    MessageCount,
    Muted,
    NoCall,
    Registered,
    RegistrationFailed,
    ScreenSays,
    What,
    spell_what,
)
from appliance.phone.state import Phone


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be seen and heard at one moment: the state, the words on the display, the lamps.

    `samples` at `rate` Hz are the last audio of the earpiece, and empty where nobody listened.
    """

    phone: Phone
    words: tuple[str, ...] = ()
    lamps: Mapping[str, str] = field(default_factory=dict)
    samples: heard.Samples = ()
    rate: int = 0


def holds(what: What, sight: Sight) -> bool:
    """Whether this is so."""
    phone = sight.phone
    match what:
        case Registered():
            return bool(phone.registrations) and all(
                registration.state == "registered" for registration in phone.registrations
            )
        case RegistrationFailed(verdict):
            return any(
                registration.state == "failed" and verdict in ("", registration.verdict)
                for registration in phone.registrations
            )
        case CallIs(state, number):
            return any(
                call.state == state and number in ("", call.number) for call in calls_of(phone)
            )
        case NoCall():
            return not _lasting(phone)
        case CallCount(count):
            return len(_lasting(phone)) == count
        case ScreenSays(text):
            return _folded(text) in _folded(" ".join(sight.words))
        case LampIs(name, lamp):
            return sight.lamps.get(name, "off") == lamp
        case Muted(muted):
            return phone.muted == muted
        case DoNotDisturb():
            return phone.dnd
        case MessageCount(count):
            return phone.messages == count
        case HeadsetIs(headset):
            return phone.headset.state == headset
        case HeardTone(hz):
            return heard.hears_tone(sight.samples, sight.rate, hz)
        case HeardSilence():
            return heard.is_silent(sight.samples)


def seen(what: What, sight: Sight) -> str:
    """What is so where `what` is asked about, in the scenario's own words where it has them."""
    phone = sight.phone
    match what:
        case Registered() | RegistrationFailed():
            return _registrations(phone)
        case CallIs() | NoCall() | CallCount():
            return ", ".join(_call(call) for call in calls_of(phone)) or "no call"
        case ScreenSays():
            return _screen(sight)
        case LampIs(name):
            return f"lamp {name} {sight.lamps.get(name, 'off')}"
        case Muted():
            return spell_what(Muted(phone.muted))
        case DoNotDisturb():
            return "dnd" if phone.dnd else "no dnd"
        case MessageCount():
            return f"messages {phone.messages}"
        case HeadsetIs():
            return f"headset {phone.headset.state} {phone.headset.name}".rstrip()
        case HeardTone(hz):
            share = heard.tone_share(sight.samples, sight.rate, hz)
            return f"{_sound(sight)}, {share:.0%} of it at {hz:g} Hz"
        case HeardSilence():
            return _sound(sight)


def surroundings(sight: Sight) -> str:
    """The display and the calls, for whoever wonders why an expectation failed."""
    calls = ", ".join(_call(call) for call in calls_of(sight.phone)) or "no call"
    return f"screen {_screen(sight)}; {calls}"


def _lasting(phone: Phone) -> list[CallStatus]:
    return [call for call in calls_of(phone) if call.state != "ended"]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _call(call: CallStatus) -> str:
    why = f" ({call.reason})" if call.reason else ""
    return f"call {call.state} {call.number}".rstrip() + why


def _screen(sight: Sight) -> str:
    return " / ".join(f'"{line}"' for line in sight.words) or "empty"


def _registrations(phone: Phone) -> str:
    told = []
    for registration in phone.registrations:
        if registration.state == "registered":
            told.append("registered")
        elif registration.state == "failed":
            code = f"{registration.code} " if registration.code else ""
            told.append(f"registration failed {registration.verdict} ({code}{registration.text})")
        else:
            told.append(f"registration {registration.state}")
    return ", ".join(told) or "no account"


def _sound(sight: Sight) -> str:
    if not sight.samples:
        return "nothing played"
    level = f"{heard.level_dbfs(sight.samples):.0f} dBFS"
    if heard.is_silent(sight.samples):
        return f"silence ({level})"
    return f"{level}, strongest near {heard.strongest_hz(sight.samples, sight.rate):.0f} Hz"
