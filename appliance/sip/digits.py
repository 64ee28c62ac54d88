"""Digits on their way into a call: a line of them, and one goes at a time, at the pace of the wire.

The library takes 32 digits at once and refuses the next one, and its tone generator aborts the
process where more are waiting; keys can be pressed faster than that, and programs can always. So
nothing may hand the library a second digit while the first may still be under way. A digit whose
key is down sounds until that comes up, and every digit for long enough to be heard. Pure but for
its alarms.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Protocol

from appliance.phone.effects import PAUSE
from appliance.sip.thread import Alarm, SipThread

log = logging.getLogger(__name__)

SHORTEST_SECONDS = 0.16
"""For how long a digit sounds at least; a receiver needs 40 ms (ITU-T Q.24, table A-1)."""
GAP_SECONDS = 0.1
"""Between two: an event's end, sent three times (RFC 4733 section 2.5.1.4), and 40 ms."""
PAUSE_SECONDS = 2.0
MOST_WAITING = 64


class Wire(Protocol):
    """The way of a digit into the call."""

    def begin(self, digit: str) -> bool:
        """Let it sound; False when it has to be tried again."""

    def end(self) -> None:
        """Let it end."""


class DigitQueue:
    """The digits of one call that wait, and the one that sounds."""

    def __init__(self, thread: SipThread, wire: Wire, call: int) -> None:
        self._thread = thread
        self._wire: Wire | None = wire
        self._call = call
        self._waiting: deque[str] = deque()
        self._alarm: Alarm | None = None
        self._held = False
        self._lasts = False
        self._dropping = False

    def add(self, digits: str) -> None:
        """Send these after those that wait; what finds no room is dropped, and said once."""
        self.release()
        room = MOST_WAITING - len(self._waiting)
        self._waiting.extend(digits[:room])
        if len(digits) > room and not self._dropping:
            self._dropping = True
            log.warning("call %d: %d digits wait; more are dropped", self._call, MOST_WAITING)
        if self._alarm is None:
            self._next()

    def press(self, digit: str) -> None:
        """Send this after those that wait, and let it sound until it is released."""
        finds_room = len(self._waiting) < MOST_WAITING
        self.add(digit)
        self._held = finds_room

    def release(self) -> None:
        """The last one shall sound no longer than it has to."""
        self._held = False
        if self._lasts:
            self._end()

    def forget(self) -> None:
        """Drop what waits."""
        self._waiting.clear()

    def over(self) -> None:
        """The call has ended."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._waiting.clear()
        self._lasts = False
        self._wire = None

    def _next(self) -> None:
        self._alarm = None
        if self._wire is None or not self._waiting:
            self._dropping = False
            return
        if self._waiting[0] == PAUSE:
            self._waiting.popleft()
            self._alarm = self._thread.later(PAUSE_SECONDS, self._next)
        elif self._wire.begin(self._waiting[0]):
            self._waiting.popleft()
            self._alarm = self._thread.later(SHORTEST_SECONDS, self._heard)
        else:
            self._alarm = self._thread.later(GAP_SECONDS, self._next)

    def _heard(self) -> None:
        self._alarm = None
        self._lasts = self._held and not self._waiting
        if not self._lasts:
            self._end()

    def _end(self) -> None:
        self._lasts = False
        if self._wire is not None:
            self._wire.end()
        self._alarm = self._thread.later(GAP_SECONDS, self._next)
