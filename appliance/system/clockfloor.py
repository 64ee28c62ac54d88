"""The latest time known to be past, kept across power cuts, and a word when the clock is before it.

A Pi has no battery for its clock. Once a day, and only while a time server keeps the clock, the
time is written to the state directory: that is the floor. A clock before it is wrong and is told;
it is never set from here, and nothing is believed for its sake. A time server may lie, for NTP is
seldom authenticated: so the floor never falls, and rises by `STEP_SECONDS` a day at most. After a
long time in a cupboard it lags behind, which is no lie; a lie of decades is outlived in a month.
Against a time server only the software's own date stands. The kernel wakes this room when somebody
sets the clock (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET); nothing is polled.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from appliance.phone.events import ClockSet, ProblemFound
from appliance.phone.words import in_line
from appliance.ports import Post
from appliance.system.built import built_at, is_synchronised, past_moment

log = logging.getLogger(__name__)

FILE = "clock-floor"
DAY_SECONDS = 86_400
STEP_SECONDS = 30 * DAY_SECONDS
"""How far the floor may rise at a time."""
REST_SECONDS = DAY_SECONDS // 2
"""How long it then stays, by a clock that nobody sets; less than from one look to the next."""
NOTABLE_SECONDS = 1.0
"""By how much a clock must be set to be told; some machines are set many times a second."""
_CANCEL_ON_SET = 1 << 1
_ABSOLUTE = 1 << 0


class ClockFloor:
    """The floor, in seconds since 1970 (UTC), in a file of the state directory."""

    def __init__(self, state: Path) -> None:
        self.file = state / FILE

    def read(self) -> float:
        """The latest moment that is known to be past; never raises."""
        return past_moment(self.file)

    def note(self, now: float) -> bool:
        """It is `now`, says a time server; whether the floor moved, which it does by a day or more.

        The file is written at once or not at all. Raises `OSError`.
        """
        floor = self.read()
        if now - floor < DAY_SECONDS:
            return False
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self.file.with_name(FILE + ".new")
        fresh.write_text(f"{int(min(now, floor + STEP_SECONDS))}\n", encoding="ascii")
        fresh.replace(self.file)
        return True


class ClockKeeper:
    """Looks at the clock at once, once a day, and whenever it is set, until `close`."""

    def __init__(
        self,
        floor: ClockFloor,
        post: Post,
        *,
        now: Callable[[], float] = time.time,
        uptime: Callable[[], float] = time.monotonic,
        synchronised: Callable[[], bool | None] = is_synchronised,
    ) -> None:
        self._floor = floor
        self._post = post
        self._now = now
        self._uptime = uptime
        self._rests_until = 0.0
        self._began = now() - uptime()
        self._synchronised = synchronised
        self._loop = asyncio.get_running_loop()
        self._troubled = False
        self._timer = _timer()
        if self._timer >= 0:
            self._loop.add_reader(self._timer, self._rang)
        self.look()

    def close(self) -> None:
        """Look no more."""
        if self._timer >= 0:
            self._loop.remove_reader(self._timer)
            os.close(self._timer)
            self._timer = -1

    def look(self) -> None:
        """Look at the clock now."""
        now, kept = self._now(), self._synchronised()
        if kept and self._uptime() >= self._rests_until:
            try:
                if self._floor.note(now):
                    self._rests_until = self._uptime() + REST_SECONDS
            except OSError as error:
                log.warning("the time cannot be kept: %s", error)
        floor = built_at() if kept else self._floor.read()
        wrong = now < floor
        if wrong and not self._troubled:
            log.error("CLOCK-01: the clock says %s, but it is later than %s", *_words(now, floor))
            self._post(ProblemFound("clock", "CLOCK-01", in_line("Clock is wrong")))
        elif self._troubled and not wrong:
            self._post(ProblemFound("clock", "", ""))
        self._troubled = wrong
        if self._timer >= 0:
            _arm(self._timer, time.time() + DAY_SECONDS)

    def _rang(self) -> None:
        try:
            os.read(self._timer, 8)
        except OSError as error:
            if error.errno not in (errno.ECANCELED, errno.EAGAIN):
                raise
            self._was_set()
        self.look()

    def _was_set(self) -> None:
        """Small steps add up until they are notable together."""
        began = self._now() - self._uptime()
        step = began - self._began
        if abs(step) >= NOTABLE_SECONDS:
            self._began = began
            log.info("the clock was set by %+.0f s", step)
            self._post(ClockSet())


def _words(*moments: float) -> list[str]:
    return [time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(moment)) for moment in moments]


class _Spec(ctypes.Structure):
    """struct itimerspec: interval and first time, each in seconds and nanoseconds."""

    _fields_ = [(name, ctypes.c_long) for name in ("every", "every_ns", "first", "first_ns")]


def _timer() -> int:
    """A timer on the wall clock; -1 where the kernel has none."""
    return int(ctypes.CDLL(None).timerfd_create(time.CLOCK_REALTIME, os.O_NONBLOCK | os.O_CLOEXEC))


def _arm(timer: int, moment: float) -> None:
    spec = _Spec(0, 0, int(moment), 0)
    flags = _ABSOLUTE | _CANCEL_ON_SET
    ctypes.CDLL(None).timerfd_settime(timer, flags, ctypes.byref(spec), None)
