"""The kernel's word that this unit's network is another one: rtnetlink(7), read on the loop.

What counts is the way to the servers in use: over which link that carries, by which gateway, from
which address. While no server's address is known, any address and gateway of the unit counts. The
kernel repeats itself (leases are renewed, statistics sent), so only a difference is told, once the
messages have come to rest. Nothing is asked while nothing changes: no polling, no wake-ups. A
library for all of rtnetlink would cost 15 MB of memory and 0.3 s at each start.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from appliance.phone.events import NetworkChanged

REST_SECONDS = 0.1
"""Changes come in bursts: link, then routes, then addresses."""
_GROUPS = 0x001 | 0x010 | 0x040 | 0x100 | 0x400
"""RTMGRP_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR, _IPV6_ROUTE (linux/rtnetlink.h)."""
_LINK, _NO_LINK, _ASK_LINK = 16, 17, 18
_ADDRESS, _NO_ADDRESS, _ASK_ADDRESS = 20, 21, 22
_ROUTE, _NO_ROUTE, _ASK_ROUTE = 24, 25, 26
_DONE = 3
_ASK, _ASK_ALL = 0x001, 0x301
"""NLM_F_REQUEST, and with NLM_F_DUMP."""
_HEADER = struct.Struct("=IHHII")
_IFINFO = struct.Struct("=BxHiII")
_IFADDR = struct.Struct("=BBBBI")
_RTMSG = struct.Struct("=8BI")
_ATTRIBUTE = struct.Struct("=HH")
_UP, _RUNNING = 0x1, 0x40
_TENTATIVE = 0x40
_HOST_SCOPES = (253, 254)
"""RT_SCOPE_LINK, RT_SCOPE_HOST: addresses that lead nowhere."""
_MAIN_TABLE = 254
_IFA_ADDRESS = 1
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PREFSRC = 1, 4, 5, 7
_BIGGEST = 65536

Message: TypeAlias = tuple[int, bytes]
Fact: TypeAlias = tuple[str, int, bytes]
"""What it is, on which link, and which address."""
View: TypeAlias = frozenset[Fact]
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Way:
    """How a packet leaves: by which link and gateway, and from which address of ours."""

    link: int
    gateway: bytes
    own: str


class Facts:
    """Links, addresses and gateways as the kernel has told them."""

    def __init__(self) -> None:
        self._carrying: set[int] = set()
        self._addresses: set[Fact] = set()
        self._gateways: set[Fact] = set()

    def take(self, kind: int, body: bytes) -> None:
        """Note a message; raises `struct.error` for one that is cut short."""
        if kind in (_LINK, _NO_LINK):
            _, _, index, flags, _ = _IFINFO.unpack_from(body)
            carries = bool(flags & _UP and flags & _RUNNING)
            _keep(self._carrying, index, kind == _LINK and carries)
        elif kind in (_ADDRESS, _NO_ADDRESS):
            _, _, flags, scope, index = _IFADDR.unpack_from(body)
            address = dict(_attributes(body[_IFADDR.size :])).get(_IFA_ADDRESS, b"")
            useful = scope not in _HOST_SCOPES and not flags & _TENTATIVE
            _keep(self._addresses, ("address", index, address), kind == _ADDRESS and useful)
        elif kind in (_ROUTE, _NO_ROUTE):
            _, length, _, _, table, *_ = _RTMSG.unpack_from(body)
            attributes = dict(_attributes(body[_RTMSG.size :]))
            if length == 0 and table == _MAIN_TABLE and _RTA_OIF in attributes:
                (index,) = struct.unpack("=I", attributes[_RTA_OIF])
                gateway = attributes.get(_RTA_GATEWAY, b"")
                _keep(self._gateways, ("gateway", index, gateway), kind == _ROUTE)

    @property
    def view(self) -> View:
        """Every address and gateway of the links that carry."""
        known = self._addresses | self._gateways
        return frozenset(fact for fact in known if fact[1] in self._carrying)

    def way(self, server: str) -> Way | None:
        """The way to a server; None where there is none over a link that carries."""
        way = way_to(server)
        return way if way is not None and way.link in self._carrying else None

    @property
    def online(self) -> bool:
        """Whether any link that carries has an address."""
        return any(index in self._carrying for _, index, _ in self._addresses)


async def watch(
    post: Callable[[NetworkChanged], None], servers: Callable[[], Mapping[str, str]]
) -> None:
    """Tell every change of the way to `servers` until cancelled.

    These are the addresses in use, with our own on the way there when it was last looked up.
    Raises `OSError` where there is no rtnetlink.
    """
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.setblocking(False)
        kernel.bind((0, _GROUPS))
        facts = await _all(loop, kernel)
        view = facts.view
        ways: dict[str, Way | None] = {}
        restless = False
        while True:
            try:
                async with asyncio.timeout(REST_SECONDS if restless else None):
                    _note(facts, await loop.sock_recv(kernel, _BIGGEST))
                    restless = True
            except TimeoutError:
                restless = False
                known = servers()
                before, ways = ways, {server: facts.way(server) for server in known}
                changed = facts.view != view and not known
                for server, way in ways.items():
                    own = way.own if way is not None else ""
                    changed |= way != before[server] if server in before else own != known[server]
                view = facts.view
                if changed:
                    post(NetworkChanged(facts.online and (not known or any(ways.values()))))
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                facts = await _all(loop, kernel)
                restless = True


def way_to(address: str) -> Way | None:
    """The way there as the kernel would route; None: there is none."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    destination = socket.inet_pton(family, address)
    body = _RTMSG.pack(family, 8 * len(destination), 0, 0, 0, 0, 0, 0, 0)
    body += _ATTRIBUTE.pack(_ATTRIBUTE.size + len(destination), _RTA_DST) + destination
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.send(_HEADER.pack(_HEADER.size + len(body), _ASK_ROUTE, _ASK, 1, 0) + body)
        answer = kernel.recv(_BIGGEST)
    for kind, found in _messages(answer):
        if kind == _ROUTE:
            attributes = dict(_attributes(found[_RTMSG.size :]))
            (link,) = struct.unpack("=I", attributes.get(_RTA_OIF, bytes(4)))
            own = attributes.get(_RTA_PREFSRC, b"")
            return Way(
                link,
                attributes.get(_RTA_GATEWAY, b""),
                socket.inet_ntop(family, own) if own else "",
            )
    return None


