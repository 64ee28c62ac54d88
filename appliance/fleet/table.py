"""A table of units, as people keep it: CSV of a spreadsheet, TOML or JSON.

Rows out, each with where it stands, and what is wrong with the table as a table. What the cells
mean is `units`' business.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.config.problems import Place, Problem, kind
from appliance.config.reading import read_regular
from appliance.config.textual import plain_text

MAX_BYTES = 32 << 20
MAX_UNITS = 100_000
_ROWS = "unit"
_CSV_EXPECTED = "a first line with the names of the columns, then a unit a line"


@dataclass(frozen=True, slots=True)
class Row:
    """A unit as the table has it: cells by column, empty ones left out, and where it stands.

    `columns` says which column of the file a name is in, counted from 1; empty but for CSV.
    """

    cells: Mapping[str, Any]
    place: Place
    columns: Mapping[str, int] = field(default_factory=dict)

    def at(self, name: str) -> Place:
        """Where the cell of this column stands: a spreadsheet's column is the file's column."""
        return Place(self.place.file, self.place.line, self.columns.get(name, 0))


@dataclass(frozen=True, slots=True)
class Table:
    """All rows that could be read, and what is wrong with the rest."""

    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_table(path: Path) -> Table:
    """Read a table by the ending of its name (``.toml``, ``.json``, else CSV); never raises."""
    file = str(path)
    read = read_regular(path, MAX_BYTES)
    if isinstance(read, str):
        return _refused(Place(file), read, f"a table of at most {MAX_BYTES >> 20} MiB")
    text = plain_text(read.content)
    if text is None:
        return _refused(Place(file), "text in no encoding", "UTF-8, UTF-16 or Windows-1252")
    match path.suffix.lower():
        case ".toml":
            return _read_toml(file, text)
        case ".json":
            return _read_json(file, text)
        case _:
            return _read_csv(file, text)


def _refused(place: Place, found: str, expected: str) -> Table:
    return Table(problems=(Problem(place, "", found, expected),))


def _read_csv(file: str, text: str) -> Table:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    problems: list[Problem] = []
    names: list[str] = []
    begins = 1
    try:
        for cells in reader:
            begins, line = reader.line_num + 1, begins
            if not any(cell.strip() for cell in cells) or cells[0].lstrip().startswith("#"):
                continue
            if not names:
                names = [cell.strip().lower() for cell in cells]
                problems += _twice(file, line, names)
                continue
            if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
                place = Place(file, line, len(names) + 1)
                expected = f"{len(names)} cells, as the first line has names"
                problems.append(Problem(place, "", f"{len(cells)} cells", expected))
            given = {
                name: cell.strip()
                for name, cell in zip(names, cells, strict=False)
                if name and cell.strip()
            }
            columns = {name: number for number, name in enumerate(names, 1)}
            rows.append(Row(given, Place(file, line), columns))
            if len(rows) > MAX_UNITS:
                return _refused(Place(file, line), "one more unit", f"at most {MAX_UNITS}")
    except csv.Error:
        hint = 'a cell with a quote in it is written "so ""said"" he"'
        problems.append(Problem(Place(file, begins), "", "quotes that do not end", "CSV", hint))
    if not names and not problems:
        problems.append(Problem(Place(file, 1), "", "nothing", _CSV_EXPECTED))
    return Table(tuple(rows), tuple(problems))


def _twice(file: str, line: int, names: list[str]) -> list[Problem]:
    return [
        Problem(Place(file, line, number), name, "a column for the second time", "each once")
        for number, name in enumerate(names, 1)
        if name and name in names[: number - 1]
    ]


def _read_toml(file: str, text: str) -> Table:
    try:
        document = tomllib.loads(text.replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:
        return _refused(Place(file), f"what is not TOML ({error})", f"[[{_ROWS}]] sections")
    return _entries(file, document.get(_ROWS))


def _read_json(file: str, text: str) -> Table:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return _refused(Place(file, error.lineno, error.colno), "what is not JSON", "a list")
    except RecursionError:
        return _refused(Place(file), "lists within lists", "a list of objects")
    return _entries(file, document.get(_ROWS) if isinstance(document, dict) else document)


def _entries(file: str, entries: object) -> Table:
    """Entries have no lines: they are counted, the first is 1."""
    if not isinstance(entries, list):
        return _refused(Place(file), kind(entries), f"a list of units under the name `{_ROWS}`")
    if len(entries) > MAX_UNITS:
        return _refused(Place(file), f"{len(entries)} units", f"at most {MAX_UNITS}")
    rows, problems = [], []
    for number, entry in enumerate(entries, 1):
        place = Place(f"{file}#{number}")
        if isinstance(entry, dict):
            cells = {str(name).lower(): value for name, value in entry.items()}
            rows.append(Row({name: cell for name, cell in cells.items() if cell != ""}, place))
        else:
            problems.append(Problem(place, "", kind(entry), "a unit with its keys"))
    return Table(tuple(rows), tuple(problems))
