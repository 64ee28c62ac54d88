"""One file: bytes to a TOML document, with everything that can be wrong on the way.

A mistake in the syntax does not hide the mistakes behind it: where the damage is confined to one
line, the line is reported, left out, and reading goes on. `tomllib`'s own messages are translated,
never passed on, because they quote the file and the file holds secrets.
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.config.fields import SECTIONS
from appliance.config.positions import Positions
from appliance.config.problems import KeyPath, Origin, Place, Problem, spell

MAX_BYTES = 1 << 20
_MAX_LINE = 4096
_MAX_SYNTAX_PROBLEMS = 20

_KNOWN = frozenset(name for section in SECTIONS.values() for name in section)
_PAIR = re.compile(r"[ \t]*[\"']?([A-Za-z0-9_-]+)[\"']?[ \t]*=")
_HEADER = re.compile(r"[ \t]*\[+[ \t]*([A-Za-z0-9_-]+)")
_OPENS_ARRAY = re.compile(r"[^=#]*=[ \t]*\[")
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)$")
_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot mutate", "Cannot redefine", "Duplicate")
_WORDS: Sequence[tuple[tuple[str, ...], str, str, str]] = (
    (
        ("Invalid value",),
        "a value that is none of TOML's",
        "a text in quotes, a number, true, false or a list",
        "",
    ),
    (
        ("Illegal character '\\n'", 'Expected "\'"', "Expected '\"'", "Unterminated"),
        "a text without an end",
        "a closing quote",
        "",
    ),
    (("Illegal character",), "a control character", "printable text", ""),
    (
        ("Unescaped '\\'", "Invalid hex", "Escaped character"),
        "a backslash",
        "an escape such as \\\\ or \\n",
        "in 'single quotes' a backslash stands for itself",
    ),
    (("Expected newline",), "more behind the value", "one key and value on a line", ""),
    (("Expected '=' after a key",), "no =", "key = value", ""),
    (("Unclosed array",), "a list without an end", "a closing ]", ""),
    (("Unclosed inline table",), "a table without an end", "a closing }", ""),
    (("Expected ']",), "a section header without an end", "[section] or [[account]]", ""),
    (("Invalid date",), "an impossible date", "a value", ""),
    (_TWICE, "what was said before", "each key and each section once", ""),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file as read. `broken` are names of keys whose line could not be read.

    `complete` is false when something is missing from `data` of which not even the name is known.
    """

    file: str
    data: Mapping[str, Any] = field(default_factory=dict)
    positions: Positions | None = None
    problems: tuple[Problem, ...] = ()
    broken: frozenset[str] = frozenset()
    complete: bool = True

    def key_place(self, path: KeyPath) -> Place:
        """Where the key of `path` stands."""
        return Place(self.file, *(self.positions.key(path) if self.positions else (0, 0)))

    def value_place(self, path: KeyPath) -> Place:
        """Where the value of `path` stands."""
        return Place(self.file, *(self.positions.value(path) if self.positions else (0, 0)))

    def origin(self, path: KeyPath) -> Origin:
        """Where a value in force comes from."""
        return Origin(self.file, self.key_place(path).line)


def read_source(path: Path) -> Source:
    """Read a file; never raises, all that is wrong is in `Source.problems`."""
    file = str(path)
    raw = _read_bytes(path)
    if isinstance(raw, Problem):
        return Source(file, problems=(raw,), complete=False)
    text, problem = _decode(file, raw)
    encoding = () if problem is None else (problem,)
    long = next((n for n, line in enumerate(text.split("\n"), 1) if len(line) > _MAX_LINE), 0)
    if long:
        words = f"a line of at most {_MAX_LINE} characters"
        too_long = Problem(Place(file, long, _MAX_LINE + 1), "", "a longer line", words)
        return Source(file, problems=(*encoding, too_long), complete=False)
    return _parse(file, text, encoding)


def _read_bytes(path: Path) -> bytes | Problem:
    place = Place(str(path))
    expected = f"a TOML file of at most {MAX_BYTES >> 20} MiB"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if stat.S_ISDIR(status.st_mode):
                return Problem(place, "", "a directory", expected)
            if not stat.S_ISREG(status.st_mode):
                return Problem(place, "", "no regular file", expected)
            raw = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        return Problem(place, "", "a directory", expected)
    except (OSError, ValueError) as error:
        return Problem(place, "", reason(error), expected)
    if len(raw) > MAX_BYTES:
        return Problem(place, "", f"{status.st_size} bytes", expected)
    return raw


