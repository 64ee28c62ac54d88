"""The name server that the SIP library asks: this process, on a loopback port of its own.

The library has to be given a server's name where its TLS certificate is to be checked, and would
resolve that name as it likes: with a call that blocks, and to another host than the one chosen by
`hunt`. So it is told to ask here (RFC 1035, address records alone). A name that is in use leads to
the address in use; any other is resolved as the system does. No answer lives longer than its use.
"""

from __future__ import annotations

import asyncio
import struct
from ipaddress import ip_address
from typing import Any

from appliance.sip.names import NOT_A_NAME, is_unanswered, look_up

LOOPBACK = "127.0.0.1"
_IN = 1
_SIZES = {1: 4, 28: 16}
"""Octets of an address by the type of its record: A, AAAA."""
_ANSWER, _SERVER_FAILURE, _NO_SUCH_NAME = 0x8580, 0x8582, 0x8583
"""A response that is authoritative, recursion wanted and had (RFC 1035 section 4.1.1)."""
_HEADER = struct.Struct("!6H")
_POINTER = 0xC000 | _HEADER.size


class Resolver(asyncio.DatagramProtocol):
    """Answers for the names in `known`, and looks up the others."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.port = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen; the port is known then."""
        await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=(LOOPBACK, 0)
        )

    def close(self) -> None:
        """Answer no more."""
        for task in self._tasks:
            task.cancel()
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: Any) -> None:
        """The socket is open."""
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """A question: answered at once, or as soon as the system has."""
        try:
            name, kind, question = _parse(data)
        except (ValueError, struct.error):
            return
        task = asyncio.get_running_loop().create_task(
            self._answer(data, name, kind, question, addr)
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, query: bytes, name: str, kind: int, question: bytes, to: Any) -> None:
        addresses, otherwise = [], _NO_SUCH_NAME
        try:
            addresses = [self.known[name]] if name in self.known else await _system(name)
        except NOT_A_NAME as error:
            otherwise = _SERVER_FAILURE if is_unanswered(error) else _NO_SUCH_NAME
        packed = [ip_address(address).packed for address in addresses]
        fitting = [address for address in packed if len(address) == _SIZES.get(kind)]
        records = b"".join(
            struct.pack("!HHHIH", _POINTER, kind, _IN, 0, len(address)) + address
            for address in fitting
        )
        flags = _ANSWER if packed else otherwise
        (identity,) = struct.unpack_from("!H", query)
        header = _HEADER.pack(identity, flags, 1, len(fitting), 0, 0)
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(header + question + records, to)


def _parse(query: bytes) -> tuple[str, int, bytes]:
    """Name, type and the whole of the one question; raises `ValueError` or `struct.error`."""
    labels = []
    at = _HEADER.size
    while size := query[at] if at < len(query) else 0:
        labels.append(query[at + 1 : at + 1 + size].decode("ascii"))
        at += 1 + size
    (kind,) = struct.unpack_from("!H", query, at + 1)
    return ".".join(labels).lower(), kind, query[_HEADER.size : at + 5]


async def _system(name: str) -> list[str]:
    """The addresses of a name; raises one of `NOT_A_NAME`."""
    found = await look_up(name, 0)
    return [address.partition("%")[0] for _, (address, _) in found]
