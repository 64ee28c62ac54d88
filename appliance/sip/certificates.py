"""A server's certificate: how this phone verifies it, and what exactly is wrong with one.

A handshake that verifies chain and name decides; nothing here makes the phone accept what that
refuses. For the evidence a refused certificate is looked at once more on a connection of its own
over which nothing is sent: whom it names, who issued it, from when to when it holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.sip.settings import AccountSettings
from appliance.sip.verdict import VerdictName
from appliance.system.built import past_moment

_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL's x509_vfy.h, which Python has no name for."""
_CODES: dict[int, VerdictName] = {
    9: "tls-not-yet-valid",
    10: "tls-expired",
    62: "tls-name-mismatch",
    64: "tls-name-mismatch",
}
"""OpenSSL's X509_V_ERR codes (x509_vfy.h) that are not simply a lack of trust."""

Now = Callable[[], float]
_Edition = tuple[int, int, int]
"""A file as it is now: its number, size and time; another one when somebody has written it."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says of itself; times in seconds since 1970."""

    names: tuple[str, ...]
    issuer: str
    begins: float
    ends: float

    @property
    def words(self) -> str:
        """For the evidence."""
        names = ", ".join(self.names[:8]) or "nobody"
        return (
            f"the certificate names {names}, is issued by {self.issuer or 'nobody named'},"
            f" and holds from {_day(self.begins)} to {_day(self.ends)}"
        )


def tls_context(account: AccountSettings) -> ssl.SSLContext:
    """How this phone verifies a server, and what it shows: TLS 1.2 or later, chain and name.

    As the SIP library does: Python 3.13 and later would refuse authorities that it takes, as most
    that a PBX comes with are. The same files make the same context until one of them changes: to
    read the system's authorities takes a tenth of a second, on a Pi several.
    Raises `OSError` when a file cannot be read, `ssl.SSLError` when it holds no certificate.
    """
    names = (account.ca_file, account.certificate_file, account.private_key_file)
    system = "" if account.ca_file else ssl.get_default_verify_paths().cafile or ""
    return _context(names, tuple(_edition(name) for name in (*names, system)))


@functools.lru_cache(maxsize=16)
def _context(names: tuple[str, str, str], _: tuple[_Edition, ...]) -> ssl.SSLContext:
    ca_file, certificate_file, private_key_file = names
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags &= ~(ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN)
    if certificate_file:
        context.load_cert_chain(certificate_file, private_key_file or None, password="")
    return context


def _edition(name: str) -> _Edition:
    if not name:
        return 0, 0, 0
    found = Path(name).stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def judge(code: int, begins: float | None, now: float, floor: float) -> tuple[VerdictName, str]:
    """The verdict over OpenSSL's `code`, and what it adds to the evidence.

    A clock that is earlier than `floor`, a moment known to be past, is to blame for a certificate
    that "is not yet valid".
    """
    name = _CODES.get(code, "tls-untrusted")
    if name not in ("tls-not-yet-valid", "tls-expired"):
        return name, ""
    clock = f"the phone's clock says {_moment(now)}"
    if name == "tls-not-yet-valid" and now < floor and (begins is None or begins <= floor):
        return "clock-wrong", f"{clock}, but it is {_moment(floor)} or later"
    return name, clock


async def refused(
    error: ssl.SSLCertVerificationError,
    address: tuple[str, int],
    host: str,
    floor: Path,
    now: Now = time.time,
) -> tuple[VerdictName, str]:
    """The verdict over a certificate that verification refused, and the evidence.

    In the file `floor` a moment may be noted that is known to be past.
    """
    seen = await shown(address, host)
    begins = seen.begins if seen else None
    name, clock = judge(error.verify_code, begins, now(), past_moment(floor))
    wanted = f"expected {host}" if name == "tls-name-mismatch" else ""
    words = (error.verify_message, wanted, seen.words if seen else "", clock)
    return name, "; ".join(part for part in words if part)


def is_wildcard(certificate: dict[str, Any], host: str) -> bool:
    """Whether only a wildcard name covers `host`: TLS may accept it, SIP does not.

    RFC 5922 section 7.2 rules it out and pjsip keeps to that.
    """
    names = [name.lower() for kind, name in _alternatives(certificate) if kind == "DNS"]
    return host.lower() not in names and any(name.startswith("*.") for name in names)


async def shown(address: tuple[str, int], host: str) -> Certificate | None:
    """The certificate that a server shows, good or bad; None where it shows none in time.

    The first handshake takes it as it is; the second trusts it and nothing else, which makes the
    TLS library read it aloud.
    """
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    with contextlib.suppress(OSError, ssl.SSLError, ValueError, TimeoutError):
        leaf = (await _peer(address, host, blind)).getpeercert(binary_form=True)
        if leaf is None:
            return None
        reader = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        reader.check_hostname = False
        reader.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(_NO_CHECK_TIME)
        reader.load_verify_locations(cadata=leaf)
        return _read((await _peer(address, host, reader)).getpeercert() or {})
    return None


async def _peer(address: tuple[str, int], host: str, context: ssl.SSLContext) -> ssl.SSLObject:
    async with asyncio.timeout(1.0):
        _, writer = await asyncio.open_connection(*address, ssl=context, server_hostname=host)
    peer: ssl.SSLObject = writer.get_extra_info("ssl_object")
    writer.transport.abort()
    return peer


def _alternatives(certificate: dict[str, Any]) -> list[tuple[str, str]]:
    return [(str(kind), str(name)) for kind, name in certificate.get("subjectAltName", ())]


def _read(certificate: dict[str, Any]) -> Certificate:
    alternatives = tuple(name for _, name in _alternatives(certificate))
    return Certificate(
        alternatives or _names(certificate.get("subject", ())),
        ", ".join(_names(certificate.get("issuer", ()))),
        float(ssl.cert_time_to_seconds(certificate["notBefore"])),
        float(ssl.cert_time_to_seconds(certificate["notAfter"])),
    )


def _names(distinguished: Any) -> tuple[str, ...]:
    return tuple(
        str(value)
        for relative in distinguished
        for kind, value in relative
        if kind in ("commonName", "organizationName")
    )


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"


def _moment(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"
