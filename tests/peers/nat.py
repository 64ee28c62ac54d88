"""A router that translates addresses between this host and a wide network with servers in it.

This host is the private side: nothing on the wide side has a route to it. The router is a
`Namespace`, the wide side another one behind it; to servers it is what a `Namespace` is. A mapping
keeps its port where that is free, and lets in only the far end for which it was made: the router of
a home or a small office (address- and port-dependent filtering, RFC 4787).
"""

from __future__ import annotations

import contextlib
import os
import shutil
from types import TracebackType
from typing import Self

from .namespace import LAST_CHOICE, Namespace
from .process import PeerFailed, run

WIDE = "198.18"
"""Benchmarking addresses (RFC 2544): the documentation's are all in use on this side."""


def why_not() -> str | None:
    """What is missing to translate addresses; None if nothing."""
    if shutil.which("iptables") is None:
        return "iptables is missing: run tests/peers/setup.sh"
    return None


class Nat(Namespace):
    """A server's namespace behind a router with NAT, for as long as the context lasts."""

    @property
    def router(self) -> str:
        """The router's namespace."""
        return f"{self.name}r"

    def forbid(self, *rule: str) -> None:
        """Let the router drop what matches, in the words of iptables."""
        self._on_router("iptables", "-A", "FORWARD", *rule, "-j", "DROP")

    def randomise(self, ports: bool) -> None:
        """Whether every new mapping gets a port at random: a symmetric NAT.

        What one server sees then tells nothing of what another will (RFC 4787 section 4.1).
        """
        masquerade = ("POSTROUTING", "-o", "wide", "-j", "MASQUERADE")
        self._on_router("iptables", "-t", "nat", "-F", "POSTROUTING")
        more = ("--random-fully",) if ports else ()
        self._on_router("iptables", "-t", "nat", "-A", *masquerade, *more)

    def _on_router(self, *argv: str | os.PathLike[str]) -> str:
        return run("nsenter", f"--net=/run/netns/{self.router}", *argv)

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self._interpose()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._remove_router()
        super().__exit__(kind, error, trace)

    def _remove_router(self) -> None:
        with contextlib.suppress(PeerFailed):
            run("ip", "netns", "del", self.router)

    def _interpose(self) -> None:
        """Put the router where the server was, and the server behind it."""
        wide = f"{WIDE}.{self.name.removeprefix('deskp')}"
        gateway, near = self.server_address, f"{wide}.1"
        self.server_address, self.server_address6 = f"{wide}.2", ""
        self._subnets.append(f"{wide}.0/30")
        inside, outside = ("ip", "-n", self.router), ("ip", "-n", self.name)
        self._remove_router()
        run("ip", "netns", "add", self.router)
        run(*outside, "link", "set", self.server_link, "netns", self.router)
        run(*inside, "addr", "replace", f"{gateway}/30", "dev", self.server_link)
        run(*inside, "link", "set", self.server_link, "up")
        run(
            *inside, "link", "add", "wide", "type", "veth", "peer", "name", "in", "netns", self.name
        )
        run(*inside, "addr", "add", f"{near}/30", "dev", "wide")
        run(*inside, "link", "set", "wide", "up")
        run(*outside, "addr", "add", f"{self.server_address}/30", "dev", "in")
        run(*outside, "link", "set", "in", "up")
        run("ip", "route", "replace", "unreachable", f"{wide}.0/30", "metric", LAST_CHOICE)
        run("ip", "route", "replace", f"{wide}.0/30", "via", gateway)
        self._on_router("sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.randomise(False)
