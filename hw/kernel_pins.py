"""The pins of a unit, straight from the kernel: asleep until an edge wakes the loop.

gpiozero's own factory for a Pi stands on lgpio, which looks for edges every 0.5 ms and at its
(unused) transmissions every 20 ms in threads of its own; on a Linux 7.3 with gpio-sim that was
1,480 wake-ups a second with a keypad at rest, and https://github.com/joan2937/lg/issues/26 tells of
5 % of a Pi 4. Here a pin is a line of the GPIO character device whose descriptor is given to the
loop: no thread, and no wake-up without an edge. To be opened, used and closed on the loop's thread.

Numbers and layouts are those of ``include/uapi/linux/gpio.h``, version 2 of the ABI: Linux 5.10 and
later, the same on 32 and 64 bits.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
from pathlib import Path
from typing import Any

from gpiozero.exc import (
    PinFixedPull,
    PinInvalidEdges,
    PinInvalidFunction,
    PinInvalidPull,
    PinSetInput,
    PinUnknownPi,
)
from gpiozero.pins.local import LocalPiFactory, LocalPiPin

CHIP_INFO = struct.Struct("=32s32sI")
CONFIG = struct.Struct("=QI20x IIQQ 216x")
"""Flags; count of attributes; the first attribute: id, padding, values, mask."""
REQUEST = struct.Struct(f"=I252x 32s {CONFIG.size}s II20xi")
"""One line: its number, who asks, configuration, count of lines, buffered events, descriptor."""
VALUES = struct.Struct("=QQ")
EVENT = struct.Struct("=QIIII24x")
"""Monotonic time in ns; 1 for rising or 2 for falling; line; two running numbers."""

GET_CHIP_INFO = 0x8044B401
GET_LINE = 0xC250B407
SET_CONFIG = 0xC110B40D
GET_VALUES = 0xC010B40E
SET_VALUES = 0xC010B40F

FUNCTIONS = {"input": 1 << 2, "output": 1 << 3}
EDGES = {"none": 0, "rising": 1 << 4, "falling": 1 << 5, "both": 3 << 4}
PULLS = {"up": 1 << 8, "down": 1 << 9, "floating": 1 << 10}
OUTPUT_VALUES = 2
RISING = 1

EVENTS = 16
"""Events read at once: as many as the kernel keeps for a line."""

HEADER_LABEL = b"pinctrl-"
"""How the chip of the 40-pin header begins its label on every Pi: bcm2835, bcm2711, rp1."""

SOME_PI = 0xA02082
"""The revision of a Pi 3: gpiozero asks which header there is, and all have had the same."""


class KernelPin(LocalPiPin):  # type: ignore[misc]
    """One line of the chip; OSError where the kernel refuses it, EBUSY where it is not free.

    gpiozero keeps a pin that a device has closed and may use it again: then the line is asked for
    anew.
    """

    def __init__(self, factory: KernelFactory, info: Any) -> None:
        super().__init__(factory, info)
        self._is = "input"
        self._pulled = "floating"
        self._awaited = "none"
        self._wanted = "both"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._descriptor = -1
        self._configure()

    def close(self) -> None:
        """Give the line back: it becomes whatever the kernel makes of a line that nobody has."""
        if self._descriptor >= 0:
            self.when_changed = None
            os.close(self._descriptor)
            self._descriptor = -1
            self._is, self._pulled, self._wanted = "input", "floating", "both"

    def output_with_state(self, state: float) -> None:
        """Drive the line, at this level from the first moment on."""
        self._is = "output"
        self._configure(bool(state))

    def input_with_pull(self, pull: str) -> None:
        """Stop driving, and pull."""
        self._is = "input"
        self._set_pull(pull)

    def _config(self, level: bool = False) -> bytes:
        if self._is == "output":
            return CONFIG.pack(FUNCTIONS["output"], 1, OUTPUT_VALUES, 0, int(level), 1)
        flags = FUNCTIONS["input"] | PULLS[self._pulled] | EDGES[self._awaited]
        return CONFIG.pack(flags, 0, 0, 0, 0, 0)

    def _configure(self, level: bool = False) -> None:
        if self._descriptor >= 0:
            fcntl.ioctl(self._descriptor, SET_CONFIG, self._config(level))
            return
        config = self._config(level)
        request = bytearray(REQUEST.pack(self._number, b"deskphone", config, 1, 0, 0))
        fcntl.ioctl(self.factory.descriptor, GET_LINE, request)
        self._descriptor = REQUEST.unpack(request)[-1]
        os.set_blocking(self._descriptor, False)

    def _get_function(self) -> str:
        return self._is

    def _set_function(self, value: str) -> None:
        if value not in FUNCTIONS:
            raise PinInvalidFunction(f"invalid function {value!r} for pin {self!r}")
        self._is = value
        self._configure()

    def _get_state(self) -> bool:
        values = bytearray(VALUES.pack(0, 1))
        fcntl.ioctl(self._descriptor, GET_VALUES, values)
        return bool(VALUES.unpack(values)[0])

    def _set_state(self, value: float) -> None:
        if self._is != "output":
            raise PinSetInput(f"cannot set state of pin {self!r}")
        fcntl.ioctl(self._descriptor, SET_VALUES, VALUES.pack(bool(value), 1))

    def _get_pull(self) -> str:
        return self._pulled

    def _set_pull(self, value: str) -> None:
        if self._is != "input":
            raise PinFixedPull(f"cannot set pull on non-input pin {self!r}")
        if value not in PULLS:
            raise PinInvalidPull(f"invalid pull {value!r} for pin {self!r}")
        if self.info.pull not in (value, ""):
            raise PinFixedPull(f"{self!r} has a physical pull-{self.info.pull} resistor")
        self._pulled = value
        self._configure()

    def _get_edges(self) -> str:
        return self._wanted

    def _set_edges(self, value: str) -> None:
        if value not in EDGES:
            raise PinInvalidEdges(f"invalid edges {value!r} for pin {self!r}")
        self._wanted = value
        if self._loop is not None:
            self._await(value)

    def _enable_event_detect(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._await(self._wanted)
        self._loop.add_reader(self._descriptor, self._read)

    def _disable_event_detect(self) -> None:
        if self._loop is not None:
            self._loop.remove_reader(self._descriptor)
            self._loop = None
            self._await("none")

    def _await(self, edges: str) -> None:
        self._awaited = edges
        self._configure()

    def _read(self) -> None:
        assert self._loop is not None
        try:
            events = os.read(self._descriptor, EVENT.size * EVENTS)
        except BlockingIOError:
            return
        except OSError:
            self._loop.remove_reader(self._descriptor)
            raise
        for at, kind, *_ in EVENT.iter_unpack(events):
            if self._when_changed is not None:
                self._call_when_changed(at / 1e9, kind == RISING)


class KernelFactory(LocalPiFactory):  # type: ignore[misc]
    """The pins of a GPIO chip; unless told its number, of the one with the 40-pin header.

    OSError where there is no such chip or this user may not open it.
    """

    def __init__(self, chip: int | None = None) -> None:
        super().__init__()
        self.pin_class = KernelPin
        self.descriptor = _header() if chip is None else _open(Path(f"/dev/gpiochip{chip}"))

    def close(self) -> None:
        """Give all pins back."""
        super().close()
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _get_revision(self) -> int:
        try:
            revision: int = super()._get_revision()
        except PinUnknownPi:
            return SOME_PI
        return revision


def _header() -> int:
    refused: OSError | None = None
    for path in sorted(Path("/dev").glob("gpiochip*")):
        try:
            descriptor = _open(path)
        except OSError as error:
            refused = error
            continue
        if _label(descriptor).startswith(HEADER_LABEL):
            return descriptor
        os.close(descriptor)
    raise refused or FileNotFoundError("no GPIO chip has the 40-pin header of a Raspberry Pi")


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CLOEXEC)


def _label(chip: int) -> bytes:
    info = bytearray(CHIP_INFO.size)
    fcntl.ioctl(chip, GET_CHIP_INFO, info)
    label: bytes = CHIP_INFO.unpack(info)[1]
    return label
