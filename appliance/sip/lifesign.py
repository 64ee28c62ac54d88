"""Whether the far end still has a call: a server that dies, or a network that goes, says no BYE.

Without this it would be found out by the session timer (RFC 4028), half an hour later. A call that
is watched is looked at once a second. Where nothing has been heard for a while the dialog itself is
asked, by OPTIONS (RFC 3261 section 11): 481, 408, or no answer at all, means that nobody has it any
more (section 12.2.1.2). Whatever else is answered keeps it, so that silence alone, on hold or in a
muted conference, ends nothing; and where no way leads there just now it is asked again, for as long
as an answer would be waited for. Pure but for its alarms; lives on the sip thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from appliance.sip.thread import Alarm, SipThread

LOOK_SECONDS = 1.0
SILENT_SECONDS = 5.0
"""Without a packet for so long the far end is asked."""
PATIENCE_SECONDS = 6.0
"""How long it has for its answer; over UDP the question is repeated meanwhile."""
AGAIN_SECONDS = 15.0
"""After how long it is asked again, while it is silent."""
NO_ANSWER, NO_DIALOG = 408, 481
_GONE = frozenset({NO_ANSWER, NO_DIALOG})


class Watched(Protocol):
    """The call, as far as this goes."""

    def packets(self) -> int:
        """How many have come of its audio."""

    def ask(self) -> bool:
        """Send the question; False when it cannot be sent."""

    def gone(self, code: int) -> None:
        """Nobody has it any more."""


class LifeSign:
    """The watch over one call, from `begin` to `rest`."""

    def __init__(
        self, call: Watched, thread: SipThread, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._call: Watched | None = call
        self._thread = thread
        self._clock = clock
        self._alarm: Alarm | None = None
        self._packets = 0
        self._silent_from = 0.0
        self._asked_at: float | None = None
        self._waits = False

    def begin(self) -> None:
        """Watch from now on."""
        if self._alarm is None:
            self._silent_from = self._clock()
            self._wind()

    def rest(self) -> None:
        """Watch no more."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._asked_at = None

    def over(self) -> None:
        """The call has ended."""
        self.rest()
        self._call = None

    def answered(self, code: int, *, received: bool) -> None:
        """The question has got this final response; one not `received` the library made up."""
        self._waits = False
        if self._asked_at is None or not received:
            return
        if code in _GONE:
            self._end(code)
            return
        self._asked_at = None
        self._silent_from = self._clock() + AGAIN_SECONDS - SILENT_SECONDS

    def _look(self) -> None:
        call, now = self._call, self._clock()
        if call is None:
            return
        packets = call.packets()
        if packets != self._packets:
            self._packets, self._silent_from, self._asked_at = packets, now, None
        elif self._asked_at is not None:
            if now - self._asked_at >= PATIENCE_SECONDS:
                self._end(NO_ANSWER)
                return
            self._waits = self._waits or call.ask()
        elif now - self._silent_from >= SILENT_SECONDS:
            self._asked_at, self._waits = now, call.ask()
        self._wind()

    def _end(self, code: int) -> None:
        call = self._call
        self.rest()
        if call is not None:
            call.gone(code)

    def _wind(self) -> None:
        self._alarm = self._thread.later(LOOK_SECONDS, self._look)
