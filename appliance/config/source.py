"""One file: from a path to a TOML document that knows where everything stands.

What people hand in as a configuration is a directory, a pipe, a disk image or text in the encoding
of another decade often enough; each gets its own words.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from appliance.config.problems import KeyPath, Origin, Place, Problem
from appliance.config.reading import read_regular
from appliance.config.syntax import Parsed, parse

MAX_BYTES = 1 << 20
_MAX_LINE = 4096


@dataclass(frozen=True, slots=True)
class Source:
    """A file as read, with everything that is wrong with it as a file."""

    file: str
    parsed: Parsed
    problems: tuple[Problem, ...] = ()

    def key_place(self, path: KeyPath) -> Place:
        """Where the key of `path` stands."""
        return Place(
            self.file, *(self.parsed.positions.key(path) if self.parsed.positions else (0, 0))
        )

    def value_place(self, path: KeyPath) -> Place:
        """Where the value of `path` stands."""
        return Place(
            self.file, *(self.parsed.positions.value(path) if self.parsed.positions else (0, 0))
        )

    def origin(self, path: KeyPath) -> Origin:
        """Where a value in force comes from."""
        return Origin(self.file, self.key_place(path).line)


def read_source(path: Path) -> Source:
    """Read a file; never raises, all that is wrong is in `Source.problems`."""
    file = str(path)
    read = read_regular(path, MAX_BYTES)
    if isinstance(read, str):
        expected = f"a TOML file of at most {MAX_BYTES >> 20} MiB"
        problem = Problem(Place(file), "", read, expected)
        return Source(file, Parsed(complete=False), (problem,))
    text, problems = _decode(file, read.content)
    long = next((n for n, line in enumerate(text.split("\n"), 1) if len(line) > _MAX_LINE), 0)
    if long:
        words = f"a line of at most {_MAX_LINE} characters"
        problems.append(Problem(Place(file, long, _MAX_LINE + 1), "", "a longer line", words))
        return Source(file, Parsed(complete=False), tuple(problems))
    parsed = parse(file, text)
    return Source(file, parsed, (*problems, *parsed.problems))


def _decode(file: str, raw: bytes) -> tuple[str, list[Problem]]:
    """The text with plain line ends, as far as it can be read, and what is wrong with it."""
    problems = []
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = raw.decode("utf-16", errors="replace")
        place, hint = Place(file, 1, 1), "save the file as UTF-8"
        problems.append(Problem(place, "", "text in UTF-16", "text in UTF-8", hint))
        return text.replace("\r\n", "\n"), problems
    body = raw.removeprefix(codecs.BOM_UTF8)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        text = body.decode(errors="replace")
        before = body[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        place, found = Place(file, line, column), f"the byte 0x{body[error.start]:02X}"
        hint = "save the file as UTF-8, not as Windows-1252 or Latin-1"
        problems.append(Problem(place, "", found, "text in UTF-8", hint))
    return text.replace("\r\n", "\n"), problems
