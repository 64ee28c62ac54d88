"""A DHCP and DNS server as small sites have one: dnsmasq, in the server's namespace."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from .namespace import Namespace
from .process import Child, run

HOST_LINK_LOCAL, SERVER_LINK_LOCAL = "fe80::1", "fe80::2"


def why_not() -> str | None:
    """What is missing for dnsmasq to run here, besides a namespace; None if nothing."""
    if shutil.which("dnsmasq") is None:
        return "dnsmasq is missing: run tests/peers/setup.sh"
    return None


class Dnsmasq:
    """Serves the network of `namespace`; `options` are words of its command line.

    Without `link_local` it speaks no DHCPv6, and this host needs no end of the cable.
    """

    def __init__(self, namespace: Namespace, *options: str, link_local: bool = True) -> None:
        self.namespace = namespace
        self._link_local = link_local
        self._options = options

    def __enter__(self) -> Self:
        network = self.namespace
        self._folder = Path(tempfile.mkdtemp(prefix="deskphone-dnsmasq-"))
        ranges = [f"--dhcp-range={network.host_address},{network.host_address},255.255.255.252,1h"]
        if network.host_address6 and self._link_local:
            inside = ("ip", "-n", network.name, "addr", "replace")
            run("ip", "addr", "replace", f"{HOST_LINK_LOCAL}/64", "dev", network.host_link, "nodad")
            run(*inside, f"{SERVER_LINK_LOCAL}/64", "dev", network.server_link, "nodad")
            prefix = network.server_address6.removesuffix("2")
            ranges.append(f"--dhcp-range={prefix},static")
        self._child = Child(
            network.command(
                *("dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-hosts", "--no-resolv"),
                *("--user=root", "--pid-file=", "--log-dhcp", "--log-facility=-", "--log-queries"),
                *("--dhcp-authoritative", "--bind-interfaces", "--no-ping"),
                *(f"--interface={network.server_link}", f"--dhcp-leasefile={self._folder}/leases"),
                *(*ranges, *self._options),
            ),
            self._folder / "log",
        )
        self._child.wait_for_text("DHCP, sockets bound exclusively")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note(self._child.tail(60))
        self._child.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
