"""What befalls a phone and its servers: the rows of the fail-over matrix, one function each.

A row is played with a real phone (engine, core, loop and the watch on the network) in this process,
a primary and a backup server each at the far end of a cable of its own (a veth pair). It returns
the seconds until the phone was registered where it should be.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from unittest import mock

from appliance.config.model import Phone as PhoneKeys
from appliance.phone.effects import Register
from appliance.phone.events import CallAnswered, CallEnded
from appliance.sip import targets
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings, Transport
from appliance.sip.srv import Service, services
from tests.peers.certificates import Authority, Certificate
from tests.peers.island import socket_on
from tests.peers.names import name_server
from tests.peers.namespace import Namespace
from tests.peers.process import run
from tests.peers.rebinding import rebinding_nat
from tests.sip.attended import Attended, attended
from tests.sip.message import Message, sdp
from tests.sip.server import Server, StreamServer, stream_server

PATIENCE_SECONDS = 200.0
PORT = 5070
MEDIA_PORT = 4000
SPREAD = PhoneKeys().start_spread
NEW_ADDRESS = "192.0.2.{}"
STANDING = timedelta(seconds=8)
"""How long a certificate is valid that is to expire while the phone is connected."""


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

    async def phone(self, *names: str, spread: float = 0.0) -> Attended:
        """A phone at the primary with the backup behind it, or at these servers.

        With a `spread` it is one of many of a site.
        """
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
        return await self.stack.enter_async_context(attended(settings, site_spread=spread))

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


async def registered_after(phone: Attended, server: str) -> float:
    """Seconds until it is registered at `server`, any for none."""
    began = time.monotonic()
    await phone.registered(server, PATIENCE_SECONDS)
    return time.monotonic() - began


async def dead_at_boot(scene: Scene) -> float:
    scene.cut()
    began = time.monotonic()
    phone = await scene.phone()
    await phone.registered(scene.backup.host, PATIENCE_SECONDS)
    return time.monotonic() - began


async def ends_idle(scene: Scene) -> float:
    phone = await scene.phone(spread=SPREAD)
    await phone.registered(scene.primary.host)
    await scene.end()
    return await registered_after(phone, scene.backup.host)


async def dies_idle(scene: Scene) -> float:
    phone = await scene.phone(spread=SPREAD)
    await phone.registered(scene.primary.host)
    scene.cut()
    return await registered_after(phone, scene.backup.host)


async def dies_in_call(scene: Scene) -> float:
    phone = await scene.phone(spread=SPREAD)
    await phone.registered(scene.primary.host)
    await scene.call(phone)
    scene.cut()
    seconds = await registered_after(phone, scene.backup.host)
    scene.look(phone)
    return seconds


async def comes_back(scene: Scene) -> float:
    scene.cut()
    phone = await scene.phone()
    await phone.registered(scene.backup.host, PATIENCE_SECONDS)
    scene.mend()
    return await registered_after(phone, scene.primary.host)


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
    """The name server names a host that is dead before the one that lives."""
    scene.cut()
    kind = "_sip._udp" if scene.transport == "udp" else "_sip._tcp"
    (dead, _), (alive, port) = scene.primary.address, scene.backup.address
    records = (f"10 0 {PORT} {dead}.", f"20 0 {port} {alive}.")
    names = await scene.stack.enter_async_context(
        name_server({(f"{kind}.pbx.test", "SRV"): records})
    )
    there = partial(services, nameservers=("127.0.0.1",), port=names.port)

    async def ask(name: str, transport: Transport, _: object = ()) -> list[Service]:
        return await there(name, transport)

    scene.stack.enter_context(mock.patch.object(targets, "services", ask))
    began = time.monotonic()
    phone = await scene.phone("pbx.test")
    await phone.registered(scene.backup.host, PATIENCE_SECONDS)
    assert names.asked
    return time.monotonic() - began


async def shows(scene: Scene, certificate: Certificate) -> StreamServer:
    """The primary is restarted, and shows this certificate."""
    assert isinstance(scene.primary, StreamServer)
    scene.primary.end()
    wire = socket_on(scene.cables[0], socket.SOCK_STREAM, PORT)
    restarted = stream_server(tls=context(certificate), wire=wire)
    far = await scene.stack.enter_async_context(restarted)
    scene.servers = far, scene.backup
    return far


async def certificate_expires(scene: Scene) -> float:
    """It expires under a connection that stands, in a call; a renewal after that."""
    assert scene.authority is not None
    certificate = scene.authority.issue("valid", scene.primary.address[0], lasts=STANDING)
    primary = await shows(scene, certificate)
    phone = await scene.phone()
    await phone.registered(primary.host)
    await scene.call(phone)
    await asyncio.sleep((certificate.ends - datetime.now(UTC)).total_seconds() + 1)
    began = time.monotonic()
    phone.engine.perform(Register(0))
    await phone.registered(primary.host, PATIENCE_SECONDS)
    assert len(primary.writers) == 1
    assert len(primary.registrations) == 2
    scene.look(phone)
    return time.monotonic() - began


async def certificate_has_expired(scene: Scene) -> float:
    """The primary comes back from a restart with the certificate that has expired meanwhile."""
    assert scene.authority is not None
    phone = await scene.phone()
    await phone.registered(scene.primary.host)
    await scene.call(phone)
    await shows(scene, scene.authority.issue("expired", scene.primary.address[0]))
    began = time.monotonic()
    failed = await phone.failed()
    scene.notes.append(failed.verdict)
    await phone.registered(scene.backup.host, PATIENCE_SECONDS)
    scene.look(phone)
    return time.monotonic() - began


def cable_out(seconds: float) -> Play:
    async def play(scene: Scene) -> float:
        phone = await scene.phone(scene.primary.host, spread=SPREAD)
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
    phone = await scene.phone(scene.primary.host, spread=SPREAD)
    await phone.registered(scene.primary.host)
    await scene.call(phone)
    cable = scene.cables[0]
    fresh = NEW_ADDRESS.format(cable.host_address.rpartition(".")[2])
    run("ip", "-n", cable.name, "route", "add", f"{fresh}/32", "dev", cable.server_link)
    run("ip", "addr", "add", f"{fresh}/32", "dev", cable.host_link)
    run("ip", "addr", "del", f"{cable.host_address}/30", "dev", cable.host_link)
    server_route = ("ip", "route", "add", f"{cable.server_address}/32", "dev", cable.host_link)
    run(*server_route, "src", fresh)
    seconds = await registered_after(phone, scene.primary.host)
    again = await scene.moved(fresh, 2)
    assert again.media[0] == fresh, again.text
    scene.look(phone)
    return seconds


def rebinding(every: float, times: int) -> Play:
    """A NAT between phone and primary that takes another port again and again."""

    async def play(scene: Scene) -> float:
        async with rebinding_nat(scene.primary.address, scene.cables[0].host_address) as nat:
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


def context(certificate: Certificate) -> ssl.SSLContext:
    """A TLS server that shows it."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate.chain, certificate.key)
    return made


