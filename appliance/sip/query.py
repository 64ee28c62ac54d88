"""Asks a registrar who stands behind an extension, by a REGISTER that changes nothing.

Without a Contact it only fetches the bindings (RFC 3261 section 10.2.2). It goes through the same
handshake as a registration (challenge, credentials, refusal), so that it shows where that fails,
and it may be sent while the phone is registered. It comes from a socket of its own, offers the
password once (again only for a stale nonce), and has an end. What is kept of
the exchange holds no digest response.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
import ssl
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from appliance.sip import credentials
from appliance.sip.bindings import lines, way
from appliance.sip.certificates import tls_context
from appliance.sip.reach import Hop
from appliance.sip.settings import AccountSettings
from appliance.sip.translate import header, sip_uri

PATIENCE_SECONDS = 4.0
_RESENDINGS = (0.5, 1.0, 2.0)
"""Timer E of RFC 3261 section 17.1.2.2 as far as the patience goes."""
_MOST_BYTES = 65_536
_MOST_PROVISIONAL = 4
_MOST_SHOWN = 8_192
"""What an exchange keeps: of an answer so many characters, and so many that were not the last."""
_MOST_LINE = 2_048
_MOST_NAMED = 60
_OF_SIP = re.compile(rb"^SIP/2\.0 \d{3}|^[A-Z]+ \S+ SIP/2\.0\r?$")
_STALE_NONCES = 2
_RESPONSE = re.compile(r'\bresponse="[^"]*"')


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was said, oldest first, secrets removed; and what it came to."""

    messages: tuple[str, ...] = ()
    code: int = 0
    reason: str = ""
    answer: str = ""
    """The last response; empty when none came."""
    challenge: credentials.Challenge | None = None
    offered: bool = False
    """Credentials were sent."""
    error: str = ""
    rewritten: str = ""
    """The Via of an answer was not the one that was sent: what it was instead."""

    @property
    def succeeded(self) -> bool:
        """The server did what it was asked for."""
        return 200 <= self.code < 300

    @property
    def lines(self) -> tuple[str, ...]:
        """The start line of each message, with an arrow for its direction."""
        return tuple(
            f"{'<' if text.startswith('SIP/2.0') else '>'} {text.partition(chr(13))[0]}"
            for text in self.messages
        )


class _Wire(Protocol):
    reliable: bool
    local: tuple[str, int]

    def send(self, text: str) -> None: ...

    async def receive(self) -> str: ...

    def close(self) -> None: ...


async def ask(
    hop: Hop, account: AccountSettings, server: str, patience: float = PATIENCE_SECONDS
) -> Exchange:
    """Ask `server` through `hop`; never raises for anything that a network or a server does."""
    done = _Dialogue(hop, account, server)
    try:
        async with asyncio.timeout(patience):
            await done.run()
    except TimeoutError:
        what = "no answer but provisional ones" if done.provisional else "no answer"
        return replace(done.so_far, error=f"{what} within {patience:g} s")
    except EOFError:
        return replace(done.so_far, error="the server closed the connection")
    except (OSError, ValueError) as error:
        return replace(done.so_far, error=getattr(error, "strerror", None) or str(error))
    return done.so_far


