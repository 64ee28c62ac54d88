"""Colleagues whose phones are watched (busy lamp field, RFC 4235): who is free, rings or is busy.

Choosing one calls them; while it rings there, and the PBX has a code for it, their call is taken
instead, unless they are to have one of ours. What is not known is not guessed: until the server has
told, nobody is free.
"""

from __future__ import annotations

from appliance.phone import dialling, directory
from appliance.phone.events import CallsOf, ColleagueChanged
from appliance.phone.pages import Item, Page, opens
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import Words, composed, in_menu, in_title

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
    return line_of(phone, number, directory.named(phone, number) or number)


def line_of(phone: Phone, number: str, name: str) -> Item:
    """A line of a menu that says what the phone with `number` does, and calls it or for it."""
    wanted = call_taken(phone, number) or number
    return dialling.line_for(said(calls_of(phone, number), name), wanted)


def said(calls: CallsOf, name: str) -> Words:
    """What somebody's phone does, and whose it is."""
    return composed("{what}: {name}", what=_STATES[calls], name=name)


def call_taken(phone: Phone, number: str) -> str:
    """What takes the call that rings at this number; empty where none does, or nothing can."""
    ringing = calls_of(phone, number) == "ringing" and phone.prompting is None
    return phone.settings.pickup + number if ringing and phone.settings.pickup else ""


COLLEAGUES = Page("colleagues", lambda _: in_title("Colleagues"), _all, live=True)
