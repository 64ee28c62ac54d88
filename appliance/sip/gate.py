"""The gate before the SIP library: tells it whose packets to let in, and what it has turned away.

The gate itself is C in our build of the library (`image/pjsua2/gate.c`), for the library parses and
mostly answers what arrives before it asks the application anything. Only the sip thread may come in
here. What was dropped is counted, never answered; the journal hears of it once a minute at most,
and less and less often while it goes on.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import time
from collections.abc import Iterable

from appliance.sip.settings import SipSettings
from appliance.sip.trust import ADDRESS_OCTETS, TurnedAway, host_and_port, octets

log = logging.getLogger(__name__)

MAX_ADDRESSES = 64
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 60.0, 3600.0


class _Report(ctypes.Structure):
    """``struct gate_report``."""

    _fields_ = (
        ("strangers", ctypes.c_uint64),
        ("flooded", ctypes.c_uint64),
        ("last", ctypes.c_uint8 * ADDRESS_OCTETS),
        ("last_port", ctypes.c_uint16),
        ("last_was_answer", ctypes.c_uint16),
    )


class Gate:
    """Closed to everybody until `admit` says otherwise."""

    def __init__(self, settings: SipSettings) -> None:
        self._anyone = settings.accept_calls_from == "anyone"
        self._rate = settings.server_packets_per_second
        library = ctypes.CDLL(importlib.import_module("_pjsua2").__file__)
        self._admit, self._read = library.gate_admit, library.gate_read
        self._report = _Report()
        self._servers: dict[int, list[bytes]] = {}
        self._before: list[bytes] = []
        self._said = self.turned_away()
        self._pause = FIRST_PAUSE_SECONDS
        self._next_word = 0.0
        self._tell()

    def admit(self, account: int, server: Iterable[str], *, calls: bool) -> None:
        """Listen to the addresses of the server that an account turns to, instead of its last one.

        While there are `calls`, also to the servers before it, from which they may have come.
        """
        before = self._servers.get(account, [])
        self._before = [*self._before, *before] if calls else []
        self._servers[account] = [found for address in server if (found := octets(address))]
        self._tell()

    def _tell(self) -> None:
        """A name with more addresses than the gate can hold is heard from its first ones."""
        wanted = [address for server in self._servers.values() for address in server]
        admitted = list(dict.fromkeys([*wanted, *self._before]))[:MAX_ADDRESSES]
        self._admit(b"".join(admitted), len(admitted), self._rate, int(self._anyone))

    def turned_away(self) -> TurnedAway:
        """What was dropped in this process so far."""
        report = self._report
        self._read(ctypes.byref(report))
        return TurnedAway(
            strangers=report.strangers,
            flooded=report.flooded,
            last_from=host_and_port(bytes(report.last), report.last_port)
            if report.strangers
            else "",
            last_was_answer=bool(report.last_was_answer),
        )

    def watch(self) -> None:
        """Tell the journal, if there is something new and it has not just been told."""
        self._read(ctypes.byref(self._report))
        seen = (self._report.strangers, self._report.flooded)
        if seen == (self._said.strangers, self._said.flooded) or time.monotonic() < self._next_word:
            return
        self._said = self.turned_away()
        log.warning("%s", self._said)
        self._next_word = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
