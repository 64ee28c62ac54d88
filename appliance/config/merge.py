"""Many layers, one configuration: later wins, key by key.

A list is one value and is replaced as a whole, unless it says ``{ add = [ … ] }``; a table
(``dial.speed_dial``, ``board.lamps``) merges key by key. An ``[[account]]`` of a later file changes
the earlier one of the same `user` (where several share it, the one at the same `server`, else the
first), and is a new line otherwise.
A later `password` takes the place of an earlier `password_file`, and the other way round. What
``[account_defaults]`` says holds for every account that says nothing of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from appliance.config.fields import SECTIONS, Field
from appliance.config.kinds import MAX_ACCOUNTS
from appliance.config.problems import ENVIRONMENT, KeyPath, Origin, Place, Problem, spell
from appliance.config.validate import ACCOUNT_DEFAULTS, Addition, Entry, Layer, Value

_SECRETS = {
    "password": "password_file",
    "password_file": "password",
    "turn_password": "turn_password_file",
    "turn_password_file": "turn_password",
    "pin": "pin_file",
    "pin_file": "pin",
}


@dataclass(slots=True)
class Merged:
    """What all layers say together."""

    values: dict[KeyPath, Value] = field(default_factory=dict)
    accounts: list[Entry] = field(default_factory=list)

    def add(self, layer: Layer) -> None:
        """Lay a file over what there is."""
        for path in layer.values:
            other = (*path[:-1], _SECRETS.get(str(path[-1]), ""))
            if other not in layer.values:
                self.values.pop(other, None)
        for path, value in layer.values.items():
            self.values[path] = _joined(self.values.get(path), value)
        earlier = list(self.accounts)
        for entry in layer.accounts:
            match = _same_line(earlier, entry)
            if match is None:
                self.accounts.append(entry)
            else:
                earlier.remove(match)
                _lay_over(match, entry)

    def settle(self) -> list[Problem]:
        """Fill the accounts up from the account defaults, and lists from the model's.

        Called once, when every file lies; the problems are lists that have grown too long.
        """
        given: dict[str, Value] = {}
        for path in [path for path in self.values if path[0] == ACCOUNT_DEFAULTS]:
            given[str(path[1])] = self.values.pop(path)
        problems: list[Problem] = []
        for path, value in self.values.items():
            self.values[path] = _whole(path, SECTIONS[str(path[0])], value, problems)
        for index, entry in enumerate(self.accounts):
            known = entry.values.keys() | entry.bad
            for name, value in given.items():
                if name not in known and _SECRETS.get(name) not in known:
                    entry.values[name] = value
                elif isinstance(entry.values.get(name, value).value, Addition):
                    entry.values[name] = _joined(value, entry.values[name])
            for name, value in entry.values.items():
                path = ("account", index, name)
                entry.values[name] = _whole(path, SECTIONS["account"], value, problems)
        return problems

    def add_numbered(self, entries: Mapping[int, Entry]) -> list[Problem]:
        """Lay the environment's accounts over those with the same number, or behind the last."""
        problems = []
        for number, entry in sorted(entries.items()):
            if number < len(self.accounts):
                _lay_over(self.accounts[number], entry)
            elif number == len(self.accounts):
                self.accounts.append(entry)
            else:
                key = spell(("account", number))
                expected = f"account numbers from 0 to {len(self.accounts)}"
                problems.append(Problem(Place(ENVIRONMENT), key, f"account {number}", expected))
        return problems

    def at(self, path: KeyPath) -> Value | None:
        """The value in force, if one was given."""
        match path:
            case ("account", int() as index, str() as name):
                return self.accounts[index].values.get(name)
            case _:
                return self.values.get(path)

    def section(self, name: str) -> dict[str, Any]:
        """A section as msgspec converts it."""
        section: dict[str, Any] = {}
        for path, value in self.values.items():
            if path[0] == name:
                table = section
                for part in path[1:-1]:
                    table = table.setdefault(str(part), {})
                table[str(path[-1])] = value.value
        return section

    def document(self) -> dict[str, Any]:
        """The whole, as msgspec converts it to a `Config`."""
        accounts = [entry.document() for entry in self.accounts]
        names = dict.fromkeys(str(path[0]) for path in self.values)
        return {"account": accounts, **{name: self.section(name) for name in names}}

    def origins(self) -> dict[KeyPath, Origin]:
        """Where each value in force comes from; what is missing here is a default."""
        origins = {path: value.origin for path, value in self.values.items()}
        for index, entry in enumerate(self.accounts):
            for name, value in entry.values.items():
                origins["account", index, name] = value.origin
        return origins

    def missing(self, broken: frozenset[str]) -> list[Problem]:
        """Required keys that no layer gives; `broken` were given in lines that cannot be read."""
        problems = []
        for index, entry in enumerate(self.accounts):
            given = entry.values.keys() | entry.bad | broken
            for name, expected in (
                ("user", 'the extension, for example user = "1001"'),
                ("server", 'the registrar, for example server = "pbx.example.com"'),
                ("password", "password or password_file"),
            ):
                if not given & {name, _SECRETS.get(name, name)}:
                    key = spell(("account", index, name))
                    problems.append(Problem(entry.place, key, "nothing", expected))
        return problems

    def surplus(self) -> list[Problem]:
        """Accounts beyond what a phone has lines for."""
        return [
            Problem(entry.place, "account", "one more account", f"at most {MAX_ACCOUNTS}")
            for entry in self.accounts[MAX_ACCOUNTS : MAX_ACCOUNTS + 1]
        ]


def _same_line(entries: Sequence[Entry], entry: Entry) -> Entry | None:
    user, server = (_given(entry, name) for name in ("user", "server"))
    if user is None:
        return None
    same = [known for known in entries if _given(known, "user") == user]
    exact = [known for known in same if _given(known, "server") == server]
    return next(iter(exact or same), None)


def _given(entry: Entry, name: str) -> Any:
    value = entry.values.get(name)
    return None if value is None else value.value


def _lay_over(entry: Entry, later: Entry) -> None:
    for name, other in _SECRETS.items():
        if name in later.values and other not in later.values:
            entry.values.pop(other, None)
    for name, value in later.values.items():
        entry.values[name] = _joined(entry.values.get(name), value)
    entry.bad |= later.bad


def _joined(earlier: Value | None, later: Value) -> Value:
    """The later value; an addition is made to what there is."""
    if earlier is None or not isinstance(later.value, Addition):
        return later
    if isinstance(earlier.value, Addition):
        return replace(later, value=Addition(later.value.to(earlier.value.items)))
    return replace(later, value=later.value.to(earlier.value))


def _whole(
    path: KeyPath, fields: Mapping[str, Field], value: Value, problems: list[Problem]
) -> Value:
    """A value as it stands in the end: an addition to what no file gave is one to the default."""
    known = fields[str(path[-1] if path[0] == "account" else path[1])]
    if isinstance(value.value, Addition):
        value = replace(value, value=value.value.to(known.default or ()))
    longest = known.shape.longest
    if isinstance(value.value, tuple) and longest is not None and len(value.value) > longest:
        found = f"{len(value.value)} elements in all"
        problems.append(Problem(value.place, spell(path), found, f"at most {longest}"))
    return value
