"""Whether a SIP server answers: one OPTIONS of ours, outside the SIP stack (RFC 3261 section 11).

Asked before the phone leaves a backup server for its primary, so that nobody is unreachable while
it tries. Any response counts but one that says the server is not available. Over TCP and TLS the
question goes over a connection of its own, verified as the stack's are. No credentials are sent.
"""

from __future__ import annotations

import asyncio
import secrets
import socket

from appliance.sip.certificates import tls_context
from appliance.sip.settings import AccountSettings
from appliance.sip.targets import Target
from appliance.sip.translate import sip_uri

PATIENCE_SECONDS = 3.0
RESEND_SECONDS = 0.5
_UNAVAILABLE = frozenset({b"408", b"500", b"502", b"503", b"504"})
_MOST_BYTES = 4096


async def answers(account: AccountSettings, target: Target) -> bool:
    """Whether `target` would take a REGISTER now; never raises for anything that a network does."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            if target.transport == "udp":
                answer = await _ask_udp(account, target)
            else:
                answer = await _ask_stream(account, target)
    except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return False
    version, _, rest = answer.lstrip(b"\r\n").partition(b" ")
    return version == b"SIP/2.0" and rest[:3] not in _UNAVAILABLE


async def _ask_udp(account: AccountSettings, target: Target) -> bytes:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if target.ipv6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as wire:
        wire.setblocking(False)
        wire.connect(target.place)
        question = _options(account, target, wire.getsockname())
        while True:
            await loop.sock_sendall(wire, question)
            try:
                async with asyncio.timeout(RESEND_SECONDS):
                    return await loop.sock_recv(wire, _MOST_BYTES)
            except TimeoutError:
                continue


async def _ask_stream(account: AccountSettings, target: Target) -> bytes:
    context = tls_context(account) if target.transport == "tls" else None
    reader, writer = await asyncio.open_connection(
        *target.place,
        ssl=context,
        server_hostname=target.identity if context else None,
        limit=_MOST_BYTES,
    )
    try:
        writer.write(_options(account, target, writer.get_extra_info("sockname")))
        answer = b""
        while not answer.strip():
            answer = await reader.readuntil(b"\r\n")
        return answer
    finally:
        writer.close()


def _options(account: AccountSettings, target: Target, source: tuple[str, int]) -> bytes:
    local = f"[{source[0]}]:{source[1]}" if target.ipv6 else f"{source[0]}:{source[1]}"
    identity = sip_uri(account.user, target.server)
    return "\r\n".join(
        (
            f"OPTIONS sip:{target.server} SIP/2.0",
            f"Via: SIP/2.0/{target.transport.upper()} {local};rport"
            f";branch=z9hG4bK{secrets.token_hex(8)}",
            "Max-Forwards: 70",
            f"From: <{identity}>;tag={secrets.token_hex(4)}",
            f"To: <sip:{target.server}>",
            f"Call-ID: {secrets.token_hex(12)}",
            "CSeq: 1 OPTIONS",
            f"Contact: <sip:{local};transport={target.transport}>",
            "Content-Length: 0",
            "\r\n",
        )
    ).encode()
