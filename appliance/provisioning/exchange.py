"""One question and its answer over a connection that is open: HTTP/1.1 (RFC 9112) by h11.

Nothing of the answer is believed: the head and what precedes it have their limits, and of a body
no more is held than was agreed upon. A body must say how long it is, or come in chunks: one that
lasts until the connection ends (RFC 9112 section 6.3) may have been cut short by anybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import h11

from appliance.provisioning.address import Origin

_CHUNK = 1 << 12
"""Octets read at once: a flood of tiny pieces holds up the phone for no longer than these take."""
_MAX_HEAD = 1 << 14
"""Octets of status line and header fields, and of a body that nobody wants."""
_MAX_INTERIM = 8
"""Interim answers (1xx) before the final one."""


class TooLong(Exception):
    """A body is longer than was agreed upon."""


class WithoutLength(Exception):
    """A body does not say how long it is."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status line and header fields of an answer; names in small letters."""

    code: int
    reason: str
    fields: dict[str, bytes]

    def text(self, name: str) -> str:
        """A field, empty where there is none."""
        return self.fields.get(name, b"").decode("latin-1")


class Line:
    """A connection to one server; one exchange at a time.

    Methods raise OSError where the connection breaks, `h11.ProtocolError` where HTTP ends.
    """

    def __init__(
        self,
        origin: Origin,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        known: bool,
    ) -> None:
        """`known` is whether the server has been shown what is meant for it."""
        self.origin, self.known = origin, known
        self.heard = False
        """Whether anything has come in answer to the question that was asked last."""
        self._reader, self._writer = reader, writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)

    def close(self) -> None:
        """Drop the connection, whatever is still under way."""
        self._writer.transport.abort()

    @property
    def closed(self) -> bool:
        """Whether the server is known to have closed it."""
        return self._reader.at_eof() or self._writer.is_closing()

    async def ask(self, target: str, fields: Iterable[tuple[str, str]]) -> Head:
        """Send a GET and wait for the head of the answer."""
        self.heard = False
        request = h11.Request(method="GET", target=target, headers=list(fields))
        for sent in (request, h11.EndOfMessage()):
            self._writer.write(self._http.send(sent) or b"")
        await self._writer.drain()
        for _ in range(_MAX_INTERIM + 1):
            event = await self._next()
            if isinstance(event, h11.Response):
                found = {name.decode("ascii"): value for name, value in event.headers}
                return Head(event.status_code, event.reason.decode("latin-1"), found)
            if not isinstance(event, h11.InformationalResponse):
                break
        raise h11.RemoteProtocolError("no final answer")

    async def body(self, head: Head, most: int) -> bytes:
        """The body that follows `head`, of at most `most` octets.

        Raises `TooLong` and `WithoutLength` besides.
        """
        announced = head.text("content-length")
        if not announced and "transfer-encoding" not in head.fields:
            raise WithoutLength
        if announced and int(announced) > most:
            raise TooLong
        content = bytearray()
        while isinstance(event := await self._next(), h11.Data):
            content += event.data
            if len(content) > most:
                raise TooLong
        if not isinstance(event, h11.EndOfMessage):
            raise h11.RemoteProtocolError("a body without an end")
        return bytes(content)

    async def rest(self) -> bool:
        """Leave out what is still to come, if that is little: whether one may ask again."""
        left = 0
        try:
            while self._http.their_state is h11.SEND_BODY and left <= _MAX_HEAD:
                event = await self._next()
                left += len(event.data) if isinstance(event, h11.Data) else 0
        except (OSError, h11.ProtocolError):
            return False
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            return True
        return False

    async def _next(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            octets = await self._reader.read(_CHUNK)
            if not octets and not self.heard:
                raise ConnectionResetError("it was closed before an answer")
            self.heard = True
            self._http.receive_data(octets)
            await asyncio.sleep(0)
        return event
