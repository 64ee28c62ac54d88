"""Field by field: ten mistakes give ten messages.

msgspec stops at the first mistake, so each value is judged by itself, with msgspec for the type and
the range and with `formats` for the form. What holds goes into a `Layer`; what does not becomes a
`Problem` and its path is remembered, so that nobody complains twice about the same key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from appliance.config.fields import SECTIONS, Field, Shape, expectation, header
from appliance.config.formats import CHECKS, FormatError
from appliance.config.kinds import MAX_ACCOUNTS
from appliance.config.problems import (
    KeyPath,
    Origin,
    Place,
    Problem,
    did_you_mean,
    kind,
    nearest,
    shown,
    spell,
)

MAX_PROBLEMS = 100
"""So many are reported of one file."""
ACCOUNT_DEFAULTS = "account_defaults"
"""The section that speaks for every account."""
ADD = "add"
_MAX_ENTRIES = 4 * MAX_ACCOUNTS
_BAD = object()
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\x80-\x9f\u2028\u2029\ud800-\udfff]")
ADDRESSES = frozenset({"host-port", "sip-uri", "sip-user"})
"""Formats in which people write ``user:password@host``."""


class Locator(Protocol):
    """Says where things stand: a `Source`, or the environment."""

    def key_place(self, path: KeyPath, /) -> Place:
        """Where the key of `path` stands."""

    def value_place(self, path: KeyPath, /) -> Place:
        """Where the value of `path` stands."""

    def origin(self, path: KeyPath, /) -> Origin:
        """Where a value in force comes from."""


@dataclass(frozen=True, slots=True)
class Addition:
    """``{ add = [ … ] }``: what a list gets besides what it has."""

    items: tuple[Any, ...]

    def to(self, before: tuple[Any, ...]) -> tuple[Any, ...]:
        """A list with these at its end, each once."""
        return (*before, *(item for item in self.items if item not in before))


@dataclass(frozen=True, slots=True)
class Value:
    """A value that holds, where it comes from, and where to point if it clashes with another."""

    value: Any = field(repr=False)
    origin: Origin
    place: Place


@dataclass(slots=True)
class Entry:
    """An ``[[account]]`` as one file has it; `bad` are keys that were given but do not hold."""

    place: Place
    values: dict[str, Value] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)

    def document(self) -> dict[str, Any]:
        """The account as msgspec converts it."""
        return {name: value.value for name, value in self.values.items()}


@dataclass(slots=True)
class Layer:
    """What one file or the environment says."""

    values: dict[KeyPath, Value] = field(default_factory=dict)
    accounts: list[Entry] = field(default_factory=list)
    bad: set[KeyPath] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def read_layer(data: Mapping[str, Any], locator: Locator) -> Layer:
    """Judge a whole document."""
    layer = Layer()
    judge = _Judge(locator, layer.problems)
    for name, content in data.items():
        if name == ACCOUNT_DEFAULTS and isinstance(content, dict):
            fields = SECTIONS["account"]
            layer.values |= judge.section((name,), fields, content, layer.bad)
        elif name not in SECTIONS:
            judge.unknown((name,), content, SECTIONS, _home(name) or "a section's name")
        elif name == "account":
            layer.accounts = judge.accounts(content)
        elif not isinstance(content, dict):
            judge.complain((name,), kind(content), f"the section {header(name)}")
        else:
            layer.values |= judge.section((name,), SECTIONS[name], content, layer.bad)
    return layer


def _home(name: str) -> str:
    homes = [header(section) for section, fields in SECTIONS.items() if name in fields]
    return f"{name} under {' or '.join(homes)}" if homes else ""


class _Judge:
    def __init__(self, locator: Locator, problems: list[Problem]) -> None:
        self._locator = locator
        self._problems = problems

    def complain(self, path: KeyPath, found: str, expected: str, hint: str = "") -> None:
        if self._may_go_on():
            place = self._locator.value_place(path)
            self._problems.append(Problem(place, spell(path), found, expected, hint))

    def _may_go_on(self) -> bool:
        """Nobody mends more than so many mistakes at a time; a hostile file has a million."""
        if len(self._problems) == MAX_PROBLEMS:
            place = self._problems[-1].place
            self._problems.append(Problem(place, "", "more mistakes", "a configuration"))
        return len(self._problems) < MAX_PROBLEMS

    def unknown(
        self, path: KeyPath, content: object, known: Mapping[str, Any], expected: str
    ) -> None:
        if not self._may_go_on():
            return
        hint = did_you_mean(str(path[-1]), known)
        place = self._locator.key_place(path)
        noun = "section" if len(path) == 1 and isinstance(content, dict | list) else "key"
        self._problems.append(Problem(place, spell(path), f"an unknown {noun}", expected, hint))

    def accounts(self, content: object) -> list[Entry]:
        if isinstance(content, dict):
            hint = "write [[account]] with two brackets"
            self.complain(("account",), "a single table", "a list of accounts", hint)
            content = [content]
        if not isinstance(content, list):
            self.complain(("account",), kind(content), "[[account]] sections")
            return []
        entries = []
        for index, table in enumerate(content[:_MAX_ENTRIES]):
            path = ("account", index)
            if isinstance(table, dict):
                entries.append(self.account(path, table))
            else:
                self.complain(path, kind(table), "an [[account]] section")
        return entries

    def account(self, path: KeyPath, table: Mapping[str, Any]) -> Entry:
        entry = Entry(self._locator.key_place(path))
        bad: set[KeyPath] = set()
        for given, value in self.section(path, SECTIONS["account"], table, bad).items():
            entry.values[str(given[-1])] = value
        entry.bad = {str(given[2]) for given in bad if len(given) > 2}
        known = SECTIONS["account"]
        entry.bad |= {nearest(name, known) for name in table if name not in known} - {""}
        if "password" in entry.values and "password_file" in entry.values:
            self.complain(
                (*path, "password_file"), "both password and password_file", "one of them"
            )
        return entry

    def section(
        self,
        path: KeyPath,
        fields: Mapping[str, Field],
        table: Mapping[str, Any],
        bad: set[KeyPath],
    ) -> dict[KeyPath, Value]:
        values: dict[KeyPath, Value] = {}
        for name, raw in table.items():
            here = (*path, name)
            known = fields.get(name)
            if known is None:
                inside = header(str(path[0]))
                self.unknown(here, raw, fields, _home(name) or f"a key of {inside}")
            elif known.shape.fields is not None and isinstance(raw, dict):
                for inner, content in raw.items():
                    deeper = (*here, inner)
                    if inner in known.shape.fields:
                        shape = known.shape.fields[inner]
                        self._keep(deeper, content, shape, False, values, bad)
                    else:
                        options = known.shape.fields
                        self.unknown(deeper, content, options, "one of " + ", ".join(options))
            else:
                self._keep(here, raw, known.shape, known.hidden, values, bad)
        return values

    def _keep(
        self,
        path: KeyPath,
        raw: object,
        shape: Shape,
        hidden: bool,
        values: dict[KeyPath, Value],
        bad: set[KeyPath],
    ) -> None:
        value = self._judged(path, raw, shape, hidden)
        if value is _BAD:
            bad.add(path)
        else:
            place = self._locator.value_place(path)
            values[path] = Value(value, self._locator.origin(path), place)

    def _judged(self, path: KeyPath, raw: object, shape: Shape, hidden: bool) -> Any:
        if shape.items is not None and not shape.is_table:
            if isinstance(raw, list):
                return self._judged_list(path, raw, shape, shape.items, hidden)
            if isinstance(raw, dict) and raw.keys() == {ADD} and isinstance(raw[ADD], list):
                more = self._judged_list((*path, ADD), raw[ADD], shape, shape.items, hidden)
                return more if more is _BAD else Addition(more)
        found = self._masked(raw, shape, hidden)
        try:
            value = msgspec.convert(raw, shape.annotation)
        except (msgspec.ValidationError, ValueError):
            hint = self._hint(raw, shape, hidden)
            self.complain(path, found, expectation(shape), hint)
            return _BAD
        if isinstance(value, str) and _UNPRINTABLE.search(value):
            self.complain(path, found, "a text without control characters")
            return _BAD
        if isinstance(value, str) and shape.format:
            try:
                CHECKS[shape.format](value)
            except FormatError as unfit:
                self.complain(path, found, expectation(shape), unfit.hint)
                return _BAD
        return value

    def _judged_list(
        self, path: KeyPath, raw: list[Any], shape: Shape, items: Shape, hidden: bool
    ) -> Any:
        if len(raw) < (shape.shortest or 0) or len(raw) > (shape.longest or len(raw)):
            most = f" and at most {shape.longest}" if shape.longest else ""
            at_least = f"a list of at least {shape.shortest or 0}{most} elements"
            self.complain(path, f"{len(raw)} elements", at_least)
            return _BAD
        judged = [
            self._judged((*path, index), element, items, hidden)
            for index, element in enumerate(raw)
        ]
        unique = "" not in items.choices
        for index, element in enumerate(judged):
            if unique and isinstance(element, str | int) and element in judged[:index]:
                found = f"{shown(element, hidden=hidden)} for the second time"
                self.complain((*path, index), found, "each of them once")
                return _BAD
        return _BAD if any(element is _BAD for element in judged) else tuple(judged)

    @staticmethod
    def _masked(raw: object, shape: Shape, hidden: bool) -> str:
        if isinstance(raw, str) and "@" in raw and shape.format in ADDRESSES:
            raw = "…" + raw[raw.rindex("@") :]
        elif isinstance(raw, str) and ":" in raw and shape.format == "sip-user":
            raw = raw[: raw.index(":") + 1] + "…"
        return shown(raw, hidden=hidden)

    @staticmethod
    def _hint(raw: object, shape: Shape, hidden: bool) -> str:
        if hidden:
            return "write it in quotes" if isinstance(raw, int | float) else ""
        if isinstance(raw, str) and shape.choices:
            words = [choice for choice in shape.choices if isinstance(choice, str)]
            return did_you_mean(raw, words)
        if isinstance(raw, int) and shape.base is str:
            return f'write it in quotes: "{shown(raw)}"'
        if isinstance(raw, str) and shape.base in (int, float, bool):
            return "write it without quotes"
        if shape.items is not None and isinstance(raw, str):
            return "write a list: [ … ]"
        return ""
