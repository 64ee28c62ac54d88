"""The OLED: what is shown follows what is wanted, and only the difference travels over I²C.

`Oled` is called on the loop's thread and never blocks it: it notes what is wanted, and a thread
named `display` brings the panel there; what was wanted in between is never sent. luma.oled knows
how each controller is started; where to write, and what, is `panel`'s affair.

A panel that does not answer is reported once and tried again with growing pauses; when it is back
it gets its picture as a whole. If the thread itself fails, `Oled.failed` says so.
"""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from PIL import Image

from hw.board import DisplayWiring
from hw.panel import Area, cut, pack, plan
from hw.problem import OnProblem, Problem, ignore
from hw.worker import Worker

NOP, DISPLAY_OFF, DISPLAY_ON, CONTRAST = 0xE3, 0xAE, 0xAF, 0x81
COLUMN_ADDRESS, PAGE_ADDRESS, PAGE_START, LOW_COLUMN, HIGH_COLUMN = 0x21, 0x22, 0xB0, 0x00, 0x10
"""Commands of the SSD1306 (data sheet, table 9-1), the last three also of the SH1106."""

FIRST_COLUMN = {"ssd1306": 0, "ssd1309": 0, "sh1106": 2}
"""Column of the controller's memory that drives the left edge of a 128-pixel panel."""

TRANSACTION = 2
"""Bytes of every I²C write besides what it carries: the address and the control byte (8.1.5)."""

FIRST_RETRY, LAST_RETRY = 0.5, 30.0
"""Pauses between attempts to reach a panel that is missing, in seconds; each doubles the last."""


class Serial(Protocol):
    """What carries commands and data to a panel: luma's serial interfaces, or a test's own."""

    def command(self, *commands: int) -> None:
        """Send commands; OSError or luma's error if nobody answers."""

    def data(self, data: Sequence[int]) -> None:
        """Send picture data; OSError or luma's error if nobody answers."""

    def cleanup(self) -> None:
        """Let go of the bus."""


Connect = Callable[[DisplayWiring], Serial]


def open_i2c(wiring: DisplayWiring) -> Serial:
    """The panel's I²C bus, through luma and smbus2."""
    serial = importlib.import_module("luma.core.interface.serial")
    opened: Serial = serial.i2c(port=wiring.bus, address=wiring.address)
    return opened


@dataclass(frozen=True, slots=True)
class _Wanted:
    pages: bytes
    percent: int = 100


class _Counted:
    """A serial interface that counts the bytes on the wire."""

    def __init__(self, serial: Serial, count: Callable[[int], None]) -> None:
        self._serial = serial
        self._count = count

    def command(self, *commands: int) -> None:
        self._serial.command(*commands)
        self._count(TRANSACTION + len(commands))

    def data(self, data: Sequence[int]) -> None:
        self._serial.data(data)
        self._count(TRANSACTION + len(data))

    def cleanup(self) -> None:
        self._serial.cleanup()


class _Panel:
    """A panel that answered: knows what it shows."""

    def __init__(self, wiring: DisplayWiring, serial: Serial) -> None:
        self._wiring = wiring
        self._serial = serial
        self._first = FIRST_COLUMN[wiring.driver] if wiring.width == 128 else 32
        self._tall = wiring.driver != "sh1106"
        self._overhead = 2 * TRANSACTION + (6 if self._tall else 3)
        serial.command(NOP)
        _start(wiring, serial)
        self._pages: bytes | None = None
        self._percent = -1
        self._lit = False

    def bring(self, wanted: _Wanted) -> None:
        """Let the panel be as wanted; nothing is sent that it has already."""
        if wanted.percent == 0:
            self._light(False)
            return
        if wanted.percent != self._percent:
            self._serial.command(CONTRAST, round(wanted.percent * 255 / 100))
            self._percent = wanted.percent
        if wanted.pages != self._pages:
            for area in plan(
                self._pages, wanted.pages, self._wiring.width, self._overhead, tall=self._tall
            ):
                self._write(area, cut(wanted.pages, self._wiring.width, area))
            self._pages = wanted.pages
        self._light(True)

    def _light(self, lit: bool) -> None:
        if lit != self._lit:
            self._serial.command(DISPLAY_ON if lit else DISPLAY_OFF)
            self._lit = lit

    def _write(self, area: Area, data: bytes) -> None:
        left, right = self._first + area.first_column, self._first + area.last_column
        if self._tall:
            self._serial.command(
                COLUMN_ADDRESS, left, right, PAGE_ADDRESS, area.first_page, area.last_page
            )
        else:
            self._serial.command(
                PAGE_START | area.first_page, LOW_COLUMN | left & 0x0F, HIGH_COLUMN | left >> 4
            )
        self._serial.data(data)


