"""A site whose power or whose server comes back: ``python -m tests.bench.fleet``.

Five hundred phones, each the pure core with its own settings and a socket of its own, come to life
in the same instant and register by digest with a real Kamailio, which bans an address (all phones
of the site share it, as behind a NAT) from which more requests come than it is told to bear. Who
waits how long is the core's decision alone: this file only carries its effects out. A server that
is ``--late`` or ``--away`` swallows what is sent to it; with ``--backup`` another one serves
meanwhile, and the phones go back.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import re
import secrets
import shutil
import socket
import sys
import tempfile
import time
import zlib
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
from appliance.phone.settings import AccountSettings, Settings
from appliance.phone.state import Phone, new_phone

ADDRESS = "127.0.0.1"
FIRST_EXTENSION = 1001
SECRET = "the same for all"
GIVE_UP_SECONDS = 300.0
RESEND_SECONDS = (0.5, 1.0, 2.0, 4.0)
"""Timer E of RFC 3261 section 17.1.2.2."""
SEEK_PATIENCE_SECONDS = 3.0
"""As `appliance.sip.ping` has it."""
BEARABLE = 30
"""REGISTERs a second that the server takes from one address before it bans it."""
CONFIGURATION = """#!KAMAILIO
debug=0
log_stderror=yes
children=2
disable_tcp=yes
auto_aliases=no
listen=udp:{address}:{port}
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "pike.so"
modparam("usrloc", "db_mode", 0)
modparam("pike", "sampling_time_unit", 2)
modparam("pike", "reqs_density_per_unit", {burst})
request_route {{
    if (!pike_check_req()) {{
        xlog("L_ALERT", "banned: $si\\n");
        exit;
    }}
    if (method != "REGISTER") {{
        sl_send_reply("405", "Method Not Allowed");
        exit;
    }}
    if (!pv_www_authenticate("$fd", "{secret}", "0")) {{
        www_challenge("$fd", "0");
        exit;
    }}
    save("location");
}}
"""


@dataclass(slots=True)
class Site:
    """What the phones have done; times in seconds since the power came back.

    `ports` are those of the servers, the first choice first. `up` is when that one last came up.
    """

    ports: tuple[int, ...]
    spread: float
    units: int
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
        seed = zlib.crc32(f"unit {number}".encode())
        account = AccountSettings(self._user, server=ADDRESS, servers=len(site.ports))
        self._phone: Phone = new_phone(
            Settings(
                accounts=(account,), seed=seed, start_spread=site.spread, site_spread=site.spread
            )
        )
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._transport: Any = None
        self._answer: asyncio.Future[str] = self._loop.create_future()
        self._attempt: asyncio.Task[None] | None = None
        self._call_id = secrets.token_hex(8)
        self._sequence = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr[1] in self._site.ports and not self._answer.done():
            self._answer.set_result(data.decode())

    def feed(self, event: Event) -> None:
        """Something happened."""
        now = Moment(monotonic=self._loop.time(), epoch=time.time())
        phone, _ = step(self._phone, TimePassed(now))
        self._phone, effects = step(phone, event)
        for effect in effects:
            self._perform(effect)

    def lose(self) -> None:
        """The connection to the server in use is gone, as TCP tells it."""
        self.feed(ConnectionLost(0, dead=True))

    def end(self) -> None:
        """The power is cut."""
        for timer in self._timers.values():
            timer.cancel()
        if self._attempt is not None:
            self._attempt.cancel()
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
        if await self._ask(0, self._loop.time() + SEEK_PATIENCE_SECONDS, method="OPTIONS"):
            self.feed(ServerFound(0, 0))

    async def _ask(
        self, server: int, end: float, credentials: str = "", method: str = "REGISTER"
    ) -> str:
        """The answer to one request; nothing when none came by `end`."""
        self._sequence += 1
        request = self._request(method, credentials).encode()
        self._answer = self._loop.create_future()
        for pause in RESEND_SECONDS:
            self._site.sent.append((self._site.now, server))
            self._transport.sendto(request, (ADDRESS, self._site.ports[server]))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(min(end, self._loop.time() + pause)):
                    return await asyncio.shield(self._answer)
            if self._loop.time() >= end:
                break
        return ""

    def _request(self, method: str, credentials: str) -> str:
        host = "{}:{}".format(*self._transport.get_extra_info("sockname"))
        lines = [
            f"{method} sip:{ADDRESS} SIP/2.0",
            f"Via: SIP/2.0/UDP {host};rport;branch=z9hG4bK{secrets.token_hex(8)}",
            "Max-Forwards: 70",
            f"From: <sip:{self._user}@{ADDRESS}>;tag={self._call_id}",
            f"To: <sip:{self._user}@{ADDRESS}>",
            f"Call-ID: {self._call_id}",
            f"CSeq: {self._sequence} {method}",
            f"Contact: <sip:{self._user}@{host}>",
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


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Registrar:
    """A Kamailio that can be away: nothing is at its port then, and nobody is told so."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self._folder = folder / str(port)
        self._folder.mkdir()
        self._log = self._folder / "log"
        self._process: asyncio.subprocess.Process | None = None

    async def begin(self) -> None:
        """Be there; returns when the port is open."""
        file = self._folder / "kamailio.cfg"
        text = CONFIGURATION.format(
            address=ADDRESS, port=self.port, secret=SECRET, burst=2 * BEARABLE
        )
        file.write_text(text, encoding="utf-8")
        words = ("kamailio", "-f", file, "-DD", "-E", "-Y", self._folder)
        with self._log.open("ab") as stream:
            self._process = await asyncio.create_subprocess_exec(
                *words, "-P", self._folder / "pid", stdout=stream, stderr=stream
            )
        while not self._is_open():
            if self._process.returncode is not None:
                raise SystemExit(f"kamailio does not start; it says why in {self._log}")
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)

    async def end(self) -> None:
        """Be gone; harmless where it is not there."""
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()
            self._process = None

    @property
    def banned(self) -> int:
        """How many requests met a ban."""
        said = self._log.read_text(errors="replace") if self._log.exists() else ""
        return said.count("banned: ")

    def _is_open(self) -> bool:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.bind((ADDRESS, self.port))
        except OSError:
            return True
        return False


