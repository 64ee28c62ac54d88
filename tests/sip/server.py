"""The far end, made of a UDP socket and text: a registrar and a caller that does as a test says.

It shares no code with what it tests. Requests that no script asked for are answered as a plain
server would: REGISTER by `registrar`, OPTIONS, BYE and CANCEL with 200, SUBSCRIBE with 489.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.sip.message import Address, Message, assemble

PATIENCE_SECONDS = 10.0
NONCE = "0123456789abcdef"
REALM = "test"

Registrar = Callable[["Server", Message], None]


def says_yes(server: Server, request: Message) -> None:
    """A registrar without passwords."""
    expires = request["Expires"] or "300"
    server.answer(
        request,
        200,
        "OK",
        f"Contact: {request['Contact']};expires={expires}",
        f"Expires: {expires}",
    )


def refuses_the_password(server: Server, request: Message) -> None:
    """A registrar that says 403 to credentials, as Asterisk's chan_sip does."""
    if request["Authorization"]:
        server.answer(request, 403, "Forbidden (Bad auth)")
    else:
        server.answer(
            request,
            401,
            "Unauthorized",
            f'WWW-Authenticate: Digest realm="{REALM}", nonce="{NONCE}"',
        )


def refuses(code: int, reason: str, *headers: str) -> Registrar:
    """A registrar that always says this."""
    return lambda server, request: server.answer(request, code, reason, *headers)


