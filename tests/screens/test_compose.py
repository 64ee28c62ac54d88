from __future__ import annotations

import time
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from appliance.phone.screen import Icon, Screen
from appliance.screens.compose import SMALLEST, compose, page_count
from appliance.screens.fit import ELLIPSIS
from appliance.screens.fonts import clean, strip
from appliance.screens.pieces import Block, Box, Piece, Rule, Size, Symbol, Words
from appliance.screens.render import render
from tests.screens.strategies import CLOCKS, LETTERS, NUMBERS, SIZES, screens

STATUS_ICONS: tuple[Icon, ...] = ("dnd", "messages", "warning", "secure")


def words_of(pieces: list[Piece]) -> list[Words]:
    return [piece for piece in pieces if isinstance(piece, Words) and piece.shown]


def all_words(screen: Screen, size: Size = SMALLEST) -> list[str]:
    found: list[str] = []
    for page in range(page_count(screen, size)):
        found += [words.shown for words in words_of(compose(screen, size, page))]
    return found


def letters_of(text: str) -> str:
    """Without what joins: spaces, and the dot between lines that share one."""
    return "".join(clean(text).replace("·", " ").split())


def is_dark(piece: Piece) -> bool:
    return isinstance(piece, Words | Symbol) and piece.dark


def inside(inner: Box, outer: Box) -> bool:
    return (
        outer.left <= inner.left
        and outer.top <= inner.top
        and inner.right <= outer.right
        and inner.bottom <= outer.bottom
    )


@given(screens(), SIZES, st.integers(0, 3))
def test_nothing_leaves_the_picture(screen: Screen, size: Size, page: int) -> None:
    for piece in compose(screen, size, page):
        assert inside(piece.box, Box(0, 0, *size)), piece


@given(screens(), SIZES, st.integers(0, 3))
def test_nothing_overlaps(screen: Screen, size: Size, page: int) -> None:
    pieces = compose(screen, size, page)
    light = [piece for piece in pieces if not is_dark(piece)]
    dark = [piece for piece in pieces if is_dark(piece)]
    for one, other in (*combinations(light, 2), *combinations(dark, 2)):
        assert not one.box.meets(other.box), (one, other)
    for piece in dark:
        assert any(inside(piece.box, block.box) for block in light if isinstance(block, Block))


@given(screens(), SIZES, st.integers(0, 3))
def test_no_piece_draws_outside_its_box(screen: Screen, size: Size, page: int) -> None:
    for piece in compose(screen, size, page):
        picture = Image.new("1", size, color=1 if is_dark(piece) else 0)
        before = picture.copy()
        piece.draw(picture)
        changed = ImageChops.logical_xor(before, picture).getbbox()
        if changed is not None:
            left, top, right, bottom = changed
            assert inside(Box(left, top, right - left, bottom - top), piece.box), piece


@given(screens(), SIZES, st.integers(0, 3))
def test_every_dot_of_every_letter_is_drawn(screen: Screen, size: Size, page: int) -> None:
    for words in words_of(compose(screen, size, page)):
        ink = strip(words.face, words.shown).getbbox()
        if ink is not None:
            assert words.first <= ink[1]
            assert ink[3] <= words.first + words.box.height, words
        assert words.box.width == words.face.width * len(words.shown)


@given(screens(), SIZES)
def test_a_picture_is_one_bit_deep_and_as_large_as_asked(screen: Screen, size: Size) -> None:
    picture = render(screen, size)
    assert picture.mode == "1"
    assert picture.size == size
    assert {value for _, value in picture.getcolors() or []} <= {0, 255}


MENU_PAGE = 3
"""Lines of a menu that are seen at a time; a scroll bar tells of the others."""


@given(screens())
def test_no_text_is_cut_without_an_ellipsis(screen: Screen) -> None:
    code = "" if screen.layout == "menu" else screen.code
    in_body = [text for text in (*screen.lines, code) if clean(text)]
    assume(len(in_body) <= 2 and ELLIPSIS not in "".join(screen.text()))
    assume(screen.layout != "menu" or len(screen.lines) <= MENU_PAGE)
    shown = all_words(screen)
    together = letters_of("".join(shown))
    texts = [screen.title, *screen.soft_keys, *in_body]
    if screen.layout in {"entry", "call"}:
        texts.append(screen.big)
    cut = [text for text in texts if letters_of(text) not in together]
    assert len(cut) <= sum(words.count(ELLIPSIS) for words in shown), (cut, shown)


@given(st.lists(LETTERS, max_size=6), LETTERS)
def test_a_message_is_never_cut(lines: list[str], code: str) -> None:
    screen = Screen("message", "", lines=tuple(lines))
    expected = "".join("".join(clean(line).split()) for line in lines)
    assert "".join("".join(all_words(screen)).split()) == expected


