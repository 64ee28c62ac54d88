"""``deskphone ctl``: drives and reads a running phone over its local socket.

Results go to the given output. What the phone could not do, or nobody was there to do, is raised as
the `PhoneError` that the phone gave for it, with the exit code that the contract has for that.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import msgspec

from appliance.control import protocol
from appliance.control.client import Client
from appliance.control.paths import places
from appliance.control.render import call_text, event_text, past_text, printable, status_text
from appliance.errors import UsageError

Verb = Callable[[Client, argparse.Namespace, TextIO], None]

RELOAD_SECONDS = 30.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``ctl`` to the command line; the parsed arguments then carry `run`."""
    ctl = subparsers.add_parser(
        "ctl",
        help="drive and read a running phone",
        description="Drives and reads a running phone over its local socket.",
    )
    ctl.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help="state directory of the phone; default: the unit's",
    )
    ctl.set_defaults(run=run)
    verbs = ctl.add_subparsers(dest="verb", metavar="VERB", required=True)

    def verb(name: str, does: Verb, words: str) -> argparse.ArgumentParser:
        parser = verbs.add_parser(name, help=words, description=words)
        parser.set_defaults(does=does)
        return parser

    press = verb("press", _press, "press keys one after the other")
    press.add_argument("keys", nargs="+", metavar="KEY", help="0 … 9, *, '#', hold, mute, ok, …")
    press.add_argument(
        "--hold", type=_hold, default=0.0, metavar="SECONDS", help="hold each key down so long"
    )
    verb("lift", _lift, "lift the handset")
    verb("replace", _replace, "put the handset back")
    status = verb("status", _status, "say how the phone is")
    status.add_argument("--json", action="store_true", help="as one JSON object")
    screen = verb("screen", _screen, "say or save what the display shows")
    form = screen.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="as words (the default)")
    form.add_argument("--png", metavar="F", help="as a PNG file; - for the standard output")
    watch = verb("watch", _watch, "print every event as it happens")
    watch.add_argument("--json", action="store_true", help="one JSON object a line")
    calls = verb("calls", _calls, "list the calls, or those that are over")
    calls.add_argument("--history", action="store_true", help="the call log, the last call first")
    calls.add_argument("--json", action="store_true", help="as a JSON array")
    dial = verb("dial", _dial, "call a number")
    dial.add_argument("number", metavar="NUMBER")
    verb("hangup", _hang_up, "end the call in front")
    verb("reload", _reload, "read the configuration again")


def run(args: argparse.Namespace, out: TextIO, _: TextIO) -> int:
    """Do what the parsed arguments ask; 0 if it was done. Raises `PhoneError` if it was not."""
    does: Verb = args.does
    with Client(places(args.state, os.environ).socket) as client:
        does(client, args, out)
    return 0


def _press(client: Client, args: argparse.Namespace, _: TextIO) -> None:
    for key in args.keys:
        if key not in protocol.KEYS:
            raise UsageError("CTL-12", "Unknown key", protocol.unknown_key(key))
    for key in args.keys:
        client.ask(protocol.Press((key,), args.hold), protocol.Done, longer=args.hold)


def _lift(client: Client, _: argparse.Namespace, __: TextIO) -> None:
    client.ask(protocol.Lift(), protocol.Done)


def _replace(client: Client, _: argparse.Namespace, __: TextIO) -> None:
    client.ask(protocol.Replace(), protocol.Done)


def _status(client: Client, args: argparse.Namespace, out: TextIO) -> None:
    status = client.ask(protocol.GetStatus(), protocol.StatusAnswer).status
    print(_json(status) if args.json else status_text(status), file=out)


def _screen(client: Client, args: argparse.Namespace, out: TextIO) -> None:
    if args.png is None:
        answer = client.ask(protocol.GetScreen(), protocol.ScreenAnswer)
        _print("\n".join(answer.lines), out)
        return
    png = client.ask(protocol.GetScreen("png"), protocol.PictureAnswer).png
    if args.png == "-":
        out.flush()
        getattr(out, "buffer", sys.stdout.buffer).write(png)
        return
    try:
        Path(args.png).write_bytes(png)
    except OSError as error:
        raise UsageError(
            "CTL-13", "Not written", f"{args.png}: {error.strerror}; expected a file to write"
        ) from error


def _watch(client: Client, args: argparse.Namespace, out: TextIO) -> None:
    with suppress(KeyboardInterrupt):
        for line in client.watch():
            told = line.decode() if args.json else event_text(msgspec.json.decode(line))
            print(told, file=out, flush=True)


def _calls(client: Client, args: argparse.Namespace, out: TextIO) -> None:
    if args.history:
        past = client.ask(protocol.GetHistory(), protocol.HistoryAnswer).calls
        told = _json(past) if args.json else "\n".join(map(past_text, past)) or "no call yet"
        print(told, file=out)
        return
    calls = client.ask(protocol.GetCalls(), protocol.CallsAnswer).calls
    if args.json:
        print(_json(calls), file=out)
    else:
        print("\n".join(map(call_text, calls)) or "no call", file=out)


def _dial(client: Client, args: argparse.Namespace, _: TextIO) -> None:
    client.ask(protocol.Dial(args.number), protocol.Done)


def _hang_up(client: Client, _: argparse.Namespace, __: TextIO) -> None:
    client.ask(protocol.HangUp(), protocol.Done)


def _reload(client: Client, _: argparse.Namespace, out: TextIO) -> None:
    answer = client.ask(protocol.Reload(), protocol.ReloadAnswer, longer=RELOAD_SECONDS)
    _print(answer.text, out)


def _print(text: str, to: TextIO) -> None:
    for line in text.split("\n"):
        print(printable(line), file=to)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _hold(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds <= protocol.MAX_HOLD_SECONDS:
        raise argparse.ArgumentTypeError(
            f"found {text!r}, expected seconds from 0 to {protocol.MAX_HOLD_SECONDS:.0f}"
        )
    return seconds
