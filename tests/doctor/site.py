"""A site with a name server of its own: a phone's network, and what names lead to there.

The phone's programs run in a network namespace whose resolv.conf (bound over the machine's own in a
mount namespace) names a server of the test's, at this end of the cable.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from tests.interop.phone import ROOT, environment
from tests.peers.namespace import Namespace, why_not
from tests.peers.process import run

Zone = Mapping[tuple[str, str], tuple[str, ...]]
"""Records by name and type, as a zone file writes them."""

INSIDE = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"'


class NameServer(asyncio.DatagramProtocol):
    """Answers from a zone; with None it is silent."""

    def __init__(self, zone: Zone | None) -> None:
        self.zone = zone
        self.asked: list[str] = []
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        if self.zone is None:
            return
        answer = dns.message.make_response(query)
        records = self.zone.get((name.rstrip("."), kind), ())
        if records:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *records))
        elif not any(known == name.rstrip(".") for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), addr)


@dataclass(frozen=True, slots=True)
class Site:
    """`address` is this end, where servers listen."""

    network: Namespace
    address: str
    names: NameServer
    resolv: Path

    async def run(self, *words: str | os.PathLike[str]) -> tuple[int, str]:
        """A `deskphone` command at the site: its exit code and what it printed."""
        argv = self.network.command(
            *("unshare", "--mount", "sh", "-c", INSIDE, "sh", self.resolv),
            *(sys.executable, "-m", "appliance", *words),
        )
        process = await asyncio.create_subprocess_exec(
            *argv, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        out, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode()


@asynccontextmanager
async def site(folder: Path, zone: Zone | None) -> AsyncIterator[Site]:
    """A site whose name server knows `zone`; an ``@`` in a record is this end's address."""
    lacking = why_not()
    if lacking:
        pytest.skip(lacking)
    with Namespace() as network:
        run("ip", "-n", network.name, "route", "add", "default", "via", network.host_address)
        here = None
        if zone is not None:
            here = {
                key: tuple(text.replace("@", network.host_address) for text in texts)
                for key, texts in zone.items()
            }
        loop = asyncio.get_running_loop()
        transport, names = await loop.create_datagram_endpoint(
            lambda: NameServer(here), local_addr=(network.host_address, 53)
        )
        resolv = folder / "resolv.conf"
        resolv.write_text(f"nameserver {network.host_address}\n")
        try:
            yield Site(network, network.host_address, names, resolv)
        finally:
            transport.close()
