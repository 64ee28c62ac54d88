"""The directory on the display: a page to type on, what was found, and a contact's numbers.

While digits are typed the first contacts that they may mean stand below them; OK lists all, and
choosing one shows its numbers to call. Of colleagues who are watched each page says what their
phones do, and lifting the handset while one is marked whose phone rings takes the call. Where a
number is being dialled, for a transfer say, the chosen one is dialled for that.
"""

from __future__ import annotations

from appliance.phone import colleagues, dialling
from appliance.phone.directory import SHOWN, Contact
from appliance.phone.pages import Item, Page, about, open_page, opens
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import as_it_is, in_line, in_menu, in_title

BELOW = 2
"""As many are shown while one types."""


def _found(phone: Phone) -> tuple[Item, ...]:
    typed = phone.menu.place.typed if phone.menu is not None else ""
    return _list(phone, typed, BELOW) or (Item(in_line("Nobody found")),)


def _listed(phone: Phone) -> tuple[Item, ...]:
    return _list(phone, about(phone), SHOWN)


def _list(phone: Phone, typed: str, limit: int) -> tuple[Item, ...]:
    directory = phone.settings.directory
    return tuple(_line(phone, place) for place in directory.find(typed)[:limit])


def _line(phone: Phone, place: int) -> Item:
    contact = phone.settings.directory.contacts[place]
    watched = next((number for number in contact.numbers if number in phone.settings.watch), "")
    calls = colleagues.calls_of(phone, watched)
    words = contact.name if calls == "unknown" else colleagues.said(calls, contact.name)
    taken = colleagues.call_taken(phone, watched)
    return Item(words, opens(CONTACT, str(place)), taken or contact.numbers[0])


def _looked_for(turn: Turn, typed: str) -> None:
    open_page(turn, FOUND, typed)


def _contact(phone: Phone) -> Contact:
    return phone.settings.directory.contacts[int(about(phone))]


def _numbers(phone: Phone) -> tuple[Item, ...]:
    watched = phone.settings.watch
    return tuple(
        colleagues.line_of(phone, number, number)
        if number in watched
        else dialling.line_for(number, number)
        for number in _contact(phone).numbers
    )


SEARCH = Page("directory", lambda _: in_title("Directory"), _found, enter=_looked_for, live=True)
FOUND = Page("found", lambda _: in_title("Directory"), _listed, live=True)
CONTACT = Page("contact", lambda phone: as_it_is(_contact(phone).name), _numbers, live=True)


def entries(phone: Phone) -> tuple[Item, ...]:
    """The directory, where there is one."""
    if phone.locked or not phone.settings.directory.contacts:
        return ()
    return (Item(in_menu("Directory"), opens(SEARCH)),)
