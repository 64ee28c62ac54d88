"""What the kernel knows of this unit's network: links, addresses, default routes; only read.

Asked with the classic calls of netdevice(7) and from /proc/net, which answer for the network
namespace that asks, cost no program and no privilege, and take well under a millisecond.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path

_GET_FLAGS, _GET_ADDRESS, _GET_HARDWARE = 0x8913, 0x8915, 0x8927
_ETHERNET = 1
"""ARPHRD_ETHER; the address has six octets then."""
_UP, _LOOPBACK, _RUNNING = 0x1, 0x8, 0x40
_ROUTE_UP, _ROUTE_REJECTS = 0x1, 0x200
_REQUEST_BYTES = 40
_NAME_BYTES = 15


@dataclass(frozen=True, slots=True)
class Interface:
    """A link. `running` is what netdevice(7) calls so: up, with a carrier (cable, association)."""

    name: str
    up: bool = True
    running: bool = True
    loopback: bool = False
    wireless: bool = False
    addresses: tuple[str, ...] = ()

    @property
    def usable(self) -> tuple[str, ...]:
        """Its addresses that reach beyond the link: neither loopback nor link-local."""
        return tuple(a for a in self.addresses if not ip_address(a).is_link_local)

    @property
    def words(self) -> str:
        """Its condition in a few words."""
        if not self.up:
            condition = "switched off"
        elif not self.running:
            condition = "not connected to a network" if self.wireless else "no carrier"
        else:
            condition = ", ".join(self.addresses) or "connected, no address"
        return f"{self.name}: {condition}"


@dataclass(frozen=True, slots=True)
class Network:
    """All links, and by which of them a default route leads: name, gateway ("" for none)."""

    interfaces: tuple[Interface, ...] = ()
    gateways: tuple[tuple[str, str], ...] = ()

    @property
    def links(self) -> tuple[Interface, ...]:
        """Every interface but loopback."""
        return tuple(link for link in self.interfaces if not link.loopback)

    def owner(self, address: str) -> Interface | None:
        """The interface that carries `address`."""
        return next((link for link in self.interfaces if address in link.addresses), None)

    @property
    def words(self) -> str:
        """The links in a few words each."""
        return "; ".join(link.words for link in self.links) or "no network interface"


def read_network(proc: Path = Path("/proc/net"), sys: Path = Path("/sys/class/net")) -> Network:
    """The network as it is now; what cannot be read is left out."""
    six = _ipv6_addresses(proc / "if_inet6")
    interfaces: list[Interface] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        for _, name in socket.if_nameindex():
            flags = _flags(door, name)
            interfaces.append(
                Interface(
                    name,
                    bool(flags & _UP),
                    bool(flags & _UP and flags & _RUNNING),
                    bool(flags & _LOOPBACK),
                    (sys / name / "wireless").exists(),
                    (*_ipv4_address(door, name), *six.get(name, ())),
                )
            )
    return Network(tuple(interfaces), (*_gateways4(proc / "route"), *_gateways6(proc)))


def hardware_address(name: str) -> bytes:
    """The MAC address of an Ethernet link, six octets; empty for any other link."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        answer = _ask(door, _GET_HARDWARE, name)
    if not answer or struct.unpack_from("=H", answer, 16)[0] != _ETHERNET:
        return b""
    return answer[18:24]


def _ask(door: socket.socket, question: int, name: str) -> bytes:
    request = struct.pack(f"{_REQUEST_BYTES}s", name.encode()[:_NAME_BYTES])
    try:
        return bytes(fcntl.ioctl(door.fileno(), question, request))
    except OSError:
        return b""


def _flags(door: socket.socket, name: str) -> int:
    answer = _ask(door, _GET_FLAGS, name)
    return int(struct.unpack_from("=H", answer, 16)[0]) if answer else 0


def _ipv4_address(door: socket.socket, name: str) -> tuple[str, ...]:
    answer = _ask(door, _GET_ADDRESS, name)
    return (socket.inet_ntoa(answer[20:24]),) if answer else ()


def _lines(file: Path) -> list[list[str]]:
    try:
        return [line.split() for line in file.read_text("ascii").splitlines()]
    except OSError:
        return []


def _ipv6_addresses(file: Path) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for address, _, _, _, _, name in _lines(file):
        found[name] = (*found.get(name, ()), str(IPv6Address(bytes.fromhex(address))))
    return found


def _gateways4(file: Path) -> list[tuple[str, str]]:
    found = []
    for name, destination, gateway, flags, _, _, _, mask, *_ in _lines(file)[1:]:
        kind = int(flags, 16)
        if (destination, mask) == ("0" * 8, "0" * 8) and kind & _ROUTE_UP and name != "*":
            packed = struct.pack("=I", int(gateway, 16))
            found.append((name, socket.inet_ntoa(packed) if any(packed) else ""))
    return found


def _gateways6(proc: Path) -> list[tuple[str, str]]:
    found = []
    for destination, length, _, _, gateway, _, _, _, flags, name in _lines(proc / "ipv6_route"):
        kind = int(flags, 16)
        if (destination, length) != ("0" * 32, "00") or name == "lo":
            continue
        if kind & _ROUTE_UP and not kind & _ROUTE_REJECTS:
            packed = bytes.fromhex(gateway)
            found.append((name, str(IPv6Address(packed)) if any(packed) else ""))
    return found
