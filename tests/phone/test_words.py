"""Somebody else's words become fit for the display, whatever they were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.phone.words import in_trouble, printable


@given(st.text(max_size=400), st.integers(1, 80))
def test_somebody_elses_words_fit_the_display(text: str, most: int) -> None:
    words = printable(text, most)

    assert words.isprintable()
    assert len(words) <= most
    assert words == words.strip()
    assert "  " not in words
    assert printable(words, most) == words


@given(st.lists(st.text("abcé", min_size=1, max_size=5), max_size=6))
def test_what_is_printable_stays(parts: list[str]) -> None:
    assert printable("\r\n".join(parts)) == " ".join(parts)


def test_control_characters_are_space() -> None:
    assert printable(" Ann\x07\u202e  Other\n") == "Ann Other"


def test_trouble_is_told_in_words_that_have_a_place() -> None:
    words = in_trouble("{server} is silent", server="pbx.example.com")
    assert words == "pbx.example.com is silent"
    assert words.message is not None and words.message.place == "trouble"
