"""The QR code of a phone out of its box, as a scanner sees it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import segno

from appliance.fleet.table import read_table
from appliance.languages import translated
from appliance.phone.screen import Screen
from appliance.phone.view import view
from appliance.phone.words import LANGUAGES
from appliance.screens.compose import SMALLEST, compose, page_count
from appliance.screens.pieces import Matrix, Size, Words
from appliance.screens.render import png, render
from tests.screens.stories import STORIES

SIZES: list[Size] = [SMALLEST, (132, 64), (160, 80), (256, 64), (128, 128)]
SETUP = view(STORIES["setup"]().phone)
LONGEST = replace(SETUP, qr="b827eb010203," + "W" * 19)
BARE = replace(SETUP, qr="b827eb010203")


def code_on(screen: Screen, size: Size, page: int = 0) -> Matrix:
    (code,) = (piece for piece in compose(screen, size, page) if isinstance(piece, Matrix))
    return code


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", [SETUP, LONGEST, BARE])
def test_what_is_drawn_is_the_symbol(screen: Screen, size: Size) -> None:
    code = code_on(screen, size)
    expected = segno.make_qr(screen.qr, error="l").matrix
    picture = render(screen, size).crop(
        (code.box.left, code.box.top, code.box.right, code.box.bottom)
    )
    border = (code.box.width - len(expected) * code.scale) // 2
    for row in range(code.box.height):
        for column in range(code.box.width):
            down, across = (row - border) // code.scale, (column - border) // code.scale
            inside = 0 <= down < len(expected) and 0 <= across < len(expected)
            dark = inside and bool(expected[down][across])
            assert bool(picture.getpixel((column, row))) != dark, (column, row)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", [SETUP, LONGEST, BARE])
def test_a_module_is_two_dots_wide_at_least_and_the_rest_is_free(
    screen: Screen, size: Size
) -> None:
    code = code_on(screen, size)
    dots = len(segno.make_qr(screen.qr, error="l").matrix) * code.scale
    assert code.scale >= 2
    assert code.box.width - dots >= 2 * 3 * code.scale
    assert code.box.right == size[0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", [SETUP, LONGEST, BARE])
def test_a_scanner_reads_it(screen: Screen, size: Size, tmp_path: Path) -> None:
    if shutil.which("zbarimg") is None:
        pytest.skip("zbarimg is missing: run tests/peers/setup.sh")
    for page in range(page_count(screen, size)):
        shot = tmp_path / f"{page}.png"
        shot.write_bytes(png(render(screen, size, page), 3))
        words = ("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(shot))
        scan = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
        assert scan.stdout == f"{screen.qr}\n"


def test_what_is_scanned_is_a_row_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "fleet.csv").write_text(f"mac,serial\n{SETUP.qr}\n", encoding="utf-8")
    (row,) = read_table(tmp_path / "fleet.csv").rows
    assert row.cells == {"mac": "b827eb010203", "serial": "10000000e1a2b3c4"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_every_word_is_on_one_of_the_pages(language: str, size: Size) -> None:
    screen = translated(SETUP, language)
    shown = [
        piece.shown
        for page in range(page_count(screen, size))
        for piece in compose(screen, size, page)
        if isinstance(piece, Words)
    ]
    told = "".join("".join(shown).split())
    for text in screen.text():
        assert "".join(text.replace(" | ", "").split()) in told


def words_on(screen: Screen, page: int = 0) -> list[str]:
    return [piece.shown for piece in compose(screen, page=page) if isinstance(piece, Words)]


def test_addresses_and_numbers_break_where_they_are_read_in_parts() -> None:
    assert words_on(SETUP) == ["Setup", "Menu", "B8:27:EB:", "01:02:03", "192.0.2.20"]
    assert words_on(SETUP, 1) == ["Setup", "Menu", "Serial no.", "10000000", "e1a2b3c4"]


def test_what_has_no_room_for_a_code_has_the_whole_width_for_words() -> None:
    screen = replace(SETUP, qr="x" * 2000)
    assert not any(isinstance(piece, Matrix) for piece in compose(screen))
    assert "B8:27:EB:01:02:03" in words_on(screen)


def test_the_only_label_leans_over_the_places_that_are_free() -> None:
    assert "Unlock" in words_on(replace(SETUP, soft_keys=("Unlock", "", "")))
    assert "Unlock" in words_on(replace(SETUP, soft_keys=("", "Unlock", "")))
