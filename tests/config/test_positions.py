"""The locator agrees with tomllib on every key and value of documents in every style."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.config.positions import Positions
from appliance.config.problems import KeyPath


def leaves(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every path of a parsed document with its value, tables and lists included."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))


BARE = st.text("abcXYZ019-_", min_size=1, max_size=5)
QUOTED = st.sampled_from(['"a b"', '"\\u0041"', "'x.y'", '"q\\"uote"', '""', "'#'", '"]="'])
KEY = BARE | QUOTED
DOTTED = st.lists(KEY, min_size=1, max_size=3).map(" . ".join) | KEY
GAP = st.sampled_from(["", " ", "\t", "  "])
TEXTS = st.sampled_from(
    [
        '"plain"',
        "'literal # [x] = '",
        '"esc \\" \\\\ \\n # ]"',
        '""',
        "''",
        '"""\nlong [a]\nb = 1 \\"""" # no comment\n"""',
        '"""ends with two"""""',
        "'''\nraw \\ ''x\n[[account]]\n'''",
        "'''''' ",
        '"""a\\\n   b"""',
    ]
)
SCALARS = st.sampled_from(["1", "0x1F", "1_000", "3.5e3", "nan", "true", "1979-05-27 07:32:00Z"])


def _array(items: list[str], gap: str, breaks: bool) -> str:
    separator = ",\n # [comment], }\n" if breaks else "," + gap
    return "[" + gap + separator.join(items) + ("\n]" if breaks else "]")


def _inline(pairs: list[tuple[str, str]], gap: str) -> str:
    return "{" + ", ".join(f"{gap}k{n}{key}={gap}{v}" for n, (key, v) in enumerate(pairs)) + "}"


VALUE = st.recursive(
    TEXTS | SCALARS,
    lambda inner: st.one_of(
        st.builds(_array, st.lists(inner, max_size=3), GAP, st.booleans()),
        st.builds(_inline, st.lists(st.tuples(BARE, inner), max_size=2), GAP),
    ),
    max_leaves=6,
)
PAIR = st.builds("{}{}{}={}{} # end ] }}\n".format, GAP, DOTTED, GAP, GAP, VALUE)
HEADER = st.builds("{}[{}{}]# x\n".format, GAP, GAP, DOTTED) | st.builds("[[{}]]\n".format, DOTTED)
NOISE = st.sampled_from(["\n", "  \n", "# key = [1]\n", "\t# [header]\n"])
DOCUMENT = st.lists(PAIR | PAIR | HEADER | NOISE, max_size=12)


def valid(lines: list[str]) -> str:
    """As many of these lines as TOML accepts together."""
    text = ""
    for line in lines:
        try:
            tomllib.loads(text + line)
        except tomllib.TOMLDecodeError:
            continue
        text += line
    return text


def assert_positions(text: str) -> None:
    marks = Positions(text).marks
    document = tomllib.loads(text)
    assert set(marks) == {path for path, _ in leaves(document)}
    for path, value in leaves(document):
        mark = marks[path]
        if isinstance(path[-1], str) and mark.key != mark.start:
            assert same(tomllib.loads(text[mark.key : mark.end]), {path[-1]: value})
        elif not isinstance(value, dict | list):
            assert same(tomllib.loads("v = " + text[mark.start : mark.end]), {"v": value})


def same(one: Any, other: Any) -> bool:
    return repr(one) == repr(other)


@settings(deadline=None)
@given(DOCUMENT.map(valid))
def test_every_key_and_value_is_found_where_tomllib_reads_it(text: str) -> None:
    assert_positions(text)


def test_lines_and_columns_of_a_usual_file() -> None:
    text = (
        "# card\n"
        "[phone]\n"
        'name = "Desk 12"\n'
        "\n"
        "[[account]]\n"
        '  user = "1001"\n'
        "[[account]]\n"
        '  user  =  "1002"\n'
        "[dial]\n"
        'speed_dial = { 1 = "600", 2 = "601" }\n'
        "emergency = [\n"
        '  "112", # Europe\n'
        '  "911",\n'
        "]\n"
    )
    positions = Positions(text)
    assert positions.key(("phone",)) == (2, 1)
    assert positions.value(("phone", "name")) == (3, 8)
    assert positions.key(("account", 0)) == (5, 1)
    assert positions.key(("account", 1)) == (7, 1)
    assert positions.key(("account", 1, "user")) == (8, 3)
    assert positions.value(("account", 1, "user")) == (8, 12)
    assert positions.key(("dial", "speed_dial", "2")) == (10, 27)
    assert positions.value(("dial", "emergency", 1)) == (13, 3)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("account", 0, "user"), (2, 1)),
        (("account", 0, "nothing"), (1, 1)),
        (("elsewhere",), (1, 1)),
    ],
)
def test_a_path_without_a_place_is_shown_at_its_nearest_part(
    path: KeyPath, expected: tuple[int, int]
) -> None:
    assert Positions('[account]\nuser = "1"\n').key(path) == expected
