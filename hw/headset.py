"""The buttons and lights of a USB headset, over the kernel's hidraw.

A headset and its host each keep a picture of the call, and each tells the other: the headset by its
hook switch and mute button, the host by LED reports. A headset whose button is not answered by such
a report takes its own picture back, some two seconds later. So whatever a button did, the answer is
what the telephone is now; and what comes back from the headset only because it was told so (its
echo) is no button. Of a headset that talks without end as much is heard as a hand could do.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from hw.hid_report import DescriptorError, parse
from hw.problem import OnProblem, Problem, ignore
from hw.telephony import Lights, Press, Telephony

ECHO_SECONDS = 0.5
"""How long what the headset says may be an echo of what it was told."""
PRESSES, PRESSES_PER_SECOND = 10.0, 5.0
"""As many at once, and as many in the long run, as a hand does."""
REPORT_BYTES = 4096
READS = 32
"""Reports that are taken before the loop's other work has its turn."""


@dataclass(frozen=True, slots=True)
class HidNode:
    """A hidraw device, and its report descriptor."""

    name: str
    descriptor: bytes


def hid_nodes(port: str, sysfs: Path = Path("/sys")) -> list[HidNode]:
    """The hidraw devices of the USB device in this port (``1-1.2``), as sysfs has them."""
    found = []
    for path in sorted((sysfs / "class/hidraw").glob("hidraw*")):
        with contextlib.suppress(OSError):
            device = (path / "device").resolve(strict=True)
            usb = next((at for at in device.parents if (at / "idVendor").is_file()), None)
            if usb is not None and usb.name == port:
                found.append(HidNode(path.name, (path / "device/report_descriptor").read_bytes()))
    return found


