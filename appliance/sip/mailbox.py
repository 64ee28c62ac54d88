"""The subscription of one account to its mailbox's state (RFC 3842). Lives on the sip thread.

The library subscribes, refreshes, and hands over every NOTIFY, asked for or not; it does not say
when it is refused, and would ask again at every renewal of the registration. So silence is taken
for a refusal: a notifier tells the state as soon as it takes a subscription (RFC 6665 section
4.2.1.1), and again when it is refreshed. Where nothing is told, nothing is asked for a while;
what the server tells unasked counts all the same.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from appliance.phone.events import MessagesChanged
from appliance.sip.summary import parse_summary
from appliance.sip.thread import Alarm, SipThread
from appliance.sip.translate import header, seconds_in

log = logging.getLogger(__name__)

EXPIRES_SECONDS = 3600
"""Lifetime that is asked for, RFC 3842 section 4.3."""
PATIENCE_SECONDS = 15.0
"""How long the state may take to come, a lost packet or two included."""
PAUSE_SECONDS = 3600.0
"""How long a server that does not take a subscription is left alone."""


class Mailbox:
    """Asks by `subscribe`, which is told whether there is to be a subscription from now on."""

    def __init__(self, thread: SipThread, subscribe: Callable[[bool], None]) -> None:
        self.wanted = False
        self._thread = thread
        self._subscribe = subscribe
        self._alarm: Alarm | None = None
        self._way: tuple[str, ...] = ()

    def registered(self, *way: str) -> None:
        """The account is registered, by this way; a new way takes a new subscription."""
        if way != self._way:
            self._way = way
            self._thread.later(0.0, self._ask)

    def told(self, account: int, message: str, *, asked: bool) -> MessagesChanged | None:
        """A NOTIFY of the server, within our subscription if it was `asked`.

        What it says of the mailbox; None for nothing.
        """
        if asked and self.wanted:
            self._go_on(header(message, "Subscription-State").lower())
        body = message.replace("\r\n", "\n").partition("\n\n")[2]
        summary = parse_summary(body)
        if summary is None:
            return None
        return MessagesChanged(account, summary.new, summary.urgent, summary.number)

    def end(self) -> None:
        """Ask for nothing any more."""
        self._hush()
        self._way = ()

    def _go_on(self, state: str) -> None:
        """Our subscription stands for so long, or has just been ended by the server."""
        found = re.search(r";\s*expires\s*=\s*(\d{1,9})", state)
        if state.startswith("terminated"):
            self._hush()
            self._alarm = self._thread.later(PATIENCE_SECONDS, self._ask)
        else:
            granted = seconds_in(found[1]) if found is not None else EXPIRES_SECONDS
            self._expect(min(granted, EXPIRES_SECONDS) + PATIENCE_SECONDS)

    def _ask(self) -> None:
        if not self._way:
            return
        if self.wanted:
            self._want(False)
        self._want(True)
        self._expect(PATIENCE_SECONDS)

    def _want(self, wanted: bool) -> None:
        self.wanted = wanted
        self._subscribe(wanted)

    def _expect(self, seconds: float) -> None:
        self._hush()
        self._alarm = self._thread.later(seconds, self._unheard)

    def _unheard(self) -> None:
        log.debug("the server takes no subscription to the mailbox")
        self._want(False)
        self._alarm = self._thread.later(PAUSE_SECONDS, self._ask)

    def _hush(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
