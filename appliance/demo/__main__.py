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
import secrets
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout

ADDRESS = "127.0.0.1"
DEFAULT_ACCOUNTS = ("1001", "1002")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to end; 1 where the port is taken or sippy is not installed."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    passwords = {user: secrets.token_urlsafe(12) for user in options.account or DEFAULT_ACCOUNTS}
    try:
        asyncio.run(_serve(options.port, passwords, as_json=options.json))
    except (ImportError, OSError) as error:
        sys.stderr.write(f"deskphone demo: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m appliance.demo", description="A PBX on loopback for a first run."
    )
    parser.add_argument("--port", type=int, default=0, help="UDP port; 0 takes a free one")
    parser.add_argument("--json", action="store_true", help="say where it listens in JSON")
    parser.add_argument(
        "--account",
        action="append",
        metavar="USER",
        help=f"an extension to be registered; may be repeated (default: {DEFAULT_ACCOUNTS})",
    )
    return parser


async def _serve(port: int, passwords: Mapping[str, str], *, as_json: bool) -> None:
    from appliance.demo.pbx import Pbx

    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    _watch_stdin(loop, over)
    pbx = Pbx(ADDRESS, port, passwords)
    try:
        sys.stdout.write(_announcement(pbx.port, passwords, as_json=as_json))
        sys.stdout.flush()
        with redirect_stdout(sys.stderr):
            await over.wait()
            pbx.close()
    except BaseException:
        pbx.close()
        raise


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
