"""Whom the phone listens to, and how it says whom it did not. Pure: addresses in, words out.

Whose packets are read at all is decided before the SIP library has parsed a byte of them, by the
gate (`image/pjsua2/gate.c`, behind `gate.py`), so that whoever scans for phones finds none here.
Over UDP a source address can be forged by one who does not see the answers: the gate keeps scanners
and ghost calls out, it does not replace TLS.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

ADDRESS_OCTETS = 16
_MAPPED = b"\0" * 10 + b"\xff\xff"
"""Before an IPv4 address in IPv6, RFC 4291 section 2.5.5.2."""


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """What the gate has dropped since the start, and what was not done for who may ring."""

    strangers: int = 0
    """Packets from addresses that nobody has told to listen to."""
    flooded: int = 0
    """Packets of the servers' own that came faster than any server sends."""
    last_from: str = ""
    """``address:port`` of the last stranger."""
    last_was_answer: bool = False
    """Whether that was an answer: perhaps our server's, from another of its addresses."""
    unheeded: int = 0
    """Calls that ring: who wants them answered by themselves is not their account's server."""
    unheeded_from: str = ""
    """``address:port`` of the last of them."""

    def __str__(self) -> str:
        said = []
        if self.strangers:
            said.append(f"strangers turned away: {self.strangers}, last from {self.last_from}")
        if self.last_was_answer:
            said.append("that was an answer: does the server send from another address?")
        if self.flooded:
            said.append(f"packets of the servers dropped, for they came too fast: {self.flooded}")
        if self.unheeded:
            said.append(
                f"strangers who wanted to be answered by themselves, and ring: {self.unheeded},"
                f" last from {self.unheeded_from}"
            )
        return "; ".join(said)


def plain_address(text: str) -> str:
    """The canonical address in ``address``, ``address:port``, ``[v6]`` or ``[v6]:port``.

    IPv4 addresses mapped into IPv6 (RFC 4291 section 2.5.5.2) come out as IPv4; a zone
    (``%eth0``) is dropped. Empty when there is no address in it.
    """
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(address)


def octets(text: str) -> bytes:
    """An address in any of its notations as the gate knows it: 16 octets, IPv4 mapped into IPv6.

    Empty when there is no address in it.
    """
    plain = plain_address(text)
    if not plain:
        return b""
    packed = ip_address(plain).packed
    return packed if len(packed) == ADDRESS_OCTETS else _MAPPED + packed


def is_from(source: str, servers: Iterable[str]) -> bool:
    """Whether a packet's `source` is one of the addresses of these servers, at whatever port."""
    address = octets(source)
    return bool(address) and any(octets(server) == address for server in servers)


def host_and_port(address: bytes, port: int) -> str:
    """The notation of what `octets` gives, with a port."""
    host = str(ip_address(address))
    plain = plain_address(host)
    return f"[{plain}]:{port}" if ":" in plain else f"{plain}:{port}"
