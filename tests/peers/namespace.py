"""A network of two hosts for one test: a server's in a namespace of its own, and this one.

Both ends of the cable carry documentation addresses (RFC 5737, RFC 3849) that exist nowhere else.
While the test runs an unreachable route of lowest preference stands behind the cable, so that
nothing can leave the machine after it is cut. A number claimed by an abstract socket makes the
names: several test runs live side by side, and what a killed run left behind is cleared by the
next one that draws its number.
"""

from __future__ import annotations

import os
import socket
from ipaddress import IPv4Network
from pathlib import Path
from types import TracebackType
from typing import Self

from .process import MissingPeer, PeerFailed, run

NETWORKS = ("198.51.100", "203.0.113")
CABLES = len(NETWORKS) * 64
LAST_CHOICE = "4294967294"


def why_not() -> str | None:
    """What this process lacks to make a network namespace; None if nothing."""
    if os.geteuid() != 0:
        return (
            "network namespaces need root: run the tests as root, or as "
            "`tests/peers/isolated.sh COMMAND…` (user namespaces)"
        )
    return None


def _subnet(number: int) -> IPv4Network:
    return IPv4Network(f"{NETWORKS[number // 64]}.{number % 64 * 4}/30")


def _is_elsewhere(subnet: IPv4Network) -> bool:
    """Whether a route of this host other than the default one already leads there."""
    routes = run("ip", "route", "show", "match", str(subnet)).splitlines()
    return any(not route.startswith(("default", "unreachable")) for route in routes)


class Namespace:
    """A network namespace joined to this host by a veth pair, for as long as the context lasts."""

    def __init__(self) -> None:
        self._claim: socket.socket | None = None
        self.name = ""
        self.subnet = ""
        self._subnets: list[str] = []
        self.host_address = ""
        self.server_address = ""
        self.host_address6 = ""
        self.server_address6 = ""

    @property
    def host_link(self) -> str:
        """The interface at this host's end of the cable."""
        return f"{self.name}h"

    @property
    def server_link(self) -> str:
        """The interface at the server's end, seen inside the namespace only."""
        return f"{self.name}s"

    def __enter__(self) -> Self:
        lacking = why_not()
        if lacking:
            raise MissingPeer(lacking)
        number = self._draw_number()
        subnet = _subnet(number)
        self.name = f"deskp{number}"
        self.host_address, self.server_address = map(str, subnet.hosts())
        if Path("/proc/net/if_inet6").exists():
            self.host_address6 = f"2001:db8:de5c:{number:x}::1"
            self.server_address6 = f"2001:db8:de5c:{number:x}::2"
        self.subnet = str(subnet)
        self._subnets = [self.subnet]
        if self.host_address6:
            self._subnets.append(f"2001:db8:de5c:{number:x}::/64")
        try:
            self._remove()
            self._lay()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def command(self, *argv: str | os.PathLike[str]) -> list[str]:
        """The command line that runs `argv` inside the namespace."""
        return ["nsenter", f"--net=/run/netns/{self.name}", *(os.fspath(word) for word in argv)]

    def disconnect(self) -> None:
        """Pull the server's end of the cable: whatever is sent to it is lost without a word."""
        run("ip", "-n", self.name, "link", "set", self.server_link, "down")

    def swallow(self) -> None:
        """A firewall that drops: what is sent to the server is lost, and the cable is in place."""
        run("ip", "-n", self.name, "route", "add", "blackhole", f"{self.host_address}/32")

    def let_through(self) -> None:
        """No such firewall any more."""
        run("ip", "-n", self.name, "route", "del", "blackhole", f"{self.host_address}/32")

    def reconnect(self) -> None:
        """Plug the cable in again."""
        run("ip", "-n", self.name, "link", "set", self.server_link, "up")
        self._address_server6()

    def _draw_number(self) -> int:
        for step in range(CABLES):
            number = (os.getpid() + step) % CABLES
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                claim.bind(f"\0deskphone-test-network-{number}")
            except OSError:
                claim.close()
                continue
            if _is_elsewhere(_subnet(number)):
                claim.close()
                continue
            self._claim = claim
            return number
        raise MissingPeer(
            f"all {CABLES} test networks in {', '.join(NETWORKS)} are in use on this machine"
        )

    def _lay(self) -> None:
        inside = ("ip", "-n", self.name)
        for subnet in self._subnets:
            run("ip", "route", "replace", "unreachable", subnet, "metric", LAST_CHOICE)
        run("ip", "netns", "add", self.name)
        run(
            *("ip", "link", "add", self.host_link, "type", "veth"),
            *("peer", "name", self.server_link, "netns", self.name),
        )
        run("ip", "addr", "add", f"{self.host_address}/30", "dev", self.host_link)
        run(*inside, "addr", "add", f"{self.server_address}/30", "dev", self.server_link)
        if self.host_address6:
            run("ip", "addr", "add", f"{self.host_address6}/64", "dev", self.host_link, "nodad")
        self._address_server6()
        run("ip", "link", "set", self.host_link, "addrgenmode", "none", "up")
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "link", "set", self.server_link, "addrgenmode", "none", "up")
        # One refusal a second for all tests of a network together would be silence for some.
        run(*self.command("sysctl", "-qw", "net.ipv4.icmp_ratelimit=0"))

    def _address_server6(self) -> None:
        if self.server_address6:
            run(
                *("ip", "-n", self.name, "addr", "replace", f"{self.server_address6}/64"),
                *("dev", self.server_link, "nodad"),
            )

    def _remove(self) -> None:
        for argv in (
            ("ip", "link", "del", self.host_link),
            ("ip", "netns", "del", self.name),
            *(
                ("ip", "route", "del", "unreachable", subnet, "metric", LAST_CHOICE)
                for subnet in self._subnets
            ),
        ):
            try:
                run(*argv)
            except PeerFailed:
                continue

    def _close(self) -> None:
        self._remove()
        if self._claim is not None:
            self._claim.close()
            self._claim = None
