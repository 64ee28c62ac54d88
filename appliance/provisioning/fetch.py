"""One file from a server, whatever that server does: HTTP/1.1 (RFC 9112) over verified TLS.

A server may be down, slow, hacked or none at all. So every answer has its limits: of time in all,
of size before and while it arrives, of redirects and where they lead; nothing is unpacked, for
nothing packed is asked for. What is refused says why, once for the display and once for IT. A
connection is used again for the next file while the server keeps it open.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import h11

from appliance.errors import PhoneError
from appliance.provisioning import stick
from appliance.provisioning.address import Address, Origin, address, is_tftp, onward, shown
from appliance.provisioning.exchange import Head, Line, TooLong, WithoutLength
from appliance.provisioning.stamp import NO_STAMP, Stamp
from appliance.sip import certificates

USER_AGENT = "Deskphone"
CONNECT_SECONDS = 5.0
MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_ABSENT = (404, 410)
_MAX_STAMP = 256
"""Characters of a stamp; what is longer is not sent back."""
_MAX_EVIDENCE = 2000


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
    """HTTP without TLS is allowed, and TFTP; for files without secrets."""
    clear_text_secrets: bool = False
    """For those with secrets too."""


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
        """Of `it`, what is not printable is left out: a server may have had its hand in it."""
        words = "".join(letter if letter.isprintable() else "?" for letter in it[:_MAX_EVIDENCE])
        super().__init__("PROVISION-01", agent, words)
        self.kind = kind


class Fetcher:
    """Asks for files, one after the other; to be entered and left with ``async with``."""

    def __init__(self, access: Access, floor: Path, limits: Limits = LIMITS) -> None:
        """`floor` is the file with a moment that is known to be past (`system.built`)."""
        self._access = access
        self._floor = floor
        self._limits = limits
        self._line: Line | None = None
        self._contexts: dict[bool, ssl.SSLContext] = {}

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

        A stick's is read and not asked for; no server leads there. Raises `FetchFailed`.
        """
        most = octets or self._limits.octets
        if stick.is_stick(url):
            return await asyncio.to_thread(_of_stick, url, stamp, most)
        try:
            async with asyncio.timeout(self._limits.seconds):
                if is_tftp(url):
                    return await self._by_tftp(url, stamp, most)
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

    def exposes(self, url: str) -> bool:
        """Whether what is fetched from there can be read on the way, and secrets must not be."""
        clear = not url.lower().startswith("https:") and not stick.is_stick(url)
        return clear and not self._access.clear_text_secrets

    async def _by_tftp(self, url: str, stamp: Stamp, most: int) -> Answer:
        from appliance.provisioning import tftp

        at = _taken_apart(url)
        self._check_scheme(url, at, secure=False)
        return await tftp.file(url, at, stamp, most)

    async def _follow(self, url: str, stamp: Stamp, most: int) -> Answer:
        seen = [url]
        first = _taken_apart(url)
        at, secure = first, False
        while True:
            secure = secure or at.origin.scheme == "https"
            self._check_scheme(seen[-1], at, secure=secure)
            answer = await self._ask(seen[-1], at, stamp, most, known=at.origin == first.origin)
            if not isinstance(answer, str):
                return answer
            circle = answer in seen
            seen.append(answer)
            way = " → ".join(seen)
            if circle or len(seen) > MAX_REDIRECTS + 1:
                why = "a circle of" if circle else f"more than {MAX_REDIRECTS}"
                raise FetchFailed("redirect", "Redirects in circles", f"{why} redirects: {way}")
            at = _taken_apart(answer, f"{url} redirects to ", web=True)

    def _check_scheme(self, url: str, at: Address, *, secure: bool) -> None:
        if at.origin.scheme != "https" and (secure or not self._access.clear_text):
            why = "a redirect away from HTTPS" if secure else "clear text"
            raise FetchFailed(
                "clear-text",
                "Server without TLS",
                f"{url}: {why} is refused; serve it by HTTPS, or allow it by"
                " `provisioning.clear_text`",
            )

    async def _ask(
        self, url: str, at: Address, stamp: Stamp, most: int, *, known: bool
    ) -> Answer | str:
        """One request; a text is where the server redirects to.

        What convinces a server is for the one that it was given for, and no other (`known`).
        """
        fields = [
            ("Host", at.origin.authority),
            ("User-Agent", USER_AGENT),
            ("Accept-Encoding", "identity"),
        ]
        if self._access.user and known:
            pair = f"{self._access.user}:{self._access.password}".encode()
            fields.append(("Authorization", f"Basic {base64.b64encode(pair).decode()}"))
        condition = _condition(stamp)
        try:
            line, head = await self._head(at, [*fields, *condition], known=known)
            answer = await _answered(line, url, head, most, asked=bool(condition))
            if not await line.rest():
                self._hang_up()
        except FetchFailed:
            raise
        except h11.ProtocolError as error:
            raise FetchFailed(
                "no-http", "Not a file server", f"{url}: the answer is no HTTP: {error}"
            ) from error
        except OSError as error:
            raise FetchFailed(
                "broken", "Server hung up", f"{url}: the connection broke: {_reason(error)}"
            ) from error
        return answer

    async def _head(
        self, at: Address, fields: list[tuple[str, str]], *, known: bool
    ) -> tuple[Line, Head]:
        """Ask; once more on a new connection if the one kept was closed (RFC 9112, 9.3.1)."""
        kept = self._kept(at.origin, known=known)
        if kept is not None:
            try:
                return kept, await kept.ask(at.target, fields)
            except OSError:
                self._hang_up()
                if kept.heard:
                    raise
        line = self._line = await self._connected(at.origin, known=known)
        return line, await line.ask(at.target, fields)

    def _kept(self, origin: Origin, *, known: bool) -> Line | None:
        line = self._line
        if line is not None and (line.closed or (line.origin, line.known) != (origin, known)):
            self._hang_up()
        return self._line

    async def _connected(self, origin: Origin, *, known: bool) -> Line:
        host = origin.host
        tls = await asyncio.to_thread(self._tls, known=known) if origin.scheme == "https" else None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(
                    host,
                    origin.port,
                    ssl=tls,
                    server_hostname=host if tls else None,
                    happy_eyeballs_delay=0.25,
                )
        except ssl.SSLCertVerificationError as error:
            where = (host, origin.port)
            kind, why = await certificates.refused(error, where, host, self._floor)
            raise FetchFailed(kind, "Server not trusted", f"{host}: {why}") from error
        except (OSError, ValueError) as error:
            raise unreachable(origin, error) from error
        return Line(origin, reader, writer, known=known)

    def _tls(self, *, known: bool) -> ssl.SSLContext:
        """As the SIP side verifies (`certificates.tls_context`); it reads files."""
        if known not in self._contexts:
            access = self._access
            own = access.certificate_file if known else ""
            try:
                context = ssl.create_default_context(cafile=access.ca_file or None)
                context.minimum_version = ssl.TLSVersion.TLSv1_2
                context.verify_flags &= ~(ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN)
                if own:
                    context.load_cert_chain(own, access.private_key_file or None, password="")
            except (OSError, ValueError) as error:
                files = [access.ca_file, own, access.private_key_file if own else ""]
                names = ", ".join(name for name in files if name)
                raise FetchFailed(
                    "no-certificate",
                    "Certificate missing",
                    f"{names}: {_reason(error)}; expected PEM files that can be read",
                ) from error
            self._contexts[known] = context
        return self._contexts[known]

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


