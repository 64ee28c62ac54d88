"""What the service manager is told: that the phone is one, and that all its threads still answer.

A process whose sip thread hangs is no phone, however alive it looks. Each part that has a thread
answers a pulse on it; only when every one has is systemd's watchdog fed (sd_notify(3)), and the
first time is also when the phone counts as started. Nothing here decides what to do about a part
that is silent: the service manager ends the process, and starts it anew.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

log = logging.getLogger(__name__)

Pulse = Callable[[], Awaitable[object]]
"""Returns when a part has answered on its own thread."""

BEATS = 3
"""Pulses within the time that the watchdog allows: one may be lost."""
PATIENCE_SECONDS = 20.0
"""How long a first pulse may take where no watchdog says so."""


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """The service manager's socket; `watchdog`: the longest silence it bears, in seconds, or 0."""

    address: str
    watchdog: float = 0.0

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> ServiceManager | None:
        """The one that these variables name (sd_notify(3), sd_watchdog_enabled(3)), if any."""
        address = environ.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")):
            return None
        microseconds = environ.get("WATCHDOG_USEC", "")
        ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        watchdog = int(microseconds) / 1e6 if ours and microseconds.isdecimal() else 0.0
        return cls(address, watchdog)

    def say(self, state: str) -> None:
        """Tell it one assignment, such as ``READY=1``; what it does not take is lost, and said."""
        name = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
            door.setblocking(False)
            try:
                door.sendto(state.encode(), name)
            except OSError as error:
                log.warning("the service manager does not hear %s: %s", state, error)


async def keep_beating(manager: ServiceManager, parts: Mapping[str, Pulse]) -> None:
    """Say that the phone is ready, then feed the watchdog, each time after all parts answered."""
    pause = manager.watchdog / BEATS
    started = False
    while not started or pause:
        silent = await silent_parts(parts, pause or PATIENCE_SECONDS)
        if silent:
            log.critical("no answer from: %s; the watchdog is not fed", ", ".join(silent))
            continue
        manager.say("WATCHDOG=1" if started else "READY=1")
        started = True
        await asyncio.sleep(pause)


async def silent_parts(parts: Mapping[str, Pulse], seconds: float) -> Sequence[str]:
    """The names of those that have not answered after `seconds`; what one raises is raised."""
    pulses = {asyncio.ensure_future(pulse()): name for name, pulse in parts.items()}
    if not pulses:
        return ()
    try:
        done, silent = await asyncio.wait(pulses, timeout=seconds)
        for pulse in done:
            pulse.result()
        return [pulses[pulse] for pulse in pulses if pulse in silent]
    finally:
        for pulse in pulses:
            pulse.cancel()
