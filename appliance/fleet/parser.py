"""The words of ``deskphone fleet``; what they do is imported when they are said."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TextIO

from appliance.config.crosscheck import CheckBoard


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
    check_board: CheckBoard | None = None,
) -> None:
    """Add ``fleet`` and its commands."""
    parser = subparsers.add_parser("fleet", help="hundreds of units from one table")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, words: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=words, description=words)
        added.set_defaults(run=_run, command=name, check_board=check_board)
        return added

    added = add("init", "write an example of a table, every column explained")
    added.add_argument("table", nargs="?", type=Path, default=Path("fleet.csv"), metavar="TABLE")
    added = add("render", "write device files, the PBX's accounts and labels from a table")
    added.add_argument("table", type=Path, metavar="TABLE", help="CSV, TOML or JSON")
    added.add_argument("--out", type=Path, default=Path("fleet"), metavar="DIR")
    added.add_argument(
        "--pbx", action="append", choices=("asterisk", "vicidial"), help="default: asterisk"
    )
    added.add_argument("--context", default="phones", help="dial plan context of the accounts")
    added.add_argument("--server-ip", default="", help="VICIdial's server_ip")
    added.add_argument("--local-gmt", default="0.00", help="VICIdial's local_gmt, such as -5.00")
    added.add_argument("--secrets", type=Path, metavar="F", help="default: beside the table")
    added = add("import", "make a table of other telephones' device files")
    added.add_argument("files", nargs="+", type=Path, metavar="FILE", help="or folders of them")
    added.add_argument("--out", type=Path, default=Path("fleet.csv"), metavar="TABLE")
    added = add("check", "check a folder of device files as the units will read them")
    added.add_argument("folder", type=Path, metavar="DIR")
    added.add_argument("--json", action="store_true", help="print JSON")
    added = add("sign", "sign a folder of device files, for units that know the key")
    added.add_argument("folder", type=Path, metavar="DIR")
    added.add_argument(
        "--key", type=Path, required=True, metavar="FILE", help="OpenSSH key, or its public half"
    )


def _run(arguments: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    from appliance.fleet import commands
    from appliance.fleet.moving.command import moving
    from appliance.fleet.signing import sign

    match arguments.command:
        case "init":
            return commands.init(arguments, out)
        case "render":
            return commands.render(arguments, out, err)
        case "import":
            return moving(arguments, out, err)
        case "sign":
            return sign(arguments, out)
        case _:
            return commands.check(arguments, out, err)
