"""Digit maps: the notation of RFC 3435 section 2.1.5 and what it decides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.phone.digitmap import DigitMapError, Match, parse_digit_map

POLY = "911|[2-9]11|0T|011xxx.T|[0-1][2-9]xxxxxxxxx|*xx|[2-9]xxx"


@pytest.mark.parametrize(
    ("digits", "match"),
    [
        ("", Match.PARTIAL),
        ("9", Match.PARTIAL),
        ("91", Match.PARTIAL),
        ("911", Match.OPEN),
        ("2345", Match.COMPLETE),
        ("0", Match.OPEN),
        ("011", Match.PARTIAL),
        ("011123", Match.OPEN),
        ("01112345678", Match.OPEN),
        ("12125551234", Match.COMPLETE),
        ("*72", Match.COMPLETE),
        ("#", Match.NONE),
        ("121255512345", Match.NONE),
    ],
)
def test_a_map_of_the_trade(digits: str, match: Match) -> None:
    assert parse_digit_map(POLY).match(digits) is match


def test_parentheses_sets_and_repeats() -> None:
    parsed = parse_digit_map("([x*]x.|#[1-3#]T)")
    assert parsed.match("*12") is Match.OPEN
    assert parsed.match("#2") is Match.OPEN
    assert parsed.match("##") is Match.OPEN
    assert parsed.match("#4") is Match.NONE
    assert parsed.allows("#") and not parsed.allows("#*")


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("1|", 2),
        ("|1", 0),
        ("12a", 2),
        (".1", 0),
        ("1..", 2),
        ("1T2", 2),
        ("[12", 0),
        ("[]", 1),
        ("[3-1]", 1),
        ("[1-]", 1),
        ("[a]", 1),
        ("(12", 0),
        ("(1|z)", 3),
    ],
)
def test_mistakes_are_named_with_their_place(text: str, position: int) -> None:
    with pytest.raises(DigitMapError) as caught:
        parse_digit_map(text)
    assert caught.value.position == position
    assert f"character {position + 1}" in str(caught.value)


@given(st.text(alphabet="0123456789*#xXT.[]-|() a", max_size=24), st.text("0123456789*#"))
def test_any_text_is_a_map_or_a_mistake(text: str, digits: str) -> None:
    try:
        parsed = parse_digit_map(text)
    except DigitMapError as error:
        assert 0 <= error.position <= len(text)
    else:
        parsed.match(digits)


@given(st.lists(st.text("0123456789*#", min_size=1, max_size=6), min_size=1, max_size=5))
def test_plain_numbers_fit_themselves_and_their_beginnings(numbers: list[str]) -> None:
    parsed = parse_digit_map("|".join(numbers))
    for number in numbers:
        assert parsed.match(number) in (Match.COMPLETE, Match.OPEN)
        for end in range(len(number)):
            assert parsed.allows(number[:end])


@given(st.text("0123456789", max_size=30))
def test_the_usual_map_takes_every_number_and_leaves_the_end_to_the_timer(number: str) -> None:
    usual = parse_digit_map("*x.T|x.T")
    assert usual.match(number) is Match.OPEN
