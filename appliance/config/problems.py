"""Mistakes as values: what is wrong, where, what was found and what was expected.

A `Problem` is made of words that are fit for any eye: values pass through `shown`, which hides
secrets and escapes what could disturb a terminal, before a Problem exists. Nothing here may keep
the raw value.
"""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from appliance.errors import ConfigRefused

Severity = Literal["error", "warning"]
KeyPath = tuple[str | int, ...]
"""``("account", 0, "user")``; numbers count list elements from 0."""

ENVIRONMENT = "environment"
DEFAULT = "default"
HIDDEN = "(hidden)"
_LONGEST = 60
_ALIASES = {
    "username": "user", "extension": "user", "secret": "password", "passwd": "password",
    "host": "server", "registrar": "server", "domain": "server", "proxy": "outbound_proxy",
    "rfc2833": "rfc4733", "sip-info": "info", "ulaw": "pcmu", "alaw": "pcma", "g711u": "pcmu",
    "g711a": "pcma", "warn": "warning", "critical": "error", "sdes": "required", "uk": "gb",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which file; line and column count from 1, and are 0 for a file as a whole.

    `file` is ``environment`` for a variable and ``default`` for what nobody said.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value in force comes from."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `key` is spelt as in `spell`, or empty for a file as a whole.

    An ``error`` refuses the configuration, a ``warning`` does not.
    """

    place: Place
    key: str
    found: str
    expected: str
    hint: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        subject = f"{self.key}: " if self.key else ""
        hint = f"; {self.hint}" if self.hint else ""
        return (
            f"{self.place}: {self.severity}: {subject}"
            f"found {self.found}, expected {self.expected}{hint}"
        )


def spell(path: KeyPath) -> str:
    """A key path as people write it: ``account[0].user``; control characters are escaped."""
    words = ""
    for part in path:
        if isinstance(part, int):
            words += f"[{part}]"
        else:
            plain = part if part.replace("-", "_").isidentifier() or part.isdigit() else quote(part)
            words += f".{plain}" if words else plain
    return words


def quote(text: str) -> str:
    """Text as a TOML basic string; what does not print is escaped."""
    escaped = []
    for character in text:
        code = ord(character)
        if character in '"\\':
            escaped.append("\\" + character)
        elif character.isprintable():
            escaped.append(character)
        else:
            escaped.append(f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}")
    return '"' + "".join(escaped) + '"'


def kind(value: object) -> str:
    """What sort of value this is, without the value."""
    match value:
        case bool():
            return "true or false"
        case int():
            return "a whole number"
        case float():
            return "a number"
        case str():
            return "a text"
        case list() | tuple():
            return "a list"
        case dict():
            return "a table"
        case datetime.date() | datetime.time():
            return "a date or time"
        case _:
            return "nothing"


def shown(value: object, *, hidden: bool = False) -> str:
    """A value as a message may show it: short, printable, never a secret."""
    if hidden:
        return HIDDEN
    match value:
        case bool():
            return "true" if value else "false"
        case int() if abs(value) < 10**_LONGEST:
            return str(value)
        case float():
            return repr(value)
        case str() if len(value) > _LONGEST:
            return quote(value[:_LONGEST]) + "…"
        case str():
            return quote(value)
        case _:
            return kind(value)


def nearest(word: str, words: Iterable[str]) -> str:
    """The valid word that `word` was probably meant to be, or an empty text."""
    known = {candidate.lower(): candidate for candidate in words if candidate}
    if _ALIASES.get(word.lower()) in known:
        return known[_ALIASES[word.lower()]]
    close = difflib.get_close_matches(word.lower()[:_LONGEST], known, n=1, cutoff=0.6)
    return known[close[0]] if close else ""


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """A hint that names the nearest valid word, or an empty text."""
    found = nearest(word, words)
    return f"did you mean {quote(found)}?" if found else ""


def errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those that refuse the configuration."""
    return tuple(problem for problem in problems if problem.severity == "error")


def refusal(problems: Iterable[Problem]) -> ConfigRefused:
    """All mistakes as one error: the first for the display, all of them for IT, one a line."""
    listed = tuple(problems)
    grave = errors(listed)
    first = grave[0] if grave else listed[0]
    name = first.place.file.rpartition("/")[2]
    where = f"line {first.place.line}" if first.place.line else name[-10:]
    return ConfigRefused(
        "CONF-01",
        f"Bad config {where}\n{first.key or first.found}",
        f"{len(grave)} mistake{'' if len(grave) == 1 else 's'} in the configuration\n"
        + "\n".join(str(problem) for problem in listed),
    )
