"""The menu: everything that the phone can do, by number, for boards that have no key for it.

Holding ``*`` for a second opens it in any state; so does OK during a call, and the soft key *More*.
Its first page is worked out from the state: what can be done just now or, while the phone rests,
what every concern has to offer (`IDLE`). On a list, digits choose among the nine lines around the
mark, ``#`` and the arrows move it, ``0`` goes to the next nine, OK takes what is marked and lifting
the handset calls it. On a page to type on, digits are typed and ``#`` or OK hands them over. ``*``
and *back* go back (where letters are typed, ``*`` is a dot first). Nobody's key for long closes it;
so does whatever changes what the agent faces, for a list that changed under the finger would do
another thing than the one that was read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from appliance.phone import (
    byhand,
    colleagues,
    forward,
    language,
    lock,
    mailbox,
    multitap,
    options,
    parking,
    pickup,
    sound,
    status,
)
from appliance.phone.pages import (
    GROUP,
    Item,
    Menu,
    Page,
    back,
    change_place,
    close,
    first_of_group,
    lines,
    marked,
    open_page,
    patience,
)
from appliance.phone.state import MAX_DIGITS, Phone
from appliance.phone.turn import Turn
from appliance.phone.words import in_title

IDLE: tuple[Callable[[Phone], tuple[Item, ...]], ...] = (
    options.entries,
    colleagues.entries,
    pickup.entries,
    parking.entries,
    sound.entries,
    status.entries,
    language.entries,
    forward.entries,
    lock.entries,
    mailbox.entries,
    options.passing,
    byhand.entries,
)
"""Where each concern's entries for a phone at rest come from, in the order of the first page.

Agents know the digits by heart: what comes and goes stands behind what is always there.
"""


def _first_page(phone: Phone) -> tuple[Item, ...]:
    now = options.of_calls(phone)
    return now or tuple(item for entries in IDLE for item in entries(phone))


FIRST = Page("menu", lambda _: in_title("Menu"), _first_page)


def open_menu(turn: Turn) -> None:
    """Show its first page; a locked phone asks for the PIN before anything but a call."""
    close(turn)
    if turn.phone.locked and not options.of_calls(turn.phone):
        lock.ask(turn)
    else:
        open_page(turn, FIRST)


def press(turn: Turn, menu: Menu, key: str) -> str:
    """A key while the menu is open; what remains to be done, a key or an action, empty for nothing.

    A key that has no meaning on the page closes the menu and means what it always means.
    """
    turn.set(notice=None)
    typing = menu.place.page.enter is not None
    letters = typing and menu.place.page.letters
    if letters and (key.isdecimal() or (key == multitap.ERASER and menu.place.typed)):
        _tap(turn, menu, key)
        return ""
    if key in ("*", "back"):
        if menu.place.typed:
            change_place(turn, menu, 0, menu.place.typed[:-1])
        else:
            back(turn)
        return ""
    if typing and key.isdecimal():
        typed = (menu.place.typed + key)[:MAX_DIGITS]
        change_place(turn, menu, 0, typed)
        if menu.place.page.typed is not None:
            menu.place.page.typed(turn, typed)
        return ""
    if menu.place.page.enter is not None and key in ("#", "ok"):
        menu.place.page.enter(turn, menu.place.typed)
        return ""
    return _on_list(turn, menu, key)


def _tap(turn: Turn, menu: Menu, key: str) -> None:
    tap = menu.place.tap.then(key, turn.phone.now.monotonic)
    place = replace(menu.place, typed=multitap.typed(menu.place.typed, tap), tap=tap)
    turn.set(menu=Menu((*menu.path[:-1], place), turn.after(patience(place.page))))


def timed_out(turn: Turn, due: float) -> None:
    """Nobody chose."""
    if turn.phone.menu is not None and turn.phone.menu.due == due:
        close(turn)


def tidy(turn: Turn, before: Phone) -> None:
    """Close it when the agent faces something else, or may choose from another list than shown.

    A page that watches each digit loses none to a call that rings or rang: it may be that of an
    emergency number.
    """
    phone = turn.phone
    if before.menu is None or phone.menu is None:
        return
    place, front = phone.menu.place, phone.front_call
    if place.page.typed is not None and place.typed and (front is None or front.ringing_here):
        return
    live = phone.menu.place.page.live
    changed = phone.menu == before.menu and not live and lines(phone) != lines(before)
    if changed or _faced(phone) != _faced(before):
        close(turn)


def _faced(phone: Phone) -> tuple[Any, ...]:
    """What the first page depends on, whichever page is shown."""
    waiting, ended = phone.waiting, phone.ended
    return (
        waiting.id if waiting is not None else 0,
        phone.front,
        phone.entry is not None,
        ended.id if ended is not None else 0,
        tuple((call.id, call.phase) for call in phone.calls),
    )


def _on_list(turn: Turn, menu: Menu, key: str) -> str:
    found = lines(turn.phone)
    count = max(1, len(found))
    first = first_of_group(menu, len(found))
    if key in ("up", "down", "#"):
        change_place(turn, menu, (menu.place.marked + (-1 if key == "up" else 1)) % count)
    elif key == "0":
        change_place(turn, menu, first + GROUP if first + GROUP < count else 0)
    elif key.isdecimal():
        place = first + int(key) - 1
        return _choose(turn, menu, place) if place < len(found) else ""
    elif key != "ok":
        close(turn)
        return key
    elif found:
        return _choose(turn, menu, min(menu.place.marked, count - 1))
    return ""


def _choose(turn: Turn, menu: Menu, place: int) -> str:
    item = lines(turn.phone)[place]
    if isinstance(item.act, str):
        close(turn)
        return item.act
    change_place(turn, menu, place, menu.place.typed)
    item.act(turn)
    return ""


def lifted(phone: Phone) -> str:
    """The number that lifting the handset calls: that of the marked line; empty for none."""
    line = marked(phone)
    return line.number if line is not None else ""
