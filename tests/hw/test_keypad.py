"""The matrix on simulated wires: edges, scans, floods, faults."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from hw.board import DEFAULT_BOARD, Board
from hw.debounce import Timing
from hw.keypad import MatrixKeypad
from hw.problem import Problem
from hw.simulated.wiring import SimulatedUnit
from tests.hw.waiting import until


class Desk:
    """A keypad on a simulated unit, and what it said."""

    def __init__(self, board: Board = DEFAULT_BOARD, timing: Timing | None = None) -> None:
        self.unit = SimulatedUnit(board)
        self.said: list[str] = []
        self.problems: list[Problem] = []
        self.threads: set[int] = set()
        self.board = board
        self.timing = timing

    def start(self) -> MatrixKeypad:
        self.keypad = MatrixKeypad(
            self.board,
            self._note("+"),
            self._note("-"),
            on_problem=self.problems.append,
            pin_factory=self.unit.pin_factory,
            timing=self.timing,
        )
        return self.keypad

    def _note(self, what: str) -> Callable[[str], None]:
        def note(key: str) -> None:
            self.threads.add(threading.get_ident())
            self.said.append(what + key)

        return note

    async def down(self, key: str) -> None:
        await until(lambda: key in self.keypad.pressed)

    async def rest(self) -> None:
        await until(lambda: self.keypad.resting)


@asynccontextmanager
async def desk(board: Board = DEFAULT_BOARD, timing: Timing | None = None) -> AsyncIterator[Desk]:
    made = Desk(board, timing)
    made.start()
    try:
        yield made
    finally:
        made.keypad.close()


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


@pytest.mark.parametrize("bounces", [0, 5])
def test_every_key_of_the_board(bounces: int) -> None:
    async def story() -> None:
        async with desk() as it:
            keys = [key for row in DEFAULT_BOARD.keys for key in row]
            for key in keys:
                it.unit.press(key, bounces)
                await it.down(key)
                it.unit.release(key, bounces)
                await it.rest()
            assert it.said == [sign + key for key in keys for sign in "+-"]
            assert not it.problems and not it.unit.shorts

    run(story())


def test_nothing_is_scanned_while_nothing_happens() -> None:
    async def story() -> None:
        async with desk() as it:
            assert it.keypad.resting
            await asyncio.sleep(0.1)
            assert it.keypad.scans == 0
            it.unit.press("5")
            it.unit.release("5")
            await it.rest()
            scans = it.keypad.scans
            assert scans > 0
            await asyncio.sleep(0.1)
            assert it.keypad.scans == scans

    run(story())


def test_a_press_is_told_at_the_second_look_within_milliseconds() -> None:
    """By the best of many, for the machine may be busy."""

    async def story() -> None:
        async with desk() as it:
            took: list[float] = []
            looks: list[int] = []
            while len(looks) < 20 or (min(took) >= 0.006 and len(looks) < 400):
                began, before = time.perf_counter(), it.keypad.scans
                it.unit.press("5", bounces=3)
                await it.down("5")
                took.append(time.perf_counter() - began)
                looks.append(it.keypad.scans - before)
                it.unit.release("5")
                await it.rest()
            assert min(looks) == 2
            assert min(took) < 0.006

    run(story())


def test_edges_from_another_thread_are_told_on_the_loops() -> None:
    async def story() -> None:
        async with desk() as it:
            await asyncio.to_thread(it.unit.press, "8")
            await until(lambda: it.said == ["+8"])
            await asyncio.to_thread(it.unit.release, "8")
            await it.rest()
            assert it.said == ["+8", "-8"]
            assert it.threads == {threading.get_ident()}

    run(story())


def test_a_key_that_is_down_at_start_is_pressed() -> None:
    async def story() -> None:
        it = Desk()
        it.unit.press("ok")
        it.start()
        await until(lambda: it.said == ["+ok"])
        it.unit.release("ok")
        await it.rest()
        assert it.said == ["+ok", "-ok"]
        it.keypad.close()

    run(story())


def test_keys_of_one_row_never_connect_two_drivers() -> None:
    async def story() -> None:
        async with desk() as it:
            row = ("4", "5", "6", "mute")
            for key in row:
                it.unit.press(key)
            for key in row:
                await it.down(key)
            for key in row:
                it.unit.release(key)
            await it.rest()
            assert it.unit.shorts == 0
            assert sorted(it.said) == sorted(sign + key for key in row for sign in "+-")

    run(story())


def test_the_ghost_of_three_keys_does_not_appear() -> None:
    async def story() -> None:
        async with desk() as it:
            for key in ("1", "2"):
                it.unit.press(key)
                await it.down(key)
            it.unit.press("4")
            await asyncio.sleep(0.1)
            assert it.said == ["+1", "+2"]
            it.unit.release("1")
            await until(lambda: "4" in it.keypad.pressed)
            it.unit.release("2")
            it.unit.release("4")
            await it.rest()
            assert not {"+5", "-5"} & set(it.said)

    run(story())


def test_ten_thousand_presses_in_a_second_neither_crash_nor_stick() -> None:
    async def story() -> None:
        async with desk() as it:
            began = time.perf_counter()
            keys = ("1", "5", "9", "ok")
            for number in range(10_000):
                key = keys[number % len(keys)]
                it.unit.press(key)
                it.unit.release(key)
                if number % 50 == 0:
                    await asyncio.sleep(0)
            took = time.perf_counter() - began
            await it.rest()
            assert it.keypad.pressed == ()
            assert sorted(s[1:] for s in it.said if s[0] == "+") == sorted(
                s[1:] for s in it.said if s[0] == "-"
            )
            assert it.keypad.scans < took / 0.0005 + 100
            it.said.clear()
            it.unit.press("7")
            await until(lambda: it.said == ["+7"])
            it.unit.release("7")
            await it.rest()
            assert it.said == ["+7", "-7"]

    run(story())


def test_a_flood_from_the_gpio_librarys_thread_leaves_nothing_pressed() -> None:
    async def story() -> None:
        async with desk() as it:

            def flood() -> None:
                for _ in range(10_000):
                    it.unit.press("0")
                    it.unit.release("0")

            await asyncio.to_thread(flood)
            await it.rest()
            assert it.keypad.pressed == ()
            assert it.said.count("+0") == it.said.count("-0")

    run(story())


def test_a_crossing_without_a_key_is_ignored_and_reported_once() -> None:
    board = replace(DEFAULT_BOARD, keys=(("", "soft2", "", ""), *DEFAULT_BOARD.keys[1:]))

    async def story() -> None:
        async with desk(board) as it:
            for _ in range(3):
                it.unit.close_contact((0, 0))
                await until(lambda: not it.keypad.resting and it.problems)
                await asyncio.sleep(0.03)
                it.unit.open_contact((0, 0))
                await it.rest()
            assert it.said == []
            assert len(it.problems) == 1
            assert "row 1 and column 1" in it.problems[0].found
            it.unit.press("soft2")
            await until(lambda: it.said == ["+soft2"])

    run(story())


def test_a_stuck_key_is_reported_once_and_the_others_work() -> None:
    async def story() -> None:
        async with desk(timing=Timing(stuck=0.05)) as it:
            it.unit.press("3")
            await until(lambda: it.problems)
            assert it.said == ["+3", "-3"]
            assert "3 is down" in it.problems[0].found
            it.unit.press("6")
            await until(lambda: "+6" in it.said)
            it.unit.release("6")
            await until(lambda: "-6" in it.said)
            it.unit.release("3")
            await it.rest()
            it.unit.press("3")
            await until(lambda: it.said[-1] == "+3")
            assert len(it.problems) == 1

    run(story())


def test_a_row_shorted_to_ground_is_reported_and_the_others_work() -> None:
    async def story() -> None:
        async with desk() as it:
            it.unit.ground(2)
            await until(lambda: it.problems)
            await it.rest()
            scans = it.keypad.scans
            await asyncio.sleep(0.05)
            assert it.keypad.scans == scans, "a short circuit is no reason to poll"
            assert "row 3 (BCM 22)" in it.problems[0].found
            it.unit.press("1")
            await until(lambda: it.said == ["+1"])
            it.unit.release("1")
            await it.rest()
            assert len(it.problems) == 1

    run(story())


def test_pins_that_are_taken_are_a_problem_and_no_exception() -> None:
    async def story() -> None:
        it = Desk()
        it.start()
        problems: list[Problem] = []
        second = MatrixKeypad(
            DEFAULT_BOARD,
            it.said.append,
            it.said.append,
            on_problem=problems.append,
            pin_factory=it.unit.pin_factory,
        )
        assert it.keypad.working and not second.working
        assert [problem.path for problem in problems] == ["keypad"]
        assert "GPIO17" in problems[0].found
        it.unit.press("1")
        await until(lambda: it.said == ["+1"])
        it.keypad.close()

    run(story())


def test_after_close_nothing_is_told_and_the_pins_are_free() -> None:
    async def story() -> None:
        it = Desk()
        it.start()
        it.unit.press("1")
        it.keypad.close()
        await asyncio.sleep(0.03)
        assert it.said == []
        again = it.start()
        assert again.working and not it.problems
        again.close()

    run(story())


def test_two_threads_that_wake_it_at_once_make_one_row_of_scans() -> None:
    async def story() -> None:
        async with desk() as it:
            it.unit.press("1")
            asyncio.get_running_loop().call_soon_threadsafe(it.keypad._woken)
            await it.down("1")
            scans, began = it.keypad.scans, time.perf_counter()
            await asyncio.sleep(0.2)
            took = time.perf_counter() - began
            assert it.keypad.scans - scans <= took / Timing().watch_held + 1
            it.keypad.close()
            scans = it.keypad.scans
            await asyncio.sleep(3 * Timing().watch_held)
            assert it.keypad.scans == scans

    run(story())


HUM = 20
"""Edges between two looks of the loop, so that even a slow machine has more edges than scans."""


def test_a_row_that_hums_does_not_keep_the_loop_scanning() -> None:
    async def story() -> None:
        async with desk() as it:
            began = time.perf_counter()
            edges = 0
            while edges <= 2 * it.keypad.scans or time.perf_counter() - began < 0.2:
                assert time.perf_counter() - began < 10, "there was too little noise to tell"
                for _ in range(HUM):
                    it.unit.press("1")
                    it.unit.release("1")
                edges += HUM
                await asyncio.sleep(0)
            took = time.perf_counter() - began
            assert it.keypad.scans <= took / Timing().confirm + 1
            await it.rest()
            assert it.said == []

    run(story())


def test_whoever_is_told_may_close_it_and_is_told_no_more() -> None:
    async def story() -> None:
        it = Desk()
        it.start()
        press = it.keypad._on_press

        def close_at_once(key: str) -> None:
            press(key)
            it.keypad.close()

        it.keypad._on_press = close_at_once
        it.unit.press("1")
        it.unit.press("2")
        await until(lambda: it.said)
        await asyncio.sleep(0.03)
        assert it.said == ["+1"]

    run(story())


def test_without_a_factory_it_takes_gpiozeros() -> None:
    async def story() -> None:
        before, Device.pin_factory = Device.pin_factory, MockFactory()
        try:
            keypad = MatrixKeypad(DEFAULT_BOARD, lambda key: None, lambda key: None)
            assert keypad.working
            keypad.close()
        finally:
            Device.pin_factory = before

    run(story())
