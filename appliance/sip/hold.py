"""Hold and resume as a wish that is pursued until it is reached (RFC 3264 section 8.4).

A re-INVITE cannot be sent while another one is under way, and both sides may send one at the same
moment (491, RFC 3261 section 14.1). So a wish is noted, tried, and tried again when the way is
clear; one that the far end refuses is given up, and the truth is told. Pure but for its alarms: it
asks its call to send, and is told what came of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol

from appliance.sip.thread import Alarm, SipThread

BUSY_SECONDS = 0.25
BUSY_TRIES = 40
UNANSWERED_SECONDS = 35.0
"""Longer than a transaction lives (timer B, RFC 3261 section 17.1.1.2): nothing more will come."""


class Holder(Protocol):
    """The call, as far as holding goes."""

    def send_hold(self, held: bool) -> bool:
        """Send the re-INVITE; False when it cannot be sent now."""

    def is_held(self) -> bool:
        """Whether we hold the call, by what was last negotiated."""

    def hold_changed(self) -> None:
        """The wish was reached or given up."""


class Hold:
    """The wish to hold one call, and how far it got."""

    def __init__(self, call: Holder, thread: SipThread, caller: bool) -> None:
        self._call: Holder | None = call
        self._thread = thread
        self._caller = caller
        self._confirmed = False
        self._asked = False
        self._repeats = False
        self._repeated = False
        """What is asked just now held already."""
        self._tries = 0
        self._alarm: Alarm | None = None
        self.wanted = False

    def want(self, held: bool) -> None:
        """The agent wants it so."""
        self.wanted = held
        self._tries = 0
        self._pursue()

    def again(self) -> None:
        """Ask once more for what holds already: a call that is gone is found out so."""
        self._repeats = True
        self._tries = 0
        self._pursue()

    def confirmed(self) -> None:
        """The dialog is confirmed: from now on holding is possible."""
        self._confirmed = True
        self._pursue()

    def finished(self, code: int) -> None:
        """A re-INVITE of ours got this final response.

        The library repeats it after a 401, 407 or 422, if it can; whether it did is not told.
        """
        if self._call is None:
            return
        if code in (401, 407, 422):
            if self._asked:
                self._set_alarm(UNANSWERED_SECONDS, self._unanswered)
            return
        asked, self._asked = self._asked, False
        if asked and self._alarm is not None:
            self._alarm.cancel()
        if code == 491:
            self._repeats = self._repeats or self._repeated
            pause = random.uniform(2.1, 4.0) if self._caller else random.uniform(0.0, 2.0)
            self._set_alarm(pause, self._pursue)
        elif code >= 300:
            self._give_up()
        elif asked:
            self._call.hold_changed()
            self._pursue()

    def over(self) -> None:
        """The call has ended."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._call = None

    def _pursue(self) -> None:
        call = self._call
        if call is None or not self._confirmed or self._asked:
            return
        if self.wanted == call.is_held() and not self._repeats:
            return
        if call.send_hold(self.wanted):
            self._asked, self._repeated, self._repeats = True, self._repeats, False
            self._set_alarm(UNANSWERED_SECONDS, self._unanswered)
            return
        self._tries += 1
        if self._tries > BUSY_TRIES:
            self._give_up()
        else:
            self._set_alarm(BUSY_SECONDS, self._pursue)

    def _set_alarm(self, seconds: float, action: Callable[[], None]) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._thread.later(seconds, action)

    def _unanswered(self) -> None:
        self._asked = False
        self._give_up()

    def _give_up(self) -> None:
        self._repeats = False
        if self._call is not None:
            self.wanted = self._call.is_held()
            self._call.hold_changed()
