"""The golden property: what the panel shows is what was asked, whatever came before."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from luma.core.device import dummy
from PIL import Image, ImageChops, ImageDraw

from hw.board import DisplayWiring, Driver
from hw.oled import Oled
from hw.panel import changed_bytes, pack
from hw.problem import Problem
from tests.hw.ssd1306 import FakePanel
from tests.hw.waiting import DEADLINE, until

Rectangle = tuple[int, int, int, int, bool]

RECTANGLES = st.lists(
    st.tuples(
        st.integers(0, 127),
        st.integers(0, 63),
        st.integers(0, 60),
        st.integers(0, 30),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


def draw(image: Image.Image, rectangles: list[Rectangle]) -> Image.Image:
    image = image.copy()
    pen = ImageDraw.Draw(image)
    for x, y, width, height, light in rectangles:
        pen.rectangle((x, y, x + width, y + height), fill=255 if light else 0)
    return image


def blank() -> Image.Image:
    return Image.new("1", (128, 64))


def same(one: Image.Image, other: Image.Image) -> bool:
    return ImageChops.difference(one.convert("L"), other.convert("L")).getbbox() is None


def shows(panel: FakePanel, image: Image.Image) -> bool:
    return panel.on and same(panel.picture(), image)


async def shown(oled: Oled, panel: FakePanel, image: Image.Image) -> None:
    await until(lambda: oled.failed.done() or shows(panel, image))
    assert not oled.failed.done(), oled.failed.exception()


def text(words: str) -> Image.Image:
    image = blank()
    ImageDraw.Draw(image).text((10, 20), words, fill=255)
    return image


@settings(max_examples=25)
@given(
    st.lists(RECTANGLES, min_size=1, max_size=5), st.sampled_from(("ssd1306", "ssd1309", "sh1106"))
)
def test_the_panel_shows_what_was_asked(sequence: list[list[Rectangle]], driver: Driver) -> None:
    async def run() -> None:
        panel = FakePanel(driver)
        oled = Oled(DisplayWiring(driver=driver), connect=panel.connect)
        image = blank()
        for rectangles in sequence:
            image = draw(image, rectangles)
            oled.show(image)
            await shown(oled, panel, image)
        oled.close()
        assert oled.bytes_sent == panel.bytes

    asyncio.run(run())


def test_luma_itself_would_show_the_same() -> None:
    picture = text("12345")
    reference = dummy(width=128, height=64, mode="1")
    reference.display(picture)

    async def run() -> None:
        panel = FakePanel()
        oled = Oled(DisplayWiring(), connect=panel.connect)
        oled.show(picture)
        await until(lambda: shows(panel, reference.image))
        oled.close()

    asyncio.run(run())


def test_upside_down() -> None:
    async def run() -> None:
        panel = FakePanel()
        oled = Oled(DisplayWiring(rotation=180), connect=panel.connect)
        oled.show(text("up"))
        await until(lambda: same(panel.picture().rotate(180), text("up")))
        oled.close()

    asyncio.run(run())


def test_a_changed_digit_costs_a_fraction_of_a_picture() -> None:
    async def run() -> tuple[int, int]:
        panel = FakePanel()
        oled = Oled(DisplayWiring(), connect=panel.connect)
        oled.show(text("10:41"))
        await until(lambda: shows(panel, text("10:41")))
        before = oled.bytes_sent
        oled.show(text("10:42"))
        await until(lambda: shows(panel, text("10:42")))
        oled.close()
        return oled.bytes_sent - before, changed_bytes(pack(text("10:41")), pack(text("10:42")))

    sent, least = asyncio.run(run())
    assert least <= sent <= 3 * least + 20
    assert sent < 1024 / 10


def test_the_latest_picture_wins_and_the_others_are_not_sent() -> None:
    async def run() -> None:
        panel = FakePanel()
        oled = Oled(DisplayWiring(), connect=panel.connect)
        oled.show(text("ready"))
        await until(lambda: shows(panel, text("ready")))
        with panel.lock:
            before = oled.pictures_shown
            for number in range(500):
                oled.show(text(str(number)))
        await until(lambda: shows(panel, text("499")))
        assert oled.pictures_shown - before < 10
        oled.close()

    asyncio.run(run())


def test_a_picture_may_be_changed_once_it_was_handed_over() -> None:
    async def run() -> None:
        panel = FakePanel()
        oled = Oled(DisplayWiring(), connect=panel.connect)
        image = text("kept")
        oled.show(image)
        image.paste(255, (0, 0, 128, 64))
        await until(lambda: shows(panel, text("kept")))
        oled.close()

    asyncio.run(run())


def test_a_picture_of_another_size_is_refused() -> None:
    async def run() -> None:
        oled = Oled(DisplayWiring(), connect=FakePanel().connect)
        with pytest.raises(ValueError, match="128, 64"):
            oled.show(Image.new("1", (64, 64)))
        oled.close()

    asyncio.run(run())


def test_brightness_and_darkness() -> None:
    async def run() -> None:
        panel = FakePanel()
        oled = Oled(DisplayWiring(), connect=panel.connect)
        oled.show(text("day"))
        oled.set_brightness(50)
        await until(lambda: panel.contrast == 128 and panel.on)
        oled.set_brightness(0)
        await until(lambda: not panel.on)
        dark = panel.bytes
        oled.show(text("night"))
        oled.set_brightness(100)
        await until(lambda: panel.contrast == 255 and panel.on)
        assert same(panel.picture(), text("night")), "drawn before it lights up"
        assert panel.bytes > dark
        oled.close()
        assert not panel.on

    asyncio.run(run())


def test_nothing_is_sent_while_dark() -> None:
    async def run() -> None:
        panel = FakePanel()
        oled = Oled(DisplayWiring(), connect=panel.connect)
        oled.set_brightness(0)
        await until(lambda: oled.pictures_shown and not panel.on)
        dark, shown = panel.bytes, oled.pictures_shown
        oled.show(text("later"))
        await until(lambda: oled.pictures_shown > shown)
        assert panel.bytes == dark
        oled.close()

    asyncio.run(run())


class Witness:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.recovered = 0
        self.threads: set[str] = set()

    def problem(self, problem: Problem) -> None:
        self.problems.append(problem)
        self.threads.add(threading.current_thread().name)

    def well(self) -> None:
        self.recovered += 1
        self.threads.add(threading.current_thread().name)


@pytest.mark.parametrize("transfers", [0, 1, 2])
def test_a_display_that_goes_missing_is_reported_once_and_gets_its_picture_when_it_is_back(
    transfers: int,
) -> None:
    async def run() -> None:
        panel, witness = FakePanel(), Witness()
        oled = Oled(
            DisplayWiring(),
            connect=panel.connect,
            on_problem=witness.problem,
            on_recovered=witness.well,
            first_retry=0.01,
        )
        oled.show(text("before"))
        await until(lambda: shows(panel, text("before")))
        panel.unplug(after=transfers)
        oled.show(text("x"))
        oled.show(draw(text("during"), [(0, 0, 127, 3, True), (60, 60, 5, 3, True)]))
        await until(lambda: panel.connections > 3)
        assert len(witness.problems) == 1
        assert "display" in str(witness.problems[0]) and "0x3c" in witness.problems[0].expected
        oled.show(text("after"))
        panel.plug()
        await until(lambda: witness.recovered)
        await until(lambda: shows(panel, text("after")))
        assert (len(witness.problems), witness.recovered) == (1, 1)
        assert witness.threads == {threading.current_thread().name}
        oled.close()

    asyncio.run(run())


def test_a_bus_that_does_not_exist_is_a_problem_and_no_exception() -> None:
    async def run() -> None:
        witness = Witness()
        oled = Oled(DisplayWiring(bus=99), on_problem=witness.problem, first_retry=60)
        oled.show(text("nobody sees it"))
        await until(lambda: witness.problems)
        assert witness.problems[0].path == "display"
        assert "99" in witness.problems[0].expected
        oled.close()
        assert not any(thread.name == "display" for thread in threading.enumerate())

    asyncio.run(run())


def test_a_mistake_of_ours_does_not_go_unnoticed() -> None:
    def broken(_wiring: object) -> FakePanel:
        raise RuntimeError("a mistake")

    async def run() -> None:
        oled = Oled(DisplayWiring(), connect=broken)
        with pytest.raises(RuntimeError, match="a mistake"):
            await asyncio.wait_for(oled.failed, 10)
        oled.close()

    asyncio.run(run())


def test_a_picture_may_outlive_the_process() -> None:
    async def run() -> None:
        panel = FakePanel()
        oled = Oled(DisplayWiring(), connect=panel.connect)
        oled.show(text("wrong settings"))
        oled.close(keep=True)
        assert shows(panel, text("wrong settings"))
        other = Oled(DisplayWiring(), connect=panel.connect)
        other.close()
        assert not panel.on

    asyncio.run(run())


def test_the_displays_thread_answers_a_pulse_with_a_panel_and_without() -> None:
    async def run() -> None:
        panel = FakePanel()
        oled = Oled(DisplayWiring(), connect=panel.connect)
        await asyncio.wait_for(oled.pulse(), DEADLINE)
        oled.show(text("alive"))
        await shown(oled, panel, text("alive"))
        await asyncio.wait_for(oled.pulse(), DEADLINE)
        oled.close()

        missing = Witness()
        lost = Oled(DisplayWiring(bus=999), on_problem=missing.problem, first_retry=600.0)
        await until(lambda: missing.problems)
        await asyncio.wait_for(lost.pulse(), DEADLINE)
        lost.close()

    asyncio.run(run())


def test_a_bus_that_hangs_leaves_a_pulse_without_an_answer() -> None:
    released = threading.Event()

    class Stuck(FakePanel):
        def data(self, data: Sequence[int]) -> None:
            released.wait(DEADLINE)
            super().data(data)

    async def run() -> None:
        panel = Stuck()
        oled = Oled(DisplayWiring(), connect=panel.connect)
        oled.show(text("stuck"))
        await until(lambda: panel.bytes)
        done, _ = await asyncio.wait({oled.pulse()}, timeout=0.2)
        assert not done
        released.set()
        oled.close()

    asyncio.run(run())
