"""The gate before the SIP library: tells it whose packets to let in, and what it has turned away.

The gate itself is C in our build of the library (`image/pjsua2/gate.c`), for the library parses and
mostly answers what arrives before it asks the application anything. Only the sip thread may come in
here. What was dropped is counted, never answered; the journal hears of it once a minute at most,
and less and less often while it goes on.

A server without TLS is known by its address. One with TLS is known by the name in its certificate,
on a connection that we opened; what its address sends by other ways is a stranger's. Its name also
leads the library to it, which looks up none by itself (`image/pjsua2/names.c`).
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import time

from appliance.sip.settings import SipSettings
from appliance.sip.targets import Target
from appliance.sip.trust import ADDRESS_OCTETS, TurnedAway, host_and_port, octets

log = logging.getLogger(__name__)

MAX_SERVERS = 64
MAX_NAME_OCTETS = 255
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 60.0, 3600.0


class _Server(ctypes.Structure):
    """``struct gate_server``."""

    _fields_ = (
        ("address", ctypes.c_uint8 * ADDRESS_OCTETS),
        ("name", ctypes.c_char * (MAX_NAME_OCTETS + 1)),
    )


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
        self._servers: dict[int, list[tuple[bytes, bytes]]] = {}
        self._before: list[tuple[bytes, bytes]] = []
        self._unheeded, self._unheeded_from = 0, ""
        self._said = self.turned_away()
        self._pause = FIRST_PAUSE_SECONDS
        self._next_word = 0.0
        self._tell()

    def admit(self, account: int, target: Target, *, calls: bool) -> None:
        """Listen to the server that an account turns to, at all its addresses, not to its last one.

        While there are `calls`, also to the servers before it, from which they may have come.
        """
        before = self._servers.get(account, [])
        self._before = [*self._before, *before] if calls else []
        self._servers[account] = known_by(target)
        self._tell()

    def _tell(self) -> None:
        """A name with more addresses than the gate can hold is heard from its first ones."""
        wanted = [place for server in self._servers.values() for place in server]
        admitted = list(dict.fromkeys([*wanted, *self._before]))[:MAX_SERVERS]
        servers = (_Server * MAX_SERVERS)()
        for place, (address, name) in zip(servers, admitted, strict=False):
            place.address[:] = address
            place.name = name
        self._admit(servers, len(admitted), self._rate, int(self._anyone))

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
            unheeded=self._unheeded,
            unheeded_from=self._unheeded_from,
        )

    def unheeded(self, source: str) -> None:
        """Somebody may ring here, but not be answered without the agent as he asks."""
        self._unheeded, self._unheeded_from = self._unheeded + 1, source

    def watch(self) -> None:
        """Tell the journal, if there is something new and it has not just been told."""
        self._read(ctypes.byref(self._report))
        said = self._said
        seen = (self._report.strangers, self._report.flooded, self._unheeded)
        known = (said.strangers, said.flooded, said.unheeded)
        if seen == known or time.monotonic() < self._next_word:
            return
        self._said = self.turned_away()
        log.warning("%s", self._said)
        self._next_word = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)


def known_by(target: Target) -> list[tuple[bytes, bytes]]:
    """Addresses of a server, the one in use first, and with TLS the name that it has to prove."""
    name = target.identity.encode()[:MAX_NAME_OCTETS] if target.transport == "tls" else b""
    addresses = dict.fromkeys((target.address, *target.addresses))
    return [(found, name) for address in addresses if (found := octets(address))]
