"""What each key means just now.

One small function a key; which of them a soft key stands for is decided by `softkeys`. A key that
has no meaning in the present state changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from appliance.phone import (
    calllog,
    calls,
    conference,
    consultation,
    dialling,
    directorypages,
    forward,
    lines,
    lock,
    mailbox,
    menu,
    options,
    reminder,
    session,
    softkeys,
    sound,
    transfer,
)
from appliance.phone.dialling import MENU_KEY
from appliance.phone.digitmap import DIALABLE
from appliance.phone.effects import PAUSE
from appliance.phone.pages import open_page
from appliance.phone.turn import Turn
from appliance.phone.unit import KeyDown
from appliance.phone.words import in_line

Action = Callable[[Turn], None]


def press(turn: Turn, key: str) -> None:
    """Do what `key` (a key of the contract) means in this state.

    ``*`` waits for its release, or for the next key: held down, it opens the menu.
    """
    _star(turn)
    if key in softkeys.SOFT_KEYS:
        key = softkeys.action(turn.phone, key)
    if turn.phone.menu is not None:
        _act(turn, menu.press(turn, turn.phone.menu, key))
    elif key == MENU_KEY:
        turn.set(key_down=KeyDown(key, turn.after(dialling.LONG_PRESS_SECONDS)))
    else:
        _act(turn, key)


def release(turn: Turn, key: str) -> None:
    """A key came up: it was not a long press, and sounds no longer."""
    down = turn.phone.key_down
    if key == MENU_KEY:
        _star(turn)
    elif down is not None and down.key == key:
        turn.set(key_down=None)


def long_press(turn: Turn, due: float) -> None:
    """A digit key was held down: the menu, speed dial, or the end of a digit in a call."""
    down = turn.phone.key_down
    if down is None or down.due != due:
        return
    turn.set(key_down=None)
    if down.call:
        return
    if down.key == MENU_KEY:
        menu.open_menu(turn)
    elif down.key == lock.LOCK_KEY:
        lock.lock(turn)
    else:
        dialling.speed_dial(turn, down.key)


def _star(turn: Turn) -> None:
    down = turn.phone.key_down
    if down is not None and down.key == MENU_KEY:
        turn.set(key_down=None)
        _act(turn, MENU_KEY)


def _act(turn: Turn, key: str) -> None:
    """Do what a key or a soft key's action means."""
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
    wanted, reminded = menu.lifted(phone), reminder.told_of(phone)
    turn.set(off_hook=True, hands_free=False, menu=None)
    if was_engaged:
        return
    if phone.waiting is not None:
        calls.answer(turn, phone.waiting)
    elif phone.entry is not None and phone.entry.digits:
        dialling.send(turn, phone.entry.digits)
    elif wanted:
        dialling.send(turn, wanted)
    elif reminded is not None:
        turn.set(alarm_due=0.0)
        calls.resume(turn, reminded)
    if turn.phone.entry is not None or not turn.phone.calls or _only_held(turn):
        calls.begin_entry(turn)
        dialling.hotline(turn)


def replace_handset(turn: Turn) -> None:
    """On-hook: end what the agent faces, unless the headset key has taken it over."""
    phone = turn.phone
    if not phone.off_hook:
        return
    turn.set(off_hook=False, menu=None)
    if phone.hands_free or transfer.hung_up(turn):
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
            dialling.send(turn, phone.entry.digits)
    elif front is not None:
        if front.held:
            calls.resume(turn, front)
        else:
            menu.open_menu(turn)
    elif phone.ended is not None:
        calls.dismiss(turn)
    elif phone.unseen and not phone.locked:
        _clear(turn)
    else:
        menu.open_menu(turn)


def _back(turn: Turn) -> None:
    phone = turn.phone
    front = phone.front_call
    asking = phone.consulting
    if phone.prompting is not None and not (phone.entry and phone.entry.digits):
        asking = phone.prompting
    if phone.waiting is not None:
        calls.refuse(turn, phone.waiting)
    elif asking is not None:
        consultation.back(turn, asking)
    elif phone.entry is not None:
        dialling.erase(turn, phone.entry)
    elif front is not None:
        if front.outward:
            calls.hang_up(turn)
        elif phone.handover is not None and phone.handover.call == front.id:
            transfer.call_off(turn)
    elif phone.ended is not None:
        calls.dismiss(turn)
    else:
        _clear(turn)


