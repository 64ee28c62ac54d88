"""Contacts in a table: CSV (RFC 4180) as spreadsheets and PBXs write it.

The first line names the columns; commas, semicolons or tabs part them. ``name``, or first and last
name, is who it is; every column that is called after a telephone is a number. Whoever has a cross,
a 1 or a yes in a column ``watch`` is a colleague to be watched. All else is left.
"""

from __future__ import annotations

import csv
from dataclasses import replace

from appliance.contacts.lines import Refusal
from appliance.contacts.numbers import EXPECTED, dialable
from appliance.phone.directory import Contact
from appliance.phone.words import printable

_NAMES = ("name", "display name", "displayname", "full name", "contact", "file as")
_FIRST = ("first name", "firstname", "given name")
_LAST = ("last name", "lastname", "surname", "family name")
_NUMBERS = (
    *("number", "phone", "telephone", "tel", "mobile", "cell", "extension", "ext", "home"),
    *("home phone", "work phone", "business phone", "mobile phone", "work", "office"),
)
_WATCH = ("watch", "watched", "blf")
_YES = ("x", "1", "yes", "y", "true")
_HEADER = "a first line that names the columns: name and number, or first name, last name, phone …"


def from_table(lines: list[str]) -> tuple[list[Contact], list[Refusal]]:
    """The contacts of a table, and the lines that hold none.

    A line is a row: what is wrong with its quotes ends with it.
    """
    head = next((place for place, line in enumerate(lines) if line.strip()), None)
    if head is None:
        return [], []
    delimiter = max(",;\t", key=lines[head].count)
    columns = [
        printable(cell).casefold().replace("_", " ") for cell in _row(lines[head], delimiter)
    ]
    who = [columns.index(name) for name in _NAMES if name in columns][:1] or [
        columns.index(name) for part in (_FIRST, _LAST) for name in part if name in columns
    ]
    numbers = [place for place, column in enumerate(columns) if _is_number(column)]
    watch = next((place for place, column in enumerate(columns) if column in _WATCH), None)
    if not who or not numbers:
        found = f"the columns {', '.join(columns)[:60]!r}"
        return [], [Refusal(head + 1, found, _HEADER)]
    contacts: list[Contact] = []
    refusals: list[Refusal] = []
    for line, text in enumerate(lines[head + 1 :], head + 2):
        if not text.strip(" \t,;"):
            continue
        row = _row(text, delimiter)
        contact = _contact(line, row, who, numbers, refusals)
        if contact is not None:
            marked = watch is not None and watch < len(row) and row[watch].strip().lower() in _YES
            contacts.append(replace(contact, watched=True) if marked else contact)
    return contacts, refusals


def _contact(
    line: int, row: list[str], who: list[int], columns: list[int], refusals: list[Refusal]
) -> Contact | None:
    width = len(row)
    name = printable(" ".join(row[place] for place in who if place < width))
    numbers: list[str] = []
    for place in columns:
        if place < width and row[place]:
            number = dialable(row[place])
            if number is None:
                refusals.append(Refusal(line, f"the number {row[place][:40]!r}", EXPECTED))
            elif number and number not in numbers:
                numbers.append(number)
    if name and numbers:
        return Contact(name, tuple(numbers))
    if not refusals or refusals[-1].line != line:
        found = f"{name!r} without a number" if name else "no name"
        refusals.append(Refusal(line, found, "a name and a number"))
    return None


def _row(line: str, delimiter: str) -> list[str]:
    """The cells of a line; none where that is no table's."""
    try:
        return next(csv.reader((line,), delimiter=delimiter))
    except csv.Error:
        return []


def _is_number(column: str) -> bool:
    return column.rstrip(" 0123456789") in _NUMBERS
