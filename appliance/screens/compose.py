"""What stands where: the six layouts, as pieces with boxes that do not overlap.

From the top: the bar (title and icons), a dotted rule, the body, the soft keys' labels. The body of
``idle`` is the clock with the date beside it and the words below; that of ``entry`` and ``call`` is
one thing in letters as big as fit, with smaller lines below it; that of ``message`` is running text
in pages, for it is never cut; that of ``menu`` the part of a list around the line that is marked.
``setup`` has a QR code as high as the panel at the right, and all the rest beside it, in pages too.
Everything else that is too long ends in an ellipsis, except digits that are being typed: those
begin with one.
"""

from __future__ import annotations

from appliance.phone.screen import Screen
from appliance.screens import qr
from appliance.screens.body import idle, menu, message, message_pages, prominent, setup, setup_pages
from appliance.screens.frame import BAR_HEIGHT, bar, soft_keys, tab_height
from appliance.screens.pieces import Box, Matrix, Piece, Size

SMALLEST: Size = (128, 64)
_BESIDE = 64
"""Dots that are left beside a QR code for words: ten columns."""


def compose(screen: Screen, size: Size = SMALLEST, page: int = 0) -> list[Piece]:
    """The picture's pieces, to be drawn in this order; `page` counts from 0, the last one stays.

    Raises `ValueError` for a panel smaller than `SMALLEST`.
    """
    width, height = size
    if width < SMALLEST[0] or height < SMALLEST[1]:
        raise ValueError(f"a panel of {width}x{height} dots; expected at least 128x64")
    if screen.layout == "setup":
        return _beside_code(screen, size, page)
    pieces = [*bar(screen, width), *soft_keys(screen, size)]
    body = _body_box(screen, size)
    if screen.layout == "idle":
        return pieces + idle(screen, body)
    if screen.layout == "message":
        return pieces + message(screen, body, page)
    if screen.layout == "menu":
        return pieces + menu(screen, body)
    return pieces + prominent(screen, body)


def page_count(screen: Screen, size: Size = SMALLEST) -> int:
    """How many pages there are to be turned; 1 for all but a long message and ``setup``."""
    if screen.layout == "setup":
        words, _ = _shared(screen, size)
        return len(setup_pages(screen, _body_box(screen, words)))
    return message_pages(screen, _body_box(screen, size)) if screen.layout == "message" else 1


def _beside_code(screen: Screen, size: Size, page: int) -> list[Piece]:
    words, code = _shared(screen, size)
    body = _body_box(screen, words)
    frame = [*bar(screen, words[0]), *soft_keys(screen, words)]
    return [*frame, *setup(screen, body, page), *code]


def _shared(screen: Screen, size: Size) -> tuple[Size, list[Matrix]]:
    """The part of the panel that is left for words, and the code at the right of it, if any."""
    width, height = size
    scale, side = qr.measures(screen.qr, min(height, width - _BESIDE)) if screen.qr else (0, 0)
    if not scale:
        return size, []
    box = Box(width - side, (height - side) // 2, side, side)
    return (box.left - 1, height), [Matrix(box, screen.qr, scale)]


def _body_box(screen: Screen, size: Size) -> Box:
    width, height = size
    tabs = tab_height(screen)
    return Box(0, BAR_HEIGHT, width, height - BAR_HEIGHT - (tabs + 1 if tabs else 0))
