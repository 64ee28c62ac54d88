"""Digits: collected into a number, or sent into a call.

Off-hook, a number goes out by itself when the digit map knows it to be complete, when ``#`` is
pressed where the map has no use for it, or when the inter-digit timer ends. On-hook no other number
than that of an emergency goes out by itself: the agent types, corrects, and lifts the handset or
presses OK, also while it rings; what is left lying there is forgotten. Emergency numbers never wait
for a map, and no map cuts one short. They go out with their last digit; on-hook it is waited a
moment for another one where the phone knows a longer number that begins so, and is not locked.

In a call a digit sounds for as long as its key is held; ``*`` has come up when it is known to be
one, for held down it opens the menu.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from appliance.phone import calls, emergency, transfer
from appliance.phone.digitmap import DIALABLE, Match
from appliance.phone.effects import PAUSE, SendDigits
from appliance.phone.pages import Item, close
from appliance.phone.state import MAX_DIGITS, Call, Entry, Phone
from appliance.phone.turn import Turn
from appliance.phone.unit import KeyDown
from appliance.phone.words import in_line

LONG_PRESS_SECONDS = 1.0
MENU_KEY = "*"
"""The key that opens the menu when it is held down."""
FORGOTTEN_SECONDS = 30.0
"""How long a number stands that was begun on-hook."""
EMERGENCY_SECONDS = 1.0
"""How long an emergency number waits on-hook to become a longer number that is known."""
LONGEST_DIGIT_SECONDS = 8.0
"""A key that is held for longer is stuck; as long as one event of RFC 4733 can say at 8 kHz."""


def digit(turn: Turn, key: str) -> None:
    """A digit, ``*`` or ``#`` was pressed."""
    phone = turn.phone
    front = phone.front_call
    rings = phone.waiting is not None and not phone.engaged
    if front is not None and phone.entry is None and not (front.held or rings):
        if front.live or front.early_media:
            _sound(turn, front, key)
        return
    entry = phone.entry or Entry()
    digits = entry.digits + key
    if key == "#" and not phone.settings.digit_map.allows(digits):
        if entry.digits:
            send(turn, entry.digits)
        elif phone.entry is None and front is None:
            turn.set(key_down=KeyDown(key, turn.after(LONG_PRESS_SECONDS)))
        return
    if len(digits) > MAX_DIGITS:
        return
    turn.set(entry=replace(entry, digits=digits, due=0.0), ended=None, notice=None, silence_due=0.0)
    no_line = phone.free_lines == 0 and phone.prompting is None
    if no_line and not emergency.may_become_one(phone, digits):
        turn.notify(in_line("Line in use"))
    if len(digits) == 1 and any(key == held for held, _ in phone.settings.speed_dial):
        turn.set(key_down=KeyDown(key, turn.after(LONG_PRESS_SECONDS)))
    if phone.engaged:
        _complete_or_wait(turn, digits)
    elif emergency.is_emergency(phone, digits) and not _may_go_on(phone, digits):
        send(turn, digits)
    else:
        _wait_on_hook(turn, replace(entry, digits=digits))


def send(turn: Turn, number: str, account: int = 0, *, asked: bool = True) -> None:
    """The number is complete: call it, or hand the call over to it where no line is left.

    `account` is for a number that nobody has chosen an account for. Nothing is handed over that
    nobody has `asked` for, nor while a call rings that would leave its line free.
    """
    phone = turn.phone
    asking = phone.prompting
    full = phone.free_lines == 0 and all(call.phase == "talking" for call in phone.calls)
    blind = asking and asking.purpose == "transfer" and full and asked
    if asking and blind and not emergency.is_emergency(phone, number):
        transfer.blind(turn, asking.call, number.partition(PAUSE)[0])
    else:
        calls.place(turn, number, account)


def chosen(turn: Turn, number: str, account: int = 0) -> None:
    """The number was chosen from a menu, which has done its work."""
    close(turn)
    send(turn, number, account)


def line_for(words: str, number: str, account: int = 0, *, ticked: bool = False) -> Item:
    """A line of a menu that calls `number`."""
    return Item(words, partial(chosen, number=number, account=account), number, ticked)


