"""``python -m appliance.demo``: the embedded PBX as a process.

Says on stdout where it listens, in one line of JSON or in words, and lives until its stdin
closes, or until SIGTERM or SIGINT; so it can never outlive the phone that started it. Everything
else that is said, here or by the SIP library, goes to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import re
import secrets
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing

ADDRESS = "127.0.0.1"
DEFAULT_ACCOUNTS = ("1001", "1002")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to end; 1 where the port is taken or sippy is not installed."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    passwords = {user: secrets.token_urlsafe(12) for user in options.account or DEFAULT_ACCOUNTS}
    try:
        asyncio.run(_serve(options.port, passwords, as_json=options.json))
    except ModuleNotFoundError as error:
        return _complain(f"{error}; install the extra 'demo': pip install 'deskphone[demo]'")
    except OSError as error:
        return _complain(
            f"cannot listen on UDP {ADDRESS}:{options.port}: {error.strerror}; "
            "choose another port, or --port 0 for any that is free"
        )
    return 0


def _complain(problem: str) -> int:
    sys.stderr.write(f"deskphone demo: {problem}\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m appliance.demo", description="A PBX on loopback for a first run."
    )
    parser.add_argument("--port", type=_port, default=0, help="UDP port; 0 takes a free one")
    parser.add_argument("--json", action="store_true", help="say where it listens in JSON")
    parser.add_argument(
        "--account",
        action="append",
        type=_user,
        metavar="USER",
        help="an extension to be registered; may be repeated "
        f"(default: {' and '.join(DEFAULT_ACCOUNTS)})",
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: 0 to 65535")
    return port


def _user(text: str) -> str:
    if not re.fullmatch(r"[\w.+-]{1,32}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not an extension: letters, digits, . + - _")
    return text


async def _serve(port: int, passwords: Mapping[str, str], *, as_json: bool) -> None:
    from appliance.demo.pbx import Pbx

    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    _watch_stdin(loop, over)
    with closing(Pbx(ADDRESS, port, passwords)) as pbx:
        sys.stdout.write(_announcement(pbx.port, passwords, as_json=as_json))
        sys.stdout.flush()
        sys.stdout = sys.stderr
        await over.wait()


def _watch_stdin(loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
    """Set `over` at the end of stdin; a stdin that cannot be waited for is at its end."""

    def readable() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            over.set()

    try:
        loop.add_reader(0, readable)
    except OSError:
        over.set()


def _announcement(port: int, passwords: Mapping[str, str], *, as_json: bool) -> str:
    if as_json:
        accounts = [{"user": user, "password": word} for user, word in passwords.items()]
        return json.dumps({"address": ADDRESS, "port": port, "accounts": accounts}) + "\n"
    lines = [f"A PBX listens on {ADDRESS}:{port} (UDP) until Ctrl-C or the end of stdin."]
    lines += [f"  account {user}, password {word}" for user, word in passwords.items()]
    lines += ["  600 echo  601 tone  602 busy  603 no answer  604 call me back"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
