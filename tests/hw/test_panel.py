"""What must be sent to change a picture: right, and hardly more than what differs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from hw.panel import Area, changed_bytes, cut, pack, plan

WIDTH, PAGES = 128, 8
SIZE = WIDTH * PAGES
WINDOW, PAGE = 10, 7


@st.composite
def pictures(draw: st.DrawFn) -> bytes:
    """A picture of a few rectangles, as screens are, or noise."""
    image = Image.new("1", (WIDTH, PAGES * 8))
    pen = ImageDraw.Draw(image)
    x, y = st.integers(0, WIDTH - 1), st.integers(0, PAGES * 8 - 1)
    for _ in range(draw(st.integers(0, 6))):
        left, right = sorted((draw(x), draw(x)))
        top, bottom = sorted((draw(y), draw(y)))
        pen.rectangle((left, top, right, bottom), fill=draw(st.sampled_from((0, 255))))
    pages = bytearray(pack(image))
    for index in draw(st.lists(st.integers(0, SIZE - 1), max_size=60)):
        pages[index] ^= 0x18
    return bytes(pages)


def written(old: bytes, new: bytes, areas: list[Area]) -> bytes:
    result = bytearray(old)
    for area in areas:
        data = cut(new, WIDTH, area)
        width = area.last_column - area.first_column + 1
        for index, page in enumerate(range(area.first_page, area.last_page + 1)):
            start = page * WIDTH + area.first_column
            result[start : start + width] = data[index * width : (index + 1) * width]
    return bytes(result)


def test_a_byte_is_a_column_of_eight_pixels_the_uppermost_in_bit_0() -> None:
    image = Image.new("1", (WIDTH, 64))
    image.putpixel((5, 0), 255)
    image.putpixel((5, 7), 255)
    image.putpixel((6, 17), 255)
    pages = pack(image)
    assert pages[5] == 0b1000_0001
    assert pages[2 * WIDTH + 6] == 0b0000_0010
    assert len(pages) == SIZE and sum(map(bool, pages)) == 2


def test_a_panel_that_hangs_upside_down_gets_its_picture_upside_down() -> None:
    image = Image.new("1", (WIDTH, 64))
    image.putpixel((0, 0), 255)
    assert pack(image, 180)[-1] == 0x80


def test_grey_is_cut_at_half_and_not_dithered() -> None:
    grey = Image.new("L", (WIDTH, 64), 100)
    assert pack(grey) == bytes(SIZE)
    assert pack(Image.new("L", (WIDTH, 64), 200)) == b"\xff" * SIZE


@given(pictures(), pictures(), st.booleans())
def test_what_is_written_makes_the_new_picture_of_the_old(
    old: bytes, new: bytes, tall: bool
) -> None:
    areas = plan(old, new, WIDTH, WINDOW if tall else PAGE, tall=tall)
    assert written(old, new, areas) == new
    assert tall or all(area.first_page == area.last_page for area in areas)


@given(pictures(), pictures(), st.booleans())
def test_never_dearer_than_the_whole_nor_than_every_change_by_itself(
    old: bytes, new: bytes, tall: bool
) -> None:
    overhead = WINDOW if tall else PAGE
    areas = plan(old, new, WIDTH, overhead, tall=tall)
    sent = sum(area.size + overhead for area in areas)
    assert changed_bytes(old, new) <= sent or old == new
    assert sent <= changed_bytes(old, new) * (1 + overhead)
    assert sent <= SIZE + overhead * (1 if tall else PAGES)


@given(pictures())
def test_the_same_picture_needs_nothing(picture: bytes) -> None:
    assert plan(picture, picture, WIDTH, WINDOW, tall=True) == []


@pytest.mark.parametrize(("tall", "count"), [(True, 1), (False, PAGES)])
def test_an_unknown_panel_gets_everything(tall: bool, count: int) -> None:
    areas = plan(None, bytes(SIZE), WIDTH, WINDOW, tall=tall)
    assert len(areas) == count
    assert written(b"\xff" * SIZE, bytes(SIZE), areas) == bytes(SIZE)


def test_a_digit_of_two_pages_is_one_window() -> None:
    new = bytearray(SIZE)
    for page in (2, 3):
        new[page * WIDTH + 40 : page * WIDTH + 48] = b"\x7e" * 8
    assert plan(bytes(SIZE), bytes(new), WIDTH, WINDOW, tall=True) == [Area(2, 3, 40, 47)]