@given(NUMBERS, st.booleans())
def test_typed_digits_that_are_too_many_show_their_end(digits: str, cursor: bool) -> None:
    screen = Screen("entry", "", digits, cursor=cursor)
    shown = "".join(all_words(screen))
    if shown != clean(digits):
        assert shown.startswith(ELLIPSIS)
        assert clean(digits).endswith(shown[1:])


def test_seven_digits_are_as_big_as_can_be_and_sixty_four_lose_their_beginning() -> None:
    short = words_of(compose(Screen("entry", "", "5550142", cursor=True)))
    assert [(words.shown, words.face.height) for words in short] == [("5550142", 32)]
    long = words_of(compose(Screen("entry", "", "".join(str(n % 10) for n in range(64)))))
    assert "".join(words.shown for words in long)[0] == ELLIPSIS
    assert long[-1].shown.endswith("0123")


def test_a_long_name_stands_in_two_lines_and_a_longer_one_is_cut() -> None:
    assert all_words(Screen("call", big="Bartholomew Higginbotham")) == [
        "Bartholomew",
        "Higginbotham",
    ]
    assert all_words(Screen("call", big="Anna Bartholomew Higginbotham")) == [
        "Anna",
        "Bartholomew Hi…",
    ]


def test_short_lines_share_one() -> None:
    screen = Screen("call", big="Front desk", lines=("100", "opus"))
    assert all_words(screen) == ["100 · opus", "Front desk"]
    screen = Screen("call", big="Front desk", lines=("100", "Talking: Jörg Müller"))
    assert all_words(screen) == ["Talking: Jörg Müller", "100", "Front desk"]


def test_the_length_of_a_call_survives_its_title() -> None:
    icons: tuple[Icon, ...] = ("remote-held", "secure", "muted", "no-headset")
    shown = all_words(Screen("call", "Held by other 1:02:03", icons=icons))
    assert shown == ["Held by… 1h02"]


@given(st.lists(st.sampled_from(STATUS_ICONS), max_size=20), LETTERS)
def test_icons_without_room_are_hinted_at(icons: list[Icon], title: str) -> None:
    pieces = compose(Screen("idle", title, icons=tuple(icons)))
    symbols = [piece for piece in pieces if isinstance(piece, Symbol)]
    symbols.sort(key=lambda symbol: symbol.box.left)
    named = [symbol.icon for symbol in symbols if symbol.icon is not None]
    assert named == icons[: len(named)]
    assert len(named) == len(icons) or symbols[-1].icon is None
    assert len(named) >= min(len(icons), 6)


def test_the_icon_of_a_call_leads_and_ringing_inverts_the_bar() -> None:
    ringing = compose(Screen("call", "Incoming call", icons=("incoming", "headset")))
    lead, other = (piece for piece in ringing if isinstance(piece, Symbol))
    assert lead.icon == "incoming"
    assert lead.box.left < other.box.left
    assert isinstance(ringing[0], Block)
    ended = compose(Screen("call", "Busy", icons=("registered", "headset")))
    assert isinstance(ended[0], Rule)
    first, second = (piece for piece in ended if isinstance(piece, Symbol))
    assert min(first.box.left, second.box.left) > 64


@given(CLOCKS)
def test_the_clock_is_as_big_as_can_be(clock: str) -> None:
    pieces = compose(Screen("idle", "Desk", clock, ("Wed 12 Nov", "1001")))
    big = [words for words in words_of(pieces) if words.face.height == 32]
    assert [words.shown for words in big] == clock.split(":")


def test_a_long_label_leans_over_the_free_place_in_the_middle() -> None:
    alone = all_words(Screen("call", soft_keys=("Annehmen", "", "Ablehnen")))
    assert alone == ["Annehmen", "Ablehnen"]
    crowded = all_words(Screen("call", soft_keys=("Annehmen", "Neu", "Ablehnen")))
    assert crowded == ["Anneh…", "Neu", "Ableh…"]


@pytest.mark.parametrize("size", [(127, 64), (128, 63), (0, 0)])
def test_a_panel_that_is_too_small_is_refused(size: Size) -> None:
    with pytest.raises(ValueError, match="expected at least 128x64"):
        render(Screen("idle"), size)


def test_a_page_too_far_is_the_last() -> None:
    screen = Screen("message", lines=("word " * 40,))
    last = page_count(screen) - 1
    assert last > 1
    assert render(screen, page=99).tobytes() == render(screen, page=last).tobytes()
    assert render(screen, page=last).tobytes() != render(screen, page=last - 1).tobytes()


def test_drawing_costs_the_display_less_than_two_milliseconds() -> None:
    """By the best of many, for the machine may be busy."""

    def milliseconds(second: int) -> float:
        screen = Screen("call", f"Talking 1:{second:02}", "Maria Gonçalves", ("+14155550142",))
        begin = time.perf_counter()
        render(screen)
        return (time.perf_counter() - begin) * 1000

    assert any(milliseconds(number % 60) < 2 for number in range(500))
