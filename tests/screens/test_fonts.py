from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import HardwareError
from appliance.screens.fonts import BIG_FACES, PACKAGE, SMALL, Face, clean, find_font, rows, strip

FACES = (*BIG_FACES, SMALL)
LATIN = "ñÑüÜãÃçÇéÉåÅøØßœŒłŁőŐűŰğĞşŞžŽčČřŘıİđĐþÞæÆ¿¡€£«»“”„–—…·"


@pytest.mark.parametrize("face", FACES)
def test_capitals_and_digits_stand_where_the_face_says(face: Face) -> None:
    ink = strip(face, "ABCXYZ0123456789").getbbox()
    assert ink is not None
    assert (ink[1], ink[3]) == (face.cap_top, face.baseline)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("letter", LATIN)
def test_every_letter_of_western_and_central_europe_is_there(face: Face, letter: str) -> None:
    assert clean(letter) == letter
    dots = strip(face, letter)
    assert dots.size == (face.width, face.height)
    assert dots.getbbox() is not None
    assert dots.tobytes() != strip(face, "\N{REPLACEMENT CHARACTER}").tobytes()


@pytest.mark.parametrize("face", FACES)
def test_letters_are_not_smoothed(face: Face) -> None:
    assert strip(face, "gÑ8").mode == "1"
    assert {value for _, value in strip(face, "gÑ8").convert("L").getcolors() or []} == {0, 255}


@pytest.mark.parametrize("face", FACES)
def test_a_text_is_its_letters_side_by_side(face: Face) -> None:
    together = strip(face, "Ag8")
    for place, letter in enumerate("Ag8"):
        box = (place * face.width, 0, (place + 1) * face.width, face.height)
        assert together.crop(box).tobytes() == strip(face, letter).tobytes()


@pytest.mark.parametrize(
    ("text", "rows_needed"), [("Ann", (2, 10)), ("Peggy", (2, 12)), ("Éva", (0, 10)), ("", (2, 10))]
)
def test_rows_cover_accents_and_descenders(text: str, rows_needed: tuple[int, int]) -> None:
    assert rows(SMALL, text) == rows_needed


@given(st.text())
def test_whatever_is_said_can_be_shown(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert "\n" not in cleaned
    assert cleaned == " ".join(cleaned.split())
    assert strip(SMALL, cleaned).size == (SMALL.width * len(cleaned), SMALL.height)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Desk\t12\r\n", "Desk 12"),
        (unicodedata.normalize("NFD", "Zuñiga"), "Zuñiga"),
        ("zero\N{ZERO WIDTH SPACE}width", "zerowidth"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}600", "600"),
        ("ⓐ", "a"),
        ("６００", "600"),
        ("日本", "\N{REPLACEMENT CHARACTER}" * 2),
        ("\N{TELEPHONE RECEIVER}", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_what_terminus_lacks_is_replaced(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_font_anywhere_below_the_roots_is_found(tmp_path: Path) -> None:
    place = tmp_path / "else" / "where" / "terminus-bold.otb"
    place.parent.mkdir(parents=True)
    place.touch()
    assert find_font(bold=True, roots=(tmp_path / "missing", tmp_path)) == place


def test_a_missing_font_is_told_with_the_package_that_has_it(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match=f"apt-get install {PACKAGE}") as caught:
        find_font(bold=False, roots=(tmp_path,))
    assert caught.value.code == "SCREEN-01"
    assert "terminus-normal.otb" in caught.value.it
    assert str(tmp_path) in caught.value.it
