"""The painter on the unit's own display, down to the commands on the bus."""

from __future__ import annotations

import asyncio
import threading

from PIL import ImageChops

from appliance.phone.screen import Screen
from appliance.screens.examples import EXAMPLES
from appliance.screens.painter import Painter
from appliance.screens.render import render
from hw.board import DisplayWiring
from hw.oled import Oled
from tests.hw.ssd1306 import FakePanel
from tests.hw.waiting import until


def shows(panel: FakePanel, screen: Screen) -> bool:
    return ImageChops.logical_xor(panel.picture(), render(screen)).getbbox() is None


def test_the_panel_shows_what_was_painted_and_one_thread_brings_it_there() -> None:
    async def story() -> None:
        panel = FakePanel()
        oled = Oled(DisplayWiring(), connect=panel.connect)
        problems: list[str] = []
        painter = Painter(oled, problems.append)
        for screen in EXAMPLES.values():
            painter.show(screen)
        last = list(EXAMPLES.values())[-1]
        await until(lambda: oled.failed.done() or shows(panel, last))
        assert not oled.failed.done()
        assert [thread.name for thread in threading.enumerate()].count("display") == 1
        painter.close()
        await until(lambda: not panel.on)
        assert problems == []

    asyncio.run(story())


def test_a_second_of_a_call_costs_a_tenth_of_a_frame_on_the_bus() -> None:
    async def story() -> None:
        panel = FakePanel()
        oled = Oled(DisplayWiring(), connect=panel.connect)
        painter = Painter(oled, lambda _: None)
        talking = [Screen("call", f"Talking 1:2{second}", "600") for second in (3, 4)]
        painter.show(talking[0])
        await until(lambda: shows(panel, talking[0]))
        before = panel.bytes
        painter.show(talking[1])
        await until(lambda: shows(panel, talking[1]))
        assert panel.bytes - before < 1024 / 10
        painter.close()

    asyncio.run(story())
