"""The hook switch on simulated wires: bounces, chatter, and what a closed switch means."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from hw.board import DEFAULT_BOARD, Board
from hw.hook import STABLE, HookSwitch
from hw.problem import Problem
from hw.simulated.wiring import SimulatedUnit
from tests.hw.waiting import until


class Cradle:
    """A hook switch, and what it said."""

    def __init__(self, board: Board = DEFAULT_BOARD, lifted: bool = False, **more: Any) -> None:
        self.unit = SimulatedUnit(board)
        if lifted:
            self.unit.lift()
        self.said: list[str] = []
        self.problems: list[Problem] = []
        self.hook = HookSwitch(
            board,
            lambda: self.said.append("lift"),
            lambda: self.said.append("replace"),
            on_problem=self.problems.append,
            pin_factory=self.unit.pin_factory,
            **more,
        )


def board(closed: str) -> Board:
    assert closed in ("on-hook", "off-hook")
    return replace(DEFAULT_BOARD, hook_closed=closed)  # type: ignore[arg-type]


@pytest.mark.parametrize("closed", ["on-hook", "off-hook"])
@pytest.mark.parametrize("bounces", [0, 20])
def test_lift_and_replace(closed: str, bounces: int) -> None:
    async def story() -> None:
        it = Cradle(board(closed))
        it.unit.lift(bounces)
        await until(lambda: it.said == ["lift"])
        states = [it.hook.lifted]
        it.unit.replace(bounces)
        await until(lambda: it.said == ["lift", "replace"])
        assert [*states, it.hook.lifted] == [True, False]
        it.hook.close()

    asyncio.run(story())


def test_in_its_cradle_at_start_nothing_is_said() -> None:
    async def story() -> None:
        it = Cradle()
        await asyncio.sleep(3 * STABLE)
        assert it.said == [] and not it.hook.lifted
        it.hook.close()

    asyncio.run(story())


def test_a_handset_that_is_off_at_start_is_told() -> None:
    async def story() -> None:
        it = Cradle(lifted=True)
        await until(lambda: it.said == ["lift"])
        it.hook.close()

    asyncio.run(story())


def test_a_lift_is_told_soon() -> None:
    """By the best of ten, for the machine may be busy."""

    async def story() -> None:
        took: list[float] = []
        while not took or (min(took) >= 4 * STABLE and len(took) < 10):
            it = Cradle()
            await asyncio.sleep(2 * STABLE)
            began = time.perf_counter()
            it.unit.lift(bounces=4)
            await until(lambda: it.said)  # noqa: B023
            took.append(time.perf_counter() - began)
            it.hook.close()
        assert STABLE <= min(took) < 4 * STABLE

    asyncio.run(story())


@pytest.mark.parametrize("ends_lifted", [True, False])
def test_chatter_at_1_khz_is_no_flood_and_ends_right(ends_lifted: bool) -> None:
    async def story() -> None:
        it = Cradle()
        calls = gaps = 0
        wake = it.hook._woken

        def counted() -> None:
            nonlocal calls
            calls += 1
            wake()

        it.hook._woken = counted  # type: ignore[method-assign]

        def chatter() -> None:
            nonlocal gaps
            pace = threading.Event()
            due = before = time.monotonic()
            moves = (it.unit.lift, it.unit.replace) * 1000
            for move in (*moves, it.unit.lift) if ends_lifted else moves:
                began = time.monotonic()
                move()
                gaps += time.monotonic() - before >= 0.8 * STABLE
                before = began
                due += 0.0005
                pace.wait(max(0.0, due - time.monotonic()))

        await asyncio.to_thread(chatter)
        await until(lambda: it.hook.lifted is ends_lifted)
        await asyncio.sleep(2 * STABLE)
        assert it.hook.lifted is ends_lifted
        assert len(it.said) <= gaps + (1 if ends_lifted or gaps else 0), "only quiet is believed"
        assert it.said[1::2] == ["replace"] * (len(it.said) // 2)
        assert calls <= 2 + gaps, "the loop is woken for the first edge, not for each"
        it.hook.close()

    asyncio.run(story())


def test_chatter_without_end_is_reported_once_and_changes_nothing() -> None:
    async def story() -> None:
        it = Cradle(chatter=0.1, stable=0.2)
        for _ in range(300):
            it.unit.lift()
            it.unit.replace()
            await asyncio.sleep(0.002)
        assert it.said == []
        assert len(it.problems) == 1 and it.problems[0].path == "hook"
        it.hook.close()

    asyncio.run(story())


def test_a_board_without_a_hook_is_never_lifted() -> None:
    async def story() -> None:
        it = Cradle(replace(DEFAULT_BOARD, hook=None))
        it.unit.lift()
        assert not it.hook.working and not it.hook.lifted and not it.problems
        it.hook.close()

    asyncio.run(story())


def test_a_pin_that_is_taken_is_a_problem_and_no_exception() -> None:
    async def story() -> None:
        it = Cradle()
        problems: list[Problem] = []
        second = HookSwitch(
            DEFAULT_BOARD,
            lambda: None,
            lambda: None,
            on_problem=problems.append,
            pin_factory=it.unit.pin_factory,
        )
        assert not second.working and "GPIO26" in problems[0].found
        it.hook.close()

    asyncio.run(story())


def test_after_close_nothing_is_told() -> None:
    async def story() -> None:
        it = Cradle()
        it.unit.lift()
        it.hook.close()
        await asyncio.sleep(2 * STABLE)
        assert it.said == []

    asyncio.run(story())
