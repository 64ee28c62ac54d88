"""The directory on the display: a page to type on, what was found, and a contact's numbers.

While digits are typed the first contacts that they may mean stand below them; OK lists all, and
choosing one shows its numbers to call, and what a colleague's phone does. Where a number is being
dialled, for a transfer say, the chosen one is dialled for that.
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
    return tuple(
        Item(contact.name, opens(CONTACT, str(place)), contact.numbers[0])
        for place in directory.find(typed)[:limit]
        for contact in (directory.contacts[place],)
    )


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


SEARCH = Page("directory", lambda _: in_title("Directory"), _found, enter=_looked_for)
FOUND = Page("found", lambda _: in_title("Directory"), _listed)
CONTACT = Page("contact", lambda phone: as_it_is(_contact(phone).name), _numbers, live=True)


def entries(phone: Phone) -> tuple[Item, ...]:
    """The directory, where there is one."""
    if phone.locked or not phone.settings.directory.contacts:
        return ()
    return (Item(in_menu("Directory"), opens(SEARCH)),)
