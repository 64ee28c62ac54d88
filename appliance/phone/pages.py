"""A page of the menu: what a concern gives to it, and how its entries open, type and go back.

The menu is a path of pages, the last of which is shown. A page is a constant of the module whose
concern it is: a list to choose from, a text to read, or a number to type. To add to the menu, write
in your own module the `Page` and a function ``entries(phone)`` that gives the `Item` which opens it
(``Item(in_menu("Status"), opens(STATUS))``), and enter that function into `menu.IDLE`. Which keys
lead through a page is `menu`'s matter alone; nothing here knows a key, or any concern.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from appliance.phone.multitap import NO_TAP, Tap
from appliance.phone.words import Words

if TYPE_CHECKING:
    from appliance.phone.state import Phone
    from appliance.phone.turn import Turn

MENU_SECONDS = 15.0
"""How long a page waits for a key."""
LETTER_SECONDS = 60.0
"""The same for one on which letters are typed."""
GROUP = 9
"""As many lines of a list have a digit of their own at a time."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a list. Two that say the same are the same, whatever they do."""

    words: str
    act: str | Callable[[Turn], None] = field(default="", compare=False)
    """What choosing it does.

    The name of a key, or of a soft key's action: the menu closes and that is done. A function is
    called with the page open: it may open another one, go `back` or `close`, and what it leaves
    open waits for the next key.
    """
    number: str = ""
    """What is called by lifting the handset while this line is marked; empty: nothing."""
    ticked: bool = False
    """It is what holds at present."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `items` to choose from, else `text` in paragraphs.

    With `enter` it is one to type on: digits are added to `Place.typed`, and OK or ``#`` hands them
    over; `typed` sees them after each digit. `items` then stand below what is typed, to be read;
    `hidden` shows no digit. Where `letters` may be typed too (`multitap`), ``*`` is one of the keys
    for it, and a hidden text shows its last one. All functions are given the phone with this page
    open: its place is ``phone.menu.place``.
    """

    name: str
    title: Callable[[Phone], Words]
    items: Callable[[Phone], tuple[Item, ...]] = lambda _: ()
    text: Callable[[Phone], tuple[str, ...]] = lambda _: ()
    enter: Callable[[Turn, str], None] | None = None
    typed: Callable[[Turn, str], None] | None = None
    hidden: bool = False
    letters: bool = False
    live: bool = False
    """Its lines may say something else while it is open: each stays about the same thing."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page that is open; `about` says which of many things it is about, `marked` from 0."""

    page: Page
    about: str = ""
    marked: int = 0
    typed: str = ""
    tap: Tap = NO_TAP
    """The key that was pressed last, where letters are typed."""


@dataclass(frozen=True, slots=True)
class Menu:
    """The pages that are open, the one that is shown last. It closes by itself at `due`."""

    path: tuple[Place, ...]
    due: float

    @property
    def place(self) -> Place:
        """What is shown."""
        return self.path[-1]


def patience(page: Page) -> float:
    """How many seconds it waits for a key."""
    return LETTER_SECONDS if page.letters else MENU_SECONDS


def open_page(turn: Turn, page: Page, about: str = "", typed: str = "") -> None:
    """Show a page, over the one that is open."""
    path = turn.phone.menu.path if turn.phone.menu is not None else ()
    place = Place(page, about, typed=typed)
    turn.set(menu=Menu((*path, place), turn.after(patience(page))), notice=None)


def turn_to(turn: Turn, about: str) -> None:
    """Have the page that is open be about something else."""
    menu = turn.phone.menu
    if menu is not None:
        path = (*menu.path[:-1], Place(menu.place.page, about))
        turn.set(menu=Menu(path, turn.after(MENU_SECONDS)))


def is_open(phone: Phone, page: Page, about: str = "") -> bool:
    """Whether this page is shown, and about this."""
    return phone.menu is not None and (phone.menu.place.page, phone.menu.place.about) == (
        page,
        about,
    )


def about(phone: Phone) -> str:
    """What the page that is open is about; empty without one."""
    return phone.menu.place.about if phone.menu is not None else ""


def opens(page: Page, about: str = "") -> Callable[[Turn], None]:
    """The act of an entry that leads to a page."""
    return partial(open_page, page=page, about=about)


def back(turn: Turn) -> None:
    """Show the page before this one; leave the menu if there is none."""
    menu = turn.phone.menu
    if menu is not None and len(menu.path) > 1:
        before = menu.path[-2].page
        turn.set(menu=Menu(menu.path[:-1], turn.after(patience(before))))
    else:
        close(turn)


def close(turn: Turn) -> None:
    """Leave the menu."""
    turn.set(menu=None)


def change_place(turn: Turn, menu: Menu, marked: int, typed: str = "") -> None:
    """Mark another line, or have something else typed, and wait for the next key."""
    place = replace(menu.place, marked=marked, typed=typed, tap=NO_TAP)
    turn.set(menu=Menu((*menu.path[:-1], place), turn.after(patience(place.page))))


def lines(phone: Phone) -> tuple[Item, ...]:
    """The list on the page that is open; empty without one."""
    return phone.menu.place.page.items(phone) if phone.menu is not None else ()


def marked(phone: Phone) -> Item | None:
    """The line that is marked on a page to choose from."""
    menu, found = phone.menu, lines(phone)
    if menu is None or menu.place.page.enter is not None or not found:
        return None
    return found[min(menu.place.marked, len(found) - 1)]


def first_of_group(menu: Menu, count: int) -> int:
    """The place of the line that the digit 1 chooses: that of the group around the mark."""
    return min(menu.place.marked, max(0, count - 1)) // GROUP * GROUP
