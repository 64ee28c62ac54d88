r"""Where every key and value of a TOML document stands.

The standard library's parser knows no positions and the libraries that do are not kept, so this
module reads again what `tomllib` has already accepted, and only asks where things begin and end.
It decides nothing: it may assume a valid document (TOML 1.0.0) whose line ends are ``\n``, and
what it finds is compared with `tomllib`'s own reading in the tests.
"""

from __future__ import annotations

import bisect
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.config.problems import KeyPath

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:\\.|[^"\\\n])*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG_BASIC = re.compile(r'"""(?:\\.|[^\\])*?"""(?:"{0,2})', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]+")
_DEEPEST = 16
"""Dotted keys are followed so far: ours have four parts, and a hostile one has thousands."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Offsets: where the key begins, and where its value begins and ends.

    A table's value is its header; an array element has its own value's beginning for a key.
    """

    key: int
    start: int
    end: int


class Positions:
    """The marks of a document, and lines and columns (from 1) for its offsets."""

    def __init__(self, text: str) -> None:
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self.marks: Mapping[KeyPath, Mark] = _Reader(text).read()

    def line_column(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect.bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def key(self, path: KeyPath) -> tuple[int, int]:
        """Where the key of this path stands, or else the nearest part of the path that does.

        ``[account]``, with one bracket, has no numbers in its paths and is found all the same.
        """
        return self.line_column(self._mark(path).key)

    def value(self, path: KeyPath) -> tuple[int, int]:
        """Where the value of this path stands, or else the nearest part of the path that does."""
        return self.line_column(self._mark(path).start)

    def _mark(self, path: KeyPath) -> Mark:
        plain = tuple(part for part in path if isinstance(part, str))
        candidates = [path, plain, *(path[:length] for length in range(len(path) - 1, 0, -1))]
        for candidate in candidates:
            mark = self.marks.get(candidate)
            if mark is not None:
                return mark
        return Mark(0, 0, 0)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._marks: dict[KeyPath, Mark] = {}
        self._lengths: dict[KeyPath, int] = {}

    def read(self) -> dict[KeyPath, Mark]:
        table: KeyPath = ()
        while True:
            self._skip(_BLANK)
            if self._at >= len(self._text):
                return self._marks
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None or match.end() == self._at:
            raise ValueError(f"not a valid TOML document at offset {self._at}")
        self._at = match.end()
        return match[0]

    def _header(self) -> KeyPath:
        start = self._at
        array = self._text.startswith("[[", start)
        self._at += 2 if array else 1
        parts = self._key()
        self._at += 2 if array else 1
        path: KeyPath = ()
        for name, _ in parts[:-1]:
            path = self._step(path, name, start)
        path = (*path, parts[-1][0])
        if array:
            self._marks.setdefault(path, Mark(start, start, self._at))
            index = self._lengths.get(path, 0)
            self._lengths[path] = index + 1
            path = (*path, index)
        self._marks[path] = Mark(start, start, self._at)
        return path

    def _step(self, path: KeyPath, name: str, start: int) -> KeyPath:
        path = (*path, name)
        self._marks.setdefault(path, Mark(start, start, self._at))
        length = self._lengths.get(path)
        return path if length is None else (*path, length - 1)

    def _pair(self, table: KeyPath) -> None:
        parts = self._key()
        self._at += 1
        self._skip(_SPACE)
        path = table
        for name, start in parts[:-1]:
            path = (*path, name)
            self._marks.setdefault(path, Mark(start, start, self._at))
        name, key = parts[-1]
        path = (*path, name)
        start = self._at
        self._value(path)
        self._marks[path] = Mark(key, start, self._at)

    def _key(self) -> list[tuple[str, int]]:
        parts = []
        while True:
            self._skip(_SPACE)
            start = self._at
            parts.append((self._name(), start))
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return parts[:_DEEPEST]
            self._at += 1

    def _name(self) -> str:
        match self._text[self._at : self._at + 1]:
            case '"':
                (name,) = tomllib.loads(self._take(_BASIC) + "=0")
                return name
            case "'":
                return self._take(_LITERAL)[1:-1]
            case _:
                return self._take(_BARE_KEY)

    def _value(self, path: KeyPath) -> None:
        begins = self._text[self._at : self._at + 3]
        if begins == '"""':
            self._take(_LONG_BASIC)
        elif begins == "'''":
            self._take(_LONG_LITERAL)
        elif begins.startswith('"'):
            self._take(_BASIC)
        elif begins.startswith("'"):
            self._take(_LITERAL)
        elif begins.startswith("["):
            self._array(path)
        elif begins.startswith("{"):
            self._inline_table(path)
        else:
            scalar = self._take(_SCALAR)
            self._at -= len(scalar) - len(scalar.rstrip(" \t"))

    def _array(self, path: KeyPath) -> None:
        self._at += 1
        index = 0
        while True:
            self._skip(_BLANK)
            if self._text.startswith("]", self._at):
                self._at += 1
                return
            start = self._at
            element = (*path, index)
            self._value(element)
            self._marks[element] = Mark(start, start, self._at)
            self._skip(_BLANK)
            if self._text.startswith(",", self._at):
                self._at += 1
            index += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        while True:
            self._skip(_BLANK)
            if self._text.startswith("}", self._at):
                self._at += 1
                return
            self._pair(path)
            self._skip(_BLANK)
            if self._text.startswith(",", self._at):
                self._at += 1
