"""Digits on their way into a call: a line of them, and one goes at a time, at the pace of the wire.

The library takes 32 digits at once and refuses the next one, and its tone generator aborts the
process where more are waiting; keys can be pressed faster than 200 ms apart, and programs can
always. So nothing may hand the library a second digit while the first may still be under way.
Pure but for its alarm.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from appliance.phone.effects import PAUSE
from appliance.sip.thread import Alarm, SipThread

log = logging.getLogger(__name__)

DIGIT_SECONDS = 0.26
"""200 ms of event and its end sent three times, 20 ms apart (RFC 4733 section 2.5.1.4)."""
PAUSE_SECONDS = 2.0
MOST_WAITING = 64


class DigitQueue:
    """The digits of one call that wait. `send` says False when a digit has to be tried again."""

    def __init__(self, thread: SipThread, send: Callable[[str], bool], call: int) -> None:
        self._thread = thread
        self._send: Callable[[str], bool] | None = send
        self._call = call
        self._waiting: deque[str] = deque()
        self._alarm: Alarm | None = None
        self._dropping = False

    def add(self, digits: str) -> None:
        """Send these after those that wait; what finds no room is dropped, and said once."""
        room = MOST_WAITING - len(self._waiting)
        self._waiting.extend(digits[:room])
        if len(digits) > room and not self._dropping:
            self._dropping = True
            log.warning("call %d: %d digits wait; more are dropped", self._call, MOST_WAITING)
        if self._alarm is None:
            self._next()

    def forget(self) -> None:
        """Drop what waits."""
        self._waiting.clear()

    def over(self) -> None:
        """The call has ended."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._waiting.clear()
        self._send = None

    def _next(self) -> None:
        self._alarm = None
        if self._send is None or not self._waiting:
            self._dropping = False
            return
        if self._waiting[0] == PAUSE:
            self._waiting.popleft()
            self._alarm = self._thread.later(PAUSE_SECONDS, self._next)
            return
        if self._send(self._waiting[0]) and self._waiting:
            self._waiting.popleft()
        self._alarm = self._thread.later(DIGIT_SECONDS, self._next)
