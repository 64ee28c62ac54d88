"""SRV records (RFC 2782): which hosts and ports serve SIP for a name. Standard library alone.

The system resolver knows only addresses, so the question is put to the name servers directly, over
UDP and without recursion of our own. A name server that is silent or talks nonsense is as good as
one that knows of no record: the name is then looked up as a host.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.sip.settings import Transport
from appliance.sip.trust import plain_address

RESOLV_CONF = Path("/etc/resolv.conf")
ANSWER_SECONDS = 1.0
TRIES = 2
DNS_PORT = 53
_SERVICES: dict[Transport, str] = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}
_SRV, _INTERNET = 33, 1
_HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")
_SERVICE = struct.Struct("!HHH")
_RECURSE = 0x0100
_FAILED = 0x020F
"""Truncated, or any RCODE but 0."""
_LONGEST_LABEL, _LONGEST_NAME = 63, 255
_MOST_JUMPS = 16


@dataclass(frozen=True, slots=True)
class Service:
    """One record; the lower the priority the earlier, the higher the weight the more often."""

    priority: int
    weight: int
    host: str
    port: int


async def services(
    name: str, transport: Transport, nameservers: Sequence[str] = (), port: int = DNS_PORT
) -> list[Service]:
    """The records for SIP over `transport` at `name`, in the order of use; empty without any."""
    try:
        question = encode_query(secrets.randbits(16), f"{_SERVICES[transport]}.{name}")
    except ValueError:
        return []
    for server in list(nameservers or system_nameservers()) * TRIES:
        answer = await _ask(server, port, question)
        if answer is not None:
            return in_order(answer)
    return []


def in_order(found: Iterable[Service], draw: Callable[[], float] = random.random) -> list[Service]:
    """By priority, and among equals at random by weight (RFC 2782, usage rules)."""
    return sorted(found, key=lambda s: (s.priority, -(draw() ** (1.0 / (s.weight or 0.01)))))


def system_nameservers(path: Path = RESOLV_CONF) -> list[str]:
    """The name servers that the system asks."""
    try:
        lines = path.read_text("ascii", "replace").splitlines()
    except OSError:
        return []
    words = (line.split() for line in lines)
    found = (plain_address(word[1]) for word in words if word[:1] == ["nameserver"] and word[1:])
    return [address for address in found if address]


def encode_query(identity: int, name: str) -> bytes:
    """A question for SRV records, RFC 1035 section 4; raises `ValueError` for no domain name."""
    labels = name.rstrip(".").encode("idna").split(b".")
    body = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    if any(not 0 < len(label) <= _LONGEST_LABEL for label in labels) or len(body) > _LONGEST_NAME:
        raise ValueError(f"{name!r} is no domain name")
    header = _HEADER.pack(identity, _RECURSE, 1, 0, 0, 0)
    return header + body + struct.pack("!HH", _SRV, _INTERNET)


def decode_answer(question: bytes, message: bytes) -> list[Service] | None:
    """The SRV records of an answer; None when it answers something else, or cannot be read."""
    try:
        identity, flags, questions, answers, _, _ = _HEADER.unpack_from(message)
        if (identity, questions) != (_HEADER.unpack_from(question)[0], 1) or not flags & 0x8000:
            return None
        if message[_HEADER.size : len(question)].lower() != question[_HEADER.size :].lower():
            return None
        if flags & _FAILED:
            return []
        return list(_records(message, len(question), answers))
    except (struct.error, IndexError, ValueError):
        return None


def _records(message: bytes, at: int, count: int) -> Iterable[Service]:
    for _ in range(count):
        _, at = _name(message, at)
        kind, group, _, length = _RECORD.unpack_from(message, at)
        at += _RECORD.size
        if (kind, group) == (_SRV, _INTERNET):
            priority, weight, port = _SERVICE.unpack_from(message, at)
            host, _ = _name(message, at + _SERVICE.size)
            if host and port:
                yield Service(priority, weight, host, port)
        at += length


def _name(message: bytes, at: int) -> tuple[str, int]:
    """A domain name, perhaps compressed (RFC 1035 section 4.1.4), and where what follows begins."""
    labels: list[str] = []
    end = 0
    for _ in range(_MOST_JUMPS * 8):
        length = message[at]
        if length == 0:
            return ".".join(labels), end or at + 1
        if length > _LONGEST_LABEL:
            end = end or at + 2
            at = (length & 0x3F) << 8 | message[at + 1]
            continue
        labels.append(message[at + 1 : at + 1 + length].decode("ascii"))
        at += 1 + length
    raise ValueError("a name without end")


class _Asker(asyncio.DatagramProtocol):
    def __init__(self, question: bytes, answer: asyncio.Future[list[Service] | None]) -> None:
        self._question = question
        self._answer = answer

    def datagram_received(self, data: bytes, addr: object) -> None:
        found = decode_answer(self._question, data)
        if found is not None and not self._answer.done():
            self._answer.set_result(found)

    def error_received(self, exc: Exception) -> None:
        if not self._answer.done():
            self._answer.set_result(None)


async def _ask(server: str, port: int, question: bytes) -> list[Service] | None:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Service] | None] = loop.create_future()
    try:
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Asker(question, answer), remote_addr=(server, port)
        )
    except OSError:
        return None
    try:
        transport.sendto(question)
        async with asyncio.timeout(ANSWER_SECONDS):
            return await answer
    except TimeoutError:
        return None
    finally:
        transport.close()
