"""A site whose power or whose server comes back: ``python -m tests.bench.fleet``.

Five hundred phones, each the pure core with its own settings and a socket of its own, come to life
in the same instant and register by digest with a real Kamailio, which bans an address (all phones
of the site share it, as behind a NAT) from which more requests come than it is told to bear. Who
waits how long is the core's decision alone: this file only carries its effects out. A server that
is ``--late`` or ``--away`` swallows what is sent to it over UDP, over TCP it has closed all
connections and refuses others; with ``--backup`` another one serves meanwhile, and the phones go
back. What the same comes to by computation, in no time, is in `site`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import re
import secrets
import shutil
import sys
import tempfile
import time
from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.config.model import Phone as PhoneKeys
from appliance.phone.core import step
from appliance.phone.effects import Effect, Register, SeekServer, StartTimer, StopTimer
from appliance.phone.events import (
    ConnectionLost,
    Event,
    PhoneStarted,
    RegistrationChanged,
    ServerFound,
    TimePassed,
    TimerFired,
)
from appliance.phone.moment import Moment
from appliance.phone.state import Phone, new_phone
from tests.bench.registrar import ADDRESS, SECRET, Registrar, free_port
from tests.bench.site import FIRST_EXTENSION, PROBE_SECONDS, Kind, settings_of

GIVE_UP_SECONDS = 300.0
RESEND_SECONDS = (0.5, 1.0, 2.0, 4.0)
"""Timer E of RFC 3261 section 17.1.2.2."""
SEEK_PATIENCE_SECONDS = 3.0
"""As `appliance.sip.ping` has it."""


@dataclass(slots=True)
class Site:
    """What the phones have done; times in seconds since the power came back.

    `ports` are those of the servers, the first choice first. `up` is when that one last came up.
    """

    ports: tuple[int, ...]
    spread: float
    units: int
    transport: Kind = "udp"
    began: float = 0.0
    up: float = 0.0
    sent: list[tuple[float, int]] = field(default_factory=list)
    back: dict[int, float] = field(default_factory=dict)
    refused: int = 0
    all_back: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def now(self) -> float:
        """The time."""
        return asyncio.get_running_loop().time() - self.began

    def come_up(self) -> None:
        """The first server is there from now on."""
        self.up = self.now
        self.back.clear()

    def peak(self, server: int) -> int:
        """Most requests to a server within any second since the first one came up."""
        sent = sorted(moment for moment, to in self.sent if to == server and moment >= self.up)
        return max(
            (bisect_left(sent, moment + 1.0) - place for place, moment in enumerate(sent)),
            default=0,
        )


class Unit(asyncio.DatagramProtocol):
    """One phone: a core, its timers, and a REGISTER when it says so."""

    def __init__(self, site: Site, number: int) -> None:
        self._site = site
        self._user = str(FIRST_EXTENSION + number)
        self._number = number
        self._loop = asyncio.get_running_loop()
        made = settings_of(number, ADDRESS, len(site.ports), site.spread, site.transport)
        self._phone: Phone = new_phone(made)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._transport: Any = None
        self._stream: _Stream | None = None
        self._looks: set[asyncio.Task[None]] = set()
        self._answer: asyncio.Future[str] = self._loop.create_future()
        self._attempt: asyncio.Task[None] | None = None
        self._call_id = secrets.token_hex(8)
        self._sequence = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr[1] in self._site.ports:
            self.answered(data.decode())

    def answered(self, text: str) -> None:
        """A server has said something."""
        if not self._answer.done():
            self._answer.set_result(text)

    def closed(self, stream: _Stream) -> None:
        """A server has closed this connection."""
        self.answered("")
        if stream is not self._stream:
            return
        self._stream = None
        if len(self._site.ports) > 1:
            look = self._loop.create_task(self._look(stream.port))
            self._looks.add(look)
            look.add_done_callback(self._looks.discard)
        else:
            self.feed(ConnectionLost(0))

    async def _look(self, port: int) -> None:
        """Whether the server takes another connection, as `Pursuit.has_ended` finds out."""
        await asyncio.sleep(PROBE_SECONDS)
        try:
            _, writer = await asyncio.open_connection(ADDRESS, port)
        except OSError:
            self.feed(ConnectionLost(0, dead=True))
        else:
            writer.transport.abort()
            self.feed(ConnectionLost(0))

    def feed(self, event: Event) -> None:
        """Something happened."""
        now = Moment(monotonic=self._loop.time(), epoch=time.time())
        phone, _ = step(self._phone, TimePassed(now))
        self._phone, effects = step(phone, event)
        for effect in effects:
            self._perform(effect)

    def lose(self) -> None:
        """The server in use is gone, and somebody has told."""
        self.feed(ConnectionLost(0, dead=True))

    def end(self) -> None:
        """The power is cut."""
        for timer in self._timers.values():
            timer.cancel()
        if self._attempt is not None:
            self._attempt.cancel()
        for look in self._looks:
            look.cancel()
        if self._stream is not None:
            stream, self._stream = self._stream, None
            stream.transport.abort()
        self._transport.close()

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Register(_, server, patience):
                self._attempt = self._loop.create_task(self._register(server, patience))
            case SeekServer():
                self._attempt = self._loop.create_task(self._seek())
            case StartTimer(name, due):
                self._stop(name)
                self._timers[name] = self._loop.call_at(due, self.feed, TimerFired(name, due))
            case StopTimer(name):
                self._stop(name)

    def _stop(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    async def _register(self, server: int, patience: float) -> None:
        end = self._loop.time() + patience
        if self._site.transport == "tcp" and not await self._connect(server, end):
            self.feed(RegistrationChanged(0, "failed", 0, "refused"))
            return
        answer = await self._ask(server, end)
        if answer.startswith("SIP/2.0 401"):
            answer = await self._ask(server, end, self._credentials(answer))
        code = int(answer.split()[1]) if answer else 0
        if 200 <= code < 300:
            self._site.back.pop(self._number, None)
            if server == 0:
                self._site.back[self._number] = self._site.now
            if len(self._site.back) == self._site.units and self._site.up < self._site.now:
                self._site.all_back.set()
            self.feed(RegistrationChanged(0, "registered", code, "ok"))
            return
        self._site.refused += bool(code)
        verdict = "wrong-password" if code == 401 else "server-error" if code else "silent"
        self.feed(RegistrationChanged(0, "failed", code, verdict))

    async def _seek(self) -> None:
        if self._site.transport == "tcp":
            found = await self._answers_over_tcp()
        else:
            end = self._loop.time() + SEEK_PATIENCE_SECONDS
            found = bool(await self._ask(0, end, method="OPTIONS"))
        if found:
            self.feed(ServerFound(0, 0))

    async def _answers_over_tcp(self) -> bool:
        """Whether the first server answers on a connection of the question's own."""
        try:
            async with asyncio.timeout(SEEK_PATIENCE_SECONDS):
                reader, writer = await asyncio.open_connection(ADDRESS, self._site.ports[0])
                self._sequence += 1
                self._site.sent.append((self._site.now, 0))
                writer.write(self._request("OPTIONS", "").encode())
                await reader.readuntil(b"\r\n")
        except (OSError, asyncio.IncompleteReadError):
            return False
        writer.transport.abort()
        return True

    async def _connect(self, server: int, end: float) -> bool:
        """Be connected to a server; False when it takes no connection."""
        port = self._site.ports[server]
        if self._stream is not None and self._stream.port == port:
            return True
        if self._stream is not None:
            former, self._stream = self._stream, None
            former.transport.close()
        try:
            async with asyncio.timeout_at(end):
                _, self._stream = await self._loop.create_connection(
                    lambda: _Stream(self, port), ADDRESS, port
                )
        except OSError:
            return False
        return True

    async def _ask(
        self, server: int, end: float, credentials: str = "", method: str = "REGISTER"
    ) -> str:
        """The answer to one request; nothing when none came by `end`."""
        self._sequence += 1
        request = self._request(method, credentials).encode()
        self._answer = self._loop.create_future()
        stream = self._stream if method == "REGISTER" else None
        for pause in RESEND_SECONDS if stream is None else (end,):
            self._site.sent.append((self._site.now, server))
            if stream is not None:
                stream.transport.write(request)
            else:
                self._transport.sendto(request, (ADDRESS, self._site.ports[server]))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(min(end, self._loop.time() + pause)):
                    return await asyncio.shield(self._answer)
            if self._loop.time() >= end:
                break
        return ""

    def _request(self, method: str, credentials: str) -> str:
        kind = self._site.transport
        way = self._transport if self._stream is None else self._stream.transport
        host = "{}:{}".format(*way.get_extra_info("sockname"))
        lines = [
            f"{method} sip:{ADDRESS} SIP/2.0",
            f"Via: SIP/2.0/{kind.upper()} {host};rport;branch=z9hG4bK{secrets.token_hex(8)}",
            "Max-Forwards: 70",
            f"From: <sip:{self._user}@{ADDRESS}>;tag={self._call_id}",
            f"To: <sip:{self._user}@{ADDRESS}>",
            f"Call-ID: {self._call_id}",
            f"CSeq: {self._sequence} {method}",
            f"Contact: <sip:{self._user}@{host};transport={kind}>",
            "Expires: 300",
            *([credentials] if credentials else []),
            "Content-Length: 0",
        ]
        return "\r\n".join(lines) + "\r\n\r\n"

    def _credentials(self, challenge: str) -> str:
        given = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        uri = f"sip:{ADDRESS}"
        who = _md5(f"{self._user}:{given['realm']}:{SECRET}")
        proof = _md5(f"{who}:{given['nonce']}:{_md5(f'REGISTER:{uri}')}")
        return (
            f'Authorization: Digest username="{self._user}", realm="{given["realm"]}", '
            f'nonce="{given["nonce"]}", uri="{uri}", response="{proof}"'
        )


