from __future__ import annotations

from itertools import combinations
from typing import get_args

import pytest

from appliance.phone.screen import Icon
from appliance.screens.icons import ART, ICON_HEIGHT, drawn, more, picture


def test_every_icon_is_drawn() -> None:
    assert set(ART) == set(get_args(Icon))


@pytest.mark.parametrize("icon", ART)
def test_an_icon_is_as_high_as_a_capital_and_not_empty(icon: Icon) -> None:
    dots = picture(icon)
    assert dots.mode == "1"
    assert dots.height == ICON_HEIGHT
    assert 7 <= dots.width <= 10
    assert dots.getbbox() is not None


@pytest.mark.parametrize("icon", ART)
def test_every_row_of_an_icon_is_as_long_as_the_others(icon: Icon) -> None:
    assert len({len(row) for row in ART[icon].split()}) == 1
    assert set(ART[icon].split()[0]) <= {"#", "."}


def test_no_two_icons_look_alike() -> None:
    for one, other in combinations(ART, 2):
        assert picture(one).tobytes() != picture(other).tobytes(), (one, other)


def test_art_becomes_dots() -> None:
    dots = drawn("#. .#")
    assert [[dots.getpixel((x, y)) for x in (0, 1)] for y in (0, 1)] == [[255, 0], [0, 255]]
    assert more().height == ICON_HEIGHT
