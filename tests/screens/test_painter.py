from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from appliance.errors import HardwareError
from appliance.phone.screen import Screen
from appliance.ports import Display
from appliance.screens.gallery import GALLERY
from appliance.screens.painter import CLOSE_SECONDS, Painter
from appliance.screens.render import render
from tests.screens.panels import DEADLINE, PaperPanel

IDLE, DIALLING, LONG = GALLERY["idle"], GALLERY["dialling"], GALLERY["not-registered"]


class Desk:
    """A painter with its panel and what it told the loop."""

    def __init__(self, page_seconds: float = 3600.0) -> None:
        self.panel = PaperPanel()
        self.problems: list[str] = []
        self.told_on: set[str] = set()
        self._told = asyncio.Event()
        self.painter = Painter(self.panel, self._problem, page_seconds=page_seconds)

    def _problem(self, text: str) -> None:
        self.problems.append(text)
        self.told_on.add(threading.current_thread().name)
        self._told.set()

    async def problems_are(self, *expected: str) -> None:
        async with asyncio.timeout(DEADLINE):
            while self.problems != list(expected):
                self._told.clear()
                await self._told.wait()


def play(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(story())


def shown(panel: PaperPanel) -> list[bytes]:
    return [picture.tobytes() for picture in panel.pictures]


def drawn(*screens: Screen) -> list[bytes]:
    return [render(screen).tobytes() for screen in screens]


def display_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "display"]


def test_it_is_a_display() -> None:
    async def story() -> None:
        desk = Desk()
        display: Display = desk.painter
        display.show(IDLE)
        desk.panel.wait_for(lambda: bool(desk.panel.pictures))
        desk.painter.close()
        assert shown(desk.panel) == drawn(IDLE)
        assert desk.panel.threads == {"display"}

    play(story)


def test_the_latest_screen_wins_while_the_panel_is_busy() -> None:
    async def story() -> None:
        desk = Desk()
        desk.panel.gate.clear()
        desk.painter.show(IDLE)
        desk.panel.wait_for(lambda: desk.panel.attempts == 1)
        for digits in range(100):
            desk.painter.show(Screen("entry", "Dialling", str(digits)))
        desk.panel.gate.set()
        desk.panel.wait_for(lambda: len(desk.panel.pictures) == 2)
        desk.painter.close()
        assert shown(desk.panel) == drawn(IDLE, Screen("entry", "Dialling", "99"))

    play(story)


def test_showing_does_not_wait_for_the_panel() -> None:
    async def story() -> None:
        desk = Desk()
        desk.panel.gate.clear()
        desk.painter.show(IDLE)
        desk.panel.wait_for(lambda: desk.panel.attempts == 1)
        before = time.monotonic()
        desk.painter.show(DIALLING)
        desk.painter.set_brightness(20)
        assert time.monotonic() - before < 0.5
        desk.panel.gate.set()
        desk.painter.close()
        assert shown(desk.panel) == drawn(IDLE, DIALLING)

    play(story)


def test_an_equal_screen_is_not_drawn_again() -> None:
    async def story() -> None:
        desk = Desk()
        desk.painter.show(IDLE)
        desk.panel.wait_for(lambda: len(desk.panel.pictures) == 1)
        desk.painter.show(Screen(**{name: getattr(IDLE, name) for name in Screen.__slots__}))
        desk.painter.set_brightness(50)
        desk.panel.wait_for(lambda: desk.panel.brightness == [50])
        desk.painter.show(DIALLING)
        desk.painter.close()
        assert shown(desk.panel) == drawn(IDLE, DIALLING)

    play(story)


def test_trouble_is_told_once_and_on_the_loop_and_the_next_screen_tried() -> None:
    async def story() -> None:
        desk = Desk()
        desk.panel.error = OSError(121, "Remote I/O error")
        for attempt, screen in enumerate((IDLE, IDLE, DIALLING)):
            desk.painter.show(screen)
            desk.panel.wait_for(lambda attempt=attempt: desk.panel.attempts == attempt + 1)  # type: ignore[misc]
            await desk.problems_are("Display does not work")
        desk.panel.error = None
        desk.painter.show(IDLE)
        await desk.problems_are("Display does not work", "")
        desk.painter.close()
        assert shown(desk.panel) == drawn(IDLE)
        assert desk.told_on == {threading.current_thread().name}

    play(story)


def test_trouble_with_words_of_its_own_is_told_in_them(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        desk = Desk()
        desk.panel.error = HardwareError("HW-01", "No display", "nothing answers at 0x3c on i2c-1")
        desk.painter.show(IDLE)
        await desk.problems_are("No display")
        desk.painter.close()

    play(story)
    assert "nothing answers at 0x3c" in caplog.text


def test_closing_shows_what_waits_and_ends_the_thread() -> None:
    async def story() -> None:
        desk = Desk()
        assert len(display_threads()) == 1
        desk.painter.show(IDLE)
        desk.painter.close()
        assert shown(desk.panel) == drawn(IDLE)
        assert desk.panel.closed
        assert not display_threads()

    play(story)


def test_closing_does_not_wait_for_a_panel_that_hangs() -> None:
    async def story() -> None:
        desk = Desk()
        (thread,) = display_threads()
        desk.panel.gate.clear()
        desk.painter.show(IDLE)
        desk.panel.wait_for(lambda: desk.panel.attempts == 1)
        before = time.monotonic()
        desk.painter.close()
        assert CLOSE_SECONDS * 0.9 < time.monotonic() - before < CLOSE_SECONDS + 1
        desk.panel.gate.set()
        thread.join(DEADLINE)
        assert not thread.is_alive()

    play(story)


def test_a_panel_that_fails_to_the_end_is_closed_all_the_same() -> None:
    async def story() -> None:
        desk = Desk()
        desk.panel.error = OSError("gone")
        desk.painter.show(IDLE)
        desk.painter.close()
        assert desk.panel.closed
        assert not display_threads()

    play(story)


def test_a_long_message_is_turned_page_by_page_and_begins_again() -> None:
    async def story() -> None:
        desk = Desk(page_seconds=0.01)
        desk.painter.show(LONG)
        desk.panel.wait_for(lambda: len(desk.panel.pictures) >= 3)
        desk.painter.show(IDLE)
        desk.painter.close()
        pages = [render(LONG, page=page).tobytes() for page in (0, 1)]
        assert shown(desk.panel)[:3] == [*pages, pages[0]]
        assert shown(desk.panel)[-1:] == drawn(IDLE)

    play(story)


def test_a_screen_of_one_page_is_drawn_once() -> None:
    async def story() -> None:
        desk = Desk(page_seconds=0.001)
        desk.painter.show(IDLE)
        desk.panel.wait_for(lambda: len(desk.panel.pictures) == 1)
        desk.painter.set_brightness(10)
        desk.painter.set_brightness(20)
        desk.panel.wait_for(lambda: desk.panel.brightness[-1:] == [20])
        desk.painter.close()
        assert len(desk.panel.pictures) == 1

    play(story)
