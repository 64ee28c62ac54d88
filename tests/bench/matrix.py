"""The fail-over matrix: ``python -m tests.bench.matrix``, or its quick rows within the tests.

A real phone (engine, core, loop and the watch on the network) in this process, a primary and a
backup server each at the far end of a cable of its own (a veth pair), and one misfortune a row. How
long until the phone is registered where it should be, and did the call live? Times run from the
misfortune, or from its end where nothing can be done before (a cable that is plugged in again).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from appliance.phone.events import CallAnswered, CallEnded
from appliance.sip import targets
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings, Transport
from appliance.sip.srv import Service
from tests.peers.certificates import Authority, Kind
from tests.peers.island import socket_on
from tests.peers.namespace import Namespace, why_not
from tests.peers.process import run
from tests.sip.attended import Attended, attended
from tests.sip.server import Message, Server, StreamServer, sdp, server, stream_server

PATIENCE_SECONDS = 200.0
PORT = 5070
MEDIA_PORT = 4000
NEW_ADDRESS = "192.0.2.{}"


@dataclass(slots=True)
class Scene:
    """The two servers with their cables, and the phone's settings."""

    transport: Transport
    cables: tuple[Namespace, Namespace]
    servers: tuple[Server, Server]
    authority: Authority | None
    stack: contextlib.AsyncExitStack
    lived: bool | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def primary(self) -> Server:
        return self.servers[0]

    @property
    def backup(self) -> Server:
        return self.servers[1]

    async def phone(self, *names: str) -> Attended:
        """A phone at the primary with the backup behind it, or at these servers."""
        servers = names or tuple(known.host for known in self.servers)
        account = AccountSettings(
            0,
            "1001",
            servers,
            password="secret",
            transport=self.transport,
            ca_file=str(self.authority.ca_file) if self.authority else "",
        )
        settings = SipSettings((account,), AudioSettings(codecs=("pcmu",)))
        return await self.stack.enter_async_context(attended(settings))

    def cut(self) -> None:
        """The primary is gone without a word: what it would say is lost on its own side."""
        cable = self.cables[0]
        inside = ("ip", "-n", cable.name)
        run(*inside, "route", "add", "blackhole", f"{cable.host_address}/32")

    def mend(self) -> None:
        """The primary can be heard again."""
        cable = self.cables[0]
        run("ip", "-n", cable.name, "route", "del", "blackhole", f"{cable.host_address}/32")

    async def end(self) -> None:
        """The primary's process ends: connections are closed, its port refuses."""
        primary = self.primary
        if isinstance(primary, StreamServer):
            primary.end()
        else:
            primary.close()

    async def call(self, phone: Attended, *headers: str) -> None:
        """Be in a call through the primary, whose answer has these headers; its end is noted."""
        phone.dial("600")
        invite = await self.primary.next("INVITE")
        media = sdp(MEDIA_PORT).replace("127.0.0.1", self.cables[0].server_address)
        self.primary.answer(invite, 200, "OK", *headers, body=media)
        await phone.next(CallAnswered)

    async def moved(self, to: str, version: int) -> Message:
        """The call follows the registration: a re-INVITE with `to` in its contact is accepted."""
        again = await self.primary.next("INVITE")
        assert to in again.contact, again.text
        media = sdp(MEDIA_PORT, version=version).replace("127.0.0.1", self.cables[0].server_address)
        self.primary.answer(again, 200, "OK", body=media)
        await self.primary.next("ACK")
        return again

    def look(self, phone: Attended) -> None:
        """Whether the call still lives."""
        ended = [event for _, event in phone.events if isinstance(event, CallEnded)]
        self.lived = bool(phone.phone.calls) and not ended


