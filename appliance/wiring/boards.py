"""From the configuration's [board] and [display] to the hardware's: which pin does what.

Kept apart from the rest of the wiring so that ``deskphone config check`` can judge a board without
loading a phone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from appliance.config.model import Board as BoardSection
from appliance.config.model import Display as DisplaySection
from appliance.phone.softkeys import SOFT_KEYS
from hw.board import DEFAULT_BOARD, Board, DisplayWiring, problems


def board_of(section: BoardSection, display: DisplaySection | None = None) -> Board:
    """The wiring that the configuration describes; what it leaves out is the default board's."""
    usual = DEFAULT_BOARD
    wired = section.lamps
    lamps = {"message": wired.message, "call": wired.call, "mute": wired.mute}
    board = replace(
        usual,
        rows=section.rows or usual.rows,
        columns=section.columns or usual.columns,
        keys=section.keys or usual.keys,
        hook=usual.hook if section.hook is None else section.hook,
        hook_closed=section.hook_closed or usual.hook_closed,
        lamps=replace(usual.lamps, **{n: pin for n, pin in lamps.items() if pin is not None}),
    )
    if display is None:
        return board
    wiring = DisplayWiring(display.driver, display.bus, display.address, display.rotation)
    return replace(board, display=wiring)


def has_soft_keys(section: BoardSection) -> bool:
    """Whether the board has all three of the keys below the display."""
    keys = {key for row in board_of(section).keys for key in row}
    return keys.issuperset(SOFT_KEYS)


def check_board(section: BoardSection) -> Iterable[tuple[str, str, str]]:
    """What is wrong with a [board] section: key, what was found, what was expected."""
    return ((p.path, p.found, f"{p.expected}; {p.suggestion}") for p in problems(board_of(section)))
