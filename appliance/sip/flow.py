"""A flow (RFC 5626): the connection that an account is registered over, asked whether it lives.

The kernel tells within seconds that a server's machine or the way to it is gone; not that its
program hangs, or that a proxy holds our connection and has lost its own. So it is sent a ping now
and then (section 4.4.1). A server that has answered one and does not answer the next is as good as
gone; many answer none, of whom silence says nothing. Only the sip thread may come in here.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import random
from collections.abc import Callable

from appliance.sip.thread import Alarm, SipThread

log = logging.getLogger(__name__)

PING_SECONDS = 120.0
"""Between two pings at most, where the registrar names no time (section 4.4.1)."""
LEAST_SECONDS = 5.0
"""The shortest time of a registrar's ``Flow-Timer`` that is kept to."""
PONG_SECONDS = 10.0
"""How long a pong may take (section 4.4.1)."""

_C = ctypes.CDLL(importlib.import_module("_pjsua2").__file__)
for _function in (_C.flow_begin, _C.flow_end, _C.flow_ping):
    _function.argtypes = (ctypes.c_void_p,)
_PEER_OCTETS = 80
"""An IPv6 address with a zone, brackets and a port are less."""
_C.flow_peer.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)
_COUNT = ctypes.POINTER(ctypes.c_uint)
_C.flow_read.argtypes = (ctypes.c_void_p, _COUNT, _COUNT)


def peer(connection: int) -> str:
    """Where a connection (its handle) leads: ``address:port``, brackets around an IPv6 address."""
    text = ctypes.create_string_buffer(_PEER_OCTETS)
    _C.flow_peer(connection, text, _PEER_OCTETS)
    return text.value.decode("ascii", "replace")


class Flow:
    """An account's connection while it is registered; `dead` is called when no pong came."""

    def __init__(self, thread: SipThread, dead: Callable[[], None]) -> None:
        self._thread = thread
        self._dead = dead
        self._connection = 0
        self._seconds = PING_SECONDS
        self._answers = False
        self._heard = self._pongs = 0
        self._alarm: Alarm | None = None

    def keep(self, connection: int, seconds: int) -> None:
        """Watch this connection (its handle) from now on; `seconds` is its ``Flow-Timer``, or 0."""
        self._seconds = max(float(seconds), LEAST_SECONDS) if seconds else PING_SECONDS
        if connection == self._connection:
            return
        self.end()
        if connection and not _C.flow_begin(connection):
            self._connection = connection
            self._answers = False
            self._wait()

    def end(self) -> None:
        """Watch no more."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._connection:
            _C.flow_end(self._connection)
            self._connection = 0

    def _wait(self) -> None:
        pause = random.uniform(0.8, 1.0) * self._seconds
        self._alarm = self._thread.later(max(pause - PONG_SECONDS, pause / 2), self._ping)

    def _ping(self) -> None:
        self._heard, self._pongs = self._counts()
        if _C.flow_ping(self._connection):
            self._alarm = None
            return
        self._alarm = self._thread.later(min(PONG_SECONDS, self._seconds / 2), self._look)

    def _look(self) -> None:
        heard, pongs = self._counts()
        if heard == self._heard and self._answers:
            log.warning("no pong within %g s: the connection is dead", PONG_SECONDS)
            self._alarm = None
            self._dead()
            return
        self._answers = self._answers or pongs > self._pongs
        self._wait()

    def _counts(self) -> tuple[int, int]:
        heard, pongs = ctypes.c_uint(), ctypes.c_uint()
        _C.flow_read(self._connection, ctypes.byref(heard), ctypes.byref(pongs))
        return heard.value, pongs.value