@dataclass(slots=True)
class _Dialogue:
    hop: Hop
    account: AccountSettings
    server: str
    so_far: Exchange = field(default_factory=Exchange)
    provisional: int = 0
    call_id: str = field(default_factory=lambda: secrets.token_hex(8))
    tag: str = field(default_factory=lambda: secrets.token_hex(4))

    async def run(self) -> None:
        wire = await _open(self.hop, self.account)
        try:
            await self._ask(wire)
        finally:
            wire.close()

    async def _ask(self, wire: _Wire) -> None:
        proof, stale = "", 0
        for number in range(1, 2 + _STALE_NONCES + 1):
            await self._transact(wire, number, proof)
            code = self.so_far.code
            if code not in (401, 407):
                return
            name = "WWW-Authenticate" if code == 401 else "Proxy-Authenticate"
            asked = credentials.choose(lines(self.so_far.answer, name))
            if asked is not None:
                self.so_far = replace(self.so_far, challenge=asked)
            if asked is None or not asked.supported:
                return
            stale += bool(proof and asked.stale)
            if proof and (not asked.stale or stale > _STALE_NONCES):
                return
            field_name = "Authorization" if code == 401 else "Proxy-Authorization"
            told = credentials.answer(
                asked,
                self.account.login,
                self.account.password,
                "REGISTER",
                f"sip:{self.server}",
                secrets.token_hex(8),
            )
            proof = f"{field_name}: {told}\r\n"
            self.so_far = replace(self.so_far, offered=True)

    async def _transact(self, wire: _Wire, number: int, proof: str) -> None:
        request = self._request(wire, number, proof)
        self._keep(request)
        wire.send(request)
        pauses = () if wire.reliable else _RESENDINGS
        waiting = asyncio.ensure_future(self._final(wire, number))
        try:
            for pause in pauses:
                done, _ = await asyncio.wait((waiting,), timeout=pause)
                if done:
                    break
                wire.send(request)
            await waiting
        finally:
            waiting.cancel()

    async def _final(self, wire: _Wire, number: int) -> None:
        while True:
            text = await wire.receive()
            start = re.match(r"SIP/2\.0 (\d{3}) ?([^\r\n]*)", text)
            ours = header(text, "Call-ID", "i") == self.call_id
            if start is None or not ours or not header(text, "CSeq").startswith(f"{number} "):
                continue
            if int(start[1]) < 200:
                self.provisional += 1
                if self.provisional <= _MOST_PROVISIONAL:
                    self._keep(text)
                continue
            self._keep(text)
            via = way(text)
            changed = via is not None and via.sent != wire.local
            self.so_far = replace(
                self.so_far,
                code=int(start[1]),
                reason=start[2],
                answer=text,
                rewritten=header(text, "Via", "v") if changed else self.so_far.rewritten,
            )
            return

    def _keep(self, text: str) -> None:
        shown = _RESPONSE.sub('response="(removed)"', text)[:_MOST_SHOWN]
        self.so_far = replace(self.so_far, messages=(*self.so_far.messages, shown))

    def _request(self, wire: _Wire, number: int, proof: str) -> str:
        address, port = wire.local
        where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        me = sip_uri(self.account.user, self.server)
        proxy = self.account.outbound_proxy.strip("<> ")
        loose = proxy if ";lr" in proxy else f"{proxy};lr"
        return (
            f"REGISTER sip:{self.server} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self.hop.transport.upper()} {where};rport"
            f";branch=z9hG4bK{secrets.token_hex(8)}\r\n"
            "Max-Forwards: 70\r\n"
            f"{f'Route: <{loose}>' + chr(13) + chr(10) if proxy else ''}"
            f"From: <{me}>;tag={self.tag}\r\nTo: <{me}>\r\n"
            f"Call-ID: {self.call_id}\r\nCSeq: {number} REGISTER\r\n"
            f"{proof}Content-Length: 0\r\n\r\n"
        )


async def _open(hop: Hop, account: AccountSettings) -> _Wire:
    loop = asyncio.get_running_loop()
    if hop.transport == "udp":
        family = socket.AF_INET6 if ":" in hop.address else socket.AF_INET
        _, datagrams = await loop.create_datagram_endpoint(
            _Datagrams, remote_addr=(hop.address, hop.port), family=family
        )
        return datagrams
    context: ssl.SSLContext | None = tls_context(account) if hop.transport == "tls" else None
    reader, writer = await asyncio.open_connection(
        hop.address,
        hop.port,
        ssl=context,
        server_hostname=hop.host if context else None,
    )
    return _Stream(reader, writer)


class _Datagrams(asyncio.DatagramProtocol):
    reliable = False

    def __init__(self) -> None:
        self._came: asyncio.Queue[str | Exception] = asyncio.Queue(64)
        self.local = ("", 0)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.local = tuple(transport.get_extra_info("sockname")[:2])

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self._came.full():
            self._came.put_nowait(data.decode("utf-8", "replace"))

    def error_received(self, exc: Exception) -> None:
        if not self._came.full():
            self._came.put_nowait(exc)

    def send(self, text: str) -> None:
        self._transport.sendto(text.encode())

    async def receive(self) -> str:
        came = await self._came.get()
        if isinstance(came, Exception):
            raise came
        return came

    def close(self) -> None:
        self._transport.close()


class _Stream:
    reliable = True

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._held = b""
        self.local: tuple[str, int] = tuple(writer.get_extra_info("sockname")[:2])

    def send(self, text: str) -> None:
        self._writer.write(text.encode())

    async def receive(self) -> str:
        while (end := self._held.find(b"\r\n\r\n")) < 0:
            await self._hold_more()
        end += 4
        length = header(self._held[:end].decode("utf-8", "replace"), "Content-Length", "l")
        end += int(length) if re.fullmatch(r"\d{1,5}", length) else 0
        while len(self._held) < end:
            await self._hold_more()
        message, self._held = self._held[:end], self._held[end:].lstrip()
        return message.decode("utf-8", "replace")

    async def _hold_more(self) -> None:
        """Raises `ValueError` as soon as it is clear that this is another protocol."""
        came = await self._reader.read(_MOST_BYTES)
        if not came:
            raise EOFError
        self._held = (self._held + came).lstrip()
        first, ended, _ = self._held.partition(b"\n")
        if (ended or len(first) > _MOST_LINE) and not _OF_SIP.search(first):
            shown = first[:_MOST_NAMED].decode("ascii", "replace").strip()
            raise ValueError(f"what answers there is no SIP server: {shown!r}")
        if len(self._held) > 2 * _MOST_BYTES:
            raise ValueError("it sends more than a SIP message has")

    def close(self) -> None:
        self._writer.transport.abort()