_STATUS_HINTS = {
    400: "; it may want a certificate of the unit",
    401: "; it wants `provisioning.user` and `provisioning.password`, others than these",
    403: "; it wants a certificate of the unit, or does not know this unit",
}


async def _answered(line: Line, url: str, head: Head, most: int, *, asked: bool) -> Answer | str:
    """What an answer comes to; `asked` is whether there was a condition in the question."""
    code = head.code
    if code == 200:
        return Got(await _content(line, url, head, most), _stamp(head))
    if code == 304 and asked:
        return Unchanged()
    if code in _ABSENT:
        return Absent()
    if code in _REDIRECTS and "location" in head.fields:
        where = head.fields["location"]
        try:
            return onward(url, where)
        except ValueError as error:
            words = f"{url}: redirects to {where[:200]!r}, which is no address"
            raise FetchFailed("redirect", "Bad redirect", words) from error
    if code == 304:
        words = f"{url}: 304 to a request without a condition"
        raise FetchFailed("no-http", "Not a file server", words)
    raise FetchFailed(
        f"status-{code}",
        f"Server: {code}",
        f"{url}: {code} {head.reason}".rstrip() + _STATUS_HINTS.get(code, ""),
    )


async def _content(line: Line, url: str, head: Head, most: int) -> bytes:
    coding = head.text("content-encoding").strip() or "identity"
    if coding.lower() != "identity":
        words = f"{url}: sent as {coding} although no packing was asked for; turn it off"
        raise FetchFailed("packed", "Packed file", words)
    try:
        return await line.body(head, most)
    except TooLong as error:
        words = f"{url}: longer than {most} octets; is it the right file?"
        raise FetchFailed("too-big", "File too big", words) from error
    except WithoutLength as error:
        words = f"{url}: without Content-Length, so nobody knows whether it is whole"
        raise FetchFailed("no-length", "File without length", words) from error


