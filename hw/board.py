"""The wiring of a desk unit: which pin has which row, column, switch and lamp.

Values only; nothing here touches a pin. Pins are BCM numbers, as in gpiozero, and the names of
fields are those of the configuration's ``[board]`` and ``[display]`` sections. `problems` judges a
wiring; ``python -m hw.board --table`` prints the pin table of the README.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Literal

from hw.problem import Problem

KEY_NAMES: tuple[str, ...] = (
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#",
    "line1", "line2", "hold", "mute", "transfer", "conference", "redial", "headset", "speaker",
    "dnd", "messages", "directory", "volume_up", "volume_down",
    "soft1", "soft2", "soft3", "up", "down", "ok", "back",
)  # fmt: skip

LAMP_NAMES: tuple[str, ...] = ("message", "call", "mute")

HEADER: dict[int, int] = {
    0: 27, 1: 28, 2: 3, 3: 5, 4: 7, 5: 29, 6: 31, 7: 26, 8: 24, 9: 21, 10: 19, 11: 23, 12: 32,
    13: 33, 14: 8, 15: 10, 16: 36, 17: 11, 18: 12, 19: 35, 20: 38, 21: 40, 22: 15, 23: 16, 24: 18,
    25: 22, 26: 37, 27: 13,
}  # fmt: skip
"""BCM number → position on the 40-pin header, the same on every Raspberry Pi since the B+."""

I2C_PINS: dict[int, tuple[int, int]] = {0: (0, 1), 1: (2, 3)}
"""Bus → its SDA and SCL, in BCM numbers."""

Driver = Literal["ssd1306", "ssd1309", "sh1106", "none"]
HookClosed = Literal["on-hook", "off-hook"]


@dataclass(frozen=True, slots=True)
class LampPins:
    """The pin of each lamp; None where the unit has no such lamp. A high pin lights it."""

    message: int | None = None
    call: int | None = None
    mute: int | None = None

    def items(self) -> Iterator[tuple[str, int | None]]:
        """Every lamp by name, with its pin."""
        return ((field.name, getattr(self, field.name)) for field in fields(self))


@dataclass(frozen=True, slots=True)
class DisplayWiring:
    """The OLED: its controller, where it is on I²C, and how it is mounted (degrees)."""

    driver: Driver = "ssd1306"
    bus: int = 1
    address: int = 0x3C
    rotation: int = 0
    width: int = 128
    height: int = 64


@dataclass(frozen=True, slots=True)
class Board:
    """A desk unit's wiring.

    `keys` names what lies at each crossing, a tuple for each row; an empty name where no key is.
    Rows have pull-ups and columns are driven low, so a pressed key pulls its row down. The hook
    switch lies between `hook` and ground; `hook_closed` says what it means that it is closed.
    """

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    keys: tuple[tuple[str, ...], ...]
    hook: int | None = None
    hook_closed: HookClosed = "on-hook"
    lamps: LampPins = LampPins()
    display: DisplayWiring = DisplayWiring()

    def key_at(self, row: int, column: int) -> str:
        """The name of the key at a crossing; empty where there is none."""
        return self.keys[row][column]

    def contact(self, key: str) -> tuple[int, int]:
        """Row and column of a key; KeyError where the board has no such key."""
        for row, names in enumerate(self.keys):
            if key in names and key:
                return row, names.index(key)
        raise KeyError(key)

    def pins(self) -> Iterator[tuple[str, int]]:
        """Every pin in use, with the path of the field that uses it."""
        for name, pins in (("rows", self.rows), ("columns", self.columns)):
            for index, pin in enumerate(pins):
                yield f"{name}[{index}]", pin
        if self.hook is not None:
            yield "hook", self.hook
        for lamp, lamp_pin in self.lamps.items():
            if lamp_pin is not None:
                yield f"lamps.{lamp}", lamp_pin


DEFAULT_BOARD = Board(
    rows=(17, 27, 22, 5, 6, 13, 19),
    columns=(12, 16, 20, 21),
    keys=(
        ("soft1", "soft2", "soft3", "headset"),
        ("1", "2", "3", "hold"),
        ("4", "5", "6", "mute"),
        ("7", "8", "9", "redial"),
        ("*", "0", "#", "dnd"),
        ("line1", "line2", "up", "volume_up"),
        ("back", "ok", "down", "volume_down"),
    ),
    hook=26,
    lamps=LampPins(message=23, call=24, mute=25),
)


def problems(board: Board) -> list[Problem]:
    """Everything that is wrong with a wiring, in the order of its fields; empty if it can work."""
    return [*_matrix(board), *_pins(board), *_display(board)]


def _matrix(board: Board) -> Iterator[Problem]:
    for name, pins in (("rows", board.rows), ("columns", board.columns)):
        if not pins:
            yield Problem(name, "the matrix has none", "no pin", "at least one", "name its pins")
    if len(board.keys) != len(board.rows):
        yield Problem(
            "keys",
            "the matrix is ragged",
            f"{len(board.keys)} rows of keys",
            f"{len(board.rows)}, one for each row pin",
            'write "" where no key is',
        )
    seen: dict[str, str] = {}
    for row, names in enumerate(board.keys):
        if len(names) != len(board.columns):
            yield Problem(
                f"keys[{row}]",
                "the matrix is ragged",
                f"{len(names)} keys",
                f"{len(board.columns)}, one for each column pin",
                'write "" where no key is',
            )
        for column, key in enumerate(names):
            path = f"keys[{row}][{column}]"
            if key and key not in KEY_NAMES:
                yield Problem(
                    path, "no such key", repr(key), "the name of a key", _nearest_key(key)
                )
            elif key and key in seen:
                yield Problem(
                    path,
                    "the key is there twice",
                    f"{key!r}, which {seen[key]} has",
                    "each key once",
                    "name another key, or leave it empty",
                )
            seen.setdefault(key, path)


def _nearest_key(key: str) -> str:
    nearest = get_close_matches(key.lower().replace("-", "_"), KEY_NAMES, n=1, cutoff=0.5)
    if nearest:
        return f"did you mean {nearest[0]!r}?"
    return "the names are " + " ".join(KEY_NAMES)


def _pins(board: Board) -> Iterator[Problem]:
    used: dict[int, str] = {}
    taken = {pin for _, pin in board.pins()}
    bus = _bus_pins(board)
    free = [pin for pin in HEADER if pin not in taken and pin not in (0, 1, 2, 3, 14, 15)]
    hint = f"free are {', '.join(map(str, free))}" if free else "no pin is free"
    for path, pin in board.pins():
        if pin not in HEADER:
            yield Problem(path, "no such pin", str(pin), "a BCM number from 0 to 27", hint)
        elif pin in bus:
            found = f"pin {pin}, the display's I²C bus {board.display.bus}"
            yield Problem(path, "the pin is not free", found, "a pin of its own", hint)
        elif pin in used:
            found = f"pin {pin}, which {used[pin]} has"
            yield Problem(path, "the pin is not free", found, "a pin of its own", hint)
        used.setdefault(pin, path)


def _bus_pins(board: Board) -> tuple[int, ...]:
    return () if board.display.driver == "none" else I2C_PINS.get(board.display.bus, ())


def _display(board: Board) -> Iterator[Problem]:
    display = board.display
    if display.driver == "none":
        return
    if not 0x08 <= display.address <= 0x77:
        yield Problem(
            "display.address",
            "no such I²C address",
            f"{display.address:#x}",
            "0x08 to 0x77",
            "most panels are at 0x3c, some at 0x3d",
        )
    if display.rotation not in (0, 180):
        yield Problem(
            "display.rotation",
            "the panel cannot be turned so",
            f"{display.rotation}°",
            "0 or 180",
            "0 is upright, 180 upside down",
        )


def pin_table(board: Board = DEFAULT_BOARD) -> str:
    """The wiring as a Markdown table, one line for each wire."""
    lines = ["| part | BCM | header pin | wire to |", "| --- | ---: | ---: | --- |"]

    def line(part: str, pin: int, wire: str) -> None:
        lines.append(f"| {part} | {pin} | {HEADER[pin]} | {wire} |")

    for row, pin in enumerate(board.rows):
        names = ", ".join(f"`{key}`" for key in board.keys[row] if key)
        line(f"row {row + 1}", pin, f"one side of {names}")
    for column, pin in enumerate(board.columns):
        names = ", ".join(f"`{names[column]}`" for names in board.keys if names[column])
        line(f"column {column + 1}", pin, f"the other side of {names}")
    if board.hook is not None:
        line(
            "hook switch",
            board.hook,
            f"the switch, its other side to ground; closed = {board.hook_closed}",
        )
    for name, lamp in board.lamps.items():
        if lamp is not None:
            line(f"`{name}` lamp", lamp, "resistor, LED, ground")
    for role, pin in zip(("SDA", "SCL"), _bus_pins(board), strict=False):
        line(
            f"display {role}",
            pin,
            f"{role} of the {board.display.driver} at {board.display.address:#x}",
        )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the pin table of the default board, or what is wrong with it."""
    parser = argparse.ArgumentParser(prog="python -m hw.board", description=main.__doc__)
    parser.add_argument("--table", action="store_true", help="the pin table, in Markdown")
    if parser.parse_args(arguments).table:
        sys.stdout.write(pin_table())
        return 0
    found = problems(DEFAULT_BOARD)
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
