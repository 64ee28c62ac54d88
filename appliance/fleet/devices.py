"""A unit's own file: what the table says of it, above the files that it shares with others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from appliance.config.fields import SECTIONS, Field, header
from appliance.config.include import gather
from appliance.config.problems import quote
from appliance.config.show import toml
from appliance.config.validate import ACCOUNT_DEFAULTS
from appliance.fleet.units import Entry

COMMON = "common.toml"
MARK = "# Written by `deskphone fleet render` from "
_SHARED = {
    COMMON: "What holds for every unit",
    "site": "What holds for every unit of this site",
    "model": "What holds for every unit of this model",
}


def layers(entry: Entry) -> list[str]:
    """The files below a unit's own, the lowest first."""
    names = [COMMON]
    names += [f"site-{entry.site}.toml"] if entry.site else []
    names += [f"model-{entry.model}.toml"] if entry.model else []
    return names


def device_file(entry: Entry, table: str) -> str:
    """The TOML of one unit; `table` names where it came from."""
    lines = [f"{MARK}{table}; changes belong there."]
    lines.append(f"include = [{', '.join(quote(name) for name in layers(entry))}]")
    for section, content in entry.document.items():
        tables = content if section == "account" else [content]
        for one in tables:
            lines += ["", header(section), *_lines(SECTIONS[section], one)]
    return "\n".join(lines) + "\n"


def _lines(fields: Mapping[str, Field], given: Mapping[str, Any]) -> Iterator[str]:
    for name, known in fields.items():
        if name not in given:
            continue
        inner = known.shape.fields
        if inner is None:
            yield f"{name} = {toml(given[name], known.shape)}"
            continue
        for key, value in given[name].items():
            yield f"{name}.{key} = {toml(value, inner[key])}"


def shared_files(entries: tuple[Entry, ...]) -> dict[str, str]:
    """The files that units share, as a beginning: a comment that says what they are for."""
    files: dict[str, str] = {}
    for name in dict.fromkeys([COMMON, *(name for entry in entries for name in layers(entry))]):
        about = _SHARED.get(name) or _SHARED[name.partition("-")[0]]
        files[name] = (
            f"# {about}; `deskphone fleet render` never changes this file.\n"
            "# [account_defaults] is for all accounts: server, transport, ca_file, expires …\n"
        )
    return files


class Shared:
    """What the shared files say of every account; a set of files is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._defaults: dict[tuple[str, ...], dict[str, Any]] = {}

    def accounts(self, entry: Entry) -> list[dict[str, Any]]:
        """A unit's accounts as they will be in force."""
        names = tuple(name for name in layers(entry) if (self._folder / name).exists())
        if names not in self._defaults:
            given: dict[str, Any] = {}
            for reading in gather(self._folder / name for name in names):
                found = reading.data.get(ACCOUNT_DEFAULTS)
                given |= found if isinstance(found, dict) else {}
            self._defaults[names] = given
        return [{**self._defaults[names], **account} for account in entry.accounts]


def strangers(folder: Path, entries: tuple[Entry, ...]) -> list[Path]:
    """Device files of an earlier rendering whose units the table no longer has."""
    known = {f"{entry.unit.mac}.toml" for entry in entries}
    return [
        path
        for path in sorted(folder.glob("*.toml"))
        if path.name not in known
        and path.read_text(encoding="utf-8", errors="replace").startswith(MARK)
    ]
