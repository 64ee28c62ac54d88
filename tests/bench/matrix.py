"""The fail-over matrix: ``python -m tests.bench.matrix``, or its quick rows within the tests.

How long until the phone is registered where it should be, and did the call live? One misfortune a
row (`misfortunes.py`). Times run from the misfortune, or from its end where nothing can be done
before (a cable that is plugged in again).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from appliance.sip.settings import Transport
from tests.bench.misfortunes import PORT, ROWS, Row, Scene, context
from tests.peers.certificates import Authority
from tests.peers.island import socket_on
from tests.peers.namespace import Namespace, why_not
from tests.sip.server import server, stream_server


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a row: seconds to the recovered registration; None where it was not seen."""

    name: str
    transport: Transport
    seconds: float | None
    lived: bool | None = None
    note: str = ""


async def _play(row: Row, transport: Transport, folder: Path) -> Outcome:
    async with contextlib.AsyncExitStack() as stack:
        cables = (stack.enter_context(Namespace()), stack.enter_context(Namespace()))
        authority = Authority(folder) if transport == "tls" else None
        servers = []
        for cable in cables:
            kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
            wire = socket_on(cable, kind, PORT)
            if transport == "udp":
                servers.append(await stack.enter_async_context(server(wire=wire)))
                continue
            tls = context(authority.issue("valid", cable.server_address)) if authority else None
            servers.append(await stack.enter_async_context(stream_server(tls=tls, wire=wire)))
        scene = Scene(transport, cables, (servers[0], servers[1]), authority, stack)
        try:
            seconds: float | None = await row.play(scene)
        except TimeoutError as late:
            seconds = None
            scene.notes.append(str(late).partition(";")[0] or "not seen")
        return Outcome(row.name, transport, seconds, scene.lived, ", ".join(scene.notes))


def play(row: Row, transport: Transport) -> Outcome:
    """One row over one transport, with fresh cables, servers and phone."""
    with tempfile.TemporaryDirectory(prefix="deskphone-matrix-") as folder:
        return asyncio.run(_play(row, transport, Path(folder)))


def line(outcome: Outcome) -> str:
    """An outcome as a line of the table."""
    seconds = "not seen" if outcome.seconds is None else f"{outcome.seconds:.2f}"
    call = {True: "lives", False: "lost", None: ""}[outcome.lived]
    return f"| {outcome.name} | {outcome.transport} | {seconds} | {call} | {outcome.note} |"


def main() -> int:
    """Play the rows and print the table; 0 when every registration recovered."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.matrix", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="only what takes seconds")
    parser.add_argument("--only", default="", help="rows whose name has this in it")
    arguments = parser.parse_args()
    if why_not():
        sys.stderr.write(f"the matrix needs network namespaces: {why_not()}\n")
        return 1
    sys.stdout.write(
        "| misfortune | transport | registered after, s | call | |\n|---|---|---|---|---|\n"
    )
    whole = True
    for row in ROWS:
        if arguments.only not in row.name:
            continue
        for transport in row.quick if arguments.quick else row.transports:
            outcome = play(row, transport)
            whole &= outcome.seconds is not None
            sys.stdout.write(line(outcome) + "\n")
            sys.stdout.flush()
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
