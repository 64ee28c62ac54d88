"""From the configuration's [board] to the hardware's: which pin does what.

Kept apart from the rest of the wiring so that ``deskphone config check`` can judge a board without
loading a phone.
"""

from __future__ import annotations

from collections.abc import Iterable

from appliance.config.model import Board as BoardSection
from hw import board as boards


def board_of(section: BoardSection) -> boards.Board:
    """The wiring that a [board] section describes; what it leaves out is the default board's."""
    lamps = {
        name: pin
        for name, pin in (
            ("message", section.lamps.message),
            ("call", section.lamps.call),
            ("mute", section.lamps.mute),
        )
        if pin is not None
    }
    return boards.board_from(
        rows=section.rows,
        columns=section.columns,
        keys=section.keys,
        hook=section.hook,
        hook_closed=section.hook_closed,
        lamps=lamps,
    )


def check_board(section: BoardSection) -> Iterable[tuple[str, str, str]]:
    """What is wrong with a [board] section: key, what was found, what was expected."""
    return ((p.key, p.found, p.expected) for p in boards.problems(board_of(section)))
