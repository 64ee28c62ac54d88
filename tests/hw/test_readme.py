"""What hw/README.md draws and gives as examples is the wiring of the code."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from appliance.config import model
from appliance.wiring.boards import board_of
from hw.board import DEFAULT_BOARD, HEADER, I2C_PINS, problems

TEXT = (Path(__file__).parents[2] / "hw/README.md").read_text(encoding="utf-8")
DRAWING = TEXT.split("```")[1]
EXAMPLES = re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)

LEFT = re.compile(r"^ *(?:(\w[\w ]*?) {2,})?(\d+) +\( ?(\d+)\)", re.MULTILINE)
RIGHT = re.compile(r"\( ?(\d+)\) (\d+)\b(?: {2,3}(\w[\w ]*?)(?= {2,}|$))?", re.MULTILINE)


class Sections(msgspec.Struct, forbid_unknown_fields=True):
    board: model.Board = model.Board()
    display: model.Display = model.Display()


def drawn() -> dict[int, tuple[int, str]]:
    """BCM number → position on the header and what is written beside it."""
    left = {int(pin): (int(place), label) for label, pin, place in LEFT.findall(DRAWING)}
    right = {int(pin): (int(place), label) for place, pin, label in RIGHT.findall(DRAWING)}
    assert not left.keys() & right.keys()
    return left | right


def test_every_pin_is_drawn_at_its_place_on_the_header() -> None:
    assert {pin: place for pin, (place, _) in drawn().items()} == HEADER


def test_every_wire_of_the_default_board_is_drawn() -> None:
    board = DEFAULT_BOARD
    sda, scl = I2C_PINS[board.display.bus]
    wires: dict[int | None, str] = {sda: "display SDA", scl: "display SCL"}
    wires |= {pin: f"row {number}" for number, pin in enumerate(board.rows, start=1)}
    wires |= {pin: f"column {number}" for number, pin in enumerate(board.columns, start=1)}
    wires |= {pin: f"{name} lamp" for name, pin in board.lamps.items()}
    wires[board.hook] = "hook switch"
    assert {pin: label for pin, (_, label) in drawn().items() if label} == wires


def test_every_key_is_drawn_where_it_is() -> None:
    for number, keys in enumerate(DEFAULT_BOARD.keys, start=1):
        match = re.search(rf"row {number} (─.*)$", DRAWING, re.MULTILINE)
        assert match is not None
        assert tuple(filter(None, match[1].split("─"))) == keys


@pytest.mark.parametrize("example", EXAMPLES or [""])
def test_an_example_is_a_board_that_can_work(example: str) -> None:
    sections = msgspec.toml.decode(example, type=Sections)
    board = board_of(sections.board, sections.display)
    assert problems(board) == []
    assert board != DEFAULT_BOARD
    assert {*"0123456789*#"} <= {key for row in board.keys for key in row}
