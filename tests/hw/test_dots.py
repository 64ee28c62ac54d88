"""Pictures as text: every pixel is where it belongs."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hw.simulated.dots import braille, half_blocks


@st.composite
def images(draw: st.DrawFn) -> Image.Image:
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    image = Image.new("1", (width, height))
    image.putdata(
        draw(st.lists(st.sampled_from((0, 255)), min_size=width * height, max_size=width * height))
    )
    return image


def dots(cell: str) -> set[tuple[int, int]]:
    """Places of the raised dots by the character's name: dots 1 2 3 7 are left, 4 5 6 8 right."""
    places = {"1": (0, 0), "2": (0, 1), "3": (0, 2), "7": (0, 3), "4": (1, 0), "5": (1, 1)}
    places |= {"6": (1, 2), "8": (1, 3)}
    name = unicodedata.name(cell)
    return {places[digit] for digit in name.rpartition("-")[2] if digit.isdigit()}


@given(images())
def test_braille_has_every_pixel(image: Image.Image) -> None:
    lines = braille(image)
    seen = {
        (2 * column + dx, 4 * row + dy)
        for row, line in enumerate(lines)
        for column, cell in enumerate(line)
        for dx, dy in dots(cell)
    }
    assert seen == lit(image)


@given(images())
def test_half_blocks_have_every_pixel(image: Image.Image) -> None:
    halves = {" ": (), "▀": (0,), "▄": (1,), "█": (0, 1)}
    seen = {
        (x, 2 * row + dy)
        for row, line in enumerate(half_blocks(image))
        for x, cell in enumerate(line)
        for dy in halves[cell]
    }
    assert seen == lit(image)


def lit(image: Image.Image) -> set[tuple[int, int]]:
    return {
        (x, y) for x in range(image.width) for y in range(image.height) if image.getpixel((x, y))
    }


def test_a_display_fits_a_common_terminal() -> None:
    image = Image.new("1", (128, 64))
    assert (len(braille(image)), len(braille(image)[0])) == (16, 64)
    assert (len(half_blocks(image)), len(half_blocks(image)[0])) == (32, 128)