def wants_password(password: str, *algorithms: str) -> Registrar:
    """A registrar with digest authentication, RFC 2617 without qop; MD5 unless told.

    Several algorithms are offered in that order of preference, RFC 8760 section 2.3.
    """
    hashes = {"MD5": _md5, "SHA-256": _sha256}
    offered = algorithms or ("MD5",)

    def answer(server: Server, request: Message) -> None:
        credentials = dict(re.findall(r'(\w+)="?([^",]+)"?', request["Authorization"]))
        if credentials.get("algorithm") in offered:
            digest = hashes[credentials["algorithm"]]
            first = digest(f"{credentials['username']}:{REALM}:{password}")
            second = digest(f"REGISTER:{credentials['uri']}")
            if credentials["response"] == digest(f"{first}:{NONCE}:{second}"):
                says_yes(server, request)
                return
        challenges = (
            f'WWW-Authenticate: Digest realm="{REALM}", nonce="{NONCE}", algorithm={algorithm}'
            for algorithm in offered
        )
        server.answer(request, 401, "Unauthorized", *challenges)

    return answer


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Server(asyncio.DatagramProtocol):
    """A UDP port that speaks SIP."""

    def __init__(self, registrar: Registrar) -> None:
        self.registrar = registrar
        self.answers_options = True
        self.takes_subscriptions = False
        """Whether a script answers SUBSCRIBE; otherwise it is refused."""
        self.registrations: list[Message] = []
        self.queries: list[Message] = []
        self.contact = ""
        self.address: Address = ("", 0)
        self.phone: Address = ("", 0)
        self._transport: asyncio.DatagramTransport | None = None
        self._kept: list[Message] = []
        self._news = asyncio.Event()

    @property
    def host(self) -> str:
        """``address:port`` for the settings of an account."""
        address, port = self.address
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

    def connection_made(self, transport: Any) -> None:
        """The socket is open."""
        self._transport = transport
        self.address = transport.get_extra_info("sockname")[:2]

    def datagram_received(self, data: bytes, source: Address) -> None:
        """Answer what needs no script; keep the rest."""
        self.received(data.decode("utf-8", "replace"), source[:2])

    def received(self, text: str, source: Address) -> None:
        """A whole message."""
        if not text.strip():
            return
        message = Message(text, source, asyncio.get_running_loop().time())
        if message.start.startswith("REGISTER "):
            self.phone = source if message["Contact"] else self.phone
            self.contact = message.contact if message["Contact"] else self.contact
            kept = self.registrations if message["Contact"] else self.queries
            kept.append(message)
            self.registrar(self, message)
        elif message.start.startswith("SUBSCRIBE ") and not self.takes_subscriptions:
            self.answer(message, 489, "Bad Event")
        elif message.start.split()[0] in ("OPTIONS", "BYE", "CANCEL"):
            if self.answers_options or not message.start.startswith("OPTIONS "):
                self.answer(message, 200, "OK")
            self._keep(message)
        else:
            self._keep(message)

    def _keep(self, message: Message) -> None:
        self._kept.append(message)
        self._news.set()

    async def next(self, what: str | int, method: str = "") -> Message:
        """The next request of that method, or response with that status; others are dropped."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                while self._kept:
                    message = self._kept.pop(0)
                    wanted = (
                        message.code == what and (not method or message.method == method)
                        if isinstance(what, int)
                        else message.code == 0 and message.start.startswith(f"{what} ")
                    )
                    if wanted:
                        return message
                self._news.clear()
                await self._news.wait()

    async def final(self, method: str = "INVITE") -> Message:
        """The next final response to a request of ours."""
        while (response := await self.next_of(method)).code < 200:
            pass
        return response

    async def next_of(self, method: str) -> Message:
        """The next response above 100 to a request of ours."""
        while (response := await self.answer_of(method)).code == 100:
            pass
        return response

    async def answer_of(self, method: str) -> Message:
        """The next response to a request of ours, 100 Trying as well."""
        while True:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not self._kept:
                    self._news.clear()
                    await self._news.wait()
            message = self._kept.pop(0)
            if message.code and message.method == method:
                return message

    def kept(self) -> list[Message]:
        """What came and was not asked for yet."""
        return self._kept

    def close(self) -> None:
        """Be gone: the port refuses from now on."""
        assert self._transport is not None
        self._transport.close()

    def send(self, text: str, to: Address | None = None) -> None:
        """Any text at all, by default to the phone."""
        assert self._transport is not None
        self._transport.sendto(text.encode(), to or self.phone)

    def answer(
        self, request: Message, code: int, reason: str, *headers: str, body: str = ""
    ) -> None:
        """A response to `request`."""
        to = request["To"]
        if code > 100 and "tag=" not in to:
            to += f";tag={_md5(request['Call-ID'])[:8]}"
        lines = [f"SIP/2.0 {code} {reason}"]
        first, *others = request.all("Via")
        address, port = request.source
        seen = f";received={address};rport={port}"  # RFC 3581 section 4
        lines += [f"Via: {re.sub(';rport(?![=])', seen, first)}"]
        lines += [f"Via: {via}" for via in others]
        lines += [f"From: {request['From']}", f"To: {to}", f"Call-ID: {request['Call-ID']}"]
        lines += [f"CSeq: {request['CSeq']}"]
        if not any(header.startswith("Contact:") for header in headers):
            lines.append(f"Contact: <sip:server@{self.host}>")
        lines += headers
        self.send(assemble(lines, body), request.source)

    @property
    def via(self) -> str:
        """The transport's name in a Via header."""
        return "UDP"

    def call(self, **changes: Any) -> Dialog:
        """A new dialog of ours with the phone; nothing is sent yet."""
        return Dialog(self, **changes)


