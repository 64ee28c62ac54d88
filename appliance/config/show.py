"""What is in force, and what would change: for people and for machines.

Secrets are replaced before anything is formatted; there is no option to show them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from appliance.config.fields import SECTIONS, Field, Shape, header, number
from appliance.config.load import Loaded, require
from appliance.config.model import Config
from appliance.config.problems import DEFAULT, HIDDEN, KeyPath, Origin, quote, spell

_COLUMN = 44


@dataclass(frozen=True, slots=True)
class Setting:
    """A key in force; `value` is None for one that is not set, and HIDDEN for a secret."""

    path: KeyPath
    value: Any
    origin: Origin | None
    shape: Shape

    @property
    def source(self) -> str:
        """Where the value comes from: ``file:line``, ``environment`` or ``default``."""
        return str(self.origin) if self.origin else DEFAULT


def settings(loaded: Loaded) -> Iterator[Setting]:
    """Every key in force, in the order of the model; raises `ConfigRefused` where there is none."""
    for path, value, shape in _leaves(require(loaded)):
        hidden = shape.masked == "always" and value is not None
        yield Setting(path, HIDDEN if hidden else value, loaded.origins.get(path), shape)


def _leaves(config: Config) -> Iterator[tuple[KeyPath, Any, Shape]]:
    """Key paths with their raw values."""
    for section, fields in SECTIONS.items():
        if section == "account":
            for index, account in enumerate(config.accounts):
                yield from _struct_leaves((section, index), account, fields)
        else:
            yield from _struct_leaves((section,), getattr(config, section), fields)


def _struct_leaves(
    prefix: KeyPath, struct: msgspec.Struct, fields: Mapping[str, Field]
) -> Iterator[tuple[KeyPath, Any, Shape]]:
    for name, known in fields.items():
        value = getattr(struct, name)
        if known.shape.fields is None:
            yield (*prefix, name), value, known.shape
            continue
        table = value if isinstance(value, dict) else msgspec.structs.asdict(value)
        for key in table if isinstance(value, dict) else known.shape.fields:
            yield (*prefix, name, key), table.get(key), known.shape.fields[key]


def show(loaded: Loaded) -> str:
    """The configuration in force as TOML, each key with its origin.

    Read back it gives the same configuration, but for the secrets. Raises `ConfigRefused`.
    """
    lines = ["# The configuration in force; secrets are hidden."]
    section: KeyPath = ()
    for setting in settings(loaded):
        head: KeyPath = setting.path[:1]
        if setting.path[0] == "account":
            head = setting.path[:2]
        if head != section:
            section = head
            lines += ["", header(str(section[0]))]
        lines.append(_line(spell(setting.path[len(section) :]), setting, loaded))
    return "\n".join(lines) + "\n"


def _line(name: str, setting: Setting, loaded: Loaded) -> str:
    if setting.value is None:
        return f"# {name} is not set"
    text = f"{name} = {toml(setting.value, setting.shape)}"
    given_by_file = (*setting.path[:-1], f"{setting.path[-1]}_file")
    if setting.value == HIDDEN and given_by_file in loaded.origins:
        return f"# {text:<{_COLUMN - 2}} # {_comment(setting.source)}"
    return f"{text:<{_COLUMN}} # {_comment(setting.source)}"


def _comment(text: str) -> str:
    return quote(text)[1:-1].replace("\\\\", "\\")


def toml(value: Any, shape: Shape) -> str:
    """A value as TOML writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return quote(value)
        case tuple() | list():
            items = shape.items or shape
            return "[" + ", ".join(toml(item, items) for item in value) + "]"
        case _:
            return number(value, shape)


def diff(before: Loaded, after: Loaded) -> list[str]:
    """What would change, key by key: ``-`` lines leave, ``+`` lines come; empty when nothing does.

    A changed secret is named and not shown. Raises `ConfigRefused` if either has no configuration.
    """
    old = {path: (value, shape) for path, value, shape in _leaves(require(before))}
    new = {path: (value, shape) for path, value, shape in _leaves(require(after))}
    lines = []
    for path in dict.fromkeys([*old, *new]):
        was, shape = old.get(path, (None, None))
        now, shape = new.get(path, (None, shape))
        if was == now or shape is None:
            continue
        for sign, value, loaded in (("-", was, before), ("+", now, after)):
            if value is not None:
                text = HIDDEN if shape.masked == "always" else toml(value, shape)
                source = loaded.origins.get(path, DEFAULT)
                lines.append(f"{sign} {spell(path)} = {text:<20} # {_comment(str(source))}")
    return lines


def as_json(loaded: Loaded) -> dict[str, Any]:
    """The configuration in force for machines: ``config``, masked, and ``origins`` by key."""
    config: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for setting in settings(loaded):
        *way, last = setting.path
        table: Any = config
        for here, after in zip(way, setting.path[1:], strict=True):
            empty: Any = [] if isinstance(after, int) else {}
            if isinstance(here, int):
                if here == len(table):
                    table.append(empty)
                table = table[here]
            else:
                table = table.setdefault(here, empty)
        if setting.value is not None:
            table[last] = setting.value
            origins[spell(setting.path)] = setting.source
    return {"config": config, "origins": origins}