async def _all(loop: asyncio.AbstractEventLoop, kernel: socket.socket) -> Facts:
    """Everything, asked for anew: at first, and when the kernel had more to say than we read."""
    facts = Facts()
    for question in (_ASK_LINK, _ASK_ADDRESS, _ASK_ROUTE):
        body = _IFINFO.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        size = _HEADER.size + len(body)
        await loop.sock_sendall(kernel, _HEADER.pack(size, question, _ASK_ALL, question, 0) + body)
        while not _note(facts, await loop.sock_recv(kernel, _BIGGEST)):
            pass
    return facts


def _note(facts: Facts, data: bytes) -> bool:
    """Take every message in a datagram of the kernel's; whether an answer is complete."""
    complete = False
    for kind, body in _messages(data):
        complete |= kind == _DONE
        facts.take(kind, body)
    return complete


def _messages(data: bytes) -> Iterator[Message]:
    while len(data) >= _HEADER.size:
        size, kind, *_ = _HEADER.unpack_from(data)
        if size < _HEADER.size:
            return
        yield kind, data[_HEADER.size : size]
        data = data[_aligned(size) :]


def _attributes(data: bytes) -> Iterator[Message]:
    while len(data) >= _ATTRIBUTE.size:
        size, kind = _ATTRIBUTE.unpack_from(data)
        if size < _ATTRIBUTE.size:
            return
        yield kind, data[_ATTRIBUTE.size : size]
        data = data[_aligned(size) :]


def _aligned(size: int) -> int:
    return (size + 3) & ~3


def _keep(facts: set[Kept], fact: Kept, there: bool) -> None:
    if there:
        facts.add(fact)
    else:
        facts.discard(fact)