class Dialog:
    """A dialog that the server began, or (`of`) one that the phone began with an INVITE."""

    def __init__(
        self,
        server: Server,
        caller: str = '"Ann Other" <sip:2001@127.0.0.1>',
        of: Message | None = None,
    ) -> None:
        self.server = server
        self.target = server.contact
        self.cseq = 0
        if of is None:
            self.local = f"{caller};tag={secrets.token_hex(4)}"
            self.remote = f"<{server.contact}>"
            self.call_id = secrets.token_hex(8)
        else:
            self.local = f"{of['To']};tag={_md5(of['Call-ID'])[:8]}"
            self.remote = of["From"]
            self.call_id = of["Call-ID"]
            self.target = of.contact
        self.branch = ""
        self.last = ""
        """The request that was sent last."""

    def request(self, method: str, *headers: str, body: str = "", fresh: bool = True) -> float:
        """Send a request; CANCEL and the ACK of a refusal are not `fresh`. The time of sending."""
        text = self.text(method, *headers, body=body, fresh=fresh)
        now = asyncio.get_running_loop().time()
        self.last = text
        self.server.send(text)
        return now

    def text(self, method: str, *headers: str, body: str = "", fresh: bool = True) -> str:
        """What `request` sends."""
        if fresh:
            self.cseq += method != "ACK"
            self.branch = f"z9hG4bK{secrets.token_hex(6)}"
        lines = [f"{method} {self.target} SIP/2.0"]
        lines += [f"Via: SIP/2.0/{self.server.via} {self.server.host};rport;branch={self.branch}"]
        lines += ["Max-Forwards: 70", f"From: {self.local}", f"To: {self.remote}"]
        lines += [f"Call-ID: {self.call_id}", f"CSeq: {self.cseq} {method}"]
        lines += [f"Contact: <sip:server@{self.server.host}>", *headers]
        return assemble(lines, body)

    def adopt(self, response: Message) -> None:
        """Take the far end's tag and contact from a response."""
        self.remote = response["To"]
        if response["Contact"]:
            self.target = response.contact

    async def invite(self, *headers: str, body: str, code: int = 200) -> Message:
        """INVITE, wait for the final response `code`, and acknowledge it."""
        self.request("INVITE", *headers, body=body)
        response = await self.server.next(code, "INVITE")
        self.adopt(response)
        self.request("ACK", fresh=code < 300)
        return response


class StreamServer(Server):
    """The same over TCP or TLS: speaks over the connection that was last spoken to."""

    def __init__(self, registrar: Registrar, secure: bool) -> None:
        super().__init__(registrar)
        self._secure = secure
        self.listener: asyncio.Server | None = None
        self.writers: list[asyncio.StreamWriter] = []
        self._writer: asyncio.StreamWriter | None = None

    @property
    def via(self) -> str:
        """The transport's name in a Via header."""
        return "TLS" if self._secure else "TCP"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        self._writer = writer
        self.writers.append(writer)
        source = writer.get_extra_info("peername")[:2]
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lstrip("\r\n")
                if not head:
                    continue
                length = re.search(r"^Content-Length:\s*(\d+)", head, re.MULTILINE | re.IGNORECASE)
                body = await reader.readexactly(int(length[1]) if length else 0)
                self._writer = writer
                self.received(head + body.decode(), source)
        writer.close()

    def end(self) -> None:
        """Close everything, as a server does that is restarted."""
        assert self.listener is not None
        self.listener.close()
        if self._writer is not None:
            self.hang_up()

    def hang_up(self) -> None:
        """Close the connection to the phone."""
        assert self._writer is not None
        self._writer.transport.abort()

    def send(self, text: str, to: Address | None = None) -> None:
        """Any text at all."""
        assert self._writer is not None
        self._writer.write(text.encode())


@asynccontextmanager
async def stream_server(
    registrar: Registrar = says_yes,
    tls: ssl.SSLContext | None = None,
    address: str = "127.0.0.1",
    wire: socket.socket | None = None,
) -> AsyncIterator[StreamServer]:
    """A server over TCP, or with `tls` over TLS; on `wire` if that is given, bound already."""
    far = StreamServer(registrar, tls is not None)
    if wire is None:
        listener = await asyncio.start_server(far.serve, address, 0, ssl=tls)
    else:
        listener = await asyncio.start_server(far.serve, sock=wire, ssl=tls)
    far.listener = listener
    far.address = listener.sockets[0].getsockname()[:2]
    try:
        yield far
    finally:
        listener.close()
        for writer in far.writers:
            with contextlib.suppress(AttributeError):  # one over TLS that has ended, Python 3.11
                writer.transport.abort()
        await asyncio.sleep(0)


@asynccontextmanager
async def server(
    registrar: Registrar = says_yes,
    address: Address = ("127.0.0.1", 0),
    wire: socket.socket | None = None,
) -> AsyncIterator[Server]:
    """A server on loopback, at `address` or on `wire`, bound already."""
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Server(registrar), local_addr=None if wire else address, sock=wire
    )
    try:
        yield protocol
    finally:
        transport.close()
