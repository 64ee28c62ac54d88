from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.screens.fit import (
    ELLIPSIS,
    is_number,
    keep_end,
    keep_start,
    keep_time,
    parts,
    stack,
    wrap,
)

COLUMNS = st.integers(0, 30)


@given(st.text(), COLUMNS)
def test_what_is_cut_fits_and_says_so(text: str, columns: int) -> None:
    for keep in (keep_start, keep_end, keep_time):
        shown = keep(text, columns)
        assert len(shown) <= columns
        assert shown == text or columns == 0 or ELLIPSIS in shown


@given(st.text(), COLUMNS)
def test_the_right_part_is_kept(text: str, columns: int) -> None:
    if len(text) > columns > 0:
        assert text.startswith(keep_start(text, columns)[:-1])
        assert text.endswith(keep_end(text, columns)[1:])


def test_no_space_stands_before_an_ellipsis() -> None:
    assert keep_start("Front desk", 7) == "Front…"
    assert keep_end("Front desk", 6) == "…desk"


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("Held by other 1:23", 18, "Held by other 1:23"),
        ("Held by other 1:23", 14, "Held by… 1:23"),
        ("Held by other 1:02:03", 21, "Held by other 1:02:03"),
        ("Held by other 1:02:03", 18, "Held by other 1h02"),
        ("Held by other 11:02:03", 14, "Held by… 11h02"),
        ("Held by other 1:23", 6, "Held…"),
        ("Incoming call", 9, "Incoming…"),
    ],
)
def test_the_length_of_a_call_is_kept_while_there_is_room(
    text: str, columns: int, shown: str
) -> None:
    assert keep_time(text, columns) == shown


@given(st.text(), st.integers(1, 30))
def test_wrapping_loses_nothing_and_fits(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    assert all(0 < len(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.lists(st.text("abcdef", min_size=1, max_size=10)), st.integers(10, 30))
def test_wrapping_keeps_words_whole(words: list[str], columns: int) -> None:
    assert " ".join(wrap(" ".join(words), columns)).split() == words


@given(st.text(st.sampled_from("0af:.-")), st.integers(1, 12))
def test_an_address_in_parts_loses_nothing_and_fits(text: str, columns: int) -> None:
    lines = parts(text, columns)
    assert "".join(lines) == text
    assert all(len(line) <= columns for line in lines)
    assert all(lines[1:])


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("B8:27:EB:01:02:03", ["B8:27:EB:", "01:02:03"]),
        ("192.168.100.200", ["192.168.", "100.200"]),
        ("2001:db8::a:20", ["2001:db8::", "a:20"]),
        ("10000000e1a2b3c4", ["10000000", "e1a2b3c4"]),
        ("PROVISION-01", ["PROVISION-", "01"]),
        ("Netzwerkadresse", ["Netzwerk", "adresse"]),
    ],
)
def test_an_address_breaks_behind_a_sign_and_a_number_in_the_middle(
    text: str, lines: list[str]
) -> None:
    assert parts(text, 10) == lines


def test_nothing_wraps_into_no_columns() -> None:
    assert wrap("words", 0) == []


@pytest.mark.parametrize(
    ("date", "columns", "lines"),
    [
        ("Wed 12 Nov", 7, ["Wed", "12 Nov"]),
        ("2026-11-12", 10, ["2026-11-12"]),
        ("Wed 12 Nov", 5, []),
        ("", 5, []),
    ],
)
def test_a_date_stands_in_two_lines(date: str, columns: int, lines: list[str]) -> None:
    assert stack(date, columns) == lines


@pytest.mark.parametrize("text", ["600", "+1 (415) 555-0142", "*98#", "1,,2"])
def test_numbers(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "Maria", "600a", "sip:600@pbx.example.com"])
def test_names(text: str) -> None:
    assert not is_number(text)
