"""Servers that say whatever a test wants them to, over TLS or without."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.peers.certificates import Certificate

Say = Callable[[asyncio.StreamWriter, int], Awaitable[None]]
"""Answers a question; the number of its connection, from 0, comes with it."""


@dataclass(slots=True)
class Hostile:
    port: int = 0
    scheme: str = "https"
    heads: list[str] = field(default_factory=list)
    """The questions so far."""
    connections: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/file"


def context(certificate: Certificate) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate.chain, certificate.key)
    return made


@asynccontextmanager
async def serves(say: Say | bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[Hostile]:
    """A server; octets are said once for each question, and the connection is closed then."""
    hostile = Hostile(scheme="https" if tls else "http")
    tasks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = hostile.connections
        hostile.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                hostile.heads.append(head.decode())
                if isinstance(say, bytes):
                    writer.write(say)
                    await writer.drain()
                    break
                await say(writer, number)
        writer.close()

    async def talk_to_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(talk_to_the_end(reader, writer))
        tasks.add(task)

    server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls)
    hostile.port = server.sockets[0].getsockname()[1]
    try:
        yield hostile
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)
        await asyncio.sleep(0)


def answer(body: bytes = b"", status: str = "200 OK", *fields: str) -> bytes:
    """A whole answer with its length."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(head).encode("latin-1") + body
