"""Rows become units: what each column means, and every mistake of the whole table at once.

A unit's cells are judged as its configuration file would be, key by key, but the places are those
of the table. What only shows between rows is found here: the same MAC twice, two units on one
extension, one password for several.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.config.fields import SECTIONS, Shape
from appliance.config.kinds import MAX_ACCOUNTS
from appliance.config.problems import (
    KeyPath,
    Origin,
    Place,
    Problem,
    did_you_mean,
    shown,
)
from appliance.config.textual import converted
from appliance.config.unit import Unit, plain_mac
from appliance.config.validate import read_layer
from appliance.fleet.table import Row, Table

OWN: Mapping[str, str] = {
    "mac": "MAC address of the unit, in any spelling; required",
    "serial": "serial number of its board",
    "site": "lays `site-<site>.toml` below the unit's file",
    "model": "lays `model-<model>.toml` below the unit's file",
    "voicemail": "number of the mailbox on the PBX; default: the first user",
    "outbound_cid": "number that the PBX shows to those who are called; default: the first user",
}
"""Columns that are no keys of the configuration."""
SHORT = {"name": ("phone", "name")}
SHORTEST_PASSWORD = 8
_LABEL = re.compile(r"[a-z0-9][a-z0-9_.-]{0,31}", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,20}")
_ACCOUNT = re.compile(rf"([a-z_]+)([2-{MAX_ACCOUNTS}])?")
_UNFIT = re.compile(r"[;\s]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A unit of the fleet: who it is, and its own configuration as TOML has it."""

    unit: Unit
    row: Row
    document: Mapping[str, Any]
    site: str = ""
    model: str = ""
    voicemail: str = ""
    outbound_cid: str = ""

    @property
    def accounts(self) -> Sequence[dict[str, Any]]:
        """The accounts, in order; their passwords may be missing."""
        accounts: Sequence[dict[str, Any]] = self.document.get("account", [])
        return accounts

    @property
    def name(self) -> str:
        """What people call the unit."""
        return str(self.document.get("phone", {}).get("name") or self.unit.mac)


