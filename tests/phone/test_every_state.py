"""The core against every event in every kind of state it can reach.

One walk (see `appliance.phone.explore`) and one list of house rules that hold after each of its
steps: this is where "no stuck tone, no stuck call" is proven rather than hoped for.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from appliance.phone import menu, pages, session
from appliance.phone.core import step
from appliance.phone.directory import Contact, directory_of
from appliance.phone.effects import (
    AnswerCall,
    EndCall,
    PlaceCall,
    StartTimer,
    StopTimer,
    TransferCall,
)
from appliance.phone.events import (
    HangUpRequested,
    HeadsetHook,
    HookReplaced,
    KeyPressed,
    TimePassed,
    TimerFired,
)
from appliance.phone.explore import (
    Kind,
    Step,
    example_history,
    example_settings,
    explore,
    kind,
    mode,
)
from appliance.phone.numbering import PLANS, Numbers
from appliance.phone.outputs import Outputs, outputs
from appliance.phone.session import Sessions
from appliance.phone.settings import AccountSettings
from appliance.phone.softkeys import SOFT_KEYS, soft_keys
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.view import view


def _held_rules(phone: Phone) -> None:
    live = [call for call in phone.calls if call.live]
    assert len(live) <= 1 or (len(live) == 2 and all(call.joined for call in live))
    assert sum(call.joined for call in phone.calls) in (0, 2)
    assert len(phone.calls) <= phone.settings.lines
    assert len({call.line for call in phone.calls}) == len(phone.calls)
    assert (phone.front == 0) == (not phone.calls) or phone.engaged
    assert phone.front == 0 or phone.front_call is not None
    for call in phone.calls:
        if call == phone.expected:
            assert not call.live
        elif call.live or call.outward:
            assert phone.engaged
            assert call.id == phone.front or phone.front_call in phone.partners(call)


def _tone_rules(phone: Phone, standing: Outputs) -> None:
    if not phone.engaged:
        announced = phone.waiting is not None and phone.waiting.announced
        wanted = "auto-answer" if announced else "none"
        assert standing.tone == wanted, "a tone with nobody at the earpiece"
    if standing.ringer.ringing:
        assert phone.waiting is not None or phone.alarm_due or phone.sample_due
    if standing.ringer.ringing and phone.engaged:
        assert phone.alarm_due and phone.calls
    if standing.audio.call:
        assert phone.call(standing.audio.call) is not None
    if phone.entry is not None and phone.off_hook and not phone.entry.digits:
        assert phone.silence_due or phone.warned
    if phone.muted:
        assert phone.calls


def _check(step: Step) -> None:
    if step.after is not step.before:
        _held_rules(step.after)
        _tone_rules(step.after, step.stands)
        assert view(step.after).text(), "an empty display"
    told = [effect for effect in step.effects if isinstance(effect, (StartTimer, StopTimer))]
    runs = {timer for timer in step.stood.timers if StopTimer(timer[0]) not in told}
    begun = {(effect.name, effect.due) for effect in told if isinstance(effect, StartTimer)}
    replaced = {name for name, _ in begun}
    assert {timer for timer in runs if timer[0] not in replaced} | begun == set(step.stands.timers)
    for effect in step.effects:
        if isinstance(effect, PlaceCall):
            assert step.before.call(effect.call) is None
            assert step.after.call(effect.call) is not None
        if isinstance(effect, AnswerCall):
            call = step.before.call(effect.call)
            assert call is not None and call.ringing_here
    if isinstance(step.event, HookReplaced) and step.before.off_hook:
        assert not step.after.off_hook
        if not step.before.hands_free and not any(call.session for call in step.after.calls):
            assert not step.after.engaged
            left = [call for call in step.after.calls if call != step.after.expected]
            assert all(call.held or call.ringing_here for call in left)


def _lost_calls_are_ended(step: Step) -> None:
    """A call that leaves the state without the far end's word was told to end."""
    ended = {effect.call for effect in step.effects if isinstance(effect, EndCall)}
    remaining = {call.id for call in step.after.calls}
    for call in step.before.calls:
        if call.id not in remaining and getattr(step.event, "call", None) != call.id:
            assert call.id in ended


def _no_timer_rings_twice(taken: Step) -> None:
    """A timer that has rung at its time does not stand any more: nobody would set it again."""
    event, now = taken.event, taken.before.now
    if not isinstance(event, TimerFired) or (event.name, event.due) not in taken.stood.timers:
        return
    then = replace(now, monotonic=max(now.monotonic, event.due))
    after, _ = step(step(taken.before, TimePassed(then))[0], event)
    assert (event.name, event.due) not in outputs(after).timers, f"{event.name} rings for ever"


_CARELESS = (HookReplaced(), HeadsetHook(off_hook=False), KeyPressed("headset"))


