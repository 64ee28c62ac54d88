"""A TFTP server of the tests' own, that says what a test has it say, and how it is asked."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.config.unit import Unit
from appliance.provisioning.fetch import (
    Access,
    Answer,
    Fetcher,
    FetchFailed,
    Limits,
)
from appliance.provisioning.stamp import NO_STAMP, Stamp

FLOOR = Path("nowhere")
ALLOWED = Access(clear_text=True)
QUICK = Limits(seconds=2.0, octets=1 << 20)
UNIT = Unit("001122334455", "")
OWN = "001122334455.toml"
Where = tuple[str, int]
Say = Callable[["Server", bytes, Where], None]
"""Answers a datagram to the well-known port."""


def data(number: int, content: bytes) -> bytes:
    return struct.pack("!HH", 3, number) + content


def oack(*words: bytes) -> bytes:
    return b"\0\x06" + b"".join(word + b"\0" for word in words)


def error(code: int, words: bytes) -> bytes:
    return struct.pack("!HH", 5, code) + words + b"\0"


class Server(asyncio.DatagramProtocol):
    """A server of the test's own: `door` is its well-known port, `line` that of the transfer."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self.asked: list[bytes] = []
        self.told: list[bytes] = []
        self.heard = asyncio.Event()
        """That something was said to the transfer's port."""

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        at = ("127.0.0.1", 0)
        self.door, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=at)
        self.line, _ = await loop.create_datagram_endpoint(lambda: _Line(self), local_addr=at)
        self.other, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=at)

    @property
    def url(self) -> str:
        return f"tftp://127.0.0.1:{self.door.get_extra_info('sockname')[1]}/file"

    async def has_heard(self, count: int) -> list[bytes]:
        """The first `count` datagrams to the transfer's port."""
        async with asyncio.timeout(5):
            while len(self.told) < count:
                self.heard.clear()
                await self.heard.wait()
        return self.told[:count]

    def datagram_received(self, octets: bytes, who: Where) -> None:
        self.asked.append(octets)
        self._say(self, octets, who)


class _Line(asyncio.DatagramProtocol):
    def __init__(self, server: Server) -> None:
        self._server = server

    def datagram_received(self, octets: bytes, who: Where) -> None:
        self._server.told.append(octets)
        self._server.heard.set()


@asynccontextmanager
async def serves(say: Say) -> AsyncIterator[Server]:
    server = Server(say)
    await server.open()
    try:
        yield server
    finally:
        for way in (server.door, server.line, server.other):
            way.close()
        await asyncio.sleep(0)


def ask(say: Say, limits: Limits = QUICK, stamp: Stamp = NO_STAMP) -> Answer:
    async def story() -> Answer:
        async with serves(say) as server, Fetcher(ALLOWED, FLOOR, limits) as fetcher:
            return await fetcher.get(server.url, stamp)

    return asyncio.run(story())


def refused(say: Say, limits: Limits = QUICK) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        ask(say, limits)
    failure = caught.value
    assert 0 < len(failure.agent) <= 21
    assert 0 < len(failure.it) <= 2000
    assert failure.it.isprintable()
    return failure


def says(*datagrams: bytes) -> Say:
    """At once, whatever is asked, all from the port of one transfer."""

    def say(server: Server, octets: bytes, who: Where) -> None:
        for datagram in datagrams:
            server.line.sendto(datagram, who)

    return say
