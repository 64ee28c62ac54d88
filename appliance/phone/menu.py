"""The menu: whatever can be done just now, by number, for boards that have no key for it.

Holding ``*`` for a second opens it in any state; so does OK during a call, and the soft key *More*.
What it offers is worked out from the state and closes with it: a list that changed under the finger
would do another thing than the one that was read.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.phone import dialling
from appliance.phone.softkeys import CLEAR, DROP, END, NEW, NUMBERS, SWAP, Label
from appliance.phone.state import Call, Menu, MenuKind, Phone
from appliance.phone.turn import Turn
from appliance.phone.words import in_menu

MENU_SECONDS = 15.0
_VOLUME: tuple[Label, ...] = ((in_menu("Louder"), "volume_up"), (in_menu("Quieter"), "volume_down"))


def options(phone: Phone) -> tuple[Label, ...]:
    """What can be chosen now: words for the display, and the key or action that does it."""
    front = phone.front_call
    if phone.waiting is not None:
        return ((in_menu("Answer"), "ok"), (in_menu("Refuse"), "back"), *_VOLUME)
    if phone.entry is not None:
        return _of_entry(phone)
    if front is not None:
        return (*_of_call(phone, front), *_VOLUME)
    redial = (
        ((in_menu("Redial"), "redial"), (in_menu("Last numbers"), NUMBERS))
        if phone.last_number
        else ()
    )
    if phone.ended is not None:
        return (*redial, (in_menu("Close"), "back"))
    quiet = (in_menu("Let calls ring") if phone.dnd else in_menu("Do not disturb"), "dnd")
    clear = ((in_menu("Clear {count} missed", count=phone.missed), CLEAR),) if phone.missed else ()
    return (*redial, quiet, *clear, *_VOLUME)


def items(phone: Phone) -> tuple[str, ...]:
    """The words of the menu that is open, in their order."""
    if phone.menu is not None and phone.menu.kind == "numbers":
        return phone.last_numbers
    return tuple(words for words, _ in options(phone))


def open_menu(turn: Turn, kind: MenuKind = "options") -> None:
    """Show it."""
    turn.set(menu=Menu(kind, 0, turn.after(MENU_SECONDS)), notice=None)


def open_numbers(turn: Turn) -> None:
    """Show what was dialled last."""
    if turn.phone.last_numbers:
        open_menu(turn, "numbers")


def press(turn: Turn, menu: Menu, key: str) -> str:
    """A key while the menu is open; what remains to be done, a key or an action, empty for nothing.

    Digits choose, ``#`` and the arrows move, OK takes what is marked, ``*`` and *back* close; any
    other key closes the menu and means what it always means.
    """
    count = len(items(turn.phone))
    if key in ("up", "down", "#"):
        step = -1 if key == "up" else 1
        chosen = (menu.chosen + step) % count
        turn.set(menu=replace(menu, chosen=chosen, due=turn.after(MENU_SECONDS)))
        return ""
    if key.isdecimal():
        place = int(key) - 1
        return _choose(turn, menu, place) if 0 <= place < count else ""
    if key == "ok":
        return _choose(turn, menu, menu.chosen)
    turn.set(menu=None)
    return "" if key in ("*", "back") else key


def timed_out(turn: Turn, due: float) -> None:
    """Nobody chose."""
    if turn.phone.menu is not None and turn.phone.menu.due == due:
        turn.set(menu=None)


def tidy(turn: Turn, before: Phone) -> None:
    """Close it when there is something else to choose from than what was shown."""
    if turn.phone.menu == before.menu and options(turn.phone) != options(before):
        turn.set(menu=None)


def _choose(turn: Turn, menu: Menu, place: int) -> str:
    turn.set(menu=None)
    if menu.kind == "options":
        return options(turn.phone)[place][1]
    dialling.send(turn, turn.phone.last_numbers[place])
    return ""


def _of_entry(phone: Phone) -> tuple[Label, ...]:
    typed = phone.entry is not None and bool(phone.entry.digits)
    asking = phone.prompting
    give: tuple[Label, ...] = ()
    if asking is not None and asking.purpose == "transfer":
        give = ((in_menu("Transfer now") if typed else in_menu("Transfer to held"), "transfer"),)
        give = give if typed or _somebody_waits(phone, asking.call) else ()
    dial: tuple[Label, ...] = ((in_menu("Dial"), "ok"),) if typed else ()
    rest: tuple[Label, ...] = (
        (in_menu("Delete a digit") if typed else in_menu("Go back"), "back"),
    )
    redial: tuple[Label, ...] = ()
    if phone.last_number and not typed:
        redial = ((in_menu("Redial"), "redial"), (in_menu("Last numbers"), NUMBERS))
    return (*dial, *give, *redial, *rest, (in_menu("Cancel"), END))


def _of_call(phone: Phone, front: Call) -> tuple[Label, ...]:
    mute: Label = (in_menu("Unmute") if phone.muted else in_menu("Mute"), "mute")
    asking = phone.consulting
    if front.phase != "talking":
        give: tuple[Label, ...] = ()
        if asking is not None and asking.purpose == "transfer":
            give = ((in_menu("Transfer"), "transfer"),)
        return (*give, mute, (in_menu("End"), "back" if asking else END))
    hold: Label = (in_menu("Resume") if front.held else in_menu("Hold"), "hold")
    end: Label = (in_menu("End"), END)
    if front.joined:
        who = front.name or front.number
        connect: Label = (in_menu("Leave, they go on"), "transfer")
        part = ((in_menu("Split"), "conference"), (in_menu("Drop {who}", who=who), DROP), connect)
        return (hold, *part, mute, (in_menu("End all"), END))
    if phone.handover is not None:
        return (hold, *_new(phone), end)
    swap: tuple[Label, ...] = ()
    if _somebody_waits(phone, front.id):
        swap = ((in_menu("Swap calls"), SWAP),)
    give = ((in_menu("Transfer"), "transfer"), (in_menu("Conference"), "conference"))
    if asking is not None:
        end = (in_menu("Drop, go back"), "back")
    return (*give, hold, mute, *swap, *_new(phone), end)


def _new(phone: Phone) -> tuple[Label, ...]:
    return ((in_menu("New call"), NEW),) if phone.free_lines else ()


def _somebody_waits(phone: Phone, call: int) -> bool:
    return any(other.held for other in phone.others(call))