def _a_session_is_kept(step: Step) -> None:
    """No accident ends a session that was answered, or gives it away: it takes two steps."""
    opened = step.before.menu
    chosen = isinstance(step.event, KeyPressed) and opened is not None
    asked = opened is not None and opened.place.page.name == session.ASK.name
    if step.event not in _CARELESS and (not chosen or asked):
        return
    kept = {
        call.id
        for call in step.before.calls
        if call.session and (call.phase == "talking" or call.answering)
    }
    for effect in step.effects:
        if isinstance(effect, EndCall):
            assert effect.call not in kept, "a session is ended by accident"
        if isinstance(effect, TransferCall) and not chosen:
            assert not kept & {effect.call, effect.target}, "a session is given away by accident"


SETTINGS: dict[str, dict[str, Any]] = {
    "a dialler's": {
        "sessions": Sessions(numbers=Numbers(("100",))),
        "speed_dial": (),
        "sleep": 0.0,
        "accounts": (AccountSettings("1001"),),
    },
    "usual": {},
    "no account": {"accounts": (), "speed_dial": (), "sleep": 0.0},
    "one line": {"lines": 1, "start_spread": 40.0, "pin": "1", "lock_after": 30.0},
    "several accounts": {
        "accounts": (AccountSettings("1001"), AccountSettings("1002", label="Sales", ring="")),
        "directory": directory_of((Contact("Ann", ("100",)),), PLANS["us"]),
        "lines": 1,
        "speed_dial": (),
        "sleep": 0.0,
    },
}


@cache
def walk(settings: str) -> dict[Kind, Phone | None]:
    """The walk with these settings, every step of it checked."""

    def check(step: Step) -> None:
        _check(step)
        _lost_calls_are_ended(step)
        _no_timer_rings_twice(step)
        _a_session_is_kept(step)

    history = example_history() if settings == "one line" else ()
    return explore(
        example_settings(**SETTINGS[settings]),
        check,
        history=history,
        elsewhere=_is_usual if settings == "a dialler's" else lambda _: False,
    )


def phones() -> list[Phone]:
    """The usual phone in every kind of state."""
    return [phone for phone in walk("usual").values() if phone is not None]


def _is_usual(phone: Phone) -> bool:
    """Whether the usual phone comes there as well: without a session, more than one call."""
    without = not any(call.session for call in phone.calls)
    return without and (len(phone.calls) > 1 or phone.menu is not None)


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_rules_hold_after_every_event_in_every_state(settings: str) -> None:
    kinds = walk(settings)
    reached = {key[0] for key in kinds}
    if settings != "no account":
        assert {
            *("starting", "idle", "dial tone", "dialling", "on-hook dialling", "calling"),
            *("ringing", "early media", "incoming", "answering", "talking", "held"),
            *("remote hold", "ended"),
        } <= reached
    assert settings == "a dialler's" or all(kinds.values())


IN_A_CALL = ("hold", "mute", "transfer", "conference")


def _outcomes_of_menu(phone: Phone) -> set[Kind]:
    """What choosing each line of the first page leads to."""
    turn = Turn(phone)
    menu.open_menu(turn)
    opened = turn.phone
    found = set()
    for place in range(len(pages.lines(opened))):
        turn = Turn(opened)
        pages.change_place(turn, opened.menu or pages.Menu((), 0.0), place)
        after, _ = step(turn.phone, KeyPressed("ok"))
        found.add(kind(replace(after, menu=None)))
    return found


def test_what_soft_keys_and_the_keys_of_a_call_do_the_menu_does_too() -> None:
    """So a keypad, a hook and the display are enough."""
    seen = set()
    for phone in phones():
        labels = soft_keys(phone)
        if not phone.started or phone.menu or phone.key_down or phone.asleep:
            continue
        if (mode(phone), labels, menu.FIRST.items(phone)) in seen:
            continue
        seen.add((mode(phone), labels, menu.FIRST.items(phone)))
        talks = mode(phone) in ("talking", "held", "consulting", "conference", "conference held")
        keys = ("ok", "back", *SOFT_KEYS, *(IN_A_CALL if talks else ()))
        offered = _outcomes_of_menu(phone)
        for key in keys:
            after, _ = step(phone, KeyPressed(key))
            if after.menu is None and kind(after) != kind(phone):
                assert kind(after) in offered, f"{mode(phone)}: {key}"
    assert len(seen) > 50


def test_a_phone_left_alone_always_comes_to_rest() -> None:
    """From every state, hanging up and running out the timers leads to an idle phone."""
    for left in phones():
        phone = left
        for _ in range(4):
            phone, _ = step(phone, HookReplaced())
            phone, _ = step(phone, HangUpRequested())
        for name, due in outputs(phone).timers:
            if name in ("ended", "menu"):
                phone, _ = step(phone, TimerFired(name, due))
        assert mode(phone) in ("idle", "starting"), mode(phone)
        assert outputs(phone).tone == "none"
        assert not outputs(phone).ringer.ringing