Play = Callable[[Scene], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; over the `quick` transports it is played in the tests too."""

    name: str
    play: Play
    transports: tuple[Transport, ...] = ("udp", "tcp", "tls")
    quick: tuple[Transport, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a row: seconds to the recovered registration; None where it was not seen."""

    name: str
    transport: Transport
    seconds: float | None
    lived: bool | None = None
    note: str = ""


async def dead_at_boot(scene: Scene) -> float:
    scene.cut()
    began = time.monotonic()
    phone = await scene.phone()
    await phone.registered(scene.backup.host, PATIENCE_SECONDS)
    return time.monotonic() - began


async def ends_idle(scene: Scene) -> float:
    phone = await scene.phone()
    await phone.registered(scene.primary.host)
    await scene.end()
    began = time.monotonic()
    await phone.registered(scene.backup.host, PATIENCE_SECONDS)
    return time.monotonic() - began


async def dies_idle(scene: Scene) -> float:
    phone = await scene.phone()
    await phone.registered(scene.primary.host)
    scene.cut()
    began = time.monotonic()
    await phone.registered(scene.backup.host, PATIENCE_SECONDS)
    return time.monotonic() - began


async def dies_in_call(scene: Scene) -> float:
    phone = await scene.phone()
    await phone.registered(scene.primary.host)
    await scene.call(phone)
    scene.cut()
    began = time.monotonic()
    await phone.registered(scene.backup.host, PATIENCE_SECONDS)
    seconds = time.monotonic() - began
    scene.look(phone)
    return seconds


async def comes_back(scene: Scene) -> float:
    scene.cut()
    phone = await scene.phone()
    await phone.registered(scene.backup.host, PATIENCE_SECONDS)
    scene.mend()
    began = time.monotonic()
    await phone.registered(scene.primary.host, PATIENCE_SECONDS)
    return time.monotonic() - began


async def flaps(scene: Scene) -> float:
    """A minute of it; the longest time without a registration that holds."""
    phone = await scene.phone()
    await phone.registered(scene.primary.host)
    for _ in range(3):
        scene.cut()
        await asyncio.sleep(10)
        scene.mend()
        await asyncio.sleep(10)
    await phone.registered("", PATIENCE_SECONDS) if phone.registration.state != "registered" else 0
    worst, since = 0.0, 0.0
    for when, event in phone.events:
        state = getattr(event, "state", "")
        if state in ("trying", "failed") and not since:
            since = when
        elif state == "registered" and since:
            worst, since = max(worst, when - since), 0.0
    scene.notes.append(f"{len(scene.primary.registrations)} REGISTERs at the one that flaps")
    return worst


async def name_lies(scene: Scene) -> float:
    """SRV records name a host that is dead before the one that lives."""
    scene.cut()
    hosts = [Service(10, 0, scene.primary.address[0], PORT), Service(20, 0, *scene.backup.address)]

    async def services(*_: Any) -> list[Service]:
        return hosts

    scene.stack.enter_context(mock.patch.object(targets, "services", services))
    began = time.monotonic()
    phone = await scene.phone("pbx.test")
    await phone.registered(scene.backup.host, PATIENCE_SECONDS)
    return time.monotonic() - began


async def certificate_expires(scene: Scene) -> float:
    """The primary comes back from a restart with the certificate that has expired meanwhile."""
    phone = await scene.phone()
    await phone.registered(scene.primary.host)
    assert scene.authority is not None
    assert isinstance(scene.primary, StreamServer)
    scene.primary.end()
    wire = socket_on(scene.cables[0], socket.SOCK_STREAM, PORT)
    expired = _context(scene.authority, "expired", scene.cables[0].server_address)
    await scene.stack.enter_async_context(stream_server(tls=expired, wire=wire))
    began = time.monotonic()
    failed = await phone.failed()
    scene.notes.append(failed.verdict)
    await phone.registered(scene.backup.host, PATIENCE_SECONDS)
    return time.monotonic() - began


def cable_out(seconds: float) -> Play:
    async def play(scene: Scene) -> float:
        phone = await scene.phone(scene.primary.host)
        await phone.registered(scene.primary.host)
        await scene.call(phone)
        link = scene.cables[0].host_link
        run("ip", "link", "set", link, "down")
        await asyncio.sleep(seconds)
        asked = len(scene.primary.registrations)
        run("ip", "link", "set", link, "up")
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(scene.primary.registrations) == asked:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await phone.registered(scene.primary.host, PATIENCE_SECONDS)
        took = time.monotonic() - began
        scene.look(phone)
        return took

    return play


async def address_changes(scene: Scene) -> float:
    phone = await scene.phone(scene.primary.host)
    await phone.registered(scene.primary.host)
    await scene.call(phone)
    cable = scene.cables[0]
    fresh = NEW_ADDRESS.format(cable.host_address.rpartition(".")[2])
    run("ip", "-n", cable.name, "route", "add", f"{fresh}/32", "dev", cable.server_link)
    run("ip", "addr", "add", f"{fresh}/32", "dev", cable.host_link)
    run("ip", "addr", "del", f"{cable.host_address}/30", "dev", cable.host_link)
    server_route = ("ip", "route", "add", f"{cable.server_address}/32", "dev", cable.host_link)
    run(*server_route, "src", fresh)
    began = time.monotonic()
    await phone.registered(scene.primary.host, PATIENCE_SECONDS)
    seconds = time.monotonic() - began
    again = await scene.moved(fresh, 2)
    assert again.media[0] == fresh, again.text
    scene.look(phone)
    return seconds


def rebinding(every: float, times: int) -> Play:
    """A NAT between phone and primary that takes another port again and again."""

    async def play(scene: Scene) -> float:
        async with _nat(scene.primary.address, scene.cables[0].host_address) as nat:
            phone = await scene.phone(nat.host)
            await phone.registered()
            await scene.call(phone, f"Record-Route: <sip:{nat.host};lr>")
            await scene.primary.next("ACK")
            worst = 0.0
            for version in range(2, 2 + times):
                await asyncio.sleep(every)
                nat.rebind()
                began = time.monotonic()
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while f":{nat.outside[1]}" not in scene.primary.contact:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
                worst = max(worst, time.monotonic() - began)
                await scene.moved(str(nat.outside[1]), version)
            scene.look(phone)
        return worst

    return play


class _Nat(asyncio.DatagramProtocol):
    """The inside of a NAT for one phone and one server."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._inside: Any = None
        self._phone: Any = None
        self._outside: Any = None

    @property
    def host(self) -> str:
        """Where the phone finds the server."""
        address, port = self._inside.get_extra_info("sockname")
        return f"{address}:{port}"

    @property
    def outside(self) -> tuple[str, int]:
        """What the server sees."""
        found: tuple[str, int] = self._outside.getsockname()
        return found

    def connection_made(self, transport: Any) -> None:
        self._inside = transport
        self.rebind()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._phone = addr
        self._outside.send(data)

    def rebind(self) -> None:
        """Forget the binding; the next one has another port."""
        self.close()
        self._outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._outside.setblocking(False)
        self._outside.connect(self._server)
        asyncio.get_running_loop().add_reader(self._outside, self._answer)

    def close(self) -> None:
        """Let go."""
        if self._outside is not None:
            asyncio.get_running_loop().remove_reader(self._outside)
            self._outside.close()
            self._outside = None

    def _answer(self) -> None:
        self._inside.sendto(self._outside.recv(65536), self._phone)


@contextlib.asynccontextmanager
async def _nat(to: tuple[str, int], at: str) -> AsyncIterator[_Nat]:
    transport, nat = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Nat(to), local_addr=(at, 0)
    )
    try:
        yield nat
    finally:
        nat.close()
        transport.close()


STREAMS: tuple[Transport, ...] = ("tcp", "tls")
ROWS = (
    Row("primary dead at boot", dead_at_boot, quick=("udp",)),
    Row("primary ends, idle", ends_idle, quick=("tcp",)),
    Row("primary dies silently, idle", dies_idle, quick=("tls",)),
    Row("primary dies silently, in a call", dies_in_call, quick=("tcp",)),
    Row("primary comes back", comes_back),
    Row("primary flaps every 10 s: longest gap", flaps),
    Row("name server names a dead host first", name_lies, ("udp", "tcp"), quick=("tcp",)),
    Row("certificate has expired at reconnection", certificate_expires, ("tls",), quick=("tls",)),
    Row("NAT takes another port, in a call", rebinding(0.5, 1), ("udp",), quick=("udp",)),
    Row("NAT takes another port every 30 s, in a call", rebinding(30, 3), ("udp",)),
    Row("cable out for 1 s, in a call", cable_out(1), quick=("udp", "tls")),
    Row("cable out for 60 s, in a call", cable_out(60)),
    Row("cable out for 10 min, in a call", cable_out(600)),
    Row("address changes, in a call", address_changes, quick=("udp", "tls")),
)


async def _play(row: Row, transport: Transport, folder: Path) -> Outcome:
    async with contextlib.AsyncExitStack() as stack:
        cables = (stack.enter_context(Namespace()), stack.enter_context(Namespace()))
        authority = Authority(folder) if transport == "tls" else None
        servers = []
        for cable in cables:
            kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
            wire = socket_on(cable, kind, PORT)
            if transport == "udp":
                servers.append(await stack.enter_async_context(server(wire=wire)))
                continue
            tls = _context(authority, "valid", cable.server_address) if authority else None
            servers.append(await stack.enter_async_context(stream_server(tls=tls, wire=wire)))
        scene = Scene(transport, cables, (servers[0], servers[1]), authority, stack)
        try:
            seconds: float | None = await row.play(scene)
        except TimeoutError as late:
            seconds = None
            scene.notes.append(str(late).partition(";")[0] or "not seen")
        return Outcome(row.name, transport, seconds, scene.lived, ", ".join(scene.notes))


def _context(authority: Authority, kind: Kind, address: str) -> ssl.SSLContext:
    certificate = authority.issue(kind, address)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


def play(row: Row, transport: Transport) -> Outcome:
    """One row over one transport, with fresh cables, servers and phone."""
    with tempfile.TemporaryDirectory(prefix="deskphone-matrix-") as folder:
        return asyncio.run(_play(row, transport, Path(folder)))


def line(outcome: Outcome) -> str:
    """An outcome as a line of the table."""
    seconds = "not seen" if outcome.seconds is None else f"{outcome.seconds:.2f}"
    call = {True: "lives", False: "lost", None: ""}[outcome.lived]
    return f"| {outcome.name} | {outcome.transport} | {seconds} | {call} | {outcome.note} |"


def main() -> int:
    """Play the rows and print the table; 0 when every registration recovered."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.matrix", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="only what takes seconds")
    parser.add_argument("--only", default="", help="rows whose name has this in it")
    arguments = parser.parse_args()
    if why_not():
        sys.stderr.write(f"the matrix needs network namespaces: {why_not()}\n")
        return 1
    sys.stdout.write(
        "| misfortune | transport | registered after, s | call | |\n|---|---|---|---|---|\n"
    )
    whole = True
    for row in ROWS:
        if arguments.only not in row.name:
            continue
        for transport in row.quick if arguments.quick else row.transports:
            outcome = play(row, transport)
            whole &= outcome.seconds is not None
            sys.stdout.write(line(outcome) + "\n")
            sys.stdout.flush()
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
