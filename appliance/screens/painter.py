"""From the loop to the panel: draws each new screen, and turns the pages of a long message.

The painter has no thread. Drawing takes a fraction of a millisecond, less than handing it over and
under the same interpreter lock as everything else; what takes time is the bus, and the thread named
``display`` that waits for it belongs to the panel (`hw.oled`), where the latest picture wins. The
painter therefore lives on the loop's thread, and wakes by itself only while a message has pages.
"""

from __future__ import annotations

import asyncio
import logging
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


class Panel(Protocol):
    """What a picture is shown on. Nothing here may block."""

    def show(self, image: Image.Image, /) -> None:
        """Replace the picture, mode ``1``, of the size that the painter was told."""

    def set_brightness(self, percent: int, /) -> None:
        """0 to 100; 0 switches the panel off."""

    def close(self) -> None:
        """Go dark and give everything back."""


class Painter:
    """Shows screens on a panel; an `appliance.ports.Display`. To be made and used on the loop.

    `on_problem` is called with words for the status when a screen cannot be drawn or the panel
    refuses it, and with an empty text when it works again; the evidence is in the journal. What was
    refused is tried again with the next screen.
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
        self._turn: asyncio.TimerHandle | None = None
        self._shown: Screen | None = None
        self._problem = ""

    def show(self, screen: Screen) -> None:
        """Draw this instead of what is shown, unless it is the same."""
        if screen != self._shown:
            self._keep_page()
            self._paint(screen, 0)

    def set_brightness(self, percent: int) -> None:
        """0 to 100; 0 switches the panel off until it is raised again."""
        try:
            self._panel.set_brightness(percent)
        except Exception as error:  # noqa: BLE001 - whatever a panel's library raises
            self._report(error)

    def close(self) -> None:
        """Turn no more pages, and close the panel."""
        self._keep_page()
        try:
            self._panel.close()
        except Exception as error:  # noqa: BLE001 - whatever a panel's library raises
            self._report(error)

    def _paint(self, screen: Screen, page: int) -> None:
        try:
            self._panel.show(render(screen, self._size, page))
            pages = page_count(screen, self._size)
        except Exception as error:  # noqa: BLE001 - whatever a panel's library raises
            self._shown = None
            self._report(error)
            return
        self._shown = screen
        self._tell("")
        if pages > 1:
            following = (page + 1) % pages
            self._turn = self._loop.call_later(self._page_seconds, self._paint, screen, following)

    def _keep_page(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    def _report(self, error: Exception) -> None:
        words = error.agent if isinstance(error, PhoneError) else "Display does not work"
        if words != self._problem:
            log.error("the display does not work: %s: %s", type(error).__name__, error)
        self._tell(words)

    def _tell(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            self._on_problem(problem)
