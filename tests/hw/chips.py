"""GPIO chips for tests: one that the kernel simulates, and one that simulates the kernel.

Both are driven alike: `pull` sets what lies on a line from outside, `level` is what is on it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path
from typing import Any, Protocol

from hw import kernel_pins as kp

LINES = 28
CONFIGFS = Path("/sys/kernel/config/gpio-sim")


class Chip(Protocol):
    @property
    def own_descriptors(self) -> int: ...
    def open(self) -> kp.KernelFactory: ...
    def pull(self, line: int, up: bool) -> None: ...
    def level(self, line: int) -> bool: ...
    def take(self, line: int) -> None: ...
    def close(self) -> None: ...


class SimulatedByTheKernel:
    """A chip of gpio-sim (Documentation/admin-guide/gpio/gpio-sim.rst); needs root."""

    own_descriptors = 0

    def __init__(self, name: str = "deskphone-test") -> None:
        self._device = CONFIGFS / name
        bank = self._device / "bank"
        bank.mkdir(parents=True)
        (bank / "num_lines").write_text(f"{LINES}\n")
        (bank / "label").write_text("pinctrl-test\n")
        (self._device / "live").write_text("1\n")
        chip = (bank / "chip_name").read_text().strip()
        device = (self._device / "dev_name").read_text().strip()
        self._lines = Path("/sys/devices/platform") / device / chip
        self._taken: list[int] = []
        self.number = int(chip.removeprefix("gpiochip"))

    def open(self) -> kp.KernelFactory:
        return kp.KernelFactory()

    def pull(self, line: int, up: bool) -> None:
        (self._lines / f"sim_gpio{line}" / "pull").write_text("pull-up" if up else "pull-down")

    def level(self, line: int) -> bool:
        return (self._lines / f"sim_gpio{line}" / "value").read_text().strip() == "1"

    def take(self, line: int) -> None:
        with open(f"/dev/gpiochip{self.number}", "rb") as chip:
            config = kp.CONFIG.pack(kp.FUNCTIONS["input"], 0, 0, 0, 0, 0)
            request = bytearray(kp.REQUEST.pack(line, b"somebody else", config, 1, 0, 0))
            fcntl.ioctl(chip, kp.GET_LINE, request)
        self._taken.append(kp.REQUEST.unpack(request)[-1])

    def close(self) -> None:
        for descriptor in self._taken:
            os.close(descriptor)
        (self._device / "live").write_text("0\n")
        (self._device / "bank").rmdir()
        self._device.rmdir()


class SimulatesTheKernel:
    """Answers the ioctls of `hw.kernel_pins` as the kernel does, from what they say byte by byte.

    A line's descriptor is the end of a pipe into which its events go.
    """

    def __init__(self, monkeypatch: Any) -> None:
        self._flags: dict[int, int] = {}
        self._ends: dict[int, tuple[int, int]] = {}
        self._line_of: dict[int, int] = {}
        self._high = dict.fromkeys(range(LINES), False)
        self._taken: set[int] = set()
        monkeypatch.setattr(fcntl, "ioctl", self._ioctl)

    def open(self) -> kp.KernelFactory:
        factory = kp.KernelFactory.__new__(kp.KernelFactory)
        super(kp.KernelFactory, factory).__init__()
        factory.pin_class = kp.KernelPin
        factory.descriptor = os.open("/dev/null", os.O_RDWR)
        self._chip = factory.descriptor
        return factory

    def pull(self, line: int, up: bool) -> None:
        if not self._flags.get(line, 0) & kp.FUNCTIONS["output"]:
            self._set(line, up)

    def level(self, line: int) -> bool:
        return self._high[line]

    def take(self, line: int) -> None:
        self._taken.add(line)

    @property
    def own_descriptors(self) -> int:
        return len(self._ends)

    def close(self) -> None:
        for _, end in self._ends.values():
            os.close(end)

    def _set(self, line: int, high: bool) -> None:
        if high == self._high[line]:
            return
        self._high[line] = high
        wanted = kp.EDGES["rising"] if high else kp.EDGES["falling"]
        if self._flags.get(line, 0) & wanted:
            event = kp.EVENT.pack(time.monotonic_ns(), 1 if high else 2, line, 0, 0)
            os.write(self._ends[line][1], event)

    def _ioctl(self, descriptor: int, request: int, argument: Any) -> int:
        if request == kp.GET_LINE:
            assert descriptor == self._chip
            line, who, config, lines, *_ = kp.REQUEST.unpack(argument)
            assert lines == 1 and who.rstrip(b"\0") == b"deskphone"
            if line in self._taken:
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
            if line in self._ends:
                os.close(self._ends[line][1])
            self._ends[line] = os.pipe()
            self._line_of[self._ends[line][0]] = line
            self._configure(line, config)
            argument[:] = kp.REQUEST.pack(line, who, config, 1, 0, self._ends[line][0])
            return 0
        line = self._line_of[descriptor]
        if request == kp.SET_CONFIG:
            self._configure(line, bytes(argument))
        elif request == kp.GET_VALUES:
            argument[:] = kp.VALUES.pack(self._high[line], 1)
        else:
            assert request == kp.SET_VALUES
            assert self._flags[line] & kp.FUNCTIONS["output"]
            self._high[line] = bool(kp.VALUES.unpack(argument)[0])
        return 0

    def _configure(self, line: int, config: bytes) -> None:
        flags, attributes, kind, _, values, mask = kp.CONFIG.unpack(config)
        self._flags[line] = flags
        if flags & kp.FUNCTIONS["output"]:
            assert (attributes, kind, mask) == (1, kp.OUTPUT_VALUES, 1)
            self._high[line] = bool(values)
        else:
            assert flags & kp.FUNCTIONS["input"] and attributes == 0
            if flags & kp.PULLS["up"]:
                self._set(line, True)
