"""What is plugged in and pulled out, as the kernel tells it: uevents over netlink.

The kernel announces every device that comes and goes to whoever listens, without privilege and
without polling (netlink(7), NETLINK_KOBJECT_UEVENT; the kernel's lib/kobject_uevent.c). A device
that has come may be opened a moment later only, when udev has set its owner: its arrival is told
when its node lets itself be opened. What is made of the news is not decided here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from hw.problem import OnProblem, Problem, ignore

UEVENT_PROTOCOL = 15
"""NETLINK_KOBJECT_UEVENT, which Python does not name."""
KERNEL_GROUP = 1
"""The multicast group of the kernel's own messages; 2 is udev's."""
MESSAGE_BYTES = 8192
"""More than the kernel ever puts into one (UEVENT_BUFFER_SIZE, 2048)."""
BACKLOG_BYTES = 256 * 1024
SETTLE_SECONDS = 0.02
"""Between two looks at a node that udev has not given away yet."""
SETTLE_LOOKS = 150
"""After three seconds its arrival is told all the same: opening it will say what is wrong."""
OVERRUN = "overrun"
"""The action of an event that stands for an unknown number of lost ones."""


@dataclass(frozen=True, slots=True)
class Uevent:
    """One message: `action` (``add``, ``remove``, ``change`` …) on a device of a subsystem.

    `path` is its place in sysfs without ``/sys``, `node` its name under ``/dev``, if it has one.
    """

    action: str
    path: str
    subsystem: str
    node: str = ""


def parse_uevent(message: bytes) -> Uevent | None:
    """Read a message of the kernel, ``add@/devices/…`` and ``KEY=value``, each ended by a NUL.

    None for what is no such message; udev's own begin with ``libudev`` and are none.
    """
    head, *lines = message.decode("utf-8", "replace").split("\0")
    action, at, path = head.partition("@")
    if not at or not action.isalpha() or not path.startswith("/"):
        return None
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    if fields.get("ACTION") != action or fields.get("DEVPATH") != path:
        return None
    return Uevent(action, path, fields.get("SUBSYSTEM", ""), fields.get("DEVNAME", ""))


def open_uevents() -> socket.socket:
    """A socket that gets the kernel's uevents; raises OSError where there is no such thing."""
    listening = socket.socket(
        socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, UEVENT_PROTOCOL
    )
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BACKLOG_BYTES)
        listening.bind((0, KERNEL_GROUP))
    except OSError:
        listening.close()
        raise
    return listening


class Hotplug:
    """Tells of devices of some subsystems, on the loop's thread, until `close`.

    Where the kernel cannot be listened to that is reported, `active` is False and nothing is told.
    """

    def __init__(
        self,
        subsystems: Collection[str],
        on_event: Callable[[Uevent], None],
        *,
        on_problem: OnProblem = ignore,
        connect: Callable[[], socket.socket] = open_uevents,
        dev: Path = Path("/dev"),
    ) -> None:
        self._subsystems = frozenset(subsystems)
        self._on_event = on_event
        self._dev = dev
        self._loop = asyncio.get_running_loop()
        self._settling: dict[str, asyncio.TimerHandle] = {}
        self._socket: socket.socket | None = None
        try:
            self._socket = connect()
        except OSError as error:
            on_problem(
                Problem(
                    "hotplug",
                    "no news of what is plugged in",
                    error.strerror or str(error),
                    "the kernel's uevents",
                    "a service needs AF_NETLINK among its RestrictAddressFamilies",
                )
            )
            return
        self._loop.add_reader(self._socket, self._readable)

    @property
    def active(self) -> bool:
        """Whether the kernel is listened to."""
        return self._socket is not None

    def close(self) -> None:
        """Listen no more."""
        for timer in self._settling.values():
            timer.cancel()
        self._settling.clear()
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _readable(self) -> None:
        """Take all that has arrived; a queue that overflowed (ENOBUFS) is one event of its own."""
        while self._socket is not None:
            try:
                message, sender = self._socket.recvfrom(MESSAGE_BYTES)
            except BlockingIOError:
                return
            except OSError:
                self._on_event(Uevent(OVERRUN, "", ""))
                return
            if not sender or sender[0] == 0:
                self._take(parse_uevent(message))

    def _take(self, event: Uevent | None) -> None:
        if event is None or event.subsystem not in self._subsystems:
            return
        waiting = self._settling.pop(event.path, None)
        if waiting is not None:
            waiting.cancel()
        if event.action == "add" and event.node:
            self._settle(event, SETTLE_LOOKS)
        else:
            self._on_event(event)

    def _settle(self, event: Uevent, looks: int) -> None:
        self._settling.pop(event.path, None)
        if looks == 0 or self._open_to_us(event.node):
            self._on_event(event)
            return
        self._settling[event.path] = self._loop.call_later(
            SETTLE_SECONDS, self._settle, event, looks - 1
        )

    def _open_to_us(self, node: str) -> bool:
        with contextlib.suppress(ValueError):
            return os.access(self._dev / node, os.R_OK | os.W_OK)
        return False