class Switch:
    """What the headset was told of one thing, to know its echo from a button."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.told = False
        self._echoes: deque[tuple[bool, float]] = deque()

    def tell(self, value: bool) -> None:
        """The headset is told so."""
        if value != self.told:
            self.told = value
            self._echoes.append((value, self._clock() + ECHO_SECONDS))

    def is_news(self, value: bool) -> bool:
        """Whether a state that the headset reports is the doing of its wearer."""
        while self._echoes and self._echoes[0][1] < self._clock():
            self._echoes.popleft()
        if any(echo == value for echo, _ in self._echoes):
            while self._echoes.popleft()[0] != value:
                pass
            return False
        return value != self.told


class Patience:
    """Lets as many through as a hand can do."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left = PRESSES
        self._at = clock()

    def allows(self) -> bool:
        """Whether there is patience for one more."""
        now = self._clock()
        self._left = min(PRESSES, self._left + (now - self._at) * PRESSES_PER_SECOND)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class HidHeadset:
    """Listens to the hidraw nodes of one headset, and lights its lamps; for the loop's thread.

    `on_press` gets ``off-hook``, ``on-hook``, ``mute``, ``flash``, ``up`` and ``down``: what the
    wearer did, nothing else. Output reports are written on the `headset` thread, for a device may
    take its time. Nothing is raised: a node that cannot be opened or fails is reported.
    """

    def __init__(
        self,
        nodes: list[HidNode],
        on_press: Callable[[Press], None],
        *,
        on_problem: OnProblem = ignore,
        dev: Path = Path("/dev"),
        connect: Callable[[Path], int] = lambda path: os.open(path, os.O_RDWR | os.O_NONBLOCK),
    ) -> None:
        self._on_press = on_press
        self._on_problem = on_problem
        self._loop = asyncio.get_running_loop()
        self._nodes: dict[int, tuple[Path, Telephony]] = {}
        self._hook, self._mute = Switch(), Switch()
        self._patience = Patience()
        self._flooded = False
        self._lights = Lights()
        self._written: Lights | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="headset")
        self._writing: Future[OSError | None] | None = None
        for node in nodes:
            self._open(dev / node.name, node.descriptor, connect)
        self._write()

    @property
    def is_open(self) -> bool:
        """Whether there is anything to listen to."""
        return bool(self._nodes)

    def show(self, lights: Lights) -> None:
        """Tell the headset what the telephone is now."""
        self._lights = lights
        self._hook.tell(lights.off_hook)
        self._mute.tell(lights.mute)
        self._write()

    def close(self) -> None:
        """Leave the headset alone; a report on its way is not waited for."""
        for file in tuple(self._nodes):
            self._drop(file)
        self._pool.shutdown(wait=False)

    def _open(self, path: Path, descriptor: bytes, connect: Callable[[Path], int]) -> None:
        try:
            telephony = Telephony(parse(descriptor))
        except DescriptorError as error:
            self._trouble(path, "report descriptor cannot be read", str(error), "HID 1.11, 6.2.2")
            return
        if not telephony.useful:
            return
        try:
            file = connect(path)
        except OSError as error:
            self._trouble(path, "headset buttons cannot be read", _words(error), "a node to open")
            return
        self._nodes[file] = (path, telephony)
        self._loop.add_reader(file, self._readable, file)

    def _readable(self, file: int) -> None:
        path, telephony = self._nodes[file]
        try:
            for _ in range(READS):
                data = os.read(file, REPORT_BYTES)
                if not data:
                    self._drop(file)
                    return
                for press in telephony.take(data):
                    self._pressed(path, press)
                if file not in self._nodes:
                    return
        except BlockingIOError:
            return
        except OSError as error:
            self._drop(file)
            if error.errno not in (errno.ENODEV, errno.EIO):
                self._trouble(path, "headset buttons cannot be read", _words(error), "reports")

    def _pressed(self, path: Path, press: Press) -> None:
        meaning = self._meaning(press)
        if meaning is None:
            return
        if not self._patience.allows():
            if not self._flooded:
                self._flooded = True
                self._trouble(path, "headset buttons never rest", "a flood", "what a hand does")
            return
        self._written = None
        self._on_press(meaning)
        self._loop.call_soon(self._write)

    def _meaning(self, press: Press) -> Press | None:
        """What the wearer wants by it; None for an echo."""
        match press:
            case "hook":
                return "on-hook" if self._hook.told else "off-hook"
            case "off-hook" | "on-hook":
                return press if self._hook.is_news(press == "off-hook") else None
            case "muted" | "open":
                return "mute" if self._mute.is_news(press == "muted") else None
            case _:
                return press

    def _write(self) -> None:
        """Send what the headset was not told yet; what changes meanwhile follows."""
        if self._writing is not None or self._written == self._lights or not self._nodes:
            return
        self._written = self._lights
        jobs = [
            (os.dup(file), report)
            for file, (_, telephony) in self._nodes.items()
            for report in telephony.reports(self._lights)
        ]
        self._writing = self._pool.submit(_send, jobs)
        asyncio.wrap_future(self._writing).add_done_callback(self._sent)

    def _sent(self, sending: asyncio.Future[OSError | None]) -> None:
        self._writing = None
        error = sending.result()
        if error is not None and error.errno not in (errno.ENODEV, errno.EIO) and self._nodes:
            path = next(iter(self._nodes.values()))[0]
            self._trouble(path, "headset lamps cannot be set", _words(error), "a report taken")
        self._write()

    def _drop(self, file: int) -> None:
        del self._nodes[file]
        self._loop.remove_reader(file)
        os.close(file)

    def _trouble(self, path: Path, message: str, found: str, expected: str) -> None:
        self._on_problem(
            Problem(
                f"headset {path}",
                message,
                found,
                expected,
                "give the phone's group the node by a udev rule, or use another headset",
            )
        )


def _send(jobs: list[tuple[int, bytes]]) -> OSError | None:
    """Write output reports, each to a file of its own; the first error, for the loop to tell."""
    first: OSError | None = None
    for file, report in jobs:
        try:
            os.write(file, report)
        except OSError as error:
            first = first or error
        finally:
            os.close(file)
    return first


def _words(error: OSError) -> str:
    return error.strerror or str(error)
