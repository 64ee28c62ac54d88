"""Words for the agent: English texts that know how they were said, so that others can translate.

The core, the journal and the programs speak English; the display speaks the agent's language. What
is for the agent's eyes is therefore a `Words`: the English text, equal to any other string with the
same letters, and beside it the message that it was made from. `appliance.languages` says the same
message in another language when the screen is drawn, and leaves plain strings alone: names and
numbers are nobody's to translate.

Each function here names the place on the display where its words stand, for that is how long they
may be; the tests hold every language to it. Nothing here looks anything up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Place = Literal[
    "key", "wide key", "title", "menu", "line", "column", "trouble", "text", "composed"
]  # fmt: skip
Argument = str | int

LANGUAGES = ("en", "es", "fr", "de", "pt", "tl")
"""What the display speaks, by ISO 639-1; the first is that of the words themselves."""


@dataclass(frozen=True, slots=True)
class Message:
    """How words were made; arguments stand in the message in braces, by name.

    `plural` is the English message for all numbers but one, and `count` the number; both are empty
    where nothing is counted.
    """

    place: Place
    english: str
    arguments: tuple[tuple[str, Argument], ...] = ()
    plural: str = ""
    count: int = 0


class Words(str):
    """An English text that knows its message; without one it is said as it is in any language."""

    __slots__ = ("message",)
    message: Message | None

    def __new__(cls, text: str, message: Message | None = None) -> Words:
        """Make the text; the functions of this module do it for you."""
        words = super().__new__(cls, text)
        words.message = message
        return words


def on_key(english: str) -> Words:
    """The label of a soft key, 6 columns."""
    return _said("key", english, {})


def on_wide_key(english: str) -> Words:
    """The label of a soft key beside which the middle one is always free, 10 columns."""
    return _said("wide key", english, {})


def in_title(english: str, **arguments: Argument) -> Words:
    """The title of a screen, beside the icons: 16 columns, 19 with a length of time at its end."""
    return _said("title", english, arguments)


def in_menu(english: str, **arguments: Argument) -> Words:
    """A line of a menu, behind its number: 18 columns."""
    return _said("menu", english, arguments)


def in_line(english: str, **arguments: Argument) -> Words:
    """A line of its own, 21 columns; what is quoted in it may lose its end."""
    return _said("line", english, arguments)


def in_column(english: str) -> Words:
    """A line, or the title, beside a QR code: 10 columns."""
    return _said("column", english, {})


def in_trouble(english: str, **arguments: Argument) -> Words:
    """What is wrong, for the agent: two lines of 21 columns."""
    return _said("trouble", english, arguments)


def in_text(english: str, **arguments: Argument) -> Words:
    """Running text, in as many lines and pages as it takes."""
    return _said("text", english, arguments)


def counted(one: str, many: str, count: int) -> Words:
    """A line with a number in it, ``{count}``: `one` or `many`, as the language has it."""
    message = Message("line", one, (("count", count),), many, count)
    return Words((one if count == 1 else many).format(count=count), message)


def composed(pattern: str, **arguments: Argument) -> Words:
    """Words beside each other, in a pattern that is the same in every language."""
    return _said("composed", pattern, arguments)


def as_it_is(text: str) -> Words:
    """Somebody else's words, in whatever language they are."""
    return Words(text)


NONE = as_it_is("")
"""No words."""


def printable(text: str, most: int = 64) -> str:
    """Somebody else's words, fit for the display: no control characters, `most` letters at most."""
    text = text[: 4 * most]
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())[:most].rstrip()


def _said(place: Place, english: str, arguments: dict[str, Argument]) -> Words:
    text = english.format_map(arguments) if arguments else english
    return Words(text, Message(place, english, tuple(arguments.items())))
