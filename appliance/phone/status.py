"""How the phone is: registration, network, headset and versions, as pages of the menu.

The registrations and the headset are the state's own; of the rest the unit is asked when a page is
opened (`ReadFacts`), and nobody keeps it up to date while there is an account (see `setup`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from appliance.phone.effects import ReadFacts
from appliance.phone.pages import Item, Page, open_page, opens
from appliance.phone.standing import Registration
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import composed, in_menu, in_text, in_title

_STATES = {
    "off": in_text("Not registered"),
    "trying": in_text("Registering"),
    "registered": in_text("Registered"),
    "failed": in_text("Not registered"),
}


def _said(registration: Registration) -> str:
    return registration.text or _STATES[registration.state]


def _account(phone: Phone) -> tuple[str, ...]:
    place = phone.menu.place if phone.menu is not None else None
    if place is None or not phone.settings.accounts:
        return ()
    account = phone.settings.accounts[int(place.about)]
    registration = phone.registrations[int(place.about)]
    where = registration.server_in_use or account.server
    return (f"{account.user}@{where}", _said(registration), registration.next_step)


ACCOUNT = Page("account", lambda _: in_title("Registration"), text=_account)


def _accounts(phone: Phone) -> tuple[Item, ...]:
    return tuple(
        Item(
            composed("{name}: {state}", name=account.name, state=_said(registration)),
            opens(ACCOUNT, str(index)),
        )
        for index, (account, registration) in enumerate(
            zip(phone.settings.accounts, phone.registrations, strict=True)
        )
    )


ACCOUNTS = Page("accounts", lambda _: in_title("Registration"), _accounts)


def _network(phone: Phone) -> tuple[str, ...]:
    return phone.facts.network or (in_text("No network address"),)


NETWORK = Page("network", lambda _: in_title("Network"), text=_network)


def _headset(phone: Phone) -> tuple[str, ...]:
    if phone.headset.state == "missing":
        return (in_text("No headset"),)
    return (phone.headset.name, phone.headset.id)


HEADSET = Page("headset", lambda _: in_title("Headset"), text=_headset)
VERSIONS = Page("versions", lambda _: in_title("Versions"), text=lambda p: p.facts.versions)


def _asking(page: Page) -> Callable[[Turn], None]:
    """The act that opens a page for which the unit is asked."""
    return partial(_ask, page=page)


def _ask(turn: Turn, page: Page) -> None:
    open_page(turn, page)
    turn.do(ReadFacts())


def _items(phone: Phone) -> tuple[Item, ...]:
    registration = opens(ACCOUNTS) if phone.settings.several else opens(ACCOUNT, "0")
    return (
        Item(in_menu("Registration"), registration),
        Item(in_menu("Network"), _asking(NETWORK)),
        Item(in_menu("Headset"), opens(HEADSET)),
        Item(in_menu("Versions"), _asking(VERSIONS)),
    )


STATUS = Page("status", lambda _: in_title("Status"), _items)


def entries(_: Phone) -> tuple[Item, ...]:
    """How the phone is, as a page of its own."""
    return (Item(in_menu("Status"), opens(STATUS)),)
