"""One file from a server, whatever that server does: HTTP/1.1 (RFC 9112) over verified TLS.

A server may be down, slow, hacked or none at all. So every answer has its limits: of time in all,
of size before and while it arrives, of redirects and where they lead; nothing is unpacked, for
nothing packed is asked for. What is refused says why, once for the display and once for IT. A
connection is used again for the next file while the server keeps it open.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from urllib.parse import SplitResult, urljoin, urlsplit

import h11

from appliance.errors import PhoneError
from appliance.sip import certificates

USER_AGENT = "Deskphone"
CONNECT_SECONDS = 5.0
MAX_REDIRECTS = 5
_PORTS = {"https": 443, "http": 80}
_REDIRECTS = (301, 302, 303, 307, 308)
_ABSENT = (404, 410)
_CHUNK = 1 << 16
_MAX_HEAD = 1 << 14
"""Octets of status line and header fields."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a server is borne with: seconds for one file in all, and octets of it."""

    seconds: float = 30.0
    octets: int = 1 << 20


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Access:
    """With what a server is asked, and whom it has to convince."""

    ca_file: str = ""
    """PEM file of the only authorities that may vouch for it; empty: the system's."""
    certificate_file: str = ""
    private_key_file: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    clear_text: bool = False
    """HTTP without TLS is allowed."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a server calls the state of a file, for asking whether it is another by now."""

    etag: str = ""
    modified: str = ""


NO_STAMP = Stamp()


@dataclass(frozen=True, slots=True)
class Got:
    """A file."""

    content: bytes = field(repr=False)
    stamp: Stamp = NO_STAMP


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The file is as it was when its stamp was given (304)."""


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no such file (404, 410)."""


Answer = Got | Unchanged | Absent


class FetchFailed(PhoneError, OSError):
    """A file that could not be had. `kind` names why, as the report and the journal do."""

    def __init__(self, kind: str, agent: str, it: str) -> None:
        super().__init__("PROVISION-01", agent, it)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class _Origin:
    scheme: str
    host: str
    port: int


@dataclass(slots=True)
class _Line:
    """A connection to one server."""

    origin: _Origin
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    http: h11.Connection = field(
        default_factory=lambda: h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
    )

    def close(self) -> None:
        self.writer.transport.abort()


class Fetcher:
    """Asks for files, one after the other; to be entered and left with ``async with``."""

    def __init__(self, access: Access, floor: Path, limits: Limits = LIMITS) -> None:
        """`floor` is the file with a moment that is known to be past (`system.built`)."""
        self._access = access
        self._floor = floor
        self._limits = limits
        self._line: _Line | None = None
        self._context: ssl.SSLContext | None = None

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hang_up()

    async def get(self, url: str, stamp: Stamp = NO_STAMP, *, octets: int = 0) -> Answer:
        """The file at `url`, unless it is as `stamp` says; at most `octets`, if given.

        Raises `FetchFailed`.
        """
        most = octets or self._limits.octets
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._follow(url, stamp, most)
        except TimeoutError as error:
            self._hang_up()
            raise FetchFailed(
                "silent",
                "Server too slow",
                f"{url}: no whole answer within {self._limits.seconds:g} s; look at the server's"
                " load and at the network between",
            ) from error
        except BaseException:
            self._hang_up()
            raise

    async def _follow(self, url: str, stamp: Stamp, most: int) -> Answer:
        seen = [url]
        while True:
            answer = await self._ask(seen[-1], url, stamp, most)
            if not isinstance(answer, str):
                return answer
            seen.append(answer)
            way = " → ".join(seen)
            if answer in seen[:-1]:
                raise FetchFailed("redirect", "Server sends in circles", f"redirects: {way}")
            if len(seen) > MAX_REDIRECTS + 1:
                raise FetchFailed(
                    "redirect",
                    "Server sends in circles",
                    f"more than {MAX_REDIRECTS} redirects: {way}",
                )

    async def _ask(self, url: str, first: str, stamp: Stamp, most: int) -> Answer | str:
        """One request, on the way from the `first`; a text is where the server redirects to."""
        parts, began = _parts(url), _parts(first)
        secure = began.scheme == "https"
        if parts.scheme == "http" and (secure or not self._access.clear_text):
            why = "a redirect away from HTTPS" if secure else "clear text"
            raise FetchFailed(
                "clear-text",
                "Server without TLS",
                f"{url}: {why} is refused; serve it by HTTPS, or allow it by"
                " `provisioning.clear_text`",
            )
        line = await self._connected(parts)
        try:
            head = await self._request(line, parts, stamp, known=_origin(parts) == _origin(began))
            return await self._answered(line, url, head, most)
        except h11.RemoteProtocolError as error:
            raise FetchFailed(
                "no-http", "Not a file server", f"{url}: the answer is no HTTP: {error}"
            ) from error
        except (ConnectionError, ssl.SSLError) as error:
            raise FetchFailed(
                "broken", "Server hung up", f"{url}: the connection broke: {_reason(error)}"
            ) from error

    async def _request(
        self, line: _Line, parts: SplitResult, stamp: Stamp, *, known: bool
    ) -> h11.Response:
        """Ask; the password is for the server that it was given for, and no other."""
        fields = [
            ("Host", parts.netloc),
            ("User-Agent", USER_AGENT),
            ("Accept-Encoding", "identity"),
        ]
        if stamp.etag:
            fields.append(("If-None-Match", stamp.etag))
        elif stamp.modified:
            fields.append(("If-Modified-Since", stamp.modified))
        if self._access.user and known:
            pair = f"{self._access.user}:{self._access.password}".encode()
            fields.append(("Authorization", f"Basic {base64.b64encode(pair).decode()}"))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = h11.Request(method="GET", target=target, headers=fields)
        for sent in (request, h11.EndOfMessage()):
            line.writer.write(line.http.send(sent) or b"")
        await line.writer.drain()
        while True:
            event = await _next(line)
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise ConnectionResetError("it was closed before an answer")

    async def _answered(self, line: _Line, url: str, head: h11.Response, most: int) -> Answer | str:
        fields = {name.decode().lower(): value.decode("latin-1") for name, value in head.headers}
        code = head.status_code
        if code == 200:
            coding = fields.get("content-encoding", "identity")
            if coding.strip().lower() != "identity":
                raise FetchFailed(
                    "packed",
                    "Packed file",
                    f"{url}: sent as {coding} although no packing was asked for; turn it off",
                )
            content = await _body(line, url, most, fields.get("content-length", ""))
            self._rest(line)
            return Got(content, Stamp(fields.get("etag", ""), fields.get("last-modified", "")))
        if code == 304 or code in _ABSENT or code in _REDIRECTS:
            await _body(line, url, _MAX_HEAD, "")
            self._rest(line)
        if code == 304:
            return Unchanged()
        if code in _ABSENT:
            return Absent()
        where = fields.get("location", "")
        if code in _REDIRECTS and where:
            return urljoin(url, where)
        reason = head.reason.decode("latin-1")
        raise FetchFailed(
            f"status-{code}",
            f"Server: {code}",
            f"{url}: {code} {reason}".rstrip() + _STATUS_HINTS.get(code, ""),
        )

    async def _connected(self, parts: SplitResult) -> _Line:
        origin = _origin(parts)
        host = origin.host
        if self._line is not None:
            if self._line.origin == origin and not self._line.reader.at_eof():
                return self._line
            self._hang_up()
        context = self._tls() if origin.scheme == "https" else None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(
                    host,
                    origin.port,
                    ssl=context,
                    server_hostname=host if context else None,
                    happy_eyeballs_delay=0.25,
                    limit=_CHUNK,
                )
        except ssl.SSLCertVerificationError as error:
            address = (host, origin.port)
            kind, why = await certificates.refused(error, address, host, self._floor)
            raise FetchFailed(kind, "Server not trusted", f"{host}: {why}") from error
        except (OSError, TimeoutError) as error:
            raise _unreachable(origin, error) from error
        self._line = _Line(origin, reader, writer)
        return self._line

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            access = self._access
            try:
                context = ssl.create_default_context(cafile=access.ca_file or None)
                context.minimum_version = ssl.TLSVersion.TLSv1_2
                if access.certificate_file:
                    key = access.private_key_file or None
                    context.load_cert_chain(access.certificate_file, key, password="")
            except (OSError, ssl.SSLError) as error:
                files = [access.ca_file, access.certificate_file, access.private_key_file]
                names = ", ".join(name for name in files if name)
                raise FetchFailed(
                    "no-certificate",
                    "Certificate missing",
                    f"{names}: {_reason(error)}; expected PEM files that can be read",
                ) from error
            self._context = context
        return self._context

    def _rest(self, line: _Line) -> None:
        """Keep a connection for the next file, if the server does."""
        if line.http.our_state is h11.DONE and line.http.their_state is h11.DONE:
            line.http.start_next_cycle()
        else:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


