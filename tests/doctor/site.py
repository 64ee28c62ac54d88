"""A site with a name server of its own: a phone's network, and what names lead to there.

The phone's programs run in a network namespace whose resolv.conf (bound over the machine's own in a
mount namespace) names a server of the test's, at this end of the cable.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.interop.phone import ROOT, environment
from tests.peers.names import NameServer, Zone, name_server
from tests.peers.namespace import Namespace, why_not
from tests.peers.process import run

INSIDE = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"'


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
        resolv = folder / "resolv.conf"
        resolv.write_text(f"nameserver {network.host_address}\n")
        async with name_server(here, (network.host_address, 53)) as names:
            yield Site(network, network.host_address, names, resolv)
