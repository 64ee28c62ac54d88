"""``deskphone config check | show | diff | schema``.

Each command takes its parsed arguments and two streams and returns an exit code; results go to
`out`, remarks to `err`. `check` answers mistakes with exit 1, the others refuse to go on with them:
`ConfigRefused` (exit 78) carries every one.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from appliance.config.crosscheck import CheckBoard
from appliance.config.directories import unreadable_lines
from appliance.config.excerpt import with_excerpts
from appliance.config.load import Loaded, load
from appliance.config.problems import Problem, errors
from appliance.config.schema import schema
from appliance.config.show import as_json, diff, show
from appliance.config.unit import IMAGINED, Unit, plain_mac, this_unit

Command = Callable[[argparse.Namespace, TextIO, TextIO], int]
_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[33m"}
_PLAIN = "\x1b[0m"


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
    check_board: CheckBoard | None = None,
) -> None:
    """Add ``config`` and its commands.

    Every command sets ``run`` in the namespace: a `Command` to be called as
    ``arguments.run(arguments, stdout, stderr)``. `check_board` is used wherever files are loaded.
    """
    parser = subparsers.add_parser("config", help="check and show configuration files")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, command: Command, words: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=words, description=words)
        added.set_defaults(run=command, check_board=check_board)
        if command is not schema_:
            added.add_argument("--unit", type=_unit, metavar="MAC[,SERIAL]", help=whose)
        return added

    whose = "read the files as this unit does, for {mac}, {serial}, {last4}; default: this machine"
    files = "files in the order in which they merge, later wins"
    for name, command, words in (
        ("check", check, "report all mistakes at once, exit 1 if there are any"),
        ("show", show_, "print what is in force, secrets hidden, and where each value comes from"),
    ):
        added = add(name, command, words)
        added.add_argument("files", nargs="+", type=Path, metavar="F", help=files)
        added.add_argument("--json", action="store_true", help="print JSON")
    added = add("diff", diff_, "print what would change from one file to another")
    added.add_argument("before", type=Path, metavar="A")
    added.add_argument("after", type=Path, metavar="B")
    add("schema", schema_, "print the JSON Schema, for editors")


def check(arguments: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """All problems; 0 when none of them is an error, 1 otherwise."""
    loaded = _load(arguments, arguments.files)
    problems = loaded.problems
    if loaded.config is not None:
        problems = (*problems, *unreadable_lines(loaded.config))
    grave = len(errors(problems))
    if arguments.json:
        _print_json({"ok": not grave, "problems": [_plain(p) for p in problems]}, out)
    else:
        for problem, excerpt in with_excerpts(problems):
            print(_coloured(problem, out), *excerpt, sep="\n", file=out)
        warnings = len(problems) - grave
        print(f"{_count(grave, 'error')}, {_count(warnings, 'warning')}", file=err)
    return 1 if grave else 0


def show_(arguments: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """What is in force; raises `ConfigRefused`. Warnings go to `err`."""
    loaded = _load(arguments, arguments.files)
    if arguments.json:
        _print_json(as_json(loaded), out)
    else:
        out.write(show(loaded))
    _warn(loaded, err)
    return 0


def diff_(arguments: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """What would change; raises `ConfigRefused`. Nothing is printed when nothing would."""
    before, after = (_load(arguments, [path]) for path in (arguments.before, arguments.after))
    for line in diff(before, after):
        print(line, file=out)
    _warn(after, err)
    return 0


def schema_(_arguments: argparse.Namespace, out: TextIO, _err: TextIO) -> int:
    """The JSON Schema."""
    _print_json(schema(), out)
    return 0


def _load(arguments: argparse.Namespace, paths: Sequence[Path]) -> Loaded:
    env: Mapping[str, str] = getattr(arguments, "env", os.environ)
    unit = arguments.unit or this_unit()
    return load(paths, env, check_board=arguments.check_board, unit=unit)


def _unit(text: str) -> Unit:
    mac, _, serial = text.partition(",")
    plain = plain_mac(mac)
    if plain is None:
        raise argparse.ArgumentTypeError(f"{mac!r} is no MAC address such as b8:27:eb:01:02:03")
    return Unit(plain, serial or IMAGINED.serial)


def _warn(loaded: Loaded, err: TextIO) -> None:
    for problem in loaded.problems:
        print(_coloured(problem, err), file=err)


def _plain(problem: Problem) -> dict[str, Any]:
    flat = asdict(problem)
    return {**flat.pop("place"), **flat}


def _print_json(value: Any, out: TextIO) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False), file=out)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _coloured(problem: Problem, stream: TextIO) -> str:
    if not stream.isatty() or os.environ.get("NO_COLOR"):
        return str(problem)
    severity = problem.severity
    return str(problem).replace(f": {severity}: ", f": {_COLOURS[severity]}{severity}{_PLAIN}: ", 1)
