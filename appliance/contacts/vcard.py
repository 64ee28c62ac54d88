"""Contacts on vCards: versions 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350), many in a file.

Only names, telephones and categories are read: a card of the category ``watch`` is a colleague's to
be watched. What else a card holds, photographs for instance, is passed over unread.
"""

from __future__ import annotations

import quopri
import re

from appliance.contacts.lines import Refusal
from appliance.contacts.numbers import EXPECTED, dialable
from appliance.phone.directory import Contact
from appliance.phone.words import printable

_READ = ("BEGIN", "END", "FN", "N", "TEL", "CATEGORIES")
_ESCAPE = re.compile(r"\\(.)")


class _Card:
    """A card as far as it has been read; `line` is where it begins."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.full = ""
        self.parts = ""
        self.numbers: list[str] = []
        self.watched = False
        self.refused = False

    def take(self, name: str, value: str) -> bool:
        """Note a property; False if its number is none."""
        if name == "FN":
            self.full = printable(_unescaped(value))
        elif name == "N":
            family, given, *_ = (*value.split(";"), "")
            self.parts = printable(_unescaped(f"{given} {family}"))
        elif name == "CATEGORIES":
            self.watched |= "watch" in (part.strip().lower() for part in value.split(","))
        elif name == "TEL":
            number = dialable(_unescaped(value))
            self.refused |= number is None
            if number and number not in self.numbers:
                self.numbers.append(number)
            return number is not None
        return True

    def contact(self) -> Contact | None:
        """Who it is about; None without a name or a number."""
        name = self.full or self.parts
        return Contact(name, tuple(self.numbers), self.watched) if name and self.numbers else None


def from_vcards(lines: list[str]) -> tuple[list[Contact], list[Refusal]]:
    """The contacts of a file of cards, and the lines that hold none."""
    contacts: list[Contact] = []
    refusals: list[Refusal] = []
    card: _Card | None = None
    place = 0
    while place < len(lines):
        begun, line = place + 1, lines[place]
        place += 1
        name = line.partition(":")[0].partition(";")[0].rpartition(".")[2].strip().upper()
        if name not in _READ:
            continue
        while place < len(lines) and lines[place][:1] in (" ", "\t"):
            line += lines[place][1:]
            place += 1
        head, _, value = line.partition(":")
        if "QUOTED-PRINTABLE" in head.upper():
            while value.endswith("=") and place < len(lines):
                value = value[:-1] + lines[place]
                place += 1
            value = quopri.decodestring(value.encode()).decode("utf-8", "replace")
        if name in ("BEGIN", "END"):
            if card is not None:
                _end(card, name == "END", contacts, refusals)
            card = _Card(begun) if name == "BEGIN" else None
        elif card is not None and not card.take(name, value):
            refusals.append(Refusal(begun, f"the number {value[:40]!r}", EXPECTED))
    if card is not None:
        _end(card, False, contacts, refusals)
    if not contacts and not refusals and any(lines):
        refusals.append(Refusal(1, "no card", "BEGIN:VCARD"))
    return contacts, refusals


def _end(card: _Card, whole: bool, contacts: list[Contact], refusals: list[Refusal]) -> None:
    contact = card.contact()
    if not whole:
        refusals.append(Refusal(card.line, "a card without its end", "END:VCARD"))
    elif contact is not None:
        contacts.append(contact)
    elif not card.refused:
        found = "a card without a number" if card.full or card.parts else "a card without a name"
        refusals.append(Refusal(card.line, found, "FN or N, and TEL"))


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(lambda escape: " " if escape[1] in "nN" else escape[1], value)