_STATUS_HINTS = {
    401: "; it wants `provisioning.user` and `provisioning.password`, others than these",
    403: "; it wants a certificate of the unit, or does not know this unit",
}


async def _next(line: _Line) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
    while (event := line.http.next_event()) is h11.NEED_DATA:
        line.http.receive_data(await line.reader.read(_CHUNK))
    return event


async def _body(line: _Line, url: str, most: int, announced: str) -> bytes:
    too_big = FetchFailed(
        "too-big", "File too big", f"{url}: longer than {most} octets; is it the right file?"
    )
    if announced.isascii() and announced.isdigit() and int(announced) > most:
        raise too_big
    parts, size = [], 0
    while isinstance(event := await _next(line), h11.Data):
        size += len(event.data)
        if size > most:
            raise too_big
        parts.append(bytes(event.data))
    return b"".join(parts)


def _parts(url: str) -> SplitResult:
    """The parts of an address; raises `FetchFailed` where it is none of a file by HTTP."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        if (
            parts.scheme in _PORTS
            and parts.hostname
            and parts.port != 0
            and "@" not in parts.netloc
        ):
            return parts
    raise FetchFailed(
        "bad-address",
        "Wrong address",
        f"{url}: expected https://HOST[:PORT]/PATH without a user name",
    )


def _origin(parts: SplitResult) -> _Origin:
    return _Origin(parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme])


def _unreachable(origin: _Origin, error: BaseException) -> FetchFailed:
    where = f"{origin.host} port {origin.port}"
    if isinstance(error, TimeoutError):
        words = f"{where}: no answer within {CONNECT_SECONDS:g} s; a firewall, or the wrong address"
        return FetchFailed("silent", "Server silent", words)
    if isinstance(error, socket.gaierror):
        words = f"{origin.host}: the name is not known: {_reason(error)}; look at the DNS"
        return FetchFailed("no-dns", "Server not found", words)
    if isinstance(error, ConnectionRefusedError):
        words = f"{where}: refused; nothing listens there"
        return FetchFailed("refused", "Server refuses", words)
    if isinstance(error, ssl.SSLError):
        words = f"{where}: TLS: {_reason(error)}; is it HTTPS, and version 1.2 or later?"
        return FetchFailed("tls-failed", "Server without TLS", words)
    return FetchFailed("unreachable", "Server not reached", f"{where}: {_reason(error)}")


def _reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or str(error)
    return (error.strerror if isinstance(error, OSError) else "") or str(error)
