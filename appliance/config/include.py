"""Files that name others: ``include = ["site-berlin.toml"]`` at the top of a file.

An included file is laid down before the one that names it, which therefore wins. Names are those of
files in the same directory: what is served from one place must not reach into another. A file that
includes itself, by whatever detour, is told so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from appliance.config.problems import Problem, kind, shown, spell
from appliance.config.source import Source, read_source

KEY = "include"
MAX_DEPTH = 8
MAX_FILES = 64
_NO_FILES = ("", ".", "..")


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as it takes part in the merge: its data without the key `include`."""

    source: Source
    data: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Gathering:
    count: int = 0
    found: list[Reading] = field(default_factory=list)


def gather(paths: Iterable[Path]) -> Iterator[Reading]:
    """Every file in the order in which they merge; never raises, problems are in the readings."""
    gathering = _Gathering()
    for path in paths:
        _add(gathering, path, ())
    yield from gathering.found


def _add(gathering: _Gathering, path: Path, within: tuple[Path, ...], named: str = "") -> None:
    gathering.count += 1
    source = read_source(path)
    if named and source.problems and not source.parsed.complete:
        problems = tuple(replace(problem, hint=named) for problem in source.problems)
        source = replace(source, problems=problems)
    data = dict(source.parsed.data)
    reading = Reading(source, data, source.problems)
    wanted = data.pop(KEY, [])
    names = [wanted] if isinstance(wanted, str) else wanted
    here = (*within, path)
    complaints = []
    if not isinstance(names, list):
        complaints.append(_complaint(source, (KEY,), kind(wanted), "a list of file names"))
        names = []
    for index, name in enumerate(names):
        at = (KEY,) if isinstance(wanted, str) else (KEY, index)
        if not isinstance(name, str) or name in _NO_FILES or Path(name).name != name:
            found, expected = shown(name), "the name of a file in the same directory"
            complaints.append(_complaint(source, at, found, expected))
            continue
        other = path.parent / name
        if other in here:
            way = " → ".join(step.name for step in (*here, other))
            complaints.append(_complaint(source, at, f"a circle: {way}", "files without a circle"))
        elif len(here) >= MAX_DEPTH or gathering.count >= MAX_FILES:
            expected = f"at most {MAX_DEPTH} files within each other and {MAX_FILES} in all"
            complaints.append(_complaint(source, at, "one more file", expected))
        else:
            _add(gathering, other, here, f"it is named in {source.value_place(at)}")
    gathering.found.append(replace(reading, problems=(*reading.problems, *complaints)))


def _complaint(source: Source, path: tuple[str | int, ...], found: str, expected: str) -> Problem:
    return Problem(source.value_place(path), spell(path), found, expected)
