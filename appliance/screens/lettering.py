"""Letters in place: one small line, a code in a box, one thing as big as fits, the clock."""

from __future__ import annotations

import re

from appliance.screens.fit import chunks, is_number, keep_end, keep_start, wrap
from appliance.screens.fonts import BIG_FACES, SMALL, Face, rows
from appliance.screens.pieces import Block, Box, Piece, Words

GAP = 2
"""Dots between things that do not belong together."""

UPPER_CORNERS = ((0, 0), (-1, 0))
ALL_CORNERS = (*UPPER_CORNERS, (0, -1), (-1, -1))
_TAG_PADDING = 5
_CLOCK = re.compile(r"([\d-]{1,2}):([\d-]{2})")


def set_line(text: str, left: int, top: int, width: int) -> Words:
    """A small line in a cell that begins at `top`; its box is as high as its letters."""
    shown = keep_start(text, SMALL.columns(width))
    first, end = rows(SMALL, shown)
    return Words(Box(left, top + first, len(shown) * SMALL.width, end - first), SMALL, shown, first)


def tag_width(code: str) -> int:
    """How wide the box of a code is."""
    return len(code) * SMALL.width + _TAG_PADDING


def tag_columns(width: int) -> int:
    """How many characters a code may have in a box so wide."""
    return SMALL.columns(width - _TAG_PADDING)


def set_tag(code: str, left: int, top: int) -> list[Piece]:
    """A code in an inverted box; `top` is that of a line of text beside it."""
    first, end = rows(SMALL, code)
    start, stop = max(0, first - 1), min(SMALL.height, end + 1)
    words = Box(left + 3, top + start, len(code) * SMALL.width, stop - start)
    return [
        Block(Box(left, top + start, tag_width(code), stop - start), ALL_CORNERS),
        Words(words, SMALL, code, start, dark=True),
    ]


def set_big(text: str, area: Box, typing: bool = False, cursor: bool = False) -> list[Piece]:
    """`text` in the largest letters that fit, if need be in two lines, and a cursor behind it.

    Lower than `area`, it stands in its middle. A number that is being typed loses its beginning
    when it is too long, everything else its end.
    """
    for face in BIG_FACES:
        first, end = rows(face, text)
        air = GAP if face is not BIG_FACES[-1] else 0
        if len(text) <= _columns(face, area, cursor) and end - first <= area.height - air:
            return _stacked([text], face, area, cursor)
    keep = keep_end if typing else keep_start
    face = BIG_FACES[-1]
    columns = _columns(face, area, cursor)
    if rows(face, text)[1] - rows(face, text)[0] <= area.height // 2:
        shown = keep(text, 2 * columns)
        lines = chunks(shown, columns) if typing or is_number(text) else wrap(shown, columns)
        if len(lines) > 2:
            lines = [lines[0], keep_start(" ".join(lines[1:]), columns)]
        return _stacked(lines, face, area, cursor)
    return _stacked([keep(text, _columns(SMALL, area, cursor))], SMALL, area, cursor)


def _columns(face: Face, area: Box, cursor: bool) -> int:
    return face.columns(area.width - (_cursor_width(face) + 1 if cursor else 0))


def _cursor_width(face: Face) -> int:
    return max(2, face.width // 6)


def _stacked(lines: list[str], face: Face, area: Box, cursor: bool) -> list[Piece]:
    """Lines of one face in the middle of the height, and a cursor behind the last."""
    extents = [rows(face, line) for line in lines]
    spare = area.height - sum(end - first for first, end in extents)
    gap = spare // (len(lines) + 1)
    top = area.top + (spare - gap * (len(lines) - 1) + 1) // 2
    pieces: list[Piece] = []
    for line, (first, end) in zip(lines, extents, strict=True):
        letters = len(line) * face.width
        pieces.append(Words(Box(area.left, top, letters, end - first), face, line, first))
        if cursor and line is lines[-1]:
            capital = Box(
                area.left + letters + 1,
                top + face.cap_top - first,
                _cursor_width(face),
                face.baseline - face.cap_top,
            )
            pieces.append(Block(capital))
        top += end - first + gap
    return pieces


def set_clock(text: str, area: Box) -> list[Piece]:
    """Big digits with a colon that is narrower than a digit; any other text as it comes."""
    time = _CLOCK.fullmatch(text)
    face = next((face for face in BIG_FACES if face.baseline - face.cap_top < area.height), None)
    if time is None or face is None:
        return set_big(text, area)
    high = face.baseline - face.cap_top
    top = area.top + (area.height - high + 1) // 2
    dot = max(2, face.width // 4)
    hour, minute = len(time[1]) * face.width, len(time[2]) * face.width
    colon = area.left + hour + dot // 2
    return [
        Words(Box(area.left, top, hour, high), face, time[1], face.cap_top),
        Block(Box(colon, top + high // 4, dot, dot)),
        Block(Box(colon, top + high - high // 4 - dot, dot, dot)),
        Words(Box(colon + dot + dot // 2, top, minute, high), face, time[2], face.cap_top),
    ]
