"""A site of many phones in no time at all: the pure core of each, and servers that are up or not.

What `fleet` plays in real time with a real registrar is computed here, so that a test can hold the
figures: events on one made-up clock, the same ones each time. Of a phone's muscles there is no more
than what counts at the server: which request leaves when. UDP repeats after timer E (RFC 3261
section 17.1.2.2), TCP connects after the SYN repetitions of Linux (tcp(7)) and then loses nothing;
what is refused fails at once. The servers challenge every REGISTER once.
"""

from __future__ import annotations

import heapq
import zlib
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Literal

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

UNITS = 500
FIRST_EXTENSION = 1001
BEARABLE = 25
"""Requests a second that a server may see from a site."""
BACK_SECONDS = 60.0
"""Within this time of its server all phones of a site are back."""
TRIP_SECONDS = 0.02
"""From a request to its answer."""
SKEW_SECONDS = 0.05
"""By as much two clocks differ that are set by a time server."""
TIMER_E = (0.0, 0.5, 1.5, 3.5)
SYN_REPEATS = (0.0, 1.0, 3.0)
UNTAKEN_SECONDS = 3.5
"""When a connection that nobody takes is given up (`appliance.sip.lookout`)."""
KEEP_ALIVE_SECONDS = 4.4
"""Within this time the kernel tells that the far end of a connection is dead."""
PROBE_SECONDS = 0.5
"""After it a phone with another server to turn to looks whether this one has ended (`Pursuit`)."""
SEEK_PATIENCE_SECONDS = 3.0
"""As `appliance.sip.ping` has it."""
EPOCH = 1_800_000_000.0

Kind = Literal["udp", "tcp"]
Manner = Literal["refused", "silent"]


def settings_of(
    number: int, server: str, servers: int, spread: float, transport: str = "udp", boot: bool = True
) -> Settings:
    """What the core of a site's unit is told; `boot`: its power has just come back."""
    user = str(FIRST_EXTENSION + number)
    account = AccountSettings(user, server=server, servers=servers, transport=transport)
    return Settings(
        accounts=(account,),
        seed=zlib.crc32(f"unit {number}".encode()),
        start_spread=spread if boot else 0.0,
        site_spread=spread,
    )


@dataclass(slots=True)
class Server:
    """When it is away, and how it is then; what has reached it when."""

    away: tuple[float, float] = (0.0, 0.0)
    manner: Manner = "silent"
    heard: list[float] = field(default_factory=list)

    def is_up(self, moment: float) -> bool:
        """Whether it is there."""
        return not self.away[0] <= moment < self.away[1]

    @property
    def peak(self) -> int:
        """Most requests that have reached it within any second."""
        heard = sorted(self.heard)
        return max(
            (bisect_left(heard, moment + 1.0) - place for place, moment in enumerate(heard)),
            default=0,
        )


@dataclass(slots=True)
class Site:
    """The phones, their servers (the first choice first) and the one clock; times in seconds."""

    servers: tuple[Server, ...]
    transport: Kind = "udp"
    units: int = UNITS
    spread: float = field(default_factory=lambda: PhoneKeys().start_spread)
    epoch: float = EPOCH
    now: float = 0.0
    back: dict[int, float] = field(default_factory=dict)
    """When each phone was registered with the first choice, since that was last up."""
    _due: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)
    _fleet: list[Unit] = field(default_factory=list)

    def at(self, moment: float, happens: Callable[[], None]) -> None:
        """Plan something."""
        heapq.heappush(self._due, (moment, next(self._order), happens))

    def power_comes_back(self) -> None:
        """All phones start in this instant."""
        self._begin(boot=True)

    def is_at_work(self) -> None:
        """All phones are registered with the first choice, since long."""
        self._begin(boot=False)
        for unit in self._fleet:
            unit.is_registered()

    def loses(self) -> None:
        """The first server goes, and with it every connection (over UDP nobody is told)."""
        self.back.clear()
        gone = self.servers[0]
        gone.heard.clear()
        for unit in self._fleet if self.transport == "tcp" else ():
            if gone.manner == "silent" and not gone.is_up(self.now):
                share = zlib.crc32(f"keep-alive {unit.number}".encode()) / 2**32
                moment, dead = self.now + KEEP_ALIVE_SECONDS * share, True
            elif len(self.servers) > 1:
                moment = self.now + PROBE_SECONDS
                dead = not gone.is_up(moment)
            else:
                moment, dead = self.now, False
            self.at(moment, partial(unit.feed, ConnectionLost(0, dead)))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self._due and self._due[0][0] <= end:
            self.now, _, happens = heapq.heappop(self._due)
            happens()
        self.now = end

    def last_back(self) -> float:
        """Seconds from the first server's return to the last phone's; infinite if one is not."""
        if len(self.back) < self.units:
            return float("inf")
        return max(self.back.values()) - self.servers[0].away[1]

    def _begin(self, boot: bool) -> None:
        self._fleet.extend(Unit(self, number, boot) for number in range(self.units))
        for unit in self._fleet:
            unit.feed(PhoneStarted())


