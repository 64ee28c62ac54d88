"""Calls that are parked: left at a number of the PBX, from which any phone fetches them.

To park is to transfer (RFC 5359 section 2.15), to fetch is to call. Where the places of a PBX are
numbers to park at as well as to call, they are in `park_slots` alone; where it chooses the place
itself, the number for that is in `park`. A call that cannot be parked stays on hold here, as with
any transfer.
"""

from __future__ import annotations

from functools import partial

from appliance.phone import colleagues, dialling, transfer
from appliance.phone.pages import Item, Page, close, opens
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import in_menu, in_title


def of_call(phone: Phone) -> tuple[Item, ...]:
    """To park the call in front."""
    settings = phone.settings
    if settings.park:
        return (Item(in_menu("Park"), partial(_park, number=settings.park)),)
    return (Item(in_menu("Park"), opens(PARK)),) if settings.park_slots else ()


def entries(phone: Phone) -> tuple[Item, ...]:
    """To fetch a parked call."""
    return (Item(in_menu("Parked calls"), opens(PARKED)),) if phone.settings.park_slots else ()


def _park(turn: Turn, number: str) -> None:
    close(turn)
    transfer.blind(turn, turn.phone.front, number)


def _places(phone: Phone) -> tuple[Item, ...]:
    slots = phone.settings.park_slots
    return tuple(Item(number, partial(_park, number=number)) for number in slots)


def _parked(phone: Phone) -> tuple[Item, ...]:
    return tuple(_slot(phone, number) for number in phone.settings.park_slots)


def _slot(phone: Phone, number: str) -> Item:
    taken = colleagues.calls_of(phone, number) == "busy"
    return dialling.line_for(number, number, ticked=taken)


PARK = Page("park", lambda _: in_title("Park at"), _places)
PARKED = Page("parked", lambda _: in_title("Parked calls"), _parked)
