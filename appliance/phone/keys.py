"""What each key means just now.

One small function a key; which of them a soft key stands for is decided by `softkeys`. A key that
has no meaning in the present state changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from appliance.phone import calls, dialling, lines, softkeys
from appliance.phone.digitmap import DIALABLE
from appliance.phone.effects import StepVolume
from appliance.phone.turn import Turn

Action = Callable[[Turn], None]


def press(turn: Turn, key: str) -> None:
    """Do what `key` (a key of the contract, or a soft key's action) means in this state."""
    if key in softkeys.SOFT_KEYS:
        key = softkeys.action(turn.phone, key)
    if key in DIALABLE:
        dialling.digit(turn, key)
    elif key in _ACTIONS:
        _ACTIONS[key](turn)


def lift(turn: Turn) -> None:
    """Off-hook: answer, dial what was typed, go on with a hands-free call, or dial tone."""
    phone = turn.phone
    if phone.off_hook:
        return
    was_engaged = phone.engaged
    turn.set(off_hook=True, hands_free=False)
    if was_engaged:
        return
    if phone.waiting is not None:
        calls.answer(turn, phone.waiting)
    elif phone.entry is not None and phone.entry.digits:
        calls.place(turn, phone.entry.digits)
    if turn.phone.entry is not None or not turn.phone.calls or _only_held(turn):
        calls.begin_entry(turn)


def replace_handset(turn: Turn) -> None:
    """On-hook: end what the agent faces, unless the headset key has taken it over."""
    phone = turn.phone
    if not phone.off_hook:
        return
    turn.set(off_hook=False)
    if phone.hands_free:
        return
    front = phone.front_call
    turn.set(entry=None, ended=None, silence_due=0.0)
    if front is not None and not front.held and not front.ringing_here:
        calls.hang_up(turn)
    else:
        calls.settle(turn)


def _only_held(turn: Turn) -> bool:
    return all(call.held for call in turn.phone.calls)


def _ok(turn: Turn) -> None:
    phone = turn.phone
    front = phone.front_call
    if phone.waiting is not None:
        calls.answer(turn, phone.waiting)
    elif phone.entry is not None:
        if phone.entry.digits:
            calls.place(turn, phone.entry.digits)
    elif front is not None:
        if front.held:
            calls.resume(turn, front)
    elif phone.ended is not None:
        calls.dismiss(turn)
    else:
        turn.set(missed=0)


def _back(turn: Turn) -> None:
    phone = turn.phone
    front = phone.front_call
    if phone.waiting is not None:
        calls.refuse(turn, phone.waiting)
    elif phone.entry is not None:
        dialling.erase(turn, phone.entry)
    elif front is not None:
        if front.outward:
            calls.hang_up(turn)
    elif phone.ended is not None:
        calls.dismiss(turn)
    else:
        turn.set(missed=0)


def _headset(turn: Turn) -> None:
    phone = turn.phone
    if phone.waiting is not None and not any(call.live for call in phone.calls):
        calls.answer(turn, phone.waiting)
    elif phone.off_hook:
        turn.set(hands_free=not phone.hands_free)
    elif phone.hands_free:
        calls.hang_up(turn)
    elif phone.entry is not None:
        calls.place(turn, phone.entry.digits)
    else:
        turn.set(hands_free=True)
        calls.begin_entry(turn)


def _mute(turn: Turn) -> None:
    front = turn.phone.front_call
    if front is not None and (front.phase == "talking" or front.outward):
        turn.set(muted=not turn.phone.muted)


def _redial(turn: Turn) -> None:
    phone = turn.phone
    free = phone.front_call is None or phone.front_call.held
    empty = phone.entry is None or not phone.entry.digits
    if free and empty and phone.last_number:
        calls.place(turn, phone.last_number, phone.last_account)


def _dnd(turn: Turn) -> None:
    turn.set(dnd=not turn.phone.dnd)
    turn.notify("Do not disturb" if turn.phone.dnd else "Calls ring again")


def _line(turn: Turn, number: int) -> None:
    phone = turn.phone
    call = phone.line(number)
    front = phone.front_call
    if call is not None and call.ringing_here:
        calls.answer(turn, call)
    elif call is not None and call.held:
        calls.resume(turn, call)
    elif call is None and number <= phone.settings.lines:
        if front is not None and (front.outward or front.answering):
            return
        account = lines.behind(phone, number)
        if phone.entry is not None and phone.entry.digits:
            turn.set(entry=replace(phone.entry, line=number, account=account))
        else:
            _new_call(turn, number, account)


def _new_call(turn: Turn, line: int = 0, account: int | None = None) -> None:
    phone = turn.phone
    front = phone.front_call
    if front is not None and front.live:
        calls.hold(turn)
    turn.set(hands_free=phone.hands_free or not phone.off_hook)
    calls.begin_entry(turn, line, account)


def _volume(turn: Turn, steps: int) -> None:
    phone = turn.phone
    rings = phone.waiting is not None and not phone.engaged
    turn.do(StepVolume("ringer" if rings else "earpiece", steps))


def _choose(turn: Turn, steps: int) -> None:
    """The account to dial from, or the held call to face; other calls keep their place."""
    phone = turn.phone
    if phone.entry is not None and phone.settings.several:
        lines.choose(turn, phone.entry, steps)
        return
    front = phone.front_call
    if front is None or not front.held:
        return
    ids = [call.id for call in phone.calls if call.held]
    turn.set(front=ids[(ids.index(front.id) + steps) % len(ids)])


_ACTIONS: dict[str, Action] = {
    "ok": _ok,
    "back": _back,
    "hold": calls.hold,
    "mute": _mute,
    "redial": _redial,
    "dnd": _dnd,
    "headset": _headset,
    "speaker": _headset,
    "line1": partial(_line, number=1),
    "line2": partial(_line, number=2),
    "volume_up": partial(_volume, steps=1),
    "volume_down": partial(_volume, steps=-1),
    "up": partial(_choose, steps=-1),
    "down": partial(_choose, steps=1),
    softkeys.NEW: _new_call,
    softkeys.END: calls.hang_up,
}
