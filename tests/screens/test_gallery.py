"""The example screens: what the phone says of their states, and dot by dot what it drew before."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from appliance.errors import HardwareError
from appliance.languages import translated
from appliance.phone.language import language_of
from appliance.phone.screen import Screen
from appliance.phone.state import new_phone
from appliance.phone.view import view
from appliance.phone.words import LANGUAGES
from appliance.screens import sheet
from appliance.screens.compose import compose
from appliance.screens.examples import EXAMPLES
from appliance.screens.fit import ELLIPSIS
from appliance.screens.gallery import GOLDEN_SCALE, main
from appliance.screens.pieces import Words
from appliance.screens.render import text_of
from appliance.screens.sheet import contact_sheet, pages
from tests.screens.desk import bench
from tests.screens.stories import STORIES

GOLDEN = Path(__file__).parent / "golden"
REGENERATE = f"python -m appliance.screens.gallery --golden --out tests/screens/{GOLDEN.name}"
PAGES = pages(EXAMPLES)
MAY_BE_CUT = re.compile(r"Maria|Jörg|Ann|Front")
"""Names."""


@pytest.mark.parametrize("name", STORIES)
def test_the_example_is_what_the_phone_says(name: str) -> None:
    phone = STORIES[name]().phone
    assert EXAMPLES[name] == translated(view(phone), language_of(phone))


def test_starting_up_is_what_a_phone_says_that_has_not_begun() -> None:
    assert EXAMPLES["starting-up"] == view(new_phone(bench().phone.settings))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_phones_own_loses_its_end(language: str) -> None:
    cut = {
        piece.shown
        for story in STORIES.values()
        for piece in compose(translated(view(story().phone), language))
        if isinstance(piece, Words) and ELLIPSIS in piece.shown
    }
    assert [shown for shown in cut if not MAY_BE_CUT.search(shown)] == []


def test_every_example_is_held_to_a_story() -> None:
    assert set(EXAMPLES) == {*STORIES, "starting-up"}


def picture_in_words(picture: Image.Image) -> list[str]:
    dots = picture.convert("1")
    return [
        "".join("#" if dots.getpixel((x, y)) else "." for x in range(dots.width))
        for y in range(dots.height)
    ]


@pytest.mark.parametrize("name", PAGES)
def test_every_dot_is_where_it_was(name: str) -> None:
    path = GOLDEN / f"{name}.png"
    assert path.is_file(), f"{path} is missing; make it with: {REGENERATE}"
    with Image.open(path) as large:
        size = (large.width // GOLDEN_SCALE, large.height // GOLDEN_SCALE)
        expected = picture_in_words(large.resize(size, Image.Resampling.NEAREST))
    found = picture_in_words(PAGES[name])
    rows = [row for row in range(len(found)) if found[row : row + 1] != expected[row : row + 1]]
    assert not rows, "\n".join(
        [f"{name} differs in rows {rows}; if that is meant: {REGENERATE}"]
        + [f"{row:2} was {expected[row]}\n   is  {found[row]}" for row in rows]
    )


def test_there_are_no_pictures_of_screens_that_are_gone() -> None:
    assert {path.stem for path in GOLDEN.glob("*.png")} == set(PAGES)


def test_the_command_writes_every_screen_and_a_sheet_of_all(tmp_path: Path) -> None:
    assert main(["--out", str(tmp_path / "new" / "folder"), "--scale", "3"]) == 0
    written = {path.stem for path in (tmp_path / "new" / "folder").iterdir()}
    assert written == {*PAGES, "contact-sheet"}
    with Image.open(tmp_path / "new" / "folder" / "idle.png") as picture:
        assert picture.size == (384, 192)


def test_the_command_remakes_the_golden_pictures(tmp_path: Path) -> None:
    (tmp_path / "gone.png").touch()
    assert main(["--golden", "--out", str(tmp_path)]) == 0
    for path in GOLDEN.glob("*.png"):
        with Image.open(path) as golden, Image.open(tmp_path / path.name) as made:
            assert golden.tobytes() == made.tobytes()
    assert not (tmp_path / "gone.png").exists()


def test_the_command_says_why_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["--out", str(tmp_path / "file")]) == 1
    assert "File exists" in capsys.readouterr().err

    def no_font(screens: dict[str, Screen]) -> dict[str, Image.Image]:
        raise HardwareError("SCREEN-01", "Display font missing", "install it")

    monkeypatch.setattr(sheet, "pages", no_font)
    assert main(["--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "SCREEN-01: install it\n"


def test_the_sheet_holds_them_all() -> None:
    sheet = contact_sheet(list(PAGES.values()), across=3)
    for place, picture in enumerate(PAGES.values()):
        left, top = 6 + place % 3 * 134, 6 + place // 3 * 70
        part = sheet.crop((left, top, left + picture.width, top + picture.height))
        assert part.tobytes() == picture.tobytes()


def test_a_screen_in_words() -> None:
    assert text_of(EXAMPLES["incoming"]).split("\n") == [
        "Incoming call",
        "Jörg Müller",
        "+493055500173",
        "Answer | Refuse",
    ]