class Oled:
    """A panel of the SSD1306 family; all callbacks are called on the loop's thread."""

    failed: asyncio.Future[None]
    """Gets the exception if the display's thread dies of a mistake of ours."""

    def __init__(
        self,
        wiring: DisplayWiring,
        *,
        on_problem: OnProblem = ignore,
        on_recovered: Callable[[], None] = lambda: None,
        loop: asyncio.AbstractEventLoop | None = None,
        connect: Connect = open_i2c,
        first_retry: float = FIRST_RETRY,
    ) -> None:
        self._wiring = wiring
        self._on_problem = on_problem
        self._on_recovered = on_recovered
        self._connect = connect
        self._first_retry = first_retry
        self._worker = Worker("display", self._follow, loop)
        self._news = self._worker.news
        self._tell = self._worker.tell
        self.failed = self._worker.failed
        self.bytes_sent = 0
        self.pictures_shown = 0
        self._wanted = _Wanted(bytes(wiring.width * wiring.height // 8))
        self._closing = self._keep = False
        self._pulses: list[asyncio.Future[None]] = []
        self._worker.start()

    def show(self, image: Image.Image) -> None:
        """Show a picture of the panel's size; ValueError if it has another."""
        expected = (self._wiring.width, self._wiring.height)
        if image.size != expected:
            raise ValueError(f"a picture of {image.size} on a panel of {expected} pixels")
        self._want(replace(self._wanted, pages=pack(image, self._wiring.rotation)))

    def set_brightness(self, percent: int) -> None:
        """0 to 100; 0 switches the panel off; what is shown meanwhile is drawn when it wakes."""
        self._want(replace(self._wanted, percent=max(0, min(100, percent))))

    def pulse(self) -> asyncio.Future[None]:
        """Done when the display's thread has answered, whether or not a panel is there."""
        answered: asyncio.Future[None] = self._worker.loop.create_future()
        with self._news:
            self._pulses.append(answered)
            self._news.notify()
        return answered

    def close(self, timeout: float = 2.0, *, keep: bool = False) -> None:
        """Switch the panel off and end the thread; waits at most `timeout` seconds for it.

        With `keep` the panel goes on showing the last picture after the process has ended.
        """
        with self._news:
            self._closing, self._keep = True, keep
            self._news.notify()
        self._worker.join(timeout)

    def _want(self, wanted: _Wanted) -> None:
        with self._news:
            self._wanted = wanted
            self._news.notify()

    def _follow(self) -> None:
        """Bring the panel to what is wanted, again and again, until `close`."""
        errors = _bus_errors()
        link: _Counted | None = None
        panel: _Panel | None = None
        done: _Wanted | None = None
        pause: float | None = None
        while (wanted := self._next(done, pause)) is not None:
            try:
                if panel is None:
                    link = _Counted(self._connect(self._wiring), self._count)
                    panel = _Panel(self._wiring, link)
                panel.bring(wanted)
            except errors as error:
                if pause is None:
                    self._tell(partial(self._on_problem, self._problem(error)))
                _hang_up(link, errors)
                link = panel = done = None
                pause = min(LAST_RETRY, self._first_retry if pause is None else pause * 2)
                continue
            done = wanted
            self.pictures_shown += 1
            if pause is not None:
                pause = None
                self._tell(self._on_recovered)
        if panel is not None and not self._keep:
            _switch_off(panel, self._wanted, errors)
        _hang_up(link, errors)

    def _next(self, done: _Wanted | None, pause: float | None) -> _Wanted | None:
        """What is wanted and not done; waits for it, or out the pause; None to end."""
        end = None if pause is None else time.monotonic() + pause
        with self._news:
            while True:
                left = None if end is None else end - time.monotonic()
                self._news.wait_for(
                    lambda: (
                        self._closing or self._pulses or (pause is None and self._wanted != done)
                    ),
                    left,
                )
                if not self._pulses:
                    break
                for answered in self._pulses:
                    self._tell(partial(_answer, answered))
                self._pulses.clear()
            owed = self._keep and pause is None and self._wanted != done
            return self._wanted if owed or not self._closing else None

    def _count(self, sent: int) -> None:
        self.bytes_sent += sent

    def _problem(self, error: Exception) -> Problem:
        wiring = self._wiring
        if isinstance(error, ImportError):
            found = f"no {error.name or 'luma.oled'} library"
            hint = "install deskphone with its extra `unit`"
        else:
            found = str(error) or type(error).__name__
            hint = "compare [display] with the wiring; is I²C enabled, and the panel's power on?"
        expected = f"a {wiring.driver} at {wiring.address:#04x} on I²C bus {wiring.bus}"
        return Problem("display", "the display does not answer", found, expected, hint)


def _answer(question: asyncio.Future[None]) -> None:
    if not question.done():
        question.set_result(None)


def _start(wiring: DisplayWiring, serial: Serial) -> None:
    """Let luma configure the controller, and no more: it is dark afterwards, its memory unknown.

    luma would clear the memory and light the panel; the first picture does the one, and the other
    follows it. `persist` keeps luma from switching the panel off when the process ends.
    """
    driver = getattr(importlib.import_module("luma.oled.device"), wiring.driver)
    quiet = {"clear": lambda device: None, "show": lambda device: None}
    device = type(driver.__name__, (driver,), quiet)(
        serial, width=wiring.width, height=wiring.height
    )
    device.persist = True


def _bus_errors() -> tuple[type[Exception], ...]:
    """What a panel that is missing raises, and a library that is."""
    try:
        error: type[Exception] = importlib.import_module("luma.core.error").Error
    except ImportError:
        return (OSError, ImportError)
    return (OSError, ImportError, error)


def _switch_off(panel: _Panel, wanted: _Wanted, errors: tuple[type[Exception], ...]) -> None:
    try:
        panel.bring(replace(wanted, percent=0))
    except errors:
        return


def _hang_up(link: _Counted | None, errors: tuple[type[Exception], ...]) -> None:
    try:
        if link is not None:
            link.cleanup()
    except errors:
        return
