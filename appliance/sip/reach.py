"""Whether a server's port can be reached at all: asked with plain sockets, in about a second.

A SIP stack says "408" for a closed port, a dead host and a firewall alike. Here ICMP's refusal is
told from silence, and each fault of a certificate from the others. No credentials and no SIP
request are sent: over UDP the keep-alive of RFC 5626, over TCP and TLS nothing at all.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.phone.words import NONE, Words, in_text
from appliance.sip import certificates
from appliance.sip.settings import AccountSettings, Transport
from appliance.sip.verdict import VerdictName

STREAM_SECONDS = 1.5
"""How long a connection may take: the first SYN and the one repeated after a second."""
ALERT_SECONDS = 0.3
"""How long a server may take to say what it thinks of our certificate."""
_CERTIFICATE = in_text("Set 'certificate_file' to a certificate that the server accepts.")
_TURNED_AWAY = ("certificate", "unknown ca", "access denied")
"""In the names of the alerts that are about our certificate, RFC 8446 section 6.2."""
DATAGRAM_SECONDS = 1.0
DATAGRAMS = 3
"""Sent in that time, for a datagram may be lost, and the kernel's word of a closed port too."""
KEEP_ALIVE = b"\r\n\r\n"
"""The double CRLF of RFC 5626 section 4.4.1: every SIP server may ignore it."""
_FILES = ("ca_file", "certificate_file", "private_key_file")
_NO_WAY = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EACCES, errno.EADDRNOTAVAIL}
)


@dataclass(frozen=True, slots=True)
class Hop:
    """One address to be contacted; `host` is the name that a certificate has to show.

    `server` is the same as the phone calls its server in use, where that is known.
    """

    host: str
    address: str
    port: int
    transport: Transport
    server: str = ""

    @property
    def words(self) -> str:
        """For the evidence."""
        name = "" if self.host == self.address else f" ({self.host})"
        return f"{self.transport} {self.address} port {self.port}{name}"


@dataclass(frozen=True, slots=True)
class Reached:
    """What came of it; `trouble` is None where the way is open as far as can be seen."""

    hop: Hop
    trouble: VerdictName | None
    words: str
    next_step: Words = NONE
    """What mends it, where that is not what usually does."""

    @property
    def evidence(self) -> str:
        """Where and what, in one line."""
        return f"{self.hop.words}: {self.words}"


async def reach(hop: Hop, account: AccountSettings) -> Reached:
    """Look at one address for an account; never raises for anything that a network does."""
    try:
        if hop.transport == "udp":
            return await _datagram(hop)
        return await _stream(hop, account)
    except (ConnectionRefusedError, ConnectionResetError):
        return Reached(hop, "refused", "the connection was refused")
    except TimeoutError:
        return Reached(hop, "silent", f"no answer within {STREAM_SECONDS:g} s")
    except OSError as error:
        kind: VerdictName = "unreachable" if error.errno in _NO_WAY else "silent"
        return Reached(hop, kind, error.strerror or str(error))


def local_address(address: str, port: int) -> str:
    """The address that the system would send from, empty when it knows no way; nothing is sent."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, port))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


class _Echo(asyncio.DatagramProtocol):
    """Waits for anything that comes back: a datagram, or an ICMP error."""

    def __init__(self) -> None:
        self.heard: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self.heard.done():
            self.heard.set_result(None)

    def error_received(self, exc: Exception) -> None:
        if not self.heard.done():
            self.heard.set_exception(exc)


async def _datagram(hop: Hop) -> Reached:
    family = socket.AF_INET6 if ":" in hop.address else socket.AF_INET
    transport, echo = await asyncio.get_running_loop().create_datagram_endpoint(
        _Echo, remote_addr=(hop.address, hop.port), family=family
    )
    try:
        for _ in range(DATAGRAMS):
            transport.sendto(KEEP_ALIVE)
            await asyncio.wait({echo.heard}, timeout=DATAGRAM_SECONDS / DATAGRAMS)
            if echo.heard.done():
                echo.heard.result()
                return Reached(hop, None, "answers")
    finally:
        transport.close()
    return Reached(hop, None, "not refused, and nothing came back")


def _files(account: AccountSettings) -> str:
    files = {name: getattr(account, name) for name in _FILES}
    return ", ".join(f"{name} = {file!r}" for name, file in files.items() if file)


async def _afterthought(reader: asyncio.StreamReader) -> str:
    """What a server says after the handshake: with TLS 1.3 what it thinks of our certificate."""
    try:
        async with asyncio.timeout(ALERT_SECONDS):
            await reader.read(1)
    except ssl.SSLError as error:
        return (error.reason or "").replace("_", " ").lower()
    except (TimeoutError, OSError):
        pass
    return ""


async def _stream(hop: Hop, account: AccountSettings) -> Reached:
    context: ssl.SSLContext | None = None
    if hop.transport == "tls":
        try:
            context = certificates.tls_context(account)
        except (OSError, ssl.SSLError) as error:
            return Reached(hop, "bad-config", f"{_files(account)}: {error}")
    try:
        async with asyncio.timeout(STREAM_SECONDS):
            reader, writer = await asyncio.open_connection(
                hop.address, hop.port, ssl=context, server_hostname=hop.host if context else None
            )
    except ssl.SSLCertVerificationError as error:
        place, floor = (hop.address, hop.port), Path(account.clock_floor)
        name, words = await certificates.refused(error, place, hop.host, floor)
        return Reached(hop, name, words)
    except ssl.SSLError as error:
        return Reached(hop, "refused", f"no TLS could be agreed on: {error.reason or error}")
    peer: Any = writer.get_extra_info("ssl_object")
    alert = await _afterthought(reader) if peer and peer.version() == "TLSv1.3" else ""
    writer.transport.abort()
    if peer is None:
        return Reached(hop, None, "the connection stands")
    if any(word in alert for word in _TURNED_AWAY):
        return Reached(hop, "forbidden", f"the server ends TLS: {alert}", _CERTIFICATE)
    if alert:
        return Reached(hop, "refused", f"the server ends TLS: {alert}")
    certificate = peer.getpeercert()
    if certificates.is_wildcard(certificate, hop.host):
        names = ", ".join(name for _, name in certificate.get("subjectAltName", ()))
        return Reached(hop, "tls-wildcard", f"expected {hop.host}; the certificate names {names}")
    return Reached(hop, None, f"the certificate holds; {peer.version()} with {peer.cipher()[0]}")
