"""What the DHCP servers of a unit's links say of its configuration.

systemd-networkd has the leases, and leaves out of what it tells others all options that it does not
use itself (66, 150 and 160 among them; 257 as 252, whatever `RequestOptions=` says). So the servers
are asked for these alone, which needs no lease: by DHCPINFORM the one that gave the lease, and by
INFORMATION-REQUEST all on the link. Both want the client's own port, 68 and 546, which networkd has
too: the socket that is connected to a server is the nearer one for what that server answers, and
networkd repeats a renewal whose answer it has missed (RFC 2131 section 4.4.5).
"""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, ip_address
from pathlib import Path

from appliance.provisioning import dhcp_message
from appliance.provisioning.candidate import Candidate, of_dhcp, of_dhcp6, of_vendor
from appliance.system.links import hardware_address, read_network

log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0
"""After which a question that nobody has answered is asked once more."""
SERVER_PORT, CLIENT_PORT = 67, 68
"""RFC 2131 section 4.1."""
SERVER_PORT6, CLIENT_PORT6 = 547, 546
ALL_SERVERS6 = "ff02::1:2"
"""RFC 8415 sections 7.1 and 7.2."""
_BIGGEST = 65536
_MAX_FILE = 65536
_PORTS_CLOSED = "set net.ipv4.ip_unprivileged_port_start to 68, as the image does"

Options = Mapping[int, bytes]
Read = Callable[[bytes, int], Options | None]


@dataclass(frozen=True, slots=True)
class Lease:
    """An address of ours, on which link, and who gave it for which client identifier."""

    link: str
    address: str
    server: str
    client: bytes = b""
    vendor: bytes = b""
    """Option 43, which came along with it."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link and our link-local address on it."""

    name: str
    address: str


def leases(netif: Path) -> tuple[Lease, ...]:
    """The leases that networkd has now; `netif` is its folder below /run. It reads files."""
    found = [lease_of(text, link) for link, text in _files(netif / "leases")]
    return tuple(lease for lease in found if lease is not None)


def lease_of(text: str, link: str) -> Lease | None:
    """What a file of networkd's says; None if it is none of a lease."""
    pairs = (line.partition("=") for line in text.splitlines())
    values = {key: value.strip("\"'") for key, _, value in pairs}
    try:
        own, server = (
            str(IPv4Address(values.get(key, ""))) for key in ("ADDRESS", "SERVER_ADDRESS")
        )
    except AddressValueError:
        return None
    return Lease(link, own, server, _octets(values, "CLIENTID"), _octets(values, "VENDOR_SPECIFIC"))


def links(netif: Path) -> tuple[Link, ...]:
    """The links of networkd's that DHCPv6 may be spoken on now; on others nothing is said."""
    managed = [link for link, text in _files(netif / "links") if "NETWORK_FILE=" in text]
    return tuple(
        Link(link.name, address)
        for link in read_network().links
        if link.running and link.name in managed
        for address in link.addresses
        if (found := ip_address(address)).version == 6 and found.is_link_local
    )


async def informed(lease: Lease) -> tuple[Candidate, ...]:
    """What the server of a lease names; it waits for its answer until it is cancelled."""
    who = f"{lease.server} ({lease.link})"
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
            _bind(door, lease.link, (lease.address, CLIENT_PORT))
            door.connect((lease.server, SERVER_PORT))
            mac, own = hardware_address(lease.link), IPv4Address(lease.address).packed
            number = random.getrandbits(32)
            question = dhcp_message.inform(number, own, mac, lease.client)
            options = await _answer(door, question, None, number, dhcp_message.acknowledged)
    except OSError as error:
        _tell("DHCP", who, error)
        return ()
    return of_dhcp(options, who)


async def told(lease: Lease) -> tuple[Candidate, ...]:
    """What came along with the lease itself: for servers that do not answer DHCPINFORM."""
    return of_vendor(lease.vendor, f"{lease.server} ({lease.link})")


async def informed6(link: Link) -> tuple[Candidate, ...]:
    """What a DHCPv6 server on a link names; it waits for its answer until it is cancelled."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as door:
            index = socket.if_nametoindex(link.name)
            _bind(door, link.name, (link.address, CLIENT_PORT6, 0, index))
            number = random.getrandbits(24)
            question = dhcp_message.information_request(number, hardware_address(link.name))
            to = (ALL_SERVERS6, SERVER_PORT6, 0, index)
            options = await _answer(door, question, to, number, dhcp_message.replied)
    except OSError as error:
        _tell("DHCPv6", link.name, error)
        return ()
    return of_dhcp6(options, link.name)


def _bind(door: socket.socket, link: str, at: tuple[str | int, ...]) -> None:
    door.setblocking(False)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, link.encode())
    door.bind(at)


async def _answer(
    door: socket.socket,
    question: bytes,
    to: tuple[str | int, ...] | None,
    number: int,
    read: Read,
) -> Options:
    loop = asyncio.get_running_loop()
    while True:
        if to is None:
            await loop.sock_sendall(door, question)
        else:
            await loop.sock_sendto(door, question, to)
        try:
            async with asyncio.timeout(AGAIN_SECONDS):
                while True:
                    options = read(await loop.sock_recv(door, _BIGGEST), number)
                    if options is not None:
                        return options
        except TimeoutError:
            continue


def _files(folder: Path) -> list[tuple[str, str]]:
    """What a folder of networkd's has of each link: its name, and the text of its file."""
    found = []
    for path in sorted(folder.glob("*")):
        try:
            with path.open(encoding="ascii", errors="replace") as file:
                text = file.read(_MAX_FILE)
            found.append((socket.if_indextoname(int(path.name)), text))
        except (OSError, ValueError, OverflowError):
            continue
    return found


def _octets(values: Mapping[str, str], key: str) -> bytes:
    try:
        return bytes.fromhex(values.get(key, ""))
    except ValueError:
        return b""


def _tell(protocol: str, who: str, error: OSError) -> None:
    hint = f"; {_PORTS_CLOSED}" if isinstance(error, PermissionError) else ""
    log.warning("discovery: %s: %s was not asked: %s%s", protocol, who, error.strerror, hint)
