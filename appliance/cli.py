"""The `deskphone` command: its sub-commands, its exit codes, and words instead of tracebacks.

Rooms bring their own sub-commands (`config`, `ctl`); what runs a phone is here. Rooms that cost
time to import are imported when their command is given, not before. Exit codes: 0 fine, 1 a check
did not hold, 2 usage, 78 configuration refused.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from appliance import __version__
from appliance.config.commands import add_parser as add_config
from appliance.config.model import Board
from appliance.control.commands import add_parser as add_control
from appliance.errors import PhoneError
from appliance.fleet.parser import add_parser as add_fleet


def main(argv: Sequence[str] | None = None) -> int:
    """Run one `deskphone` command; the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments, sys.stdout, sys.stderr)
    except PhoneError as error:
        sys.stderr.write(f"deskphone: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="deskphone", description="A desk telephone on a Raspberry Pi."
    )
    parser.add_argument("--version", action="version", version=f"deskphone {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_run(commands)
    _add_simulate(commands)
    add_control(commands)
    add_config(commands, _check_board)
    _add_doctor(commands)
    _add_audio(commands)
    add_fleet(commands, _check_board)
    return parser


def _add_phone_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        action="append",
        type=Path,
        default=[],
        metavar="F",
        help="configuration file; may be given several times, later wins",
    )
    parser.add_argument(
        "--state", type=Path, metavar="DIR", help="where the phone keeps its state and its socket"
    )


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = "the phone on a unit"
    parser = commands.add_parser("run", help=words, description=words)
    _add_phone_options(parser)
    parser.set_defaults(run=_run)


def _add_simulate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = "the same phone on simulated hardware; without --config, with a PBX of its own"
    parser = commands.add_parser("simulate", help=words, description=words)
    _add_phone_options(parser)
    parser.add_argument("--headless", action="store_true", help="draw no desk unit")
    parser.add_argument(
        "--script",
        type=Path,
        metavar="S.phone",
        help="play a scenario; its outcome is the exit code",
    )
    parser.add_argument("--mic", type=Path, metavar="WAV", help="speak this into calls")
    parser.add_argument("--earpiece", type=Path, metavar="WAV", help="keep what is heard")
    parser.add_argument(
        "--board", type=Path, metavar="F", help="TOML file with the [board] section"
    )
    parser.set_defaults(run=_simulate)


def _add_doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = "walk the registration layer by layer and say which one fails"
    parser = commands.add_parser(
        "doctor",
        help=words,
        description="Walks the registration handshake layer by layer and says which one fails, the"
        " evidence and what to do. May run while the phone runs, and changes nothing. The password"
        " is offered once to each server.",
    )
    _add_phone_options(parser)
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.set_defaults(run=_doctor)


def _add_audio(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("audio", help="headsets and sound")
    inner = parser.add_subparsers(metavar="COMMAND", required=True)
    words = "devices by stable id"
    listing = inner.add_parser("list", help=words, description=words)
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run=_audio_list)
    test = inner.add_parser(
        "test",
        help="five-second self-test of the headset",
        description="Plays a tone to the headset that the phone would take and listens to it:"
        " level, clipping, noise, a dead or muted microphone, the wrong device. Speak after"
        " the tone.",
    )
    test.add_argument(
        "--config",
        action="append",
        type=Path,
        default=[],
        metavar="F",
        help="configuration file that names the headset; may be given several times",
    )
    test.add_argument("--json", action="store_true", help="as one JSON object")
    test.set_defaults(run=_audio_test)


def _check_board(section: Board) -> Iterable[tuple[str, str, str]]:
    from appliance.wiring.boards import check_board

    return check_board(section)


def _run(arguments: argparse.Namespace, _: TextIO, err: TextIO) -> int:
    from appliance.wiring.plans import run_unit

    return run_unit(arguments.config, arguments.state, err)


def _simulate(arguments: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    from appliance.wiring.plans import Simulation, simulate

    return simulate(
        Simulation(
            configs=tuple(arguments.config),
            state=arguments.state,
            headless=arguments.headless,
            script=arguments.script,
            microphone=arguments.mic,
            earpiece=arguments.earpiece,
            board=arguments.board,
        ),
        out,
        err,
    )


def _doctor(arguments: argparse.Namespace, out: TextIO, _: TextIO) -> int:
    from appliance.doctor.commands import doctor

    return doctor(
        arguments.config,
        arguments.state,
        out,
        as_json=arguments.json,
        check_board=_check_board,
    )


def _audio_list(arguments: argparse.Namespace, out: TextIO, _: TextIO) -> int:
    from appliance.wiring.sound import audio_list

    return audio_list(out, as_json=arguments.json)


def _audio_test(arguments: argparse.Namespace, out: TextIO, _: TextIO) -> int:
    from appliance.wiring.soundtest import audio_test

    return audio_test(arguments.config, out, as_json=arguments.json)
