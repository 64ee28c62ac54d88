"""What every screen has around its body: the bar above it, the soft keys' labels below it."""

from __future__ import annotations

from appliance.phone.screen import Icon, Screen
from appliance.screens import icons
from appliance.screens.fit import keep_start, keep_time
from appliance.screens.fonts import SMALL, clean, rows
from appliance.screens.lettering import GAP, UPPER_CORNERS
from appliance.screens.pieces import Block, Box, Piece, Rule, Size, Symbol, Words

BAR_HEIGHT = SMALL.height + 1
"""The title's cell and the rule below it."""

_MARGIN = 1
_SHORTEST_TITLE = 6
_CALL_ICONS = frozenset(
    {"incoming", "outgoing", "waiting", "talking", "held", "remote-held", "handset"}
)
_RINGING_ICONS = frozenset({"incoming", "waiting"})


def bar(screen: Screen, width: int) -> list[Piece]:
    """Title and icons; the icon of a call leads, and a call that rings inverts the whole bar."""
    title = clean(screen.title)
    lead = screen.icons[:1] if _CALL_ICONS.intersection(screen.icons[:1]) else ()
    rings = bool(_RINGING_ICONS.intersection(lead))
    pieces: list[Piece] = [Rule(Box(0, BAR_HEIGHT - 1, width, 1))]
    if rings:
        pieces = [Block(Box(0, 0, width, BAR_HEIGHT))]
    top = 0 if rings else -min(1, rows(SMALL, title)[0])
    icons_top = top + SMALL.cap_top
    left, right = _MARGIN, width - _MARGIN
    for icon in lead:
        dots = icons.picture(icon)
        pieces.append(Symbol(Box(left, icons_top, *dots.size), icon, rings))
        left += dots.width + GAP + 1
    needed = min(len(title), _SHORTEST_TITLE) * SMALL.width
    for symbol in reversed(_fitting(screen.icons[len(lead) :], right - left - needed)):
        dots = icons.picture(symbol) if symbol else icons.more()
        right -= dots.width
        pieces.append(Symbol(Box(right, icons_top, *dots.size), symbol, rings))
        right -= GAP + 1
    shown = keep_time(title, SMALL.columns(right - left))
    letters = Box(left, 0, len(shown) * SMALL.width, SMALL.height + top)
    return [*pieces, Words(letters, SMALL, shown, -top, rings)]


def _fitting(wanted: tuple[Icon, ...], width: int) -> list[Icon | None]:
    """As many icons as have room, and three dots (None) for the rest."""
    every: list[Icon | None] = list(wanted)
    while sum(_width(icon) + GAP + 1 for icon in every) > width:
        every = [*every[: -2 if every[-1] is None else -1], None]
    return every


def _width(icon: Icon | None) -> int:
    return (icons.picture(icon) if icon else icons.more()).width


def tab_height(screen: Screen) -> int:
    """How high the soft keys' tabs are, 0 without labels; accents on capitals need a row more."""
    labels = [label for label in map(clean, screen.soft_keys) if label]
    return max((SMALL.height - min(1, rows(SMALL, label)[0]) for label in labels), default=0)


def soft_keys(screen: Screen, size: Size) -> list[Piece]:
    """Inverted tabs above their keys; a long label may lean over free places beside it."""
    width, height = size
    labels = [clean(label) for label in screen.soft_keys]
    tabs = tab_height(screen)
    third = (width - 2 * GAP) // 3
    half = (width - GAP) // 2
    top = height - tabs
    pieces: list[Piece] = []
    for place, label in enumerate(labels):
        room = half if place != 1 and not labels[1] else third
        alone = not any(labels[:place] + labels[place + 1 :])
        if alone and len(label) > SMALL.columns(room - 1):
            room = width
        shown = keep_start(label, SMALL.columns(room - 1))
        if not shown:
            continue
        letters = len(shown) * SMALL.width
        tab = min(room, max(letters + 7, third))
        left = (0, (width - tab) // 2, width - tab)[place]
        inside = Box(left + (tab - letters + 1) // 2, top, letters, tabs)
        pieces.append(Block(Box(left, top, tab, tabs), UPPER_CORNERS))
        pieces.append(Words(inside, SMALL, shown, SMALL.height - tabs, dark=True))
    return pieces
