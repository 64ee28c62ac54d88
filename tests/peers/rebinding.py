"""A NAT that forgets: between one phone and one server over UDP, it takes another port when told.

The router of `nat.py` is the kernel's; this one is a process, so that a test says when.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any


class RebindingNat(asyncio.DatagramProtocol):
    """The inside of a NAT for one phone and one server."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._inside: Any = None
        self._phone: Any = None
        self._outside: Any = None

    @property
    def host(self) -> str:
        """Where the phone finds the server."""
        address, port = self._inside.get_extra_info("sockname")
        return f"{address}:{port}"

    @property
    def outside(self) -> tuple[str, int]:
        """What the server sees."""
        found: tuple[str, int] = self._outside.getsockname()
        return found

    def connection_made(self, transport: Any) -> None:
        self._inside = transport
        self.rebind()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._phone = addr
        self._outside.send(data)

    def rebind(self) -> None:
        """Forget the binding; the next one has another port."""
        self.close()
        self._outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._outside.setblocking(False)
        self._outside.connect(self._server)
        asyncio.get_running_loop().add_reader(self._outside, self._answer)

    def close(self) -> None:
        """Let go."""
        if self._outside is not None:
            asyncio.get_running_loop().remove_reader(self._outside)
            self._outside.close()
            self._outside = None

    def _answer(self) -> None:
        self._inside.sendto(self._outside.recv(65536), self._phone)


@contextlib.asynccontextmanager
async def rebinding_nat(to: tuple[str, int], at: str) -> AsyncIterator[RebindingNat]:
    """A NAT on the way to the server `to`; phones find it at the address `at`."""
    transport, nat = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: RebindingNat(to), local_addr=(at, 0)
    )
    try:
        yield nat
    finally:
        nat.close()
        transport.close()
