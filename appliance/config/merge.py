"""Many layers, one configuration: later wins, key by key.

A list is one value and is replaced as a whole; a table (``dial.speed_dial``, ``board.lamps``)
merges key by key. An ``[[account]]`` of a later file changes the earlier one of the same `user`
(where several share it, the one at the same `server`, else the first), and is a new line otherwise.
A later `password` takes the place of an earlier `password_file`, and the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.config.model import MAX_ACCOUNTS
from appliance.config.problems import ENVIRONMENT, KeyPath, Origin, Place, Problem, spell
from appliance.config.validate import Entry, Layer, Value

_SECRETS = {
    "password": "password_file",
    "password_file": "password",
    "turn_password": "turn_password_file",
    "turn_password_file": "turn_password",
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
        self.values |= layer.values
        earlier = list(self.accounts)
        for entry in layer.accounts:
            match = _same_line(earlier, entry)
            if match is None:
                self.accounts.append(entry)
            else:
                earlier.remove(match)
                _lay_over(match, entry)

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
    entry.values |= later.values
    entry.bad |= later.bad
