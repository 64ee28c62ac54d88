"""A lock with a PIN: whoever does not know it can answer, be called and call for help, no more.

The menu locks the phone, so does ``#`` held down while it rests, and a while without use if that is
configured. A locked phone stays so over a restart. Wrong PINs cost time, ever more of it, and the
count of them is kept too, so that pulling the plug gains nothing. The PIN itself is compared here
and shown, logged or kept nowhere.
"""

from __future__ import annotations

import math

from appliance.phone import calls, emergency
from appliance.phone.pages import Item, Page, close, open_page, turn_to
from appliance.phone.preferences import prefer
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import in_menu, in_title

LOCK_KEY = "#"
"""Locks the phone when it is held down at rest."""
FREE_TRIES = 3
FIRST_WAIT_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 640.0


def started(turn: Turn) -> None:
    """A restart is no way around the wait."""
    if turn.phone.locked:
        turn.set(pin_after=turn.after(_wait(turn.phone.preferences.wrong_pins)))


def lock(turn: Turn) -> None:
    """Lock the phone, if it has a PIN to unlock it with."""
    close(turn)
    if turn.phone.settings.pin and not turn.phone.locked:
        prefer(turn, locked=True)
        turn.notify(in_title("Locked"))


def unused(turn: Turn, due: float) -> None:
    """Nobody has used the phone for as long as it is to stay open."""
    if due == turn.phone.active_at + turn.phone.settings.lock_after:
        lock(turn)


def ask(turn: Turn) -> None:
    """Ask for the PIN."""
    open_page(turn, PIN)
    _barred(turn)


def _typed(turn: Turn, typed: str) -> None:
    """An emergency number needs no key behind it: no PIN begins with one."""
    if emergency.is_emergency(turn.phone, typed):
        close(turn)
        calls.place(turn, typed)


def _entered(turn: Turn, typed: str) -> None:
    phone = turn.phone
    if _barred(turn):
        turn_to(turn, "")
    elif typed == phone.settings.pin:
        close(turn)
        prefer(turn, locked=False, wrong_pins=0)
        turn.notify(in_title("Unlocked"))
    elif typed:
        wrong = phone.preferences.wrong_pins + 1
        prefer(turn, wrong_pins=wrong)
        turn.set(pin_after=turn.after(_wait(wrong)))
        turn_to(turn, "")
        turn.notify(in_title("Wrong PIN"))


def _barred(turn: Turn) -> bool:
    """Whether no PIN is taken just now; says for how long."""
    left = turn.phone.pin_after - turn.phone.now.monotonic
    if left > 0:
        turn.notify(in_title("Wait {seconds} s", seconds=math.ceil(left)))
    return left > 0


def _wait(wrong: int) -> float:
    """For how many seconds no PIN is taken after so many wrong ones in a row."""
    if wrong < FREE_TRIES:
        return 0.0
    return float(min(FIRST_WAIT_SECONDS * 2 ** min(wrong - FREE_TRIES, 6), LONGEST_WAIT_SECONDS))


def _below(_: Phone) -> tuple[Item, ...]:
    return (Item(in_menu("Emergency: dial")),)


PIN = Page("pin", lambda _: in_title("PIN"), _below, enter=_entered, typed=_typed, hidden=True)


def entries(phone: Phone) -> tuple[Item, ...]:
    """Locking, where there is a PIN."""
    return (Item(in_menu("Lock the phone"), lock),) if phone.settings.pin else ()
