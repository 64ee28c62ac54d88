from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.errors import HardwareError
from appliance.phone.screen import Screen
from appliance.ports import Display
from appliance.screens import fonts
from appliance.screens.compose import page_count
from appliance.screens.examples import EXAMPLES
from appliance.screens.painter import Painter
from appliance.screens.render import render
from tests.screens.panels import PaperPanel

IDLE, DIALLING, LONG = EXAMPLES["idle"], EXAMPLES["dialling"], EXAMPLES["not-registered"]
BROKEN = OSError(121, "Remote I/O error")
WORDS = "Display does not work"


class Desk:
    """A painter with its panel and what it told."""

    def __init__(self, page_seconds: float = 3600.0) -> None:
        self.panel = PaperPanel()
        self.problems: list[str] = []
        self.painter = Painter(self.panel, self.problems.append, page_seconds=page_seconds)

    def shown(self) -> list[bytes]:
        return [picture.tobytes() for picture in self.panel.pictures]


def play(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(story())


def drawn(*screens: Screen) -> list[bytes]:
    return [render(screen).tobytes() for screen in screens]


def test_it_is_a_display_without_a_thread_of_its_own() -> None:
    async def story() -> None:
        threads = threading.active_count()
        desk = Desk()
        display: Display = desk.painter
        display.show(IDLE)
        display.show(DIALLING)
        display.set_brightness(20)
        assert desk.shown() == drawn(IDLE, DIALLING)
        assert desk.panel.brightness == [20]
        assert threading.active_count() == threads

    play(story)


def test_an_equal_screen_is_not_drawn_again() -> None:
    async def story() -> None:
        desk = Desk()
        for screen in (IDLE, replace(IDLE), DIALLING, IDLE):
            desk.painter.show(screen)
        assert desk.shown() == drawn(IDLE, DIALLING, IDLE)

    play(story)


def test_trouble_is_told_once_and_the_next_screen_tried() -> None:
    async def story() -> None:
        desk = Desk()
        desk.panel.error = BROKEN
        for screen in (IDLE, IDLE, DIALLING):
            desk.painter.show(screen)
        desk.painter.set_brightness(50)
        assert desk.panel.attempts == 3
        assert desk.problems == [WORDS]
        desk.panel.error = None
        desk.painter.show(DIALLING)
        assert desk.problems == [WORDS, ""]
        assert desk.shown() == drawn(DIALLING)

    play(story)


def test_trouble_with_words_of_its_own_is_told_in_them(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        desk = Desk()
        desk.panel.error = HardwareError("HW-01", "No display", "nothing answers at 0x3c on i2c-1")
        desk.painter.show(IDLE)
        assert desk.problems == ["No display"]

    play(story)
    assert "nothing answers at 0x3c" in caplog.text


def test_a_missing_typeface_is_told_and_survived(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def story() -> None:
        desk = Desk()
        desk.painter.show(IDLE)
        assert desk.problems == ["Display font missing"]
        assert not desk.panel.pictures

    def nowhere(bold: bool) -> Path:
        return find_font(bold, roots=(tmp_path,))

    find_font = fonts.find_font
    monkeypatch.setattr(fonts, "find_font", nowhere)
    caches = (fonts._load, fonts.strip, fonts.rows, fonts._shown)
    for cache in caches:
        cache.cache_clear()
    try:
        play(story)
    finally:
        for cache in caches:
            cache.cache_clear()


def test_a_long_message_is_turned_page_by_page_and_begins_again() -> None:
    async def story() -> None:
        desk = Desk(page_seconds=0.01)
        desk.painter.show(LONG)
        pages = [render(LONG, page=page).tobytes() for page in range(page_count(LONG))]
        await desk.panel.has_shown(len(pages) + 1)
        assert len(pages) > 1
        assert desk.shown()[: len(pages) + 1] == [*pages, pages[0]]

    play(story)


@pytest.mark.parametrize("way", ["another screen", "the end"])
def test_pages_are_turned_no_more_after(way: str) -> None:
    async def story() -> None:
        desk = Desk(page_seconds=0.005)
        desk.painter.show(LONG)
        await desk.panel.has_shown(2)
        if way == "the end":
            desk.painter.close()
        else:
            desk.painter.show(IDLE)
        count = len(desk.panel.pictures)
        await asyncio.sleep(0.05)
        assert len(desk.panel.pictures) == count

    play(story)


def test_an_equal_message_does_not_go_back_to_its_first_page() -> None:
    async def story() -> None:
        desk = Desk(page_seconds=0.01)
        desk.painter.show(LONG)
        await desk.panel.has_shown(2)
        desk.painter.show(replace(LONG))
        assert desk.shown() == [render(LONG, page=page).tobytes() for page in (0, 1)]

    play(story)


@pytest.mark.parametrize("error", [None, BROKEN])
def test_closing_closes_the_panel(error: Exception | None) -> None:
    async def story() -> None:
        desk = Desk()
        desk.panel.error = error
        desk.painter.close()
        assert desk.panel.closed == 1
        assert desk.problems == ([WORDS] if error else [])

    play(story)
