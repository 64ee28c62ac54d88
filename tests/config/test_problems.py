"""How values, keys and mistakes are put into words."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config.problems import (
    HIDDEN,
    Place,
    Problem,
    did_you_mean,
    kind,
    nearest,
    quote,
    refusal,
    shown,
    spell,
)


@pytest.mark.parametrize(
    ("value", "sort", "text"),
    [
        (True, "true or false", "true"),
        (7, "a whole number", "7"),
        (10**400, "a whole number", "a whole number"),
        (2.5, "a number", "2.5"),
        ("a\x1b[2J", "a text", '"a\\u001B[2J"'),
        ("\U000e0001", "a text", '"\\U000E0001"'),
        ("x" * 61, "a text", '"' + "x" * 60 + '"…'),
        ([1], "a list", "a list"),
        ({"a": 1}, "a table", "a table"),
        (datetime.date(2026, 11, 23), "a date or time", "a date or time"),
        (datetime.time(1), "a date or time", "a date or time"),
        (None, "nothing", "nothing"),
    ],
)
def test_values_in_words(value: object, sort: str, text: str) -> None:
    assert (kind(value), shown(value), shown(value, hidden=True)) == (sort, text, HIDDEN)


def test_key_paths_as_people_write_them() -> None:
    assert spell(("account", 0, "user")) == "account[0].user"
    assert spell(("dial", "speed_dial", "1")) == "dial.speed_dial.1"
    assert spell(("a-b", "c d", "\n")) == 'a-b."c d"."\\u000A"'


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("Name", "name"), ("nmae", "name"), ("secret", "password"), ("xyz", ""), ("", "")],
)
def test_the_word_that_was_meant(typed: str, meant: str) -> None:
    assert nearest(typed, ["name", "password", ""]) == meant
    assert did_you_mean(typed, ["name", "password"]) == (meant and f'did you mean "{meant}"?')


@given(st.text())
def test_quoted_text_prints_on_one_line(text: str) -> None:
    assert quote(text).isprintable()


def test_a_refusal_leads_with_the_first_error() -> None:
    warning = Problem(Place("a.toml", 1, 2), "x", "a", "b", severity="warning")
    error = Problem(Place("a.toml", 7, 1), "dial.digit_map", "a", "b")
    refused = refusal([warning, error])
    assert refused.code == "CONF-01"
    assert refused.agent == "Bad config line 7\ndial.digit_map"
    assert refused.it.splitlines()[0] == "1 mistake in the configuration"
    assert str(warning) in refused.it
