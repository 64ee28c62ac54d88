"""An account typed on the phone itself, for a unit to which nobody brings settings.

The menu of a unit without an account leads through server, extension, password and transport, one
page each; so does that of a unit whose account was typed, to type it anew or to forget it. Whatever
a card or a server says of accounts outranks it (`wiring.byhand`). Somebody who has the unit in hand
may do this: a unit with settings of its own does not offer it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from appliance.phone.effects import SetUpByHand
from appliance.phone.pages import Item, Page, close, open_page, opens
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import Words, composed, in_line, in_menu, in_title

TRANSPORTS: tuple[Literal["udp", "tcp", "tls"], ...] = ("udp", "tcp", "tls")


def _hints(_: Phone) -> tuple[Item, ...]:
    return Item(in_line("* is a dot, ** erases")), Item(in_line("# goes on"))


def _handed_over(turn: Turn, typed: str, following: str) -> None:
    """The next page, once something is typed."""
    if typed:
        open_page(turn, _PAGES[following])


def _said(phone: Phone, page: Page) -> str:
    """What was typed on a page before this one."""
    path = phone.menu.path if phone.menu is not None else ()
    return next((place.typed for place in path if place.page is page), "")


def _transports(_: Phone) -> tuple[Item, ...]:
    return tuple(Item(name.upper(), opens(CONFIRM, name)) for name in TRANSPORTS)


def _confirm(phone: Phone) -> tuple[Item, ...]:
    about = phone.menu.place.about if phone.menu is not None else ""
    transport = next((name for name in TRANSPORTS if name == about), TRANSPORTS[0])
    server, user = _said(phone, SERVER), _said(phone, USER)
    made = SetUpByHand(server, user, _said(phone, PASSWORD), transport)
    return (
        Item(in_menu("Use this account"), partial(_use, made=made)),
        Item(composed("{user} {transport}", user=user, transport=transport.upper()), _stay),
        Item(server, _stay),
    )


def _stay(_: Turn) -> None:
    """A line to be read: choosing it must not close what has been typed."""


def _use(turn: Turn, made: SetUpByHand) -> None:
    close(turn)
    turn.notify(in_title("Setting up"))
    turn.do(made)


def _to_type(
    name: str, title: Callable[[Phone], Words], following: str, *, hidden: bool = False
) -> Page:
    """A page on which one thing is typed, and the name of the one after it."""
    enter = partial(_handed_over, following=following)
    return Page(name, title, _hints, enter=enter, hidden=hidden, letters=True)


SERVER = _to_type("server", lambda _: in_title("Server"), "user")
USER = _to_type("user", lambda _: in_title("Extension"), "password")
PASSWORD = _to_type("password", lambda _: in_title("Password"), "transport", hidden=True)
TRANSPORT = Page("transport", lambda _: in_title("Transport"), _transports)
CONFIRM = Page("by hand", lambda _: in_title("Right?"), _confirm)
_PAGES = {"user": USER, "password": PASSWORD, "transport": TRANSPORT}


def entries(phone: Phone) -> tuple[Item, ...]:
    """Typing an account, where there is none but a typed one; and forgetting that."""
    if not phone.unprovisioned and not phone.settings.by_hand:
        return ()
    typing = Item(in_menu("Set up by hand"), opens(SERVER))
    if phone.unprovisioned:
        return (typing,)
    return typing, Item(in_menu("Forget account"), partial(_use, made=SetUpByHand()))
