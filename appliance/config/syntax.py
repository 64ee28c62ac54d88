"""From text to a TOML document, past the mistakes in its syntax.

A mistake in the syntax does not hide the mistakes behind it: where the damage is confined to some
lines, they are reported, left out, and reading goes on. `tomllib`'s own messages are translated,
never passed on, because they quote the file and the file holds secrets.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.config.fields import SECTIONS
from appliance.config.positions import Positions
from appliance.config.problems import KeyPath, Place, Problem, spell

_MAX_PROBLEMS = 20
_MAX_MENDED = 64 << 10
"""Characters of the largest file that is read again after a mistake; ours have a few thousand."""
_KNOWN = frozenset(name for section in SECTIONS.values() for name in section)
_PAIR = re.compile(r"[ \t]*[\"']?([A-Za-z0-9_-]+)[\"']?[ \t]*=")
_HEADER = re.compile(r"[ \t]*\[+[ \t]*([A-Za-z0-9_-]+)")
_OPENS_LIST = re.compile(r"[^=#]*=[ \t]*\[")
_OPENS_TEXT = re.compile(r"[^=#]*=[ \t]*(?:\"\"\"|''')")
_MAX_PARTS = 8
"""Of a key with dots, more than any of ours has. Reading takes time by the square of them."""
_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_ENDLESS = re.compile(
    rf"(?:^|[{{,])[ \t]*+\[*+[ \t]*+{_PART}"
    rf"(?:[ \t]*+\.[ \t]*+{_PART}){{{_MAX_PARTS},}}+[ \t]*+[=\]]"
)
_ENDLESS_WORDS = (f"a key of more than {_MAX_PARTS} parts", "key = value", "")
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)$")

_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot mutate", "Cannot redefine", "Duplicate")
_TEXT_END = ("Illegal character '\\n'", "Found invalid character '\\n'", "Expected", "Unterminated")
_Words = tuple[str, str, str]
"""What was found, what was expected, and what to do."""
_WORDS: Sequence[tuple[tuple[str, ...], _Words]] = (
    (
        ("Invalid value",),
        ("a value that is none of TOML's", "a text in quotes, a number, true, false or a list", ""),
    ),
    (("Expected newline",), ("more behind the value", "one key and value on a line", "")),
    (("Expected '=' after a key",), ("no =", "key = value", "")),
    (("Expected ']",), ("a section header without an end", "[section] or [[account]]", "")),
    (_TEXT_END, ("a text without an end", "a closing quote", "")),
    (("Illegal character", "Found invalid"), ("a control character", "printable text", "")),
    (
        ("Unescaped '\\'", "Invalid hex", "Escaped character"),
        (
            "a backslash",
            "an escape such as \\\\ or \\n",
            "in 'single quotes' a backslash stands for itself",
        ),
    ),
    (("Unclosed array",), ("a list that goes wrong", "a comma or a closing ]", "")),
    (("Unclosed inline table",), ("a table that goes wrong", "a comma or a closing }", "")),
    (("Invalid date",), ("an impossible date", "a value", "")),
    (_TWICE, ("what was said before", "each key and each section once", "")),
)
_OPEN_LIST = ("a list without an end", "a closing ]", "")
_OTHER = ("what is not TOML", "key = value, [section] or [[account]]", "")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document as far as it can be read. `broken` are names of keys whose line cannot.

    `complete` is false when something is missing of which not even the name is known.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    positions: Positions | None = None
    problems: tuple[Problem, ...] = ()
    broken: frozenset[str] = frozenset()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class _Damage:
    """Lines `first` to `last` (from 1) cannot be read; `confined` when all others still can."""

    first: int
    last: int
    column: int
    words: _Words
    confined: bool


def parse(file: str, text: str) -> Parsed:
    """Read a document with plain line feeds; never raises."""
    lines = text.split("\n")
    problems: list[Problem] = []
    broken: set[str] = set()
    for number, line in enumerate(lines, 1):
        if _ENDLESS.search(line):
            problems.append(Problem(Place(file, number, _indent(line)), "", *_ENDLESS_WORDS))
            broken.add("")
            _leave_out(lines, _Damage(number, number, 1, _ENDLESS_WORDS, True))
    if len(problems) > _MAX_PROBLEMS:
        return Parsed(problems=tuple(problems[:_MAX_PROBLEMS]), complete=False)
    while True:
        text = "\n".join(lines) + "\n"
        try:
            data = tomllib.loads(text)
            positions = Positions(text)
        except RecursionError:
            problems.append(Problem(Place(file), "", "lists within lists", "a flat file"))
            return Parsed(problems=tuple(problems), complete=False)
        except ValueError as error:
            damage = _damage(lines, str(error))
            place = Place(file, damage.first, damage.column)
            key = _key_of_line(lines, damage.first)
            problems.append(Problem(place, key, *damage.words))
            hopeless = not damage.confined or len(text) > _MAX_MENDED
            if hopeless or len(problems) >= _MAX_PROBLEMS:
                return Parsed(problems=tuple(problems), complete=False)
            broken.add(_key_name(lines[damage.first - 1]))
            _leave_out(lines, damage)
        else:
            names = frozenset(broken - {""})
            return Parsed(data, positions, tuple(problems), names, "" not in broken)


def _damage(lines: Sequence[str], message: str) -> _Damage:
    words = next((words for begins, words in _WORDS if message.startswith(begins)), _OTHER)
    match = _PLACE.search(message)
    if match is None and message.startswith('Expected "\'"'):
        number = max(n for n, line in enumerate(lines, 1) if "'" in line and not _is_toml(line))
        return _Damage(number, number, lines[number - 1].index("'") + 1, words, True)
    if match is None:
        opened = _opened(lines, len(lines), _OPENS_TEXT)
        return _Damage(opened, opened, _indent(lines[opened - 1]), words, False)
    number, column = int(match[1]), int(match[2])
    line = lines[number - 1]
    if message.startswith(_TWICE):
        return _Damage(number, number, _indent(line), words, bool(line.strip()))
    if not _is_toml(line):
        return _Damage(number, number, column, words, True)
    opened = _opened(lines, number - 1, _OPENS_LIST)
    confined = opened < number and bool(line.strip())
    return _Damage(opened, number - 1, _indent(lines[opened - 1]), _OPEN_LIST, confined)


def _opened(lines: Sequence[str], last: int, opens: re.Pattern[str]) -> int:
    """The last line up to `last` that opens a list or a long text, else the last one with words."""
    written = [n for n in range(1, max(last, 1) + 1) if lines[n - 1].strip()] or [1]
    return next((n for n in reversed(written) if opens.match(lines[n - 1])), written[-1])


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip()) + 1


def _key_name(line: str) -> str:
    match = _PAIR.match(line)
    return match[1] if match and match[1] in _KNOWN else ""


def _key_of_line(lines: Sequence[str], number: int) -> str:
    """The key that a broken line is about, if both it and its section are known by name."""
    name = _key_name(lines[number - 1])
    headers = [match[1] for line in lines[: number - 1] if (match := _HEADER.match(line))]
    if not name or not headers or headers[-1] not in SECTIONS:
        return name
    section = headers[-1]
    path: KeyPath = (section, name)
    if section == "account":
        path = (section, headers.count(section) - 1, name)
    return spell(path)


def _leave_out(lines: list[str], damage: _Damage) -> None:
    """Blank the damage; a broken header takes its section along, whose keys have no home."""
    header = lines[damage.first - 1].lstrip().startswith("[")
    last = damage.last
    while header and last < len(lines) and not lines[last].lstrip().startswith("["):
        last += 1
    lines[damage.first - 1 : last] = [""] * (last - damage.first + 1)


def _is_toml(line: str) -> bool:
    try:
        tomllib.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
