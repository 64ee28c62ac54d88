"""The thread named ``display``: the only one, it draws and it waits for the bus.

The loop hands over a `Screen` and goes on at once; what is handed over while the panel is still
busy replaces what was waiting (latest wins). A panel is therefore a plain synchronous object that
needs no thread of its own, and everything it is told comes from this thread. A message of several
pages is turned here too, so that the core need not know how much fits. While nothing changes the
thread sleeps without waking.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Protocol

from PIL import Image

from appliance.errors import PhoneError
from appliance.phone.screen import Screen
from appliance.screens.compose import SMALLEST, page_count
from appliance.screens.pieces import Size
from appliance.screens.render import render

log = logging.getLogger(__name__)

PAGE_SECONDS = 4.0
CLOSE_SECONDS = 1.0


class Panel(Protocol):
    """What a picture is shown on. Every method may take its time, and may raise."""

    def show(self, image: Image.Image, /) -> None:
        """Replace the picture, mode ``1``."""

    def set_brightness(self, percent: int, /) -> None:
        """0 to 100; 0 switches the panel off."""

    def close(self) -> None:
        """Go dark and give the bus back."""


class Painter:
    """Shows screens on a panel; an `appliance.ports.Display`.

    To be made on the loop's thread. `on_problem` is called on the loop when the panel does not do
    what it is told, with words for the display's successor (the status, the web), and with an empty
    text when it works again; what the panel said is in the journal. A panel that failed is tried
    again with the next screen.
    """

    def __init__(
        self,
        panel: Panel,
        on_problem: Callable[[str], None],
        *,
        size: Size = SMALLEST,
        page_seconds: float = PAGE_SECONDS,
    ) -> None:
        self._panel = panel
        self._on_problem = on_problem
        self._size = size
        self._page_seconds = page_seconds
        self._loop = asyncio.get_running_loop()
        self._changed = threading.Condition()
        self._screen: Screen | None = None
        self._fresh = False
        self._brightness: int | None = None
        self._closing = False
        self._problem = ""
        self._thread = threading.Thread(target=self._work, name="display", daemon=True)
        self._thread.start()

    def show(self, screen: Screen) -> None:
        """Have this shown as soon as the panel can, instead of whatever still waits."""
        with self._changed:
            if screen != self._screen or self._problem:
                self._screen, self._fresh = screen, True
                self._changed.notify()

    def set_brightness(self, percent: int) -> None:
        """0 to 100; 0 switches the panel off until it is raised again."""
        with self._changed:
            self._brightness = percent
            self._changed.notify()

    def close(self) -> None:
        """Show what still waits, close the panel and end the thread; takes `CLOSE_SECONDS` at most.

        A panel that hangs for longer is left behind.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(CLOSE_SECONDS)
        if self._thread.is_alive():
            log.warning("the display's panel does not answer; left as it is")

    def _work(self) -> None:
        page, pages = 0, 1
        while True:
            with self._changed:
                told = self._changed.wait_for(
                    self._has_work, self._page_seconds if pages > 1 else None
                )
                screen, fresh, brightness = self._screen, self._fresh, self._brightness
                closing, self._fresh, self._brightness = self._closing, False, None
            try:
                if brightness is not None:
                    self._panel.set_brightness(brightness)
                if screen is not None and (fresh or not told):
                    page = 0 if fresh else (page + 1) % pages
                    pages = page_count(screen, self._size)
                    self._panel.show(render(screen, self._size, page))
                    self._report("")
            except Exception as error:  # noqa: BLE001 - whatever a panel's library raises
                self._failed(error)
            if closing:
                self._close_panel()
                return

    def _close_panel(self) -> None:
        try:
            self._panel.close()
        except Exception as error:  # noqa: BLE001 - as above
            self._failed(error)

    def _has_work(self) -> bool:
        return self._fresh or self._closing or self._brightness is not None

    def _failed(self, error: Exception) -> None:
        words = error.agent if isinstance(error, PhoneError) else "Display does not work"
        if words != self._problem:
            log.error("the display does not work: %s: %s", type(error).__name__, error)
        self._report(words)

    def _report(self, problem: str) -> None:
        with self._changed:
            news, self._problem = problem != self._problem, problem
        if news:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._on_problem, problem)