@dataclass(frozen=True, slots=True)
class Fleet:
    """The units that hold, and all that is wrong with the table."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Cells:
    """One row on its way: where each key of the document came from."""

    row: Row
    own: dict[str, str] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    accounts: dict[int, dict[str, Any]] = field(default_factory=dict)
    columns: dict[KeyPath, str] = field(default_factory=dict)

    def key_place(self, path: KeyPath, /) -> Place:
        """Where the key of `path` stands."""
        return self.row.at(self.columns.get(path, ""))

    value_place = key_place

    def origin(self, _path: KeyPath, /) -> Origin:
        """Where a value comes from."""
        return Origin(self.row.place.file, self.row.place.line)


def read_fleet(table: Table) -> Fleet:
    """Every unit of a table; never raises."""
    problems = list(table.problems)
    unknown = dict.fromkeys(name for row in table.rows for name in row.cells if not _meant(name))
    for name in unknown:
        row = next(row for row in table.rows if name in row.cells)
        hint = did_you_mean(name, known_columns())
        expected = "a column such as mac, name, user, password or audio.headset"
        problems.append(Problem(row.at(name), name, "an unknown column", expected, hint))
    entries = [entry for row in table.rows if (entry := _entry(row, problems)) is not None]
    problems += _clashes(entries)
    return Fleet(tuple(entries), tuple(problems))


@functools.cache
def known_columns() -> tuple[str, ...]:
    """Every name that a column may have, but for the accounts after the first."""
    names = [*OWN, *SHORT, *SECTIONS["account"]]
    for section, fields in SECTIONS.items():
        if section == "account":
            continue
        for key, known in fields.items():
            inner = known.shape.fields
            names += (
                [f"{section}.{key}.{part}" for part in inner] if inner else [f"{section}.{key}"]
            )
    return tuple(names)


@functools.cache
def _meant(name: str) -> KeyPath:
    """The key path that a column stands for; ``(name,)`` for our own, nothing if unknown."""
    if name in OWN:
        return (name,)
    if name in SHORT:
        return SHORT[name]
    match = _ACCOUNT.fullmatch(name)
    if match is not None and match[1] in SECTIONS["account"]:
        return ("account", int(match[2] or 1) - 1, match[1])
    return tuple(name.split(".")) if name in known_columns() else ()


def _shape(path: KeyPath) -> Shape:
    known = SECTIONS[str(path[0])][str(path[-1] if path[0] == "account" else path[1])].shape
    return known.fields[str(path[2])] if known.fields and path[0] != "account" else known


def _entry(row: Row, problems: list[Problem]) -> Entry | None:
    cells = _sorted(row)
    before = len(problems)
    unit = _unit(cells, problems)
    for name in ("site", "model"):
        given = cells.own.get(name, "")
        if given and not _LABEL.fullmatch(given):
            expected = "letters, digits, `-`, `_` and `.`, 32 at most, for it names a file"
            problems.append(Problem(row.at(name), name, shown(given), expected))
    for name in ("voicemail", "outbound_cid"):
        given = cells.own.get(name, "")
        if given and not _DIGITS.fullmatch(given):
            problems.append(Problem(row.at(name), name, shown(given), "digits, 20 at most"))
    if cells.accounts:
        cells.document["account"] = [cells.accounts[index] for index in sorted(cells.accounts)]
    problems += _gaps(cells)
    problems += read_layer(cells.document, cells).problems
    problems += _passwords(cells)
    if unit is None or any(problem.severity == "error" for problem in problems[before:]):
        return None
    first = str(cells.document["account"][0]["user"])
    return Entry(
        unit=unit,
        row=row,
        document=cells.document,
        site=cells.own.get("site", ""),
        model=cells.own.get("model", ""),
        voicemail=cells.own.get("voicemail", first),
        outbound_cid=cells.own.get("outbound_cid", first),
    )


def _sorted(row: Row) -> _Cells:
    cells = _Cells(row)
    for name, given in row.cells.items():
        path = _meant(name)
        if not path:
            continue
        if len(path) == 1:
            cells.own[name] = str(given)
            continue
        value = converted(given, _shape(path)) if isinstance(given, str) else given
        cells.columns[path] = name
        match path:
            case ("account", int() as index, str() as key):
                cells.accounts.setdefault(index, {})[key] = value
            case (str() as section, str() as key):
                cells.document.setdefault(section, {})[key] = value
            case (str() as section, str() as key, str() as inner):
                cells.document.setdefault(section, {}).setdefault(key, {})[inner] = value
    return cells


def _unit(cells: _Cells, problems: list[Problem]) -> Unit | None:
    given = cells.own.get("mac", "")
    mac = plain_mac(given)
    if mac is None:
        found = shown(given) if given else "nothing"
        expected = "a MAC address such as b8:27:eb:01:02:03"
        problems.append(Problem(cells.row.at("mac"), "mac", found, expected))
        return None
    return Unit(mac, cells.own.get("serial", ""))


def _gaps(cells: _Cells) -> Iterable[Problem]:
    """An account needs a user; the rest may come from the files below."""
    if not cells.accounts:
        yield Problem(cells.row.at("user"), "user", "nothing", "the extension of the unit")
    for number, index in enumerate(sorted(cells.accounts)):
        column = "user" if index == 0 else f"user{index + 1}"
        if number != index:
            expected = "accounts without a gap between them"
            yield Problem(cells.row.at(column), column, f"account {index + 1} alone", expected)
        elif "user" not in cells.accounts[index]:
            yield Problem(cells.row.at(column), column, "nothing", "the extension of this account")


def _passwords(cells: _Cells) -> Iterable[Problem]:
    for index, account in cells.accounts.items():
        password, user = account.get("password"), account.get("user")
        if not isinstance(password, str):
            continue
        column = "password" if index == 0 else f"password{index + 1}"
        place = cells.row.at(column)
        hint = "leave the cell empty, and a strong one is made"
        if _UNFIT.search(password):
            expected = "a password without blanks and semicolons, which pjsip.conf cannot hold"
            yield Problem(place, column, "an unusable password", expected, hint)
        elif password == user:
            expected = "a password that is not the extension"
            yield Problem(place, column, "the extension again", expected, hint)
        elif len(password) < SHORTEST_PASSWORD:
            found, expected = f"{len(password)} characters", f"{SHORTEST_PASSWORD} at least"
            yield Problem(place, column, found, expected, hint, "warning")


def _clashes(entries: Sequence[Entry]) -> Iterable[Problem]:
    seen: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        for key, column, found, severity in _identities(entry):
            other = seen.setdefault(key, entry)
            if other is not entry:
                where = f"{found}, as {other.row.place} has"
                expected = "each of them once"
                place = entry.row.at(column)
                yield Problem(place, column, where, expected, severity=severity)


def _identities(entry: Entry) -> Iterable[tuple[tuple[str, ...], str, str, Any]]:
    """What no two units may share: key, column, words, severity."""
    yield ("mac", entry.unit.mac), "mac", shown(entry.unit.mac), "error"
    if entry.unit.serial:
        yield ("serial", entry.unit.serial), "serial", shown(entry.unit.serial), "error"
    for index, account in enumerate(entry.accounts):
        suffix = "" if index == 0 else str(index + 1)
        user, server = str(account["user"]), str(account.get("server", ""))
        column = f"user{suffix}"
        yield ("user", user, server), column, f"the extension {shown(user)}", "error"
        if "password" in account:
            secret = ("password", str(account["password"]))
            yield secret, f"password{suffix}", "a password that another has", "warning"
    name = entry.document.get("phone", {}).get("name")
    if name and "{" not in str(name):
        yield ("name", str(name)), "name", shown(name), "warning"
