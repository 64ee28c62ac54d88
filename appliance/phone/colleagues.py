"""Colleagues whose phones are watched (busy lamp field, RFC 4235): who is free, rings or is busy.

Choosing one calls them; while it rings there, and the PBX has a code for it, their call is taken
instead. What is not known is not guessed: until the server has told, nobody is free.
"""

from __future__ import annotations

from functools import partial

from appliance.phone import dialling, directory
from appliance.phone.events import CallsOf, ColleagueChanged
from appliance.phone.pages import Item, Page, close, opens
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import Words, composed, in_menu, in_title

NAME = 7
"""Columns for a name, so that what the phone does fits behind it in every language."""
_STATES: dict[CallsOf, Words] = {
    "unknown": in_menu("unknown"),
    "idle": in_menu("free"),
    "ringing": in_menu("rings"),
    "busy": in_menu("busy"),
}


def told(turn: Turn, event: ColleagueChanged) -> None:
    """The server says what a colleague's phone does."""
    if event.number in turn.phone.settings.watch:
        others = (known for known in turn.phone.colleagues if known.number != event.number)
        turn.set(colleagues=tuple(sorted((*others, event), key=lambda known: known.number)))


def calls_of(phone: Phone, number: str) -> CallsOf:
    """What is known of the phone with this number."""
    return next((known.calls for known in phone.colleagues if known.number == number), "unknown")


def entries(phone: Phone) -> tuple[Item, ...]:
    """The way to the colleagues, where any are watched."""
    return (Item(in_menu("Colleagues"), opens(COLLEAGUES)),) if phone.settings.watch else ()


def _all(phone: Phone) -> tuple[Item, ...]:
    return tuple(_line(phone, number) for number in phone.settings.watch)


def _line(phone: Phone, number: str) -> Item:
    state = calls_of(phone, number)
    words = composed("{name}: {what}", name=_name(phone, number), what=_STATES[state])
    taken = state == "ringing" and phone.settings.pickup
    wanted = phone.settings.pickup + number if taken else number
    return Item(words, partial(_call, number=wanted), wanted)


def _name(phone: Phone, number: str) -> str:
    """Whose phone it is, as far as there is room beside what it does."""
    name = directory.named(phone, number)
    return f"{name[: NAME - 1].rstrip()}…" if len(name) > NAME else name or number


def _call(turn: Turn, number: str) -> None:
    close(turn)
    dialling.send(turn, number)


COLLEAGUES = Page("colleagues", lambda _: in_title("Colleagues"), _all, live=True)
