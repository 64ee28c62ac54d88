"""A media port that reads the telephone events among its RTP, as a voice menu does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

EVENT_TYPE = 101
_KEYS = "0123456789*#ABCD"


@dataclass(frozen=True, slots=True)
class EventPacket:
    """One packet of an event, RFC 4733 section 2.3; `stamp` and `duration` in samples."""

    key: str
    stamp: int
    marker: bool
    end: bool
    duration: int


class EventsPort(asyncio.DatagramProtocol):
    """Collects the digits that arrive, each by its own RTP timestamp, and all of their packets.

    `stamps` are those of every packet, the voice's too.
    """

    def __init__(self) -> None:
        self.digits = ""
        self.port = 0
        self.event_type = EVENT_TYPE
        self.packets: list[EventPacket] = []
        self.stamps: list[int] = []
        self._last = b""

    def connection_made(self, transport: Any) -> None:
        """The socket is open."""
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, source: object) -> None:
        """Note an event, and whether it is new."""
        if len(data) < 12:
            return
        stamp = int.from_bytes(data[4:8])
        self.stamps.append(stamp)
        if len(data) < 16 or data[1] & 0x7F != self.event_type:
            return
        key = _KEYS[data[12]]
        marker, end = bool(data[1] & 0x80), bool(data[13] & 0x80)
        self.packets.append(EventPacket(key, stamp, marker, end, int.from_bytes(data[14:16])))
        if data[4:8] != self._last:
            self._last = data[4:8]
            self.digits += key

    async def until(self, holds: Callable[[EventPacket], bool], within: float = 15.0) -> None:
        """Wait for a packet of an event for which this holds."""
        async with asyncio.timeout(within):
            while not any(map(holds, self.packets)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    def segments(self) -> list[list[EventPacket]]:
        """The packets of each timestamp, in order."""
        return [list(packets) for _, packets in groupby(self.packets, lambda p: p.stamp)]

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
