"""The measurements, phase by phase; in each the phones take turns, so that all share the noise.

Start-ups are taken one phone after the other, round after round. Then all phones live at once:
idle and in a call they are measured over the same windows of time, and calls go round, each round
beginning with another phone. A phone that fails is left out from there on, and said.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import figures
from tests.bench.figures import OURS, Figure, Samples
from tests.bench.phones import KINDS, Bare, Phone, Place
from tests.bench.proc import Usage, memory, sample, usage
from tests.bench.quiet import Quiet
from tests.bench.statistics import ratios
from tests.bench.voice import Voice, converse, new_voice
from tests.bench.wire import Call, FarEnd, Silence
from tests.peers.process import MissingPeer, PeerFailed

START_LIMIT_S = 10.0
STOP_LIMIT_S = 4.0
SETTLE_S = 6.0
"""The transactions of a registration are forgotten after 5 s (RFC 3261, timers F and K over T4)."""
AWAY_S = 1.0
"""How long the cable is out."""
PAUSE_S = 0.05
MEDIA_S = 0.1


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: rounds of each kind, and windows (count, seconds)."""

    starts: int = 8
    calls_in: int = 40
    calls_out: int = 110
    idle: tuple[int, float] = (4, 6.0)
    talk: tuple[int, float] = (5, 4.0)
    returns: int = 15


QUICK = Extent(starts=3, calls_in=8, calls_out=10, idle=(2, 3.0), talk=(2, 2.0), returns=3)


@dataclass(slots=True)
class Outcome:
    """Everything a run has found out."""

    samples: Samples = field(default_factory=Samples)
    absent: dict[str, str] = field(default_factory=dict)
    wakeups_by_thread: dict[str, dict[str, list[float]]] = field(default_factory=dict)


