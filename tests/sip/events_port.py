"""A media port that reads the telephone events among its RTP, as a voice menu does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

EVENT_TYPE = 101
_KEYS = "0123456789*#ABCD"


class EventsPort(asyncio.DatagramProtocol):
    """Collects the digits (RFC 4733 section 2.3) that arrive, each by its own RTP timestamp."""

    def __init__(self) -> None:
        self.digits = ""
        self.port = 0
        self._last = b""

    def connection_made(self, transport: Any) -> None:
        """The socket is open."""
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, source: object) -> None:
        """Note an event that is new."""
        if len(data) >= 16 and data[1] & 0x7F == EVENT_TYPE and data[4:8] != self._last:
            self._last = data[4:8]
            self.digits += _KEYS[data[12]]

    async def got(self, count: int, within: float = 15.0) -> str:
        """The first `count` digits, as soon as they are here."""
        async with asyncio.timeout(within):
            while len(self.digits) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return self.digits[:count]


@asynccontextmanager
async def events_port() -> AsyncIterator[EventsPort]:
    """A port on loopback."""
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        EventsPort, local_addr=("127.0.0.1", 0)
    )
    try:
        yield protocol
    finally:
        transport.close()
