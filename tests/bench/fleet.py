"""A site after a power cut: ``python -m tests.bench.fleet``.

Five hundred phones, each the pure core with its own settings and a socket of its own, come to life
in the same instant and register by digest with a real Kamailio, which bans an address (all phones
of the site share it, as behind a NAT) from which more requests come than it is told to bear. Who
waits how long is the core's decision alone: this file only carries its effects out.
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
import zlib
from bisect import bisect_left
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.config.model import Phone as PhoneKeys
from appliance.phone.core import step
from appliance.phone.effects import Effect, Register, StartTimer, StopTimer
from appliance.phone.events import (
    Event,
    Moment,
    PhoneStarted,
    RegistrationChanged,
    TimePassed,
    TimerFired,
)
from appliance.phone.state import AccountSettings, Phone, Settings, new_phone

ADDRESS = "127.0.0.1"
FIRST_EXTENSION = 1001
SECRET = "the same for all"
GIVE_UP_SECONDS = 300.0
PATIENCE_SECONDS = 5.0
RESEND_SECONDS = (0.5, 1.0, 2.0)
"""Timer E of RFC 3261 section 17.1.2.2."""
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
    """What the phones have done; times in seconds since the power came back."""

    port: int
    spread: float
    began: float
    sent: list[float] = field(default_factory=list)
    back: dict[int, float] = field(default_factory=dict)
    refused: int = 0
    all_back: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def peak(self) -> int:
        """Most REGISTERs within any second."""
        sent = sorted(self.sent)
        return max(
            (bisect_left(sent, moment + 1.0) - place for place, moment in enumerate(sent)),
            default=0,
        )


class Unit(asyncio.DatagramProtocol):
    """One phone: a core, its timers, and a REGISTER when it says so."""

    def __init__(self, site: Site, number: int, units: int) -> None:
        self._site = site
        self._user = str(FIRST_EXTENSION + number)
        self._number = number
        self._units = units
        self._loop = asyncio.get_running_loop()
        seed = zlib.crc32(f"unit {number}".encode())
        account = AccountSettings(self._user, server=ADDRESS)
        self._phone: Phone = new_phone(
            Settings(accounts=(account,), seed=seed, start_spread=site.spread)
        )
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._transport: Any = None
        self._answer: asyncio.Future[str] = self._loop.create_future()
        self._attempt: asyncio.Task[None] | None = None
        self._call_id = secrets.token_hex(8)
        self._sequence = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if not self._answer.done():
            self._answer.set_result(data.decode())

    def feed(self, event: Event) -> None:
        """Something happened."""
        phone, _ = step(self._phone, TimePassed(Moment(monotonic=self._loop.time())))
        self._phone, effects = step(phone, event)
        for effect in effects:
            self._perform(effect)

    def end(self) -> None:
        """The power is cut."""
        for timer in self._timers.values():
            timer.cancel()
        if self._attempt is not None:
            self._attempt.cancel()
        self._transport.close()

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Register():
                self._attempt = self._loop.create_task(self._register())
            case StartTimer(name, due):
                self._stop(name)
                self._timers[name] = self._loop.call_at(due, self.feed, TimerFired(name, due))
            case StopTimer(name):
                self._stop(name)

    def _stop(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    async def _register(self) -> None:
        answer = await self._ask("")
        if answer.startswith("SIP/2.0 401"):
            answer = await self._ask(self._credentials(answer))
        code = int(answer.split()[1]) if answer else 0
        if 200 <= code < 300:
            self._site.back.setdefault(self._number, self._loop.time() - self._site.began)
            if len(self._site.back) == self._units:
                self._site.all_back.set()
            self.feed(RegistrationChanged(0, "registered", code, "ok"))
            return
        self._site.refused += bool(code)
        verdict = "wrong-password" if code == 401 else "server-error" if code else "silent"
        self.feed(RegistrationChanged(0, "failed", code, verdict))

    async def _ask(self, credentials: str) -> str:
        """The answer to one REGISTER; nothing when none came."""
        self._sequence += 1
        request = self._request(credentials).encode()
        self._answer = self._loop.create_future()
        pauses = (*RESEND_SECONDS, PATIENCE_SECONDS - sum(RESEND_SECONDS))
        for pause in pauses:
            self._site.sent.append(self._loop.time() - self._site.began)
            self._transport.sendto(request)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    return await asyncio.shield(self._answer)
        return ""

    def _request(self, credentials: str) -> str:
        host = "{}:{}".format(*self._transport.get_extra_info("sockname"))
        lines = [
            f"REGISTER sip:{ADDRESS} SIP/2.0",
            f"Via: SIP/2.0/UDP {host};rport;branch=z9hG4bK{secrets.token_hex(8)}",
            "Max-Forwards: 70",
            f"From: <sip:{self._user}@{ADDRESS}>;tag={self._call_id}",
            f"To: <sip:{self._user}@{ADDRESS}>",
            f"Call-ID: {self._call_id}",
            f"CSeq: {self._sequence} REGISTER",
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


@contextlib.asynccontextmanager
async def kamailio(port: int, folder: Path, late: float = 0.0) -> AsyncIterator[Path]:
    """A Kamailio that is there after `late` seconds; its log."""
    file, log = folder / "kamailio.cfg", folder / "kamailio.log"
    text = CONFIGURATION.format(address=ADDRESS, port=port, secret=SECRET, burst=2 * BEARABLE)
    file.write_text(text, encoding="utf-8")
    with log.open("wb") as stream:
        words = ("kamailio", "-f", file, "-DD", "-E", "-Y", folder, "-P", folder / "pid")

        async def start() -> asyncio.subprocess.Process:
            await asyncio.sleep(late)
            return await asyncio.create_subprocess_exec(*words, stdout=stream, stderr=stream)

        starting = asyncio.create_task(start())
        if not late:
            await _listening(port, await starting, log)
        try:
            yield log
        finally:
            process = await starting
            process.terminate()
            await process.wait()


async def _listening(port: int, process: asyncio.subprocess.Process, log: Path) -> None:
    """Wait until the port is taken."""
    while True:
        if process.returncode is not None:
            raise SystemExit(f"kamailio does not start; it says why in {log}")
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.bind((ADDRESS, port))
        except OSError:
            await asyncio.sleep(0.5)
            return
        await asyncio.sleep(0.1)


async def power_cut(units: int, spread: float, late: float) -> tuple[Site, int]:
    """Let the power come back; what the site did, and how many requests met a ban."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ADDRESS, 0))
        port = probe.getsockname()[1]
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(prefix="deskphone-fleet-") as folder:
        async with kamailio(port, Path(folder), late) as log:
            site = Site(port, spread, loop.time())
            fleet: list[Unit] = []
            for number in range(units):
                _, unit = await loop.create_datagram_endpoint(
                    lambda number=number: Unit(site, number, units),  # type: ignore[misc]
                    remote_addr=(ADDRESS, port),
                )
                fleet.append(unit)
            site.began = loop.time()
            for unit in fleet:
                unit.feed(PhoneStarted())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GIVE_UP_SECONDS):
                    await site.all_back.wait()
            for unit in fleet:
                unit.end()
            said = await asyncio.to_thread(log.read_text, errors="replace")
    return site, said.count("banned: ")


def main() -> int:
    """Cut the power and print what came of it; 0 when all phones are back and none was banned."""
    usual = PhoneKeys().start_spread
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fleet", description=main.__doc__)
    parser.add_argument("--units", type=int, default=500, help="how many phones the site has")
    parser.add_argument("--spread", type=float, default=usual, help="the key start_spread, s")
    parser.add_argument("--late", type=float, default=0.0, help="the server is up after, s")
    arguments = parser.parse_args()
    if shutil.which("kamailio") is None:
        sys.stderr.write("the fleet needs a registrar: apt-get install kamailio\n")
        return 1
    site, banned = asyncio.run(power_cut(arguments.units, arguments.spread, arguments.late))
    last = max(site.back.values(), default=0.0)
    sys.stdout.write(
        f"{arguments.units} phones, start_spread {arguments.spread:g} s, server up after"
        f" {arguments.late:g} s\n"
        f"  REGISTERs sent: {len(site.sent)}, at most {site.peak} within a second\n"
        f"  back: {len(site.back)} phones, the last after {last:.1f} s\n"
        f"  refused: {site.refused}, requests that met a ban: {banned}\n"
    )
    return 0 if len(site.back) == arguments.units and not banned else 1


if __name__ == "__main__":
    sys.exit(main())
