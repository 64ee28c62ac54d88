"""``deskphone fleet init | render | check`` (`import` is in `moving`).

Each takes its parsed arguments and two streams and returns an exit code: 0 fine, 1 mistakes were
found, which are all told, one a line. Nothing is written where there is a mistake.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from appliance.config.problems import Problem, errors
from appliance.errors import UsageError
from appliance.fleet import pbx as pbx_files
from appliance.fleet.checking import check_folder
from appliance.fleet.devices import Shared, device_file, shared_files, strangers
from appliance.fleet.example import EXAMPLE
from appliance.fleet.labels import labels
from appliance.fleet.secrets import fill
from appliance.fleet.table import read_table
from appliance.fleet.units import read_fleet

_PRIVATE, _PUBLIC = 0o640, 0o644


def init(arguments: argparse.Namespace, out: TextIO) -> int:
    """Write an example; raises `UsageError` where there is a file already."""
    table: Path = arguments.table
    try:
        with table.open("x", encoding="utf-8") as file:
            file.write(EXAMPLE)
    except OSError as error:
        found = error.strerror or "an error"
        raise UsageError(
            "FLEET-01", "No table", f"{table}: found {found}, expected a name that is free"
        ) from None
    print(f"{table}: fill it in, then: deskphone fleet render {table}", file=out)
    return 0


def render(arguments: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Write what the table says; 1 and nothing written where it has mistakes."""
    table: Path = arguments.table
    wanted = arguments.pbx or ["asterisk"]
    pbx = pbx_files.Pbx(
        context=arguments.context, server_ip=arguments.server_ip, local_gmt=arguments.local_gmt
    )
    folder: Path = arguments.out
    shared = Shared(folder)
    fleet = read_fleet(read_table(table))
    problems = list(fleet.problems)
    if "vicidial" in wanted:
        problems += pbx_files.vicidial_problems(fleet.entries, pbx, shared)
    _tell(problems, out)
    if errors(problems):
        print(f"{_counted(problems)}; nothing was written", file=err)
        return 1
    new = fill(fleet.entries, arguments.secrets or table.with_suffix(".secrets.json"))
    files = {
        f"{entry.unit.mac}.toml": (device_file(entry, table.name), _PRIVATE)
        for entry in fleet.entries
    }
    if "asterisk" in wanted:
        files["pjsip_deskphones.conf"] = (pbx_files.asterisk(fleet.entries, pbx, shared), _PRIVATE)
    if "vicidial" in wanted:
        records = list(pbx_files.vicidial_records(fleet.entries, pbx, shared))
        files["vicidial-phones.csv"] = (pbx_files.vicidial_csv(records), _PRIVATE)
        files["vicidial-add-phone.txt"] = (pbx_files.vicidial_requests(records), _PRIVATE)
        files["vicidial-send.sh"] = (pbx_files.SEND, _PUBLIC)
    files["labels.html"] = (labels(fleet.entries), _PUBLIC)
    for name, content in shared_files(fleet.entries).items():
        if not (folder / name).exists():
            files[name] = (content, _PRIVATE)
    _write(folder, files)
    print(f"{len(fleet.entries)} units, {new} new passwords, in {folder}", file=out)
    for path in strangers(folder, fleet.entries):
        print(f"{path}: warning: the table no longer has this unit; delete the file", file=out)
    return 0


def check(arguments: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """All problems of a folder; 0 when none of them is an error, 1 otherwise."""
    count, problems = check_folder(arguments.folder, arguments.check_board)
    grave = errors(problems)
    if arguments.json:
        listed = [{**asdict(problem), "place": str(problem.place)} for problem in problems]
        print(json.dumps({"ok": not grave, "units": count, "problems": listed}), file=out)
    else:
        _tell(problems, out)
        print(f"{count} units, {_counted(problems)}", file=err)
    return 1 if grave else 0


def _tell(problems: Sequence[Problem], out: TextIO) -> None:
    for problem in problems:
        print(problem, file=out)


def _counted(problems: Sequence[Problem]) -> str:
    grave = len(errors(problems))
    counts = ((grave, "error"), (len(problems) - grave, "warning"))
    return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts)


def _write(folder: Path, files: Mapping[str, tuple[str, int]]) -> None:
    """Put files in place, each whole or not at all, and only those that differ."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, (content, mode) in files.items():
            path = folder / name
            if path.is_file() and path.read_text(encoding="utf-8") == content:
                continue
            temporary = folder / f"{name}.new"
            temporary.unlink(missing_ok=True)
            temporary.touch(mode=mode)
            temporary.write_text(content, encoding="utf-8")
            temporary.replace(path)
    except OSError as error:
        found = error.strerror or "an error"
        it = f"{error.filename or folder}: found {found}, expected a directory to write into"
        raise UsageError("FLEET-03", "Nothing written", it) from None
