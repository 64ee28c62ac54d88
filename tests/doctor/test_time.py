"""However the network behaves, the report stands within ten seconds of the command."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from appliance.control.paths import SOCKET_NAME
from tests.doctor.site import Site, site
from tests.peers.process import run

pytestmark = pytest.mark.peers

PROMISED_SECONDS = 10.0
"""README, "When it does not register"."""
NAMES = ("a.test", "b.test", "c.test")
LITERALS = tuple(f"192.0.2.{number}" for number in range(1, 10))


def slow(at: Site, seconds: float) -> None:
    """Let the name server think for so long before each answer, and know some hosts."""
    names, hear = at.names, at.names.datagram_received
    names.zone = {(name, "A"): (at.address,) for name in NAMES}

    def think(data: bytes, source: tuple[str, int]) -> None:
        asyncio.get_running_loop().call_later(seconds, hear, data, source)

    names.datagram_received = think  # type: ignore[method-assign, assignment]


def written(folder: Path, servers: Sequence[str], transport: str, accounts: int) -> Path:
    first, *backups = servers
    config = folder / "deskphone.toml"
    config.write_text(
        "".join(
            f"[[account]]\nuser = '100{number}'\npassword = 'secret'\ntransport = '{transport}'\n"
            f"server = '{first}'\nbackup_servers = {backups}\n"
            for number in range(accounts)
        )
    )
    return config


async def examined(at: Site, config: Path, folder: Path) -> tuple[float, Any]:
    """Wall time of the whole command, and its report; beside a phone that does not answer."""
    (folder / "state").mkdir()
    with socket.socket(socket.AF_UNIX) as hung:
        hung.bind(str(folder / "state" / SOCKET_NAME))
        hung.listen()
        begun = time.monotonic()
        code, out = await at.run(
            "doctor", "--config", config, "--state", folder / "state", "--json"
        )
        seconds = time.monotonic() - begun
    assert code == 1, out
    return seconds, json.loads(out)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
@pytest.mark.parametrize(
    ("thinks", "verdicts"),
    [(None, {"no-dns"}), (1.5, {"silent"}), (4.5, {"no-dns", "silent"})],
    ids=["silent", "slow", "slower"],
)
def test_into_a_black_hole(
    tmp_path: Path, transport: str, thinks: float | None, verdicts: set[str]
) -> None:
    """Nothing comes back but, late or never, from the name server."""

    async def story() -> None:
        async with site(tmp_path, None) as at:
            for protocol in ("tcp", "icmp"):
                run(*at.network.command("iptables", "-A", "INPUT", "-p", protocol, "-j", "DROP"))
            if thinks is not None:
                slow(at, thinks)
            seconds, report = await examined(at, written(tmp_path, NAMES, transport, 2), tmp_path)
            assert {walk["verdict"] for walk in report["walks"]} <= verdicts, report
            assert seconds < PROMISED_SECONDS

    asyncio.run(story())


def test_as_many_servers_as_there_may_be(tmp_path: Path) -> None:
    """Six accounts with nine servers each, and the system's authorities for all of them."""

    async def story() -> None:
        async with site(tmp_path, None) as at:
            for protocol in ("tcp", "icmp"):
                run(*at.network.command("iptables", "-A", "INPUT", "-p", protocol, "-j", "DROP"))
            seconds, report = await examined(at, written(tmp_path, LITERALS, "tls", 6), tmp_path)
            assert [walk["verdict"] for walk in report["walks"]] == ["silent"] * 54
            assert max(walk["seconds"] for walk in report["walks"]) < 4.0
            assert seconds < PROMISED_SECONDS

    asyncio.run(story())
