"""Files of other telephones become a table of units; what could not be carried over is told.

A file that names no telephone (Yealink's ``y000000000028.cfg``, Polycom's ``site.cfg``) holds for
all of its maker, below each one's own.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from appliance.config.problems import Place, Problem
from appliance.config.reading import read_regular
from appliance.config.textual import plain_text
from appliance.fleet.moving import cisco, grandstream, polycom, snom, yealink
from appliance.fleet.moving.cells import Cells
from appliance.fleet.moving.reading import Element, NotReadable, Setting, Settings, elements, lines

MAX_BYTES = 4 << 20
_MAC = re.compile(r"(?<![0-9a-z])(?:cfg|spa|snom\w*?-?)?([0-9a-f]{12})(?![0-9a-f])")
_COMMON = re.compile(r"0{8}")
_MOVES: dict[str, Callable[[Cells], None]] = {
    "Yealink": yealink.move,
    "Polycom": polycom.move,
    "Grandstream": grandstream.move,
    "Cisco": cisco.move,
    "Snom": snom.move,
}
MAKERS = ", ".join(_MOVES)
_ROOTS = {
    "gs_provision": "Grandstream", "flat-profile": "Cisco", "settings": "Snom",
    "phone-settings": "Snom", "polycomConfig": "Polycom", "PHONE_CONFIG": "Polycom",
    "phone1": "Polycom", "reginfo": "Polycom", "directory": "Polycom", "APPLICATION": "Polycom",
    "localcfg": "Polycom", "sip": "Polycom",
}  # fmt: skip


@dataclass(slots=True)
class Moved:
    """The rows of the table, what is wrong with the files, and the settings left behind."""

    rows: list[dict[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left: dict[str, list[Place]] = field(default_factory=dict)
    """Places by maker and name of the setting."""


@dataclass(slots=True)
class _Phones:
    """One maker's settings: those of all, and those of each telephone by MAC."""

    common: dict[str, Setting] = field(default_factory=dict)
    own: dict[str, dict[str, Setting]] = field(default_factory=dict)


def collect(paths: Iterable[Path]) -> Moved:
    """Read device files, and folders of them; never raises for what they hold."""
    moved = Moved()
    makers: dict[str, _Phones] = {}
    for path in sorted(_files(paths)):
        read = _read(path)
        if isinstance(read, Problem):
            moved.problems.append(read)
            continue
        maker, found = read
        phones = makers.setdefault(maker, _Phones())
        mac = _mac(path, found)
        (phones.own.setdefault(mac, {}) if mac else phones.common).update(found)
    for maker, phones in makers.items():
        _move(maker, phones, moved)
    moved.problems = list(dict.fromkeys(moved.problems))
    return moved


def table(rows: Sequence[dict[str, str]]) -> str:
    """The rows as the CSV that `fleet render` reads."""
    names = ["mac", *sorted({name for row in rows for name in row} - {"mac"}, key=_order)]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _order(name: str) -> tuple[int, str, str]:
    """Accounts first, one after the other, then the rest of the configuration."""
    match = re.fullmatch(r"([a-z_]+?)([2-9])?", name)
    if match is None:
        return 9, name, ""
    first = ("user", "password", "server").index(match[1]) if match[1] in _FIRST else 3
    return int(match[2] or 1), str(first), match[1]


_FIRST = ("user", "password", "server")


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    """Those named, and those in the folders named; what is neither is told when it is read."""
    for path in paths:
        try:
            inside = [inner for inner in path.iterdir() if inner.is_file()]
        except OSError:
            inside = [path]
        yield from inside


def _read(path: Path) -> tuple[str, dict[str, Setting]] | Problem:
    read = read_regular(path, MAX_BYTES)
    expected = f"a device file of {MAKERS}"
    if isinstance(read, str):
        return Problem(Place(str(path)), "", read, expected)
    text = plain_text(read.content)
    if text is None:
        return Problem(Place(str(path)), "", "text in no encoding", expected, severity="warning")
    if not text.lstrip().startswith("<"):
        return _of_lines(path, text)
    try:
        found = elements(text)
    except NotReadable as refused:
        return Problem(Place(str(path), refused.line), "", refused.found, expected)
    return _of_elements(path, found)


def _of_lines(path: Path, text: str) -> tuple[str, dict[str, Setting]] | Problem:
    found = dict(lines(path, text))
    if any(re.match(r"(account|local_time|linekey|static)\.", name) for name in found):
        return "Yealink", found
    if any(re.fullmatch(r"P\d+", name) for name in found):
        return "Grandstream", found
    expected = f"a device file of {MAKERS}"
    return Problem(Place(str(path)), "", "another file", expected, severity="warning")


def _of_elements(path: Path, found: list[Element]) -> tuple[str, dict[str, Setting]] | Problem:
    maker = _ROOTS.get(found[0].name, "")
    if any(name.startswith("reg.1.") for element in found for name in element.attributes):
        maker = "Polycom"
    match maker:
        case "Polycom":
            return maker, dict(polycom.settings(path, found))
        case "Snom":
            return maker, dict(snom.settings(path, found))
        case "Grandstream" | "Cisco":
            return maker, dict(grandstream.settings(path, found))
    what = f"<{found[0].name}>"
    expected = f"a device file of {MAKERS}"
    return Problem(Place(str(path), found[0].line), "", what, expected, severity="warning")


def _mac(path: Path, found: dict[str, Setting]) -> str:
    """The telephone that a file is for; nothing where it is for all."""
    inside = found.pop("mac", None)
    match = _MAC.search(path.stem.lower())
    given = match[1] if match else re.sub("[:-]", "", inside.value.lower()) if inside else ""
    return "" if not given or _COMMON.match(given) else given


def _move(maker: str, phones: _Phones, moved: Moved) -> None:
    if not phones.own:
        places = [setting.place for setting in phones.common.values()]
        where = Place(places[0].file) if places else Place(maker)
        expected = "files with the MAC of a telephone in their names"
        moved.problems.append(Problem(where, "", "settings for all of them", expected))
        return
    for mac, own in sorted(phones.own.items()):
        cells = Cells(Settings({**phones.common, **own}))
        _MOVES[maker](cells)
        moved.problems += cells.problems
        if "user" in cells.row:
            moved.rows.append({"mac": mac, **cells.row})
        else:
            file = next((setting.place.file for setting in own.values()), mac)
            expected = "an account that is switched on"
            moved.problems.append(Problem(Place(file), "", "none", expected))
        for name, setting in cells.settings.left():
            kind = name if re.fullmatch(r"P\d+", name) else re.sub(r"\d+", "N", name)
            places = moved.left.setdefault(f"{maker} {kind}", [])
            if setting.place not in places:
                places.append(setting.place)
