from __future__ import annotations

from collections.abc import Sequence

import pytest

from appliance.control.checks import Sight, holds, seen, surroundings
from appliance.control.scenario import parse
from appliance.control.steps import Expect, What
from appliance.phone.events import (
    CallEnded,
    CallIncoming,
    DialRequested,
    Event,
    HeadsetChanged,
    HookLifted,
    KeyPressed,
    RegistrationChanged,
)
from appliance.phone.view import view
from tests.control.test_heard import sine
from tests.control.test_status import TALKING, after

FAILED = RegistrationChanged(0, "failed", 403, "forbidden", "Not allowed")
REFUSED = (HookLifted(), DialRequested("486"), CallEnded(1, 486, "Busy Here"))


def what_of(text: str) -> What:
    (step,) = parse(f"expect {text}")
    assert isinstance(step.action, Expect)
    return step.action.what


def sight_of(*events: Event, samples: Sequence[int] = (), rate: int = 0) -> Sight:
    phone = after(*events)
    return Sight(phone, view(phone).text(), {"call": "blinking", "mute": "off"}, samples, rate)


IDLE = sight_of()
HELD_AND_DIALLING = sight_of(*TALKING, KeyPressed("hold"), KeyPressed("line2"), KeyPressed("7"))
SOUND = sight_of(samples=sine(425, 16000), rate=16000)


@pytest.mark.parametrize(
    ("sight", "so", "not_so"),
    [
        (IDLE, "registered", "registration failed"),
        (sight_of(FAILED), "registration failed", "registered"),
        (sight_of(FAILED), "registration failed forbidden", "registration failed silent"),
        (IDLE, "no call", "calls 1"),
        (IDLE, "not muted", "muted"),
        (IDLE, "messages 0", "messages 1"),
        (IDLE, "headset missing", "headset ready"),
        (sight_of(HeadsetChanged("ready", "usb-1")), "headset ready", "headset missing"),
        (IDLE, 'screen "desk  12"', 'screen "desk 13"'),
        (IDLE, "lamp call blinking", "lamp call on"),
        (IDLE, "lamp message off", "lamp message on"),
        (sight_of(KeyPressed("dnd")), "dnd", "muted"),
        (sight_of(*TALKING), "call talking 600", "call talking 60"),
        (sight_of(*TALKING), "call talking", "call held"),
        (sight_of(*TALKING), "calls 1", "no call"),
        (sight_of(*TALKING, KeyPressed("mute")), "muted", "not muted"),
        (sight_of(CallIncoming(2, 0, "1002")), "call incoming 1002", "call ringing"),
        (HELD_AND_DIALLING, "call held 600", "call talking"),
        (HELD_AND_DIALLING, "call dialling 7", "call dialling 600"),
        (HELD_AND_DIALLING, "calls 2", "calls 1"),
        (sight_of(*REFUSED), "no call", "calls 1"),
        (sight_of(*REFUSED), "call ended 486", "call talking"),
        (SOUND, "heard tone 425", "heard silence"),
        (SOUND, "heard tone 424", "heard tone 440"),
        (IDLE, "heard silence", "heard tone 425"),
    ],
)
def test_what_is_so_and_what_is_not(sight: Sight, so: str, not_so: str) -> None:
    assert holds(what_of(so), sight)
    assert not holds(what_of(not_so), sight)


@pytest.mark.parametrize(
    ("sight", "asked", "told"),
    [
        (IDLE, "registered", "registered"),
        (sight_of(FAILED), "registered", "registration failed forbidden (403 Not allowed)"),
        (sight_of(RegistrationChanged(0, "trying")), "registered", "registration trying"),
        (sight_of(*TALKING), "no call", "call talking 600"),
        (HELD_AND_DIALLING, "call talking", "call held 600, call dialling 7"),
        (sight_of(*REFUSED), "call talking", "call ended 486 (Busy)"),
        (IDLE, "call talking", "no call"),
        (IDLE, "lamp call on", "lamp call blinking"),
        (IDLE, "muted", "not muted"),
        (IDLE, "dnd", "no dnd"),
        (IDLE, "messages 2", "messages 0"),
        (IDLE, "headset ready", "headset missing"),
        (IDLE, "heard tone 425", "nothing played, 0% of it at 425 Hz"),
        (SOUND, "heard silence", "-9 dBFS, strongest near 426 Hz"),
        (
            sight_of(samples=sine(425, 16000, 0.001), rate=16000),
            "heard tone 425",
            "silence (-63 dBFS), 100% of it at 425 Hz",
        ),
    ],
)
def test_what_is_seen_instead_is_told_in_the_scenarios_words(
    sight: Sight, asked: str, told: str
) -> None:
    assert seen(what_of(asked), sight) == told


def test_a_text_is_found_across_the_lines_of_the_display() -> None:
    sight = Sight(after(), ("Not registered", "Wrong", "password"))
    assert holds(what_of('screen "registered wrong PASSWORD"'), sight)
    assert not holds(what_of('screen "registered password"'), sight)
    assert seen(what_of('screen "x"'), sight) == '"Not registered" / "Wrong" / "password"'
    assert seen(what_of('screen "x"'), Sight(after())) == "empty"


def test_the_surroundings_name_screen_and_calls() -> None:
    assert surroundings(sight_of(*TALKING)).endswith("; call talking 600")
    assert surroundings(IDLE).startswith('screen "Desk 12" / ')
