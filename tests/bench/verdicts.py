"""``python -m tests.bench.verdicts``: how soon the phone knows why, and how long the doctor takes.

A real engine at real servers, ports and certificates; each figure is the median of three. Of a
server that is silent the phone can know nothing before it gives a REGISTER up (5 s): what counts is
the time after that.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

import trustme

from appliance.phone.registration import PATIENCE_SECONDS
from appliance.sip.settings import SipSettings
from tests.interop.phone import deskphone
from tests.peers import namespace
from tests.sip.handset import handset
from tests.sip.server import refuses, server, stream_server
from tests.sip.test_verdicts import phone_at

TIMES = 3
VERDICT_SECONDS = 2.0
WALK_SECONDS = 10.0
ROW = "{:<44} {:<20} {:>8} {:>9}"

Timed = tuple[str, float]


async def _registered(settings: SipSettings) -> Timed:
    async with handset(settings) as phone:
        begun = time.monotonic()
        outcome = await phone.registered()
        return outcome.verdict, time.monotonic() - begun


async def _closed(transport: str) -> Timed:
    async with server() as gone:
        place = gone.host
    return await _registered(phone_at(place, transport=transport))


async def _forbidden() -> Timed:
    async with server(refuses(403, "Forbidden")) as pbx:
        return await _registered(phone_at(pbx.host))


async def _silent() -> Timed:
    async with server(lambda pbx, request: None) as pbx:
        verdict, seconds = await _registered(phone_at(pbx.host))
    return verdict, seconds - PATIENCE_SECONDS


async def _bad_certificate() -> Timed:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.test").configure_cert(context)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        authority.cert_pem.write_to_path(file.name)
        async with stream_server(tls=context) as pbx:
            place = f"localhost:{pbx.address[1]}"
            return await _registered(phone_at(place, transport="tls", ca_file=file.name))


def _walk(config: str) -> Timed:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "deskphone.toml")
        file.write_text(config)
        begun = time.monotonic()
        done = deskphone("doctor", "--config", file, "--state", folder, "--json")
        return str(json.loads(done.stdout)["verdict"]), time.monotonic() - begun


async def _black_hole() -> Timed:
    with namespace.Namespace() as network:
        network.swallow()
        accounts = [
            f'[[account]]\nuser = "{user}"\npassword = "x"\nserver = "{network.server_address}"\n'
            f'backup_servers = ["{network.server_address}:5099"]\ntransport = "{transport}"\n'
            for user, transport in (("1001", "udp"), ("1002", "tcp"), ("1003", "tls"))
        ]
        return await asyncio.to_thread(_walk, "\n".join(accounts))


FIGURES: tuple[tuple[str, float, Callable[[], Awaitable[Timed]]], ...] = (
    ("UDP port closed → verdict", VERDICT_SECONDS, lambda: _closed("udp")),
    ("TCP port closed → verdict", VERDICT_SECONDS, lambda: _closed("tcp")),
    ("certificate for another name → verdict", VERDICT_SECONDS, _bad_certificate),
    ("403, looked behind by a query → verdict", VERDICT_SECONDS, _forbidden),
    ("REGISTER given up → silent", VERDICT_SECONDS, _silent),
    ("doctor, 3 accounts × 2 servers, black hole", WALK_SECONDS, _black_hole),
)


def main() -> int:
    """Measure and print; 1 when a figure is not reached."""
    late = 0
    print(ROW.format("figure", "verdict", "seconds", "to reach"))
    for words, reach, measure in FIGURES:
        if measure is _black_hole and (lacking := namespace.why_not()):
            print(f"{words}: {lacking}")
            continue
        found = [asyncio.run(_one(measure)) for _ in range(TIMES)]
        seconds = median(time for _, time in found)
        late += seconds > reach
        print(ROW.format(words, found[0][0], f"{seconds:.3f}", f"{reach:g}"), flush=True)
    return 1 if late else 0


async def _one(measure: Callable[[], Awaitable[Timed]]) -> Timed:
    return await measure()


if __name__ == "__main__":
    sys.exit(main())