class Unit:
    """One phone: a core, its timers, and what it sends."""

    def __init__(self, site: Site, number: int, boot: bool) -> None:
        self.number = number
        self._site = site
        self._skew = SKEW_SECONDS * (zlib.crc32(f"clock {number}".encode()) / 2**31 - 1.0)
        servers = len(site.servers)
        made = settings_of(number, "pbx.example.com", servers, site.spread, site.transport, boot)
        self._phone: Phone = new_phone(made)
        self._timers: dict[str, float] = {}
        self._attempt = 0

    def feed(self, event: Event) -> None:
        """Something happened."""
        now = self._site.now
        moment = Moment(monotonic=now + 1.0, epoch=self._site.epoch + now + self._skew)
        phone, _ = step(self._phone, TimePassed(moment))
        self._phone, effects = step(phone, event)
        for effect in effects:
            self._perform(effect)

    def is_registered(self) -> None:
        """It is, whatever it has asked for."""
        self._attempt += 1
        self.feed(RegistrationChanged(0, "registered", 200, "ok"))

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Register(_, server, patience):
                self._attempt += 1
                self._register(server, patience)
            case SeekServer():
                self._seek()
            case StartTimer(name, due):
                self._timers[name] = due
                self._site.at(due - 1.0, lambda: self._ring(name, due))
            case StopTimer(name):
                self._timers.pop(name, None)

    def _ring(self, name: str, due: float) -> None:
        if self._timers.get(name) == due:
            del self._timers[name]
            self.feed(TimerFired(name, due))

    def _register(self, number: int, patience: float) -> None:
        """The first request that arrives is challenged, the second one is accepted."""
        site, server, attempt = self._site, self._site.servers[number], self._attempt
        began = site.now
        over_udp = site.transport == "udp"

        def send(after: float) -> None:
            if attempt != self._attempt:
                return
            if server.is_up(site.now):
                if over_udp:
                    answered()
                else:
                    site.at(site.now + TRIP_SECONDS, answered)
            elif server.manner == "refused":
                site.at(site.now + TRIP_SECONDS, lambda: fail("refused"))
            else:
                later = [one for one in (TIMER_E if over_udp else SYN_REPEATS) if one > after]
                if later and later[0] < limit:
                    site.at(began + later[0], lambda: send(later[0]))
                else:
                    site.at(began + limit, lambda: fail("silent"))

        def answered() -> None:
            if attempt != self._attempt:
                return
            server.heard.append(site.now)
            site.at(site.now + TRIP_SECONDS, proven)

        def proven() -> None:
            server.heard.append(site.now)
            site.at(site.now + TRIP_SECONDS, granted)

        def granted() -> None:
            site.back.pop(self.number, None)
            if number == 0:
                site.back[self.number] = site.now
            self.feed(RegistrationChanged(0, "registered", 200, "ok"))

        def fail(verdict: str) -> None:
            if attempt == self._attempt:
                self.feed(RegistrationChanged(0, "failed", 0, verdict))

        limit = patience if over_udp else min(patience, UNTAKEN_SECONDS)
        send(0.0)

    def _seek(self) -> None:
        best = self._site.servers[0]
        if best.is_up(self._site.now):
            best.heard.append(self._site.now)
            self._site.at(self._site.now + TRIP_SECONDS, lambda: self.feed(ServerFound(0, 0)))
