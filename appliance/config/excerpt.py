"""The line that a problem points at, with a caret under the place: for `config check`.

A line is shown only if nothing secret can stand in it: one key that is known and holds no secret,
in plain words, and no ``user:password`` where an address belongs. Of any other line the place alone
is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from appliance.config.fields import SECTIONS
from appliance.config.problems import Problem
from appliance.config.reading import read_regular
from appliance.config.source import MAX_BYTES
from appliance.config.validate import ADDRESSES

_LONGEST = 120
_KEY = re.compile(r"[ \t]*([A-Za-z0-9_-]+)[ \t]*=([^=@]*)$")
_HEADER = re.compile(r"[ \t]*\[\[?[ \t]*[a-z_]+[ \t]*\]\]?[ \t]*$")
_FIELDS = [
    (name, field)
    for fields in SECTIONS.values()
    for name, field in fields.items()
    if not field.hidden and not field.shape.is_table
]
_OPEN = frozenset(name for name, _ in _FIELDS)
_WITH_ADDRESS = frozenset(
    name
    for name, field in _FIELDS
    if ADDRESSES & {field.shape.format, field.shape.items.format if field.shape.items else ""}
)


class Excerpts:
    """Lines of files that have problems; each file is read once."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}

    def of(self, problem: Problem) -> list[str]:
        """The line and the caret below it; nothing if there is no line that may be shown."""
        place = problem.place
        lines = self._lines(place.file) if place.line else []
        line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
        if not may_be_shown(line):
            return []
        number = str(place.line)
        caret = " " * (place.column - 1) + "^"
        return [f"  {number} | {line}", f"  {' ' * len(number)} | {caret}"]

    def _lines(self, file: str) -> list[str]:
        if file not in self._files:
            read = read_regular(Path(file), MAX_BYTES)
            text = "" if isinstance(read, str) else read.content.decode("utf-8-sig", "replace")
            self._files[file] = text.replace("\r\n", "\n").split("\n")
        return self._files[file]


def may_be_shown(line: str) -> bool:
    """Whether a line of a configuration is fit for any eye, and for a terminal."""
    if not line or len(line) > _LONGEST or not line.isprintable() or "password" in line.lower():
        return False
    pair = _KEY.match(line)
    if pair is None:
        return _HEADER.match(line) is not None
    return pair[1] in _OPEN and not (pair[1] in _WITH_ADDRESS and ":" in pair[2])


def with_excerpts(problems: Iterable[Problem]) -> Iterable[tuple[Problem, list[str]]]:
    """Each problem with its lines."""
    excerpts = Excerpts()
    for problem in problems:
        yield problem, excerpts.of(problem)
