"""What the phone knows of the board it lives in."""

from __future__ import annotations

from appliance.config.kinds import Key
from appliance.config.model import Board
from appliance.wiring.boards import has_soft_keys

KEYPAD: tuple[tuple[Key, ...], ...] = (
    ("1", "2", "3"),
    ("4", "5", "6"),
    ("7", "8", "9"),
    ("*", "0", "#"),
)


def test_soft_keys_are_labelled_where_the_board_has_all_three() -> None:
    assert has_soft_keys(Board())
    assert not has_soft_keys(Board(keys=KEYPAD))
    assert not has_soft_keys(Board(keys=(*KEYPAD, ("soft1", "soft2", ""))))
