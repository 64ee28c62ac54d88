"""The wiring: what is judged, and that its documentation is the wiring itself."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hw.board import (
    DEFAULT_BOARD,
    HEADER,
    KEY_NAMES,
    Board,
    DisplayWiring,
    LampPins,
    main,
    pin_table,
    problems,
)

README = Path(__file__).parents[2] / "hw" / "README.md"


def test_the_default_board_can_work() -> None:
    assert problems(DEFAULT_BOARD) == []
    pins = {pin for _, pin in DEFAULT_BOARD.pins()}
    assert len(pins) == 7 + 4 + 1 + 3
    assert not pins & {0, 1, 2, 3, 14, 15}, "ID EEPROM, I²C and UART stay free"
    assert (len(DEFAULT_BOARD.rows), len(DEFAULT_BOARD.columns)) == (7, 4)
    names = [key for row in DEFAULT_BOARD.keys for key in row]
    assert len(set(names)) == 28 and set(names) <= set(KEY_NAMES)


def test_every_key_has_one_place() -> None:
    for row, names in enumerate(DEFAULT_BOARD.keys):
        for column, key in enumerate(names):
            assert DEFAULT_BOARD.contact(key) == (row, column)
            assert DEFAULT_BOARD.key_at(row, column) == key
    for missing in ("directory", ""):
        with pytest.raises(KeyError):
            DEFAULT_BOARD.contact(missing)


def test_the_header_is_that_of_a_raspberry_pi() -> None:
    assert sorted(HEADER) == list(range(28))
    power_and_ground = {1, 2, 4, 6, 9, 14, 17, 20, 25, 30, 34, 39}
    assert set(HEADER.values()) | power_and_ground == set(range(1, 41))
    assert len(set(HEADER.values())) == 28


def test_all_mistakes_at_once() -> None:
    board = Board(
        rows=(17, 17, 28),
        columns=(2, 5),
        keys=(("1", "Volume-Up"), ("1",), ("zzz", "")),
        hook=5,
        lamps=LampPins(call=-1),
        display=DisplayWiring(address=0x80, rotation=90),
    )
    found = {problem.path: problem for problem in problems(board)}
    assert set(found) == {
        "keys[0][1]",
        "keys[1]",
        "keys[1][0]",
        "keys[2][0]",
        "rows[1]",
        "rows[2]",
        "columns[0]",
        "hook",
        "lamps.call",
        "display.address",
        "display.rotation",
    }
    assert found["keys[0][1]"].suggestion == "did you mean 'volume_up'?"
    assert "soft1" in found["keys[2][0]"].suggestion
    assert "rows[0]" in found["rows[1]"].found
    assert "columns[1]" in found["hook"].found
    assert "I²C" in found["columns[0]"].found
    assert "free are 4," in found["rows[2]"].suggestion
    for problem in found.values():
        assert all((problem.message, problem.found, problem.expected, problem.suggestion))
        assert problem.path in str(problem) and problem.expected in str(problem)


def test_rows_of_keys_must_match_rows_of_pins() -> None:
    board = replace(DEFAULT_BOARD, rows=DEFAULT_BOARD.rows[:-1])
    assert [problem.path for problem in problems(board)] == ["keys"]


def test_an_empty_matrix_is_none() -> None:
    board = Board(rows=(), columns=(), keys=())
    assert [problem.path for problem in problems(board)] == ["rows", "columns"]


def test_without_a_display_its_pins_are_free() -> None:
    board = replace(DEFAULT_BOARD, hook=2)
    assert [problem.path for problem in problems(board)] == ["hook"]
    assert problems(replace(board, display=DisplayWiring(driver="none"))) == []


def test_no_pin_left_is_said() -> None:
    keys = (("",) * 14,) * 14
    board = Board(rows=tuple(range(4, 18)), columns=(*range(18, 28), 0, 1, 14, 30), keys=keys)
    assert problems(board)[-1].suggestion == "no pin is free"


def test_the_readme_has_the_table_of_the_default_board() -> None:
    command = [sys.executable, "-m", "hw.board", "--table"]
    printed = subprocess.run(
        command, check=True, cwd=README.parents[1], capture_output=True, text=True
    )
    assert printed.stdout == pin_table()
    assert printed.stdout in README.read_text(encoding="utf-8"), (
        "hw/README.md is behind: put there what `python -m hw.board --table` prints"
    )


def test_the_command_checks_the_board(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr() == ("", "")