STREAMS: tuple[Transport, ...] = ("tcp", "tls")
ROWS = (
    Row("primary dead at boot", dead_at_boot, quick=("udp",)),
    Row("primary ends, idle", ends_idle, quick=("tcp",)),
    Row("primary dies silently, idle", dies_idle, quick=("tls",)),
    Row("primary dies silently, in a call", dies_in_call, quick=("tcp",)),
    Row("primary comes back", comes_back),
    Row("primary flaps every 10 s: longest gap", flaps),
    Row("name server names a dead host first", name_lies, ("udp", "tcp"), quick=("tcp",)),
    Row("certificate expires while connected, in a call", certificate_expires, ("tls",), ("tls",)),
    Row(
        "certificate has expired at reconnection, in a call",
        certificate_has_expired,
        ("tls",),
        ("tls",),
    ),
    Row("NAT takes another port, in a call", rebinding(0.5, 1), ("udp",), quick=("udp",)),
    Row("NAT takes another port every 30 s, in a call", rebinding(30, 3), ("udp",)),
    Row("cable out for 1 s, in a call", cable_out(1), quick=("udp", "tls")),
    Row("cable out for 60 s, in a call", cable_out(60)),
    Row("cable out for 10 min, in a call", cable_out(600)),
    Row("address changes, in a call", address_changes, quick=("udp", "tls")),
)