async def play(arguments: argparse.Namespace) -> tuple[Site, int]:
    """Let the power come back, and the server; what the site did, and how many requests met a ban.

    The phones of a site whose server goes ``--away`` are all registered before.
    """
    ports = tuple(_free_port() for _ in range(2 if arguments.backup else 1))
    site = Site(ports, arguments.spread, arguments.units)
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(prefix="deskphone-fleet-") as folder:
        servers = [Registrar(port, Path(folder)) for port in ports]
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
                for unit in fleet:
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


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


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
    parser.add_argument("--backup", action="store_true", help="another server serves meanwhile")
    arguments = parser.parse_args()
    if shutil.which("kamailio") is None:
        sys.stderr.write("the fleet needs a registrar: apt-get install kamailio\n")
        return 1
    site, banned = asyncio.run(play(arguments))
    last = max(site.back.values(), default=0.0) - site.up
    peaks = " and ".join(str(site.peak(server)) for server in range(len(site.ports)))
    sys.stdout.write(
        f"{arguments.units} phones, start_spread {arguments.spread:g} s, server late by"
        f" {arguments.late:g} s, away for {arguments.away:g} s\n"
        f"  requests sent: {len(site.sent)}; since the server was up at most {peaks} in a second\n"
        f"  back: {len(site.back)} phones, the last {last:.1f} s after the server\n"
        f"  refused: {site.refused}, requests that met a ban: {banned}\n"
    )
    return 0 if len(site.back) == arguments.units and not banned else 1


if __name__ == "__main__":
    sys.exit(main())
