"""A name server of the test's own: it tells what is in its zone, or lies, or says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], tuple[str, ...]]
"""Records by name and type, as a zone file writes them."""


class NameServer(asyncio.DatagramProtocol):
    """Answers from a zone, with None it is silent; `spoil` may damage what it sends.

    Records of a kind that is in `unanswered` it does not speak of, as many a home router does.
    """

    def __init__(self, zone: Zone | None, spoil: Callable[[bytes], bytes]) -> None:
        self.zone = zone
        self.asked: list[str] = []
        self.unanswered: set[str] = set()
        self.port = 0
        self._spoil = spoil
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        if self.zone is None or kind in self.unanswered:
            return
        answer = dns.message.make_response(query)
        records = self.zone.get((name.rstrip("."), kind), ())
        if records:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *records))
        elif not any(known == name.rstrip(".") for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(self._spoil(answer.to_wire()), addr)


@asynccontextmanager
async def name_server(
    zone: Zone | None,
    at: tuple[str, int] = ("127.0.0.1", 0),
    spoil: Callable[[bytes], bytes] = lambda wire: wire,
) -> AsyncIterator[NameServer]:
    """A name server at that address."""
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: NameServer(zone, spoil), local_addr=at
    )
    try:
        yield server
    finally:
        transport.close()
