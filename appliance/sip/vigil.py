"""Keeps an eye on a server over UDP between two renewals: nothing else tells that its port closed.

Every few seconds a keep-alive of four bytes (RFC 5626 section 4.4.1), which costs a server nothing
and which it may ignore, leaves from a socket of its own; ICMP's "port unreachable" comes back when
the server has ended and its machine is there. Silence means nothing here. Only where there is
another server to turn to, and for the loop's thread only.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any

from appliance.sip.reach import KEEP_ALIVE
from appliance.sip.targets import Target

PAUSE_SECONDS = 4.0
CONFIRM_SECONDS = 0.5
"""A port that is refused is asked again after this, for a server may have been restarted."""


class Vigil:
    """One eye for each account; `gone` is called when the server is known to have ended."""

    def __init__(self, gone: Callable[[int], None]) -> None:
        self._gone = gone
        self._eyes: dict[int, _Eye] = {}

    async def keep(self, account: int, target: Target) -> None:
        """Watch this server from now on, and no other."""
        self.end(account)
        eye = _Eye(lambda: self._gone(account))
        self._eyes[account] = eye
        family = socket.AF_INET6 if target.ipv6 else socket.AF_INET
        with contextlib.suppress(OSError):
            await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: eye, remote_addr=target.place, family=family
            )

    def end(self, account: int) -> None:
        """Watch for this account no more."""
        eye = self._eyes.pop(account, None)
        if eye is not None:
            eye.close()

    def close(self) -> None:
        """Watch no more."""
        for account in tuple(self._eyes):
            self.end(account)


class _Eye(asyncio.DatagramProtocol):
    """One connected socket, so that the kernel hands ICMP's errors to it."""

    def __init__(self, gone: Callable[[], None]) -> None:
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._timer: asyncio.TimerHandle | None = None
        self._refused = 0
        self._closed = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        if self._closed:
            transport.abort()
            return
        self._timer = self._loop.call_later(PAUSE_SECONDS, self._look, 0)

    def error_received(self, exc: Exception) -> None:
        if self._closed or not isinstance(exc, ConnectionRefusedError):
            return
        self._refused += 1
        if self._refused == 1:
            self._wind(CONFIRM_SECONDS, 1)
        else:
            self.close()
            self._gone()

    def close(self) -> None:
        """See nothing more."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.abort()

    def _look(self, refused: int) -> None:
        self._refused = refused
        self._wind(PAUSE_SECONDS, 0)
        self._transport.sendto(KEEP_ALIVE)

    def _wind(self, seconds: float, refused: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self._look, refused)
