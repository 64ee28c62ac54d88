"""Why a registration failed, told from what the stack saw and from a look of our own.

A SIP stack says "408" for a closed port, a dead host and a firewall alike. When no answer came on
the wire this module asks the questions of a support desk in their order: does the name resolve, is
there a route, does the port answer or refuse, does the certificate hold? It uses plain sockets of
the asyncio loop, sends no credentials and no SIP requests, and ends within a few seconds.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from appliance.sip.names import NOT_A_NAME, look_up, why_not
from appliance.sip.settings import DEFAULT_PORTS, AccountSettings
from appliance.sip.verdict import Attempt, Verdict, VerdictName
from appliance.sip.words import verdict

PROBE_SECONDS = 3.0
UDP_PROBE_SECONDS = 1.0
KEEP_ALIVE = b"\r\n\r\n"
"""The double CRLF of RFC 5626 section 4.4.1: every SIP server may ignore it."""

_CODES: dict[int, VerdictName] = {
    **dict.fromkeys((401, 407), "wrong-password"),
    **dict.fromkeys((403, 603, 606), "forbidden"),
    **dict.fromkeys((404, 410, 604), "unknown-extension"),
    **dict.fromkeys((300, 301, 302, 305), "moved-elsewhere"),
    423: "interval-too-brief",
}
_CERTIFICATE: dict[int, VerdictName] = {
    9: "tls-not-yet-valid",
    10: "tls-expired",
    62: "tls-name-mismatch",
    64: "tls-name-mismatch",
}
"""OpenSSL's X509_V_ERR codes (x509_vfy.h) that are not simply a lack of trust."""
_TLS_WORDS: tuple[tuple[str, VerdictName], ...] = (
    ("not yet", "tls-not-yet-valid"),
    ("expired", "tls-expired"),
    ("validity", "tls-expired"),
    ("name", "tls-name-mismatch"),
    ("identit", "tls-name-mismatch"),
)
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EACCES})


async def diagnose(account: AccountSettings, attempt: Attempt) -> Verdict:
    """The verdict over one attempt to register; never raises for anything that a network does."""
    if attempt.answered:
        return _of_answer(account, attempt)
    try:
        host, port = split_server(attempt.server, DEFAULT_PORTS[account.transport])
    except ValueError as error:
        return verdict("bad-config", f"server = {attempt.server!r}: {error}")
    try:
        addresses = await look_up(host, port)
    except NOT_A_NAME as error:
        return verdict("no-dns", attempt.error or f"{host}: {why_not(error)}")
    found: Verdict | None = None
    for family, address in addresses:
        found = await _probe(account, attempt, host, family, address)
        if found.name == "silent":
            break
    return found or verdict("no-dns", f"{host}: the name has no address")


def split_server(server: str, default_port: int) -> tuple[str, int]:
    """``host[:port]`` into its parts, IPv6 literals without their brackets; raises `ValueError`."""
    parts = urlsplit(f"//{server}")
    if not parts.hostname or parts.path or parts.username is not None:
        raise ValueError("expected host or host:port, IPv6 addresses in [brackets]")
    return parts.hostname, default_port if parts.port is None else parts.port


def _of_answer(account: AccountSettings, attempt: Attempt) -> Verdict:
    if 200 <= attempt.code < 300 and not attempt.error:
        return verdict("ok", "")
    name = _CODES.get(attempt.code, "server-error")
    where = f" from {attempt.source}" if attempt.source else ""
    evidence = f"REGISTER {account.user}@{attempt.server}: {attempt.code} {attempt.reason}{where}"
    if name == "server-error" and attempt.error:
        evidence += f"; {attempt.error}"
    if name == "wrong-password":
        evidence += f" after credentials of {account.login!r} were offered"
    if name == "interval-too-brief" and attempt.min_expires:
        evidence += f"; it accepts {attempt.min_expires} s or more"
        return verdict(name, evidence, f"Set 'expires' to {attempt.min_expires} or more.")
    return verdict(name, evidence)


async def _probe(
    account: AccountSettings,
    attempt: Attempt,
    host: str,
    family: socket.AddressFamily,
    address: tuple[str, int],
) -> Verdict:
    where = f"{account.transport} {address[0]} port {address[1]}"
    try:
        if account.transport == "udp":
            return await _probe_udp(family, address, where)
        return await _probe_stream(account, attempt, host, address, where)
    except (ConnectionRefusedError, ConnectionResetError):
        return verdict("refused", f"{where}: the connection was refused")
    except TimeoutError:
        return verdict("silent", f"{where}: no answer within {PROBE_SECONDS:g} s")
    except OSError as error:
        kind: VerdictName = "unreachable" if error.errno in _NO_WAY else "silent"
        return verdict(kind, f"{where}: {error.strerror or error}")


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


async def _probe_udp(family: socket.AddressFamily, address: tuple[str, int], where: str) -> Verdict:
    loop = asyncio.get_running_loop()
    transport, echo = await loop.create_datagram_endpoint(_Echo, remote_addr=address, family=family)
    try:
        transport.sendto(KEEP_ALIVE)
        async with asyncio.timeout(UDP_PROBE_SECONDS):
            await echo.heard
    except TimeoutError:
        pass
    finally:
        transport.close()
    return verdict("silent", f"{where}: REGISTER was sent and sent again, nothing came back")


async def _probe_stream(
    account: AccountSettings, attempt: Attempt, host: str, address: tuple[str, int], where: str
) -> Verdict:
    context: ssl.SSLContext | None = None
    if account.transport == "tls":
        try:
            context = tls_context(account.ca_file)
        except (OSError, ssl.SSLError) as error:
            return verdict("bad-config", f"ca_file = {account.ca_file!r}: {error}")
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            _, writer = await asyncio.open_connection(
                *address, ssl=context, server_hostname=host if context else None
            )
    except ssl.SSLCertVerificationError as error:
        name = _CERTIFICATE.get(error.verify_code, "tls-untrusted")
        return verdict(name, f"{where}: {error.verify_message}")
    except ssl.SSLError as error:
        return verdict("refused", f"{where}: no TLS could be agreed on: {error.reason or error}")
    writer.close()
    for words in attempt.tls:
        for part, name in _TLS_WORDS:
            if part in words.lower():
                return verdict(name, f"{where}: {words}")
    if attempt.tls:
        return verdict("tls-untrusted", f"{where}: {'; '.join(attempt.tls)}")
    return verdict("silent", f"{where}: the connection stands but REGISTER got no answer")


def tls_context(ca_file: str) -> ssl.SSLContext:
    """How this phone verifies a server: TLS 1.2 or later, chain and name, always.

    Raises `OSError` when `ca_file` cannot be read, `ssl.SSLError` when it holds no certificate.
    """
    context = ssl.create_default_context(cafile=str(Path(ca_file)) if ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