def reason(error: OSError | ValueError) -> str:
    """Why a file cannot be read, without its name."""
    if isinstance(error, ValueError):
        return "a path that no file can have"
    if error.errno == errno.ENOENT:
        return "no such file"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "a file that this user may not read"
    return os.strerror(error.errno) if error.errno else "a file that cannot be read"


def _decode(file: str, raw: bytes) -> tuple[str, Problem | None]:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        hint = "save the file as UTF-8"
        text = raw.decode("utf-16", errors="replace").replace("\r\n", "\n")
        return text, Problem(Place(file, 1, 1), "", "text in UTF-16", "text in UTF-8", hint)
    problem = None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        body = raw.removeprefix(codecs.BOM_UTF8)
        text = body.decode(errors="replace")
        try:
            body.decode()
        except UnicodeDecodeError as error:
            before = body[: error.start].decode()
            line = before.count("\n") + 1
            column = len(before) - (before.rfind("\n") + 1) + 1
            problem = Problem(
                Place(file, line, column),
                "",
                f"the byte 0x{body[error.start]:02X}",
                "text in UTF-8",
                "save the file as UTF-8, not as Windows-1252 or Latin-1",
            )
    return text.replace("\r\n", "\n"), problem


def _parse(file: str, text: str, encoding: tuple[Problem, ...]) -> Source:
    lines = text.split("\n")
    problems: list[Problem] = list(encoding)
    broken: set[str] = set()
    while True:
        text = "\n".join(lines) + "\n"
        try:
            data = tomllib.loads(text)
            positions = Positions(text)
        except RecursionError:
            problems.append(Problem(Place(file), "", "lists within lists", "a flat file"))
            return Source(file, problems=tuple(problems), complete=False)
        except ValueError as error:
            number, problem = _syntax_problem(file, lines, str(error))
            problems.append(problem)
            name = _key_name(lines[number - 1])
            recovered = _leave_out(lines, number, str(error))
            if not recovered or len(problems) >= _MAX_SYNTAX_PROBLEMS:
                return Source(file, problems=tuple(problems), complete=False)
            broken.add(name)
            continue
        complete = "" not in broken
        return Source(file, data, positions, tuple(problems), frozenset(broken - {""}), complete)


def _syntax_problem(file: str, lines: list[str], message: str) -> tuple[int, Problem]:
    found, expected, hint = next(
        (words for begins, *words in _WORDS if message.startswith(begins)),
        ["what is not TOML", "key = value, [section] or [[account]]", ""],
    )
    match = _PLACE.search(message)
    last = max((n for n, line in enumerate(lines, 1) if line.strip()), default=1)
    line, column = (int(match[1]), int(match[2])) if match else (last, 1)
    line = min(line, len(lines))
    if message.startswith("Unclosed array"):
        opened = next((n for n in range(line, 0, -1) if _OPENS_ARRAY.match(lines[n - 1])), line)
        line, column = opened, column if opened == line else 1
    if message.startswith(_TWICE) or not match:
        column = len(lines[line - 1]) - len(lines[line - 1].lstrip()) + 1
    key = _key_of_line(lines, line)
    return line, Problem(Place(file, line, column), key, found, expected, hint)


def _key_name(line: str) -> str:
    match = _PAIR.match(line)
    return match[1] if match and match[1] in _KNOWN else ""


def _key_of_line(lines: list[str], number: int) -> str:
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


def _leave_out(lines: list[str], number: int, message: str) -> bool:
    """Blank what is broken so that the rest can be read; False where that is not safe."""
    line = lines[number - 1]
    if message.startswith("Unclosed array"):
        at = _PLACE.search(message)
        end = int(at[1]) if at else len(lines)
        stop = end if end == number or not _whole(lines[end - 1]) else end - 1
        damaged = any(line.strip() for line in lines[number - 1 : stop])
        lines[number - 1 : stop] = [""] * (stop - number + 1)
        return damaged
    if not line.strip() or (_whole(line) and not message.startswith(_TWICE)):
        return False
    lines[number - 1] = ""
    if line.lstrip().startswith("["):
        for index in range(number, len(lines)):
            if lines[index].lstrip().startswith("["):
                break
            lines[index] = ""
    return True


def _whole(line: str) -> bool:
    try:
        tomllib.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
