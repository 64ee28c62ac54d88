"""Which key of the terminal is which key of the desk unit. Pure, and the legend is made of it."""

from __future__ import annotations

import curses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from hw.board import Board

ESCAPE = 27
CTRL_C = 3

BINDINGS: dict[str, tuple[tuple[int, ...], str]] = {
    **{key: ((ord(key),), key) for key in "0123456789*#"},
    "ok": ((10, 13, curses.KEY_ENTER), "Enter"),
    "back": ((ESCAPE, 8, 127, curses.KEY_BACKSPACE), "Esc"),
    "up": ((curses.KEY_UP,), "↑"),
    "down": ((curses.KEY_DOWN,), "↓"),
    "soft1": ((curses.KEY_F1, ord(",")), "F1"),
    "soft2": ((curses.KEY_F2, ord(".")), "F2"),
    "soft3": ((curses.KEY_F3, ord("/")), "F3"),
    "line1": ((ord("["),), "["),
    "line2": ((ord("]"),), "]"),
    "hold": ((ord("h"),), "h"),
    "mute": ((ord("m"),), "m"),
    "redial": ((ord("r"),), "r"),
    "headset": ((ord("e"),), "e"),
    "dnd": ((ord("d"),), "d"),
    "volume_up": ((ord("+"), ord("=")), "+"),
    "volume_down": ((ord("-"),), "-"),
    "transfer": ((ord("t"),), "t"),
    "conference": ((ord("c"),), "c"),
    "speaker": ((ord("s"),), "s"),
    "messages": ((ord("v"),), "v"),
    "directory": ((ord("b"),), "b"),
}
"""Key of the unit → what curses calls the keys of the terminal, and what the legend calls them.

F1 to F3 have `,` `.` `/` beside them, for some terminals keep the function keys to themselves.
"""

CODES = {code: key for key, (codes, _) in BINDINGS.items() for code in codes}

GROUPS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (tuple("1234567890*#"), "0–9 * #", "dial"),
    (("soft1", "soft2", "soft3"), "F1–F3 or , . /", "soft keys"),
    (("up", "down"), "↑ ↓", "choose"),
    (("line1", "line2"), "[ ]", "line 1, line 2"),
    (("volume_up", "volume_down"), "+ -", "volume"),
)
"""Keys that share an entry of the legend."""

Action = Literal["press", "long press", "hook", "quit"]


@dataclass(frozen=True, slots=True)
class Gesture:
    """What was done at the terminal's keyboard; `key` for presses only."""

    action: Action
    key: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """An entry of the legend: which keys it stands for."""

    label: str
    words: str
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.label} {self.words}"


def gestures(codes: Sequence[int], board: Board) -> Iterator[Gesture]:
    """What curses' codes mean that came in one go; what means nothing is left out.

    A terminal sends Alt and a digit as Escape and the digit in one go: that is a long press.
    """
    keys = {key for row in board.keys for key in row if key}
    pending = list(codes)
    while pending:
        code = pending.pop(0)
        if code == ESCAPE and pending and CODES.get(pending[0], "") in tuple("0123456789*#"):
            key = CODES[pending.pop(0)]
            if key in keys:
                yield Gesture("long press", key)
        elif code == ord(" "):
            yield Gesture("hook")
        elif code in (ord("q"), CTRL_C):
            yield Gesture("quit")
        elif CODES.get(code) in keys:
            yield Gesture("press", CODES[code])


def legend(board: Board) -> list[Hint]:
    """What can be done on this board, in words."""
    keys = {key for row in board.keys for key in row}
    hints = [Hint("Space", "lift, replace", ("hook",))]
    grouped: set[str] = set()
    for group, label, words in GROUPS:
        there = tuple(key for key in group if key in keys)
        grouped.update(group)
        if there:
            hints.append(Hint(label, words, there))
        if there and label.startswith("0"):
            hints.append(Hint("Alt+digit", "long press"))
    hints += [
        Hint(label, key, (key,))
        for key, (_, label) in BINDINGS.items()
        if key in keys and key not in grouped
    ]
    return [*hints, Hint("q", "quit")]