class _Stream(asyncio.Protocol):
    """A unit's connection to a server."""

    def __init__(self, unit: Unit, port: int) -> None:
        self.port = port
        self.transport: Any = None
        self._unit = unit
        self._came = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._came += data
        head, end, rest = self._came.partition(b"\r\n\r\n")
        if end:
            self._came = rest
            self._unit.answered(head.decode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._unit.closed(self)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


async def play(arguments: argparse.Namespace) -> tuple[Site, int]:
    """Let the power come back, and the server; what the site did, and how many requests met a ban.

    The phones of a site whose server goes ``--away`` are all registered before.
    """
    kind: Kind = arguments.transport
    ports = tuple(free_port(kind) for _ in range(2 if arguments.backup else 1))
    site = Site(ports, arguments.spread, arguments.units, kind)
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(prefix="deskphone-fleet-") as folder:
        servers = [Registrar(port, Path(folder), kind) for port in ports]
        fleet: list[Unit] = []
        try:
            for server in servers[1 if arguments.late else 0 :]:
                await server.begin()
            for number in range(arguments.units):
                _, unit = await loop.create_datagram_endpoint(
                    lambda number=number: Unit(site, number),  # type: ignore[misc]
                    local_addr=(ADDRESS, 0),
                )
                fleet.append(unit)
            site.began = loop.time()
            for unit in fleet:
                unit.feed(PhoneStarted())
            if arguments.away:
                await _all_back(site)
                await servers[0].end()
                for unit in fleet if kind == "udp" else ():
                    unit.lose()
                await asyncio.sleep(arguments.away)
            if arguments.late:
                await asyncio.sleep(arguments.late)
            if arguments.late or arguments.away:
                site.come_up()
                site.all_back.clear()
                await servers[0].begin()
            await _all_back(site)
        finally:
            for unit in fleet:
                unit.end()
            for server in servers:
                await server.end()
        return site, sum(server.banned for server in servers)


async def _all_back(site: Site) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GIVE_UP_SECONDS):
            await site.all_back.wait()


