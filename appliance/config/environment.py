"""The environment as the last layer: ``DESKPHONE_<SECTION>_<KEY>``.

``DESKPHONE_LOG_LEVEL``, ``DESKPHONE_ACCOUNT_0_PASSWORD`` (accounts are numbered from 0 as they
stand after merging the files), ``DESKPHONE_DIAL_SPEED_DIAL_1``. A text is taken as it is; other
values are written as in TOML, lists also with commas. An empty variable counts as not set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from appliance.config.fields import SECTIONS, Field, Shape
from appliance.config.problems import (
    ENVIRONMENT,
    KeyPath,
    Origin,
    Place,
    Problem,
    nearest,
    spell,
)
from appliance.config.textual import converted
from appliance.config.validate import Entry, Layer, read_layer

PREFIX = "DESKPHONE_"
_PLACE = Place(ENVIRONMENT)


def variable(path: KeyPath) -> str:
    """The variable that sets a key: ``("account", 0, "user")`` is ``DESKPHONE_ACCOUNT_0_USER``."""
    return PREFIX + "_".join(str(part).upper() for part in path)


class _Locator:
    """Everything stands in the environment, which has no lines."""

    def key_place(self, _path: KeyPath, /) -> Place:
        return _PLACE

    def value_place(self, _path: KeyPath, /) -> Place:
        return _PLACE

    def origin(self, _path: KeyPath, /) -> Origin:
        return Origin(ENVIRONMENT)


@dataclass(slots=True)
class EnvironmentLayer:
    """What the environment says; `accounts` by their number after merging."""

    layer: Layer = field(default_factory=Layer)
    accounts: dict[int, Entry] = field(default_factory=dict)


def read_environment(env: Mapping[str, str]) -> EnvironmentLayer:
    """Read the variables that are ours; never raises."""
    data: dict[str, Any] = {}
    accounts: dict[int, dict[str, Any]] = {}
    problems: list[Problem] = []
    for name, text in sorted(env.items()):
        if not name.startswith(PREFIX) or not text:
            continue
        rest = name.removeprefix(PREFIX).lower()
        section = next((s for s in SECTIONS if rest == s or rest.startswith(s + "_")), "")
        if not section:
            _note_stranger(name, rest, problems)
            continue
        path = _path(section, rest[len(section) + 1 :])
        if path is None:
            problems.append(_unknown(name, section, rest))
            continue
        shape, target = _target(path, data, accounts)
        target[str(path[-1])] = converted(text, shape)
    numbers = sorted(accounts)
    result = EnvironmentLayer(read_layer(data, _Locator()))
    for number in numbers:
        single = read_layer({"account": [accounts[number]]}, _Locator())
        result.accounts[number] = single.accounts[0]
        problems += [_renumbered(problem, number) for problem in single.problems]
    result.layer.problems = [_without_quotes(p) for p in result.layer.problems] + [
        _without_quotes(p) for p in problems
    ]
    return result


def _renumbered(problem: Problem, number: int) -> Problem:
    return replace(problem, key=problem.key.replace("account[0]", f"account[{number}]", 1))


def _without_quotes(problem: Problem) -> Problem:
    """Hints about quotes and brackets are for files."""
    return replace(problem, hint="") if problem.hint.startswith("write ") else problem


def _path(section: str, rest: str) -> KeyPath | None:
    fields = SECTIONS[section]
    if section == "account":
        number, _, key = rest.partition("_")
        plausible = number.isascii() and number.isdigit() and len(number) <= 2
        return (section, int(number), key) if plausible and key in fields else None
    if rest in fields:
        return None if fields[rest].shape.is_table else (section, rest)
    for name, known in fields.items():
        inner = rest.removeprefix(name + "_")
        if known.shape.fields is not None and inner != rest and inner in known.shape.fields:
            return (section, name, inner)
    return None


def _target(
    path: KeyPath, data: dict[str, Any], accounts: dict[int, dict[str, Any]]
) -> tuple[Shape, dict[str, Any]]:
    match path:
        case ("account", int() as number, str() as key):
            return SECTIONS["account"][key].shape, accounts.setdefault(number, {})
        case (str() as section, str() as key):
            return SECTIONS[section][key].shape, data.setdefault(section, {})
        case (str() as section, str() as key, str() as inner):
            fields = SECTIONS[section][key].shape.fields or {}
            return fields[inner], data.setdefault(section, {}).setdefault(key, {})
    raise AssertionError(f"{spell(path)} is not a path of _path")


def _all_variables(section: str, fields: Mapping[str, Field]) -> list[str]:
    prefix: KeyPath = (section, 0) if section == "account" else (section,)
    names = []
    for name, known in fields.items():
        inner = known.shape.fields or {}
        names += [variable((*prefix, name, key)) for key in inner] or [variable((*prefix, name))]
    return names


def _unknown(name: str, section: str, rest: str) -> Problem:
    names = _all_variables(section, SECTIONS[section])
    close = nearest(name, names)
    number = rest.removeprefix("account_").partition("_")[0]
    if section == "account" and number.isdigit():
        close = close.replace("_0_", f"_{number[:2]}_", 1)
    expected = "a variable such as " + names[0]
    hint = f"did you mean {close}?" if close else ""
    return Problem(_PLACE, _printable(name), "an unknown variable", expected, hint)


def _note_stranger(name: str, rest: str, problems: list[Problem]) -> None:
    """A variable of ours that fits no section: only worth a word when it looks like one."""
    section = nearest(rest.partition("_")[0], SECTIONS)
    if section:
        close = PREFIX + section.upper() + "_…"
        problems.append(
            Problem(
                _PLACE,
                _printable(name),
                "a variable of no section",
                "a variable such as " + _all_variables(section, SECTIONS[section])[0],
                f"did you mean {close}?",
                "warning",
            )
        )


def _printable(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name)
