"""The latest time known to be past, kept across power cuts, and a word when the clock is before it.

A Pi has no battery for its clock. Once a day, and only while a time server keeps the clock, the
time is written to the state directory: that is the floor. A clock before it is wrong and is told;
it is never set from here, and nothing is believed for its sake. The kernel wakes this room when
somebody sets the clock (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET); nothing is polled.
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
from appliance.system.built import is_synchronised, kept_moment, past_moment

log = logging.getLogger(__name__)

FILE = "clock-floor"
DAY_SECONDS = 86_400
_CANCEL_ON_SET = 1 << 1
_ABSOLUTE = 1 << 0


class ClockFloor:
    """The floor, in seconds since 1970 (UTC), in a file of the state directory."""

    def __init__(self, state: Path) -> None:
        self.file = state / FILE

    def read(self) -> float:
        """The latest moment that is known to be past; never raises."""
        return past_moment(self.file)

    def note(self, now: float) -> None:
        """It is `now`, says a time server; written at most once a day, at once or not at all.

        A floor that turns out to be in the future was wrong, and is written anew. Raises `OSError`.
        """
        if 0 <= now - kept_moment(self.file) < DAY_SECONDS:
            return
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self.file.with_name(FILE + ".new")
        fresh.write_text(f"{int(now)}\n", encoding="ascii")
        fresh.replace(self.file)


class ClockKeeper:
    """Looks at the clock at once, once a day, and whenever it is set, until `close`."""

    def __init__(
        self,
        floor: ClockFloor,
        post: Post,
        *,
        now: Callable[[], float] = time.time,
        synchronised: Callable[[], bool | None] = is_synchronised,
    ) -> None:
        self._floor = floor
        self._post = post
        self._now = now
        self._synchronised = synchronised
        self._loop = asyncio.get_running_loop()
        self._troubled = False
        self._timer = _timer()
        if self._timer >= 0:
            self._loop.add_reader(self._timer, self._rang)
        self._look()

    def close(self) -> None:
        """Look no more."""
        if self._timer >= 0:
            self._loop.remove_reader(self._timer)
            os.close(self._timer)
            self._timer = -1

    def _rang(self) -> None:
        try:
            os.read(self._timer, 8)
        except OSError as error:
            if error.errno not in (errno.ECANCELED, errno.EAGAIN):
                raise
            log.info("the clock was set")
            self._post(ClockSet())
        self._look()

    def _look(self) -> None:
        now, floor = self._now(), self._floor.read()
        kept = self._synchronised()
        if kept:
            try:
                self._floor.note(now)
            except OSError as error:
                log.warning("the time cannot be kept: %s", error)
        wrong = now < floor and not kept
        if wrong and not self._troubled:
            log.error("CLOCK-01: the clock says %s, but it is later than %s", *_words(now, floor))
            self._post(ProblemFound("clock", "CLOCK-01", in_line("Clock is wrong")))
        elif self._troubled and not wrong:
            self._post(ProblemFound("clock", "", ""))
        self._troubled = wrong
        if self._timer >= 0:
            _arm(self._timer, time.time() + DAY_SECONDS)


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
