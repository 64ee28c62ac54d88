"""Making words fit: every typeface here is of fixed width, so the unit is the column.

Pure text in, pure text out. Whatever loses a part says so with an ellipsis.
"""

from __future__ import annotations

import re
from collections.abc import Callable

ELLIPSIS = "…"
_LENGTH_OF_CALL = re.compile(r" \d+[:h]\d\d$")
_HOURS = re.compile(r" (\d+):(\d\d):\d\d$")
_PART = re.compile(r"[^:.-]*[:.-]|[^:.-]+")
"""Of an address: with the sign that ends it."""
_NUMBER = re.compile(r"[-+*#0-9().,/ ]+")


def keep_start(text: str, columns: int) -> str:
    """`text` without its end if it is too long."""
    if len(text) <= columns:
        return text
    return text[: columns - 1].rstrip() + ELLIPSIS if columns > 0 else ""


def keep_end(text: str, columns: int) -> str:
    """`text` without its beginning if it is too long: the newest digits count."""
    if len(text) <= columns:
        return text
    return ELLIPSIS + text[len(text) - columns + 1 :].lstrip() if columns > 0 else ""


def keep_time(text: str, columns: int) -> str:
    """`text` shortened before the length of the call that it ends with, if it has one.

    From an hour on the seconds are the first to go: ``1:02:03`` becomes ``1h02``.
    """
    if len(text) > columns:
        text = _HOURS.sub(r" \1h\2", text)
    time = _LENGTH_OF_CALL.search(text)
    if len(text) <= columns or time is None or columns <= len(time[0]) + 1:
        return keep_start(text, columns)
    return keep_start(text[: time.start()], columns - len(time[0])) + time[0]


def is_number(text: str) -> bool:
    """Whether this is a number rather than a name."""
    return _NUMBER.fullmatch(text) is not None


def chunks(text: str, columns: int) -> list[str]:
    """`text` in lines of `columns` characters wherever they break, for digits."""
    return [text[place : place + columns] for place in range(0, len(text), columns)]


def parts(text: str, columns: int) -> list[str]:
    """`text` in lines that end where an address has a colon, a dot or a hyphen.

    A part longer than a line is shared out evenly.
    """
    lines: list[str] = [""]
    for part in _PART.findall(text):
        needed = -(-len(part) // columns)
        for piece in chunks(part, -(-len(part) // needed)):
            if len(lines[-1]) + len(piece) > columns:
                lines.append("")
            lines[-1] += piece
    return lines


def wrap(text: str, columns: int, cut: Callable[[str, int], list[str]] = chunks) -> list[str]:
    """`text` in lines of whole words; a word longer than a line goes on in the next."""
    lines: list[str] = []
    line = ""
    if columns < 1:
        return lines
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if len(joined) <= columns:
            line = joined
            continue
        if line:
            lines.append(line)
        *whole, line = cut(word, columns)
        lines += whole
    return [*lines, line] if line else lines


def stack(text: str, columns: int) -> list[str]:
    """`text` in two lines, the first word by itself: a date beside the clock.

    In one line if it is one word; empty if it does not fit.
    """
    first, _, rest = text.partition(" ")
    lines = [line for line in (first, rest) if line]
    return lines if all(len(line) <= columns for line in lines) else []
