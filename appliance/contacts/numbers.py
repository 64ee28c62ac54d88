"""A number as a file has it: what can be dialled, or why it cannot.

Spreadsheets do things to numbers: they put an apostrophe or a formula (``="030…"``) around one to
keep its zeroes, or make ``4.93E+11`` of it, in which the number is lost. Nothing here is ever
evaluated.
"""

from __future__ import annotations

import re

from appliance.phone.numbering import plain

LONGEST = 32
EXPECTED = f"a number of at most {LONGEST} digits, with + * # and separators only"
_KEPT = re.compile(r'^(?:="(.*)"|\'(.*))$')


def dialable(cell: str) -> str | None:
    """The number in a cell, without separators; empty for an empty cell, None for none."""
    cell = cell.strip()
    kept = _KEPT.match(cell)
    if kept is not None:
        cell = kept[1] or kept[2] or ""
    cell = cell.removeprefix("tel:").partition(";")[0].strip()
    if not cell:
        return ""
    number = plain(cell)
    return number if number and len(number) <= LONGEST else None