def _of_stick(url: str, stamp: Stamp, most: int) -> Answer:
    """A file of a stick; what was on one that is not in any more has not changed."""
    try:
        content = stick.content(url, most)
    except (OSError, ValueError) as error:
        words = f"{url}: {_reason(error)}"
        raise FetchFailed("unreadable", "Stick unreadable", words) from error
    if content is None:
        return Unchanged() if stamp != NO_STAMP and stick.is_out(url) else Absent()
    if len(content) > most:
        words = f"{url}: longer than {most} octets; is it the right file?"
        raise FetchFailed("too-big", "File too big", words)
    seen = Stamp(hashlib.sha256(content).hexdigest())
    return Unchanged() if seen == stamp else Got(content, seen)


def _stamp(head: Head) -> Stamp:
    texts = (head.text("etag"), head.text("last-modified"))
    return Stamp(*(text if len(text) <= _MAX_STAMP else "" for text in texts))


def _condition(stamp: Stamp) -> list[tuple[str, str]]:
    """The header field that asks for nothing but a change (RFC 9110, 13.1.2 and 13.1.3).

    A stamp has lain on a card: what is no header field any more is not sent as one.
    """
    for name, text in (("If-None-Match", stamp.etag), ("If-Modified-Since", stamp.modified)):
        if text and text.isascii() and text.isprintable():
            return [(name, text)]
    return []


def _taken_apart(url: str, before: str = "", *, web: bool = False) -> Address:
    """`web` is whether TFTP is no address: no redirect leads there."""
    try:
        return address(url, web=web)
    except ValueError as error:
        raise FetchFailed(
            "bad-address",
            "Wrong address",
            f"{before}{shown(url)}: expected https://HOST[:PORT]/PATH without a user name",
        ) from error


def unreachable(origin: Origin, error: BaseException) -> FetchFailed:
    """Why nobody can be spoken to there."""
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
    broken_off = isinstance(error, (ConnectionResetError, ConnectionAbortedError))
    if isinstance(error, ssl.SSLError) or (broken_off and origin.scheme == "https"):
        words = f"{where}: TLS: {_reason(error)}; is it HTTPS, and version 1.2 or later?"
        return FetchFailed("tls-failed", "Server without TLS", words)
    return FetchFailed("unreachable", "Server not reached", f"{where}: {_reason(error)}")


def _reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or str(error)
    return (error.strerror if isinstance(error, OSError) else "") or str(error)
