"""``deskphone fleet import``: a table of units from other telephones' device files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TextIO

from appliance.config.problems import errors
from appliance.errors import UsageError
from appliance.fleet.moving.collecting import collect, table
from appliance.fleet.table import read_table
from appliance.fleet.units import read_fleet


def moving(arguments: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Write the table, and tell what was left behind; 1 where a file or a row has a mistake.

    Raises `UsageError` where there is a table already, or nowhere to write it.
    """
    target: Path = arguments.out
    moved = collect(arguments.files)
    if not moved.rows:
        for problem in moved.problems:
            print(problem, file=out)
        print("no telephone was found; nothing was written", file=err)
        return 1
    _write(target, table(moved.rows))
    problems = [*moved.problems, *read_fleet(read_table(target)).problems]
    for problem in problems:
        print(problem, file=out)
    for name, places in sorted(moved.left.items()):
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        print(f"{places[0]}{more}: not carried over: {name}", file=out)
    count = len(moved.rows)
    print(f"{target}: {count} unit{'' if count == 1 else 's'}; the passwords are in it", file=err)
    print("Replace each MAC by that of the unit that takes the telephone's place, then:", file=err)
    print(f"deskphone fleet render {target}", file=err)
    return 1 if errors(problems) else 0


def _write(target: Path, text: str) -> None:
    try:
        target.touch(mode=0o600, exist_ok=False)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        found = error.strerror or "an error"
        raise UsageError(
            "FLEET-01", "No table", f"{target}: found {found}, expected a name that is free"
        ) from None