def recall(turn: Turn, steps: int) -> None:
    """Walk through the numbers that were dialled, into the number that is being typed."""
    phone = turn.phone
    numbers = phone.last_numbers
    entry = phone.entry or Entry()
    if not numbers or phone.locked or (entry.digits and entry.digits not in numbers):
        return
    place = numbers.index(entry.digits) + steps if entry.digits else 0
    turn.set(
        entry=replace(
            entry,
            digits=numbers[place % len(numbers)],
            due=0.0 if phone.engaged else turn.after(FORGOTTEN_SECONDS),
            urgent=False,
        ),
        ended=None,
        notice=None,
        silence_due=0.0,
    )


def speed_dial(turn: Turn, key: str) -> None:
    """The first digit was held down: call the number behind it."""
    phone = turn.phone
    if phone.entry is not None and phone.entry.digits == key:
        send(turn, dict(phone.settings.speed_dial)[key])


def interdigit_ended(turn: Turn, due: float) -> None:
    """Nobody typed on: the number is what has been typed so far; on-hook it is forgotten.

    A number that was only chosen again is no emergency.
    """
    phone, entry = turn.phone, turn.phone.entry
    if entry is None or entry.due != due:
        return
    if phone.engaged or entry.urgent:
        turn.set(entry=replace(entry, due=0.0))
        send(turn, entry.digits or phone.settings.hotline, asked=False)
    else:
        turn.set(entry=None)


def hotline(turn: Turn) -> None:
    """A lifted handset calls the one number that it is for, at once or if nothing is dialled."""
    phone = turn.phone
    number, delay = phone.settings.hotline, phone.settings.hotline_delay
    if not number or phone.calls or phone.entry is None:
        return
    if delay:
        turn.set(entry=replace(phone.entry, due=turn.after(delay)))
    else:
        send(turn, number)


def erase(turn: Turn, entry: Entry) -> None:
    """Take back the last digit; nothing left to take back ends an on-hook or hands-free entry."""
    phone = turn.phone
    if len(entry.digits) > 1:
        rest = replace(entry, digits=entry.digits[:-1])
        if phone.engaged:
            due = turn.after(phone.settings.interdigit_timeout)
            turn.set(entry=replace(rest, due=due))
        else:
            _wait_on_hook(turn, rest)
    elif entry.digits and phone.engaged:
        calls.begin_entry(turn, entry.line, entry.account)
    elif not phone.off_hook:
        turn.set(entry=None, hands_free=False, silence_due=0.0)
    elif phone.front_call is not None and not phone.front_call.ringing_here:
        turn.set(entry=None, silence_due=0.0)


def requested(turn: Turn, number: str) -> None:
    """A program asks for a call; what cannot be dialled is left out (RFC 3966 separators)."""
    known = {*DIALABLE, PAUSE}
    digits = "".join(c for i, c in enumerate(number) if c in known or (c == "+" and i == 0))
    called = digits.partition(PAUSE)[0]
    if emergency.goes_on(turn.phone) and not emergency.is_emergency(turn.phone, called):
        turn.notify(in_line("Line in use"))
    elif called:
        calls.place(turn, digits[:MAX_DIGITS])


def _complete_or_wait(turn: Turn, digits: str) -> None:
    settings = turn.phone.settings
    complete = settings.digit_map.match(digits) is Match.COMPLETE
    complete = complete and not emergency.may_become_one(turn.phone, digits)
    if complete or emergency.is_emergency(turn.phone, digits):
        send(turn, digits, asked=False)
    else:
        entry = turn.phone.entry or Entry()
        due = turn.after(settings.interdigit_timeout)
        turn.set(entry=replace(entry, digits=digits, due=due))


def _wait_on_hook(turn: Turn, entry: Entry) -> None:
    """For the next digit, or for somebody to come back to this number."""
    urgent = emergency.is_emergency(turn.phone, entry.digits)
    due = turn.after(EMERGENCY_SECONDS if urgent else FORGOTTEN_SECONDS)
    turn.set(entry=replace(entry, due=due, urgent=urgent))


def _may_go_on(phone: Phone, number: str) -> bool:
    """Whether an emergency number may be the beginning of one that this phone may call."""
    return not phone.locked and emergency.begins_another(phone, number)


def _sound(turn: Turn, call: Call, key: str) -> None:
    turn.edit(call, digits=(call.digits + key)[-MAX_DIGITS:])
    if key == MENU_KEY:
        turn.do(SendDigits(call.id, key))
        return
    down = turn.phone.key_down
    press = down.press + 1 if down is not None else 0
    turn.set(key_down=KeyDown(key, turn.after(LONGEST_DIGIT_SECONDS), call.id, press))
