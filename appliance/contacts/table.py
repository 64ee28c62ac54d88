"""Contacts in a table: CSV (RFC 4180) as spreadsheets and PBXs write it.

The first line names the columns; commas, semicolons or tabs part them. ``name``, or first and last
name, is who it is; every column that is called after a telephone is a number. All else is left.
"""

from __future__ import annotations

import csv

from appliance.contacts.lines import Refusal, cleaned
from appliance.contacts.numbers import EXPECTED, dialable
from appliance.phone.directory import Contact

LONGEST_NAME = 64
_NAMES = ("name", "display name", "displayname", "full name", "contact", "file as")
_FIRST = ("first name", "firstname", "given name")
_LAST = ("last name", "lastname", "surname", "family name")
_NUMBERS = (
    *("number", "phone", "telephone", "tel", "mobile", "cell", "extension", "ext", "home"),
    *("home phone", "work phone", "business phone", "mobile phone", "work", "office"),
)
_HEADER = "a first line that names the columns: name and number, or first name, last name, phone …"


def from_table(lines: list[str]) -> tuple[list[Contact], list[Refusal]]:
    """The contacts of a table, and the lines that hold none.

    A line is a row: what is wrong with its quotes ends with it.
    """
    head = next((place for place, line in enumerate(lines) if line.strip()), None)
    if head is None:
        return [], []
    delimiter = max(",;\t", key=lines[head].count)
    columns = [cleaned(cell).casefold().replace("_", " ") for cell in _row(lines[head], delimiter)]
    who = [columns.index(name) for name in _NAMES if name in columns][:1] or [
        columns.index(name) for part in (_FIRST, _LAST) for name in part if name in columns
    ]
    numbers = [place for place, column in enumerate(columns) if _is_number(column)]
    if not who or not numbers:
        found = f"the columns {', '.join(columns)[:60]!r}"
        return [], [Refusal(head + 1, found, _HEADER)]
    contacts: list[Contact] = []
    refusals: list[Refusal] = []
    for line, text in enumerate(lines[head + 1 :], head + 2):
        if not text.strip(" \t,;"):
            continue
        contact = _contact(line, _row(text, delimiter), who, numbers, refusals)
        if contact is not None:
            contacts.append(contact)
    return contacts, refusals


def _contact(
    line: int, row: list[str], who: list[int], columns: list[int], refusals: list[Refusal]
) -> Contact | None:
    width = len(row)
    name = cleaned(" ".join(row[place] for place in who if place < width))[:LONGEST_NAME]
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