class Bench:
    """One run at a place; `folder` is for what the phones read and write."""

    def __init__(self, place: Place, folder: Path, extent: Extent) -> None:
        self._place = place
        self._folder = folder
        self._extent = extent
        self._phones: list[Phone] = []
        self._living: set[str] = set()
        self.outcome = Outcome()
        self.quiet = Quiet(lambda: [p.pid for p in self._phones if p.name in self._living])

    def run(self) -> None:
        """Measure everything."""
        with contextlib.closing(FarEnd(self._place.bench)) as self._far_end:
            self._gather()
            try:
                for words, phase in (
                    ("starting", self._starts),
                    ("idle", self._idle),
                    ("calls in", self._calls_in),
                    ("calls out", self._calls_out),
                    ("in a call", self._talk),
                    ("back on the network", self._returns),
                ):
                    say(f"{words}: {', '.join(phone.name for phone in self._phones)}")
                    with self.quiet.phase(words):
                        phase()
            finally:
                for phone in tuple(self._phones):
                    self._stop(phone)
        self._compare()

    def _gather(self) -> None:
        for kind in KINDS:
            lacking = kind.why_not(self._place)
            if lacking:
                self._leave_out(kind.name, lacking)
            else:
                folder = self._folder / kind.__name__.lower()
                self._phones.append(kind(self._place, self._far_end.host, folder))

    def _starts(self) -> None:
        """The first start fills the caches and is not counted; the last goes on living."""
        for number in range(self._extent.starts + 1):
            for phone in self._turns(number):
                with self._careful(phone):
                    self._start(phone, counted=number > 0)
                    if number == self._extent.starts:
                        phone.connect()
                    else:
                        self._stop(phone)

    def _start(self, phone: Phone, *, counted: bool) -> None:
        known = self._far_end.registrations
        known.pop(phone.user, None)
        began = phone.start()
        self._living.add(phone.name)
        self._far_end.wait_until(
            lambda: phone.user in known, f"{phone.name} to register", START_LIMIT_S
        )
        used = sum(thread.cpu_s for thread in sample(phone.pid).threads.values())
        if counted:
            self._note(figures.START, phone, 1000 * (known[phone.user].at - began))
            self._note(figures.START_CPU, phone, 1000 * used)

    def _idle(self) -> None:
        self._far_end.pump(SETTLE_S)
        count, seconds = self._extent.idle
        for _ in range(count):
            for phone, used in self._window(lambda: self._far_end.pump(seconds)):
                self._note(figures.IDLE_CPU, phone, used.cpu_percent)
                self._note(figures.IDLE_WAKEUPS, phone, used.wakeups)
                self._note_threads("idle", phone, used)
                held = memory(phone.pid)
                self._note(figures.RESIDENT, phone, held.resident)
                self._note(figures.PROPORTIONAL, phone, held.proportional)

    def _calls_in(self) -> None:
        for number in range(self._extent.calls_in):
            for phone in self._turns(number):
                with self._careful(phone), self._voice() as voice:
                    call = self._call(phone, voice, number)
                    self._far_end.pump(MEDIA_S)
                    self._hang_up(phone, call, number)

    def _calls_out(self) -> None:
        for number in range(self._extent.calls_out):
            for phone in self._turns(number):
                with self._careful(phone), self._voice() as voice:
                    self._far_end.forget()
                    call = Call(self._far_end, self._far_end.registrations[phone.user], voice.port)
                    pressed = phone.dial()
                    invite = call.accept()
                    if number:
                        self._note(figures.DIALLED, phone, 1000 * (invite.at - pressed))
                    phone.settle()
                    self._far_end.pump(MEDIA_S)
                    self._hang_up(phone, call, number)

    def _talk(self) -> None:
        with contextlib.ExitStack() as stack:
            calls: dict[str, tuple[Call, Voice]] = {}
            for phone in tuple(self._phones):
                with self._careful(phone):
                    voice = stack.enter_context(self._voice())
                    calls[phone.name] = self._call(phone, voice, 0), voice
            voices = [voice for _, voice in calls.values()]
            converse(self._far_end, voices, 1.0)
            for voice in voices:
                voice.arrivals.clear()
            count, seconds = self._extent.talk
            for _ in range(count):
                for phone, used in self._window(lambda: converse(self._far_end, voices, seconds)):
                    self._note(figures.CALL_CPU, phone, used.cpu_percent)
                    self._note(figures.CALL_WAKEUPS, phone, used.wakeups)
                    self._note(figures.CALL_RESIDENT, phone, memory(phone.pid).resident)
                    self._note_threads("in a call", phone, used)
            for phone in tuple(self._phones):
                with self._careful(phone):
                    call, voice = calls[phone.name]
                    self._note(figures.SPACING, phone, *voice.spacing_errors_ms())
                    self._hang_up(phone, call, 0)

    def _returns(self) -> None:
        """The cable of all phones is pulled again and again; others wait for their next renewal.

        The first time does not count.
        """
        network = self._place.network
        ours = next((phone for phone in self._phones if phone.name == OURS), None)
        if network is None or ours is None:
            return
        known = self._far_end.registrations
        with self._careful(ours):
            for number in range(self._extent.returns + 1):
                network.disconnect()
                self._far_end.pump(AWAY_S)
                known.pop(ours.user, None)
                began = time.time()
                network.reconnect()
                self._far_end.wait_until(
                    lambda: ours.user in known, f"{ours.name} to come back", START_LIMIT_S
                )
                if number:
                    self._note(figures.RETURNED, ours, 1000 * (known[ours.user].at - began))
                self._far_end.pump(AWAY_S)

    def _call(self, phone: Phone, voice: Voice, number: int) -> Call:
        """Call a phone and have it answer; the first call of a kind warms up."""
        self._far_end.forget()
        call = Call(self._far_end, self._far_end.registrations[phone.user], voice.port)
        invited = call.invite()
        ringing = call.ringing()
        self._far_end.pump(PAUSE_S)
        pressed = phone.answer()
        answered = call.answered()
        phone.settle()
        if number:
            self._note(figures.RINGING, phone, 1000 * (ringing.at - invited))
            self._note(figures.ANSWERED, phone, 1000 * (answered.at - pressed))
        voice.to = call.media
        return call

    def _hang_up(self, phone: Phone, call: Call, number: int) -> None:
        pressed = phone.hang_up()
        ended = call.ended()
        phone.settle()
        if number:
            self._note(figures.ENDED, phone, 1000 * (ended.at - pressed))
        self._far_end.pump(PAUSE_S)

    def _turns(self, number: int) -> list[Phone]:
        """The phones in an order that begins with another one each round."""
        phones = self._phones
        first = number % len(phones) if phones else 0
        return [*phones[first:], *phones[:first]]

    def _window(self, pass_time: Callable[[], None]) -> list[tuple[Phone, Usage]]:
        """What every phone used while time passed; the same time for all."""
        before = {}
        for phone in tuple(self._phones):
            with self._careful(phone):
                before[phone.name] = sample(phone.pid)
        pass_time()
        found = []
        for phone in tuple(self._phones):
            with self._careful(phone):
                found.append((phone, usage(before[phone.name], sample(phone.pid))))
        return found

    @contextlib.contextmanager
    def _careful(self, phone: Phone) -> Iterator[None]:
        """Leave a phone out from here on if it fails."""
        try:
            yield
        except (Silence, PeerFailed, MissingPeer, OSError) as error:
            self._leave_out(phone.name, f"{error}; it printed: {phone.evidence()}")
            self._stop(phone)
            self._phones.remove(phone)

    @contextlib.contextmanager
    def _voice(self) -> Iterator[Voice]:
        with contextlib.closing(new_voice(self._place.bench)) as voice:
            yield voice

    def _stop(self, phone: Phone) -> None:
        """End a phone, answering what it says meanwhile."""
        phone.ask_to_end()
        self._living.discard(phone.name)
        with contextlib.suppress(Silence):
            self._far_end.wait_until(lambda: phone.ended, f"{phone.name} to end", STOP_LIMIT_S)
        phone.clear_away()

    def _leave_out(self, name: str, reason: str) -> None:
        self.outcome.absent[name] = reason
        say(f"{name} is left out: {reason}")

    def _note(self, figure: Figure, phone: Phone, *values: float) -> None:
        self.outcome.samples.add(figure, phone.name, *values)

    def _note_threads(self, when: str, phone: Phone, used: Usage) -> None:
        threads = self.outcome.wakeups_by_thread.setdefault(f"{phone.name}, {when}", {})
        for name, rate in used.by_thread.items():
            threads.setdefault(name, []).append(rate)

    def _compare(self) -> None:
        """Our processor time in a call over the bare script's, window by window."""
        samples = self.outcome.samples
        mine, bare = (samples.of(figures.CALL_CPU, name) for name in (OURS, Bare.name))
        if mine and len(mine) == len(bare):
            samples.add(figures.CALL_RATIO, OURS, *ratios(mine, bare))


def say(words: str) -> None:
    """Tell whoever waits what is going on."""
    sys.stderr.write(f"bench: {words}\n")
