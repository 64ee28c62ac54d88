"""The directory: who has which number, found by the letters on a telephone's keys (ITU-T E.161).

Digits are looked for at the beginnings of names' words, 0 standing between two of them, and at the
beginnings of numbers. A number in the directory has its name on the display, whoever calls it what
else. There may be tens of thousands of contacts, and each key asks anew: all of them stand in one
text, which is searched as one. How one is chosen on the display is `directorypages`' affair.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from appliance.phone.numbering import PLANS, Plan, canonical

if TYPE_CHECKING:
    from appliance.phone.state import Phone

SHOWN = 90
"""As many are listed; who looks for another types on."""
_WORDS = re.compile(r"[\s\-.,;/()_]+")
_LETTERS = ("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz")
_OTHERS = {"æ": "23", "ø": "6", "œ": "63", "ł": "5", "đ": "3", "ð": "3", "þ": "84", "ı": "4"}


class _Keys(dict[int, str | None]):
    """For `str.translate`: which key a letter is on; the others vanish."""

    def __missing__(self, letter: int) -> None:
        return None


_KEYS = _Keys({ord(letter): keys for letter, keys in _OTHERS.items()})
_KEYS |= {ord(digit): digit for digit in "0123456789"}
_KEYS |= {ord(letter): str(key) for key, on in enumerate(_LETTERS, 2) for letter in on}


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody, with one number or more as they are to be dialled."""

    name: str
    numbers: tuple[str, ...]
    watched: bool = False
    """A colleague: what the phone with the first number does is to be shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """Contacts by their names, and ready to be searched; made by `directory_of`."""

    contacts: tuple[Contact, ...] = ()
    plan: Plan = PLANS["us"]
    names: Mapping[str, str] = field(default_factory=dict, repr=False)
    index: str = field(default="", repr=False)
    """A line for each contact: its place, then its words' and numbers' digits, a space before each.
    """

    @property
    def watched(self) -> tuple[str, ...]:
        """The numbers of the colleagues to be watched, in the order of their names."""
        return tuple(contact.numbers[0] for contact in self.contacts if contact.watched)

    def name_of(self, number: str) -> str:
        """Whose number this is; empty for nobody's."""
        return self.names.get(canonical(number, self.plan), "") if self.names else ""

    def find(self, typed: str) -> tuple[int, ...]:
        """The places of the first `SHOWN` contacts that these digits may mean; of all for none."""
        found = self._lines(f" {typed}")
        if not found and typed.strip("0"):
            found = self._lines(*(f" {part}" for part in typed.split("0") if part))
        return found

    def _lines(self, first: str, *others: str) -> tuple[int, ...]:
        found: list[int] = []
        place = self.index.find(first)
        while place >= 0 and len(found) < SHOWN:
            end = self.index.find("\n", place)
            line = self.index[self.index.rfind("\n", 0, place) + 1 : end]
            if all(other in line for other in others):
                found.append(int(line.partition(" ")[0]))
            place = self.index.find(first, end)
        return tuple(found)


def directory_of(contacts: Iterable[Contact], plan: Plan) -> Directory:
    """A directory in the order of its names; of two names for one number the first is shown."""
    ordered = tuple(sorted(contacts, key=lambda contact: contact.name.casefold()))
    names: dict[str, str] = {}
    lines = []
    for place, contact in enumerate(ordered):
        known = [canonical(number, plan) for number in contact.numbers]
        for number in known:
            names.setdefault(number, contact.name)
        written = (number.lstrip("+") for number in contact.numbers)
        national = (number.removeprefix(f"+{plan.code}") for number in known)
        words = dict.fromkeys((*digits_of(contact.name), *written, *national))
        lines.append(f"{place} {' '.join(words)}\n")
    return Directory(ordered, plan, names, "".join(lines))


def digits_of(name: str) -> tuple[str, ...]:
    """The keys that spell each word of a name; what is on no key is left out."""
    plain = name.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
    return tuple(filter(None, (word.translate(_KEYS) for word in _WORDS.split(plain))))


def named(phone: Phone, number: str, name: str = "") -> str:
    """Who that is: as the directory says, else as they say themselves."""
    return phone.settings.directory.name_of(number) or name