def _headset(turn: Turn) -> None:
    phone = turn.phone
    if phone.waiting is not None and not any(call.live for call in phone.calls):
        calls.answer(turn, phone.waiting)
    elif phone.off_hook:
        turn.set(hands_free=not phone.hands_free)
    elif phone.hands_free:
        if not transfer.hung_up(turn):
            calls.hang_up(turn)
    elif phone.entry is not None:
        dialling.send(turn, phone.entry.digits)
    else:
        turn.set(hands_free=True)
        calls.begin_entry(turn)
        dialling.hotline(turn)


def _flash(turn: Turn) -> None:
    """As the flash of an old telephone: takes a second call, goes between two, or holds one."""
    phone = turn.phone
    front = phone.front_call
    if phone.waiting is not None:
        calls.answer(turn, phone.waiting)
    elif front is not None and front.phase == "talking":
        held = next((call for call in phone.others(front.id) if call.held), None)
        if held is not None:
            calls.resume(turn, held)
        else:
            calls.hold(turn)


def _mute(turn: Turn) -> None:
    front = turn.phone.front_call
    if front is not None and (front.phase == "talking" or front.outward):
        turn.set(muted=not turn.phone.muted)


def _redial(turn: Turn) -> None:
    phone = turn.phone
    free = phone.front_call is None or phone.front_call.held
    empty = phone.entry is None or not phone.entry.digits
    if free and empty and phone.last_number:
        number = PAUSE.join(filter(None, (phone.last_number, phone.last_later)))
        dialling.send(turn, number, phone.last_account)
    elif free and empty:
        turn.notify(in_line("Nothing to redial"))


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
            calls.new_entry(turn, number, account)


def _clear(turn: Turn) -> None:
    if not turn.phone.locked:
        calllog.see(turn)
        session.seen(turn)
        turn.set(settings_read=True, text=None)


def _choose(turn: Turn, steps: int) -> None:
    """The account to dial from, a number dialled before, a held call, or one of a conference.

    Any other call keeps its place.
    """
    phone = turn.phone
    if phone.entry is not None and phone.settings.several:
        lines.choose(turn, phone.entry, steps)
        return
    front = phone.front_call
    if phone.entry is not None or front is None:
        dialling.recall(turn, -steps)
        return
    if front.joined and front.live:
        calls.turn_to(turn, phone.partners(front)[0].id)
        return
    if not front.held:
        return
    ids = [call.id for call in phone.calls if call.held]
    calls.turn_to(turn, ids[(ids.index(front.id) + steps) % len(ids)])


def _directory(turn: Turn) -> None:
    """Look somebody up: at rest, or for the number that is being asked for."""
    phone = turn.phone
    typed = phone.entry is not None and bool(phone.entry.digits)
    if phone.locked or typed or (phone.entry is None and options.of_calls(phone)):
        return
    if phone.settings.directory.contacts:
        open_page(turn, directorypages.SEARCH)
    else:
        turn.notify(in_line("No directory"))


_ACTIONS: dict[str, Action] = {
    "ok": _ok,
    "back": _back,
    "hold": calls.hold,
    session.END: partial(calls.hang_up, surely=True),
    "flash": _flash,
    "mute": _mute,
    "redial": _redial,
    "dnd": forward.toggle_dnd,
    mailbox.KEY: mailbox.press,
    "headset": _headset,
    "speaker": _headset,
    "line1": partial(_line, number=1),
    "line2": partial(_line, number=2),
    "volume_up": partial(sound.step, steps=1),
    "volume_down": partial(sound.step, steps=-1),
    "up": partial(_choose, steps=-1),
    "down": partial(_choose, steps=1),
    "directory": _directory,
    "transfer": transfer.press,
    "conference": conference.press,
    softkeys.NEW: calls.new_entry,
    softkeys.END: calls.hang_up,
    softkeys.SWAP: calls.swap,
    softkeys.DROP: conference.drop,
    softkeys.MORE: menu.open_menu,
    softkeys.CLEAR: _clear,
}
