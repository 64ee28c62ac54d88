"""STUN and TURN servers: found, and heard once, before a call depends on them.

The library would look a name up with a call that blocks its thread, and a call that is being set up
would wait some eight seconds for a server that is silent. So names are resolved here, and each
server is asked something before it is used: a binding of the one (RFC 8489), an allocation without
credentials of the other (RFC 8656), which it has to refuse. A server that does not answer is left
out until the next registration, which waits for none of them; the audio takes the ways that are
left.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import struct
from dataclasses import dataclass

from appliance.sip.diagnosis import split_server
from appliance.sip.names import NOT_A_NAME, look_up
from appliance.sip.settings import NatSettings

log = logging.getLogger(__name__)

STUN_PORT = 3478
"""Of STUN and TURN, RFC 8489 section 8.1."""
ANSWER_SECONDS = 1.5
RETRANSMIT_SECONDS = 0.5
"""First retransmission timeout over UDP, RFC 8489 section 6.2.1."""
BINDING, ALLOCATE = 0x0001, 0x0003
_COOKIE = 0x2112A442
_UDP_TRANSPORT = struct.pack("!HHBxxx", 0x0019, 4, socket.IPPROTO_UDP)
"""REQUESTED-TRANSPORT: UDP, RFC 8656 section 18.8."""


@dataclass(frozen=True, slots=True)
class Relays:
    """The helpers that answered: ``address:port``, or empty."""

    stun: str = ""
    turn: str = ""


async def find_relays(nat: NatSettings) -> Relays:
    """The servers that can be used now; never raises."""
    stun, turn = await asyncio.gather(
        _first(nat.stun_server, "udp", BINDING),
        _first(nat.turn_server, nat.turn_transport, ALLOCATE),
    )
    return Relays(stun, turn)


def request(method: int) -> bytes:
    """A STUN request without credentials, RFC 8489 section 5."""
    attributes = _UDP_TRANSPORT if method == ALLOCATE else b""
    return (
        struct.pack("!HHI", method, len(attributes), _COOKIE) + secrets.token_bytes(12) + attributes
    )


def answers(datagram: bytes, asked: bytes) -> bool:
    """Whether this is a response, of success or of error, to that request."""
    if len(datagram) < 20:
        return False
    kind, _, cookie = struct.unpack_from("!HHI", datagram)
    method = struct.unpack_from("!H", asked)[0]
    return (
        cookie == _COOKIE
        and datagram[8:20] == asked[8:20]
        and kind in (method | 0x0100, method | 0x0110)
    )


async def _first(server: str, transport: str, method: int) -> str:
    """The first address of a server that answers, as ``address:port``; empty if none does."""
    if not server:
        return ""
    try:
        host, port = split_server(server, STUN_PORT)
        found = await look_up(host, port)
    except NOT_A_NAME as error:
        log.warning("%s is not used: %s", server, error)
        return ""
    for family, address in found:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if transport == "udp":
                    await _asked_over_udp(family, address, request(method))
                else:
                    await _asked_over_tcp(address, request(method))
        except (OSError, asyncio.IncompleteReadError) as error:
            log.info("%s at %s does not answer: %s", server, address[0], str(error) or "silence")
        else:
            return f"[{address[0]}]:{address[1]}" if ":" in address[0] else f"{address[0]}:{port}"
    log.warning("%s is not used: it does not answer", server)
    return ""


class _Client(asyncio.DatagramProtocol):
    def __init__(self, asked: bytes) -> None:
        self._asked = asked
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        if answers(data, self._asked) and not self.answered.done():
            self.answered.set_result(None)

    def error_received(self, exc: Exception) -> None:
        if not self.answered.done():
            self.answered.set_exception(exc)


async def _asked_over_udp(
    family: socket.AddressFamily, address: tuple[str, int], asked: bytes
) -> None:
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_datagram_endpoint(
        lambda: _Client(asked), remote_addr=address, family=family
    )
    try:
        while not client.answered.done():
            transport.sendto(asked)
            await asyncio.wait((client.answered,), timeout=RETRANSMIT_SECONDS)
        client.answered.result()
    finally:
        transport.close()


async def _asked_over_tcp(address: tuple[str, int], asked: bytes) -> None:
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(asked)
        if not answers(await reader.readexactly(20), asked):
            raise OSError("it speaks, but not STUN")
    finally:
        writer.close()
