"""The six layouts between the bar and the soft keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from appliance.phone.screen import Screen
from appliance.screens.fit import keep_start, parts, stack, wrap
from appliance.screens.fonts import SMALL, clean, rows
from appliance.screens.lettering import (
    GAP,
    set_big,
    set_clock,
    set_line,
    set_tag,
    tag_columns,
    tag_width,
)
from appliance.screens.pieces import Block, Box, Piece, Words

_LINE = SMALL.height
_TIGHT = SMALL.height - 1
_MARGIN = 1
_SCROLL_BAR = 2
_BIG_COLUMNS = 15
_BETWEEN = " · "
_AIR = 2
"""Rows between lines that stand as close as they may."""


def prominent(screen: Screen, body: Box) -> list[Piece]:
    """``entry`` and ``call``: one big thing, lines below it, a code at the lower right.

    Short lines share one, for the big thing is the bigger for it. They are set from the lowest up,
    as close as descenders and accents allow.
    """
    pieces: list[Piece] = []
    code = clean(screen.code)
    room = body.width - GAP
    most = body.height // _LINE - 1
    lines = _joined(map(clean, screen.lines), most, SMALL.columns(room))
    floor, cell = body.bottom, body.bottom
    if code:
        cell -= _LINE
        shown = keep_start(code, tag_columns(room // 2 if lines else room - _MARGIN))
        pieces += set_tag(shown, body.right - _MARGIN - tag_width(shown), cell)
        floor = pieces[0].box.top
        room -= pieces[0].box.width + _MARGIN + GAP
    for place, text in enumerate(reversed(lines)):
        if place or not code:
            cell = min(cell - (_TIGHT if place else _LINE), floor - rows(SMALL, text)[1])
        words = set_line(text, GAP, cell, room)
        pieces.append(words)
        floor = min(floor, words.box.top)
        room = body.width - GAP
    area = Box(GAP, body.top + 1, body.width - GAP, cell - body.top - 1)
    typing = screen.layout == "entry"
    return pieces + set_big(clean(screen.big), area, typing, typing and screen.cursor)


def _joined(texts: Iterable[str], most: int, columns: int) -> list[str]:
    """The texts in as few lines as hold them whole, but at most `most` lines."""
    lines: list[str] = []
    for text in filter(None, texts):
        fits = lines and len(lines[-1]) + len(_BETWEEN) + len(text) <= columns
        if fits or len(lines) == most:
            lines[-1] += _BETWEEN + text
        else:
            lines.append(text)
    return lines


def idle(screen: Screen, body: Box) -> list[Piece]:
    """The clock, the date beside it, and one line of words."""
    lines = [text for text in map(clean, (*screen.lines, screen.code)) if text]
    date, words = (lines[0] if lines else ""), _BETWEEN.join(lines[1:])
    bottom = body.bottom - (_LINE if words else 0)
    pieces: list[Piece] = []
    if words:
        pieces.append(set_line(words, GAP, bottom, body.width - GAP))
    area = Box(GAP, body.top + 1, body.width - GAP, bottom - body.top - 1)
    clock = set_clock(clean(screen.big), area)
    right = max(piece.box.right for piece in clock)
    beside = stack(date, SMALL.columns(body.width - right - 2 * GAP))
    if date and not beside:
        area = area._replace(height=area.height - _LINE)
        pieces.append(set_line(date, GAP, area.bottom, body.width - GAP))
        clock = set_clock(clean(screen.big), area)
    top = area.top + (area.height - _LINE * len(beside) + 1) // 2
    for place, text in enumerate(beside):
        left = body.width - len(text) * SMALL.width
        pieces.append(set_line(text, left, top + place * _LINE, body.width))
    return pieces + clock


def message(screen: Screen, body: Box, page: int) -> list[Piece]:
    """Running text in the middle of the height, or one page of it with a scroll bar.

    A single line that is short enough is set in big letters.
    """
    lines = _running(screen, body)
    if len(lines) == 1 and lines[0].words and len(lines[0].text) <= _BIG_COLUMNS:
        return set_big(lines[0].text, Box(GAP, body.top, body.width - GAP, body.height))
    pages, per_page = message_pages(screen, body), body.height // _LINE
    page = max(0, min(page, pages - 1))
    shown = lines[page * per_page : (page + 1) * per_page]
    left = _MARGIN if pages == 1 else 0
    spare = body.height - _LINE * (len(shown) if pages == 1 else per_page)
    top = body.top + (spare + 1) // 2
    pieces: list[Piece] = []
    for text, is_words in shown:
        if is_words:
            pieces.append(set_line(text, left, top, body.width))
        else:
            pieces += set_tag(text, left, top)
        top += _LINE
    return pieces + _scroll_bar(body, page, pages)


def menu(screen: Screen, body: Box) -> list[Piece]:
    """The part of a list that holds the chosen line, which is marked; a scroll bar for the rest."""
    lines, per_page = list(map(clean, screen.lines)), body.height // _LINE
    chosen = max(0, min(screen.chosen, len(lines) - 1))
    page, pages = chosen // per_page, -(-len(lines) // per_page)
    width = body.width - (_SCROLL_BAR + GAP if pages > 1 else 0)
    pieces: list[Piece] = []
    top = body.top + (body.height - _LINE * per_page + 1) // 2
    for place, text in list(enumerate(lines))[page * per_page : (page + 1) * per_page]:
        words = set_line(text, GAP, top, width - GAP)
        if place == chosen:
            pieces.append(Block(Box(0, top, width, _LINE)))
            words = Words(words.box, SMALL, words.shown, words.first, dark=True)
        pieces.append(words)
        top += _LINE
    return pieces + _scroll_bar(body, page, pages)


def setup(screen: Screen, body: Box, page: int) -> list[Piece]:
    """What a page has room for of the lines, each of them whole, as close as they may stand."""
    pages = setup_pages(screen, body)
    page = max(0, min(page, len(pages) - 1))
    top = body.top + (body.height - _height(pages[page]) + 1) // 2
    pieces: list[Piece] = []
    for text in pages[page]:
        first, end = rows(SMALL, text)
        pieces.append(set_line(text, _MARGIN, top - first, body.width))
        top += end - first + _AIR
    return pieces + _scroll_bar(body, page, len(pages))


def setup_pages(screen: Screen, body: Box) -> list[list[str]]:
    """The lines of each page, at least one; what is told is on one page if that can be."""
    columns = SMALL.columns(body.width - _MARGIN - _SCROLL_BAR)
    pages: list[list[str]] = [[]]
    for text in map(clean, (*screen.lines, screen.code)):
        told = wrap(text, columns, parts)
        if pages[-1] and _height([*pages[-1], *told]) > body.height:
            pages.append([])
        for line in told:
            if _height([*pages[-1], line]) > body.height:
                pages.append([])
            pages[-1].append(line)
    return pages


def _height(lines: list[str]) -> int:
    extents = [rows(SMALL, line) for line in lines]
    return sum(end - first + _AIR for first, end in extents) - _AIR


def _scroll_bar(body: Box, page: int, pages: int) -> list[Piece]:
    """A thumb that says which part of a text is shown; nothing where that is all of it."""
    if pages < 2:
        return []
    track = body.height - 2
    start, end = (track * place // pages for place in (page, page + 1))
    thumb = Box(body.right - _SCROLL_BAR, body.top + 1 + start, _SCROLL_BAR, end - start)
    return [Block(thumb)]


def message_pages(screen: Screen, body: Box) -> int:
    """How many pages the text takes, at least one."""
    return max(1, -(-len(_running(screen, body)) // (body.height // _LINE)))


class _Line(NamedTuple):
    text: str
    words: bool
    """False for the code."""


def _running(screen: Screen, body: Box) -> list[_Line]:
    """Every line of a message; the code follows the first paragraph."""
    columns = SMALL.columns(body.width - _SCROLL_BAR)
    paragraphs = [
        [_Line(line, True) for line in wrap(clean(text), columns)] for text in screen.lines
    ]
    code = clean(screen.code)
    if code:
        shown = keep_start(code, tag_columns(body.width - _SCROLL_BAR))
        paragraphs.insert(1, [_Line(shown, False)])
    return [line for paragraph in paragraphs for line in paragraph]