def main() -> int:
    """Cut the power and print what came of it; 0 when all phones are back and none was banned."""
    usual = PhoneKeys().start_spread
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fleet", description=main.__doc__)
    parser.add_argument("--units", type=int, default=500, help="how many phones the site has")
    parser.add_argument("--spread", type=float, default=usual, help="the key start_spread, s")
    parser.add_argument("--late", type=float, default=0.0, help="the server is up after, s")
    parser.add_argument(
        "--away", type=float, default=0.0, help="the server goes for, s, when all are registered"
    )
    parser.add_argument("--transport", choices=("udp", "tcp"), default="udp", help="of REGISTER")
    parser.add_argument("--backup", action="store_true", help="another server serves meanwhile")
    arguments = parser.parse_args()
    if shutil.which("kamailio") is None:
        sys.stderr.write("the fleet needs a registrar: apt-get install kamailio\n")
        return 1
    site, banned = asyncio.run(play(arguments))
    last = max(site.back.values(), default=0.0) - site.up
    peaks = " and ".join(str(site.peak(server)) for server in range(len(site.ports)))
    sys.stdout.write(
        f"{arguments.units} phones over {arguments.transport}, start_spread {arguments.spread:g} s,"
        f" server late by {arguments.late:g} s, away for {arguments.away:g} s\n"
        f"  requests sent: {len(site.sent)}; since the server was up at most {peaks} in a second\n"
        f"  back: {len(site.back)} phones, the last {last:.1f} s after the server\n"
        f"  refused: {site.refused}, requests that met a ban: {banned}\n"
    )
    return 0 if len(site.back) == arguments.units and not banned else 1


if __name__ == "__main__":
    sys.exit(main())
