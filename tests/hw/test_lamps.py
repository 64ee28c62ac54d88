"""Lamps: what a state looks like over time, in step, and without a timer when nothing blinks."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from hw.board import DEFAULT_BOARD, LampPins
from hw.lamps import HALF_PERIOD, Lamps, LampState, lit
from hw.problem import Problem
from hw.simulated.wiring import SimulatedUnit
from tests.hw.waiting import until


@pytest.mark.parametrize(
    ("state", "pattern"),
    [
        ("off", "........"),
        ("on", "########"),
        ("blinking", "#.#.#.#."),
        ("blinking slowly", "##..##.."),
    ],
)
def test_states_over_half_periods(state: LampState, pattern: str) -> None:
    assert "".join("#" if lit(state, half) else "." for half in range(8)) == pattern


class Fast(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer: a minute of blinking in a moment."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.fired: list[float] = []

    def time(self) -> float:
        return self.now

    def jump(self, to: float) -> None:
        self.now = to
        self.fired.append(to)


async def half_periods(loop: Fast, count: int, began: float) -> None:
    loop.jump(began + count * HALF_PERIOD + 0.001)
    for _ in range(3):
        await asyncio.sleep(0)


def test_blinking_lamps_are_in_step_and_the_first_lights_at_once() -> None:
    loop = Fast()

    async def story() -> None:
        unit = SimulatedUnit(DEFAULT_BOARD)
        lamps = Lamps(DEFAULT_BOARD, pin_factory=unit.pin_factory)
        began = loop.now
        lamps.set("message", "blinking slowly")
        assert unit.lamp_lit("message")
        loop.now += 0.3
        lamps.set("call", "blinking")
        lamps.set("mute", "on")
        seen = [""] * 3
        for half in range(8):
            for index, name in enumerate(("message", "call", "mute")):
                seen[index] += "#" if unit.lamp_lit(name) else "."
            await half_periods(loop, half + 1, began)
        assert seen == ["##..##..", "#.#.#.#.", "########"]
        lamps.close()
        assert not any(unit.lamp_lit(name) for name in ("message", "call", "mute"))

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(story())


def test_a_lamp_blinks_by_the_real_clock_and_needs_no_timer_when_none_blinks() -> None:
    async def story() -> None:
        unit = SimulatedUnit(DEFAULT_BOARD)
        lamps = Lamps(DEFAULT_BOARD, pin_factory=unit.pin_factory)
        lamps.set("call", "blinking")
        await until(lambda: not unit.lamp_lit("call"))
        await until(lambda: unit.lamp_lit("call"))
        lamps.set("call", "on")
        assert unit.lamp_lit("call")
        assert lamps._timer is None
        lamps.set("call", "off")
        assert not unit.lamp_lit("call")
        lamps.close()

    asyncio.run(story())


def test_what_the_board_lacks_is_ignored_and_what_is_no_state_is_a_mistake() -> None:
    async def story() -> None:
        board = replace(DEFAULT_BOARD, lamps=LampPins(call=24))
        unit = SimulatedUnit(board)
        lamps = Lamps(board, pin_factory=unit.pin_factory)
        lamps.set("message", "on")
        lamps.set("no such lamp", "on")
        assert not unit.lamp_lit("message")
        with pytest.raises(ValueError, match="purple"):
            lamps.set("call", "purple")  # type: ignore[arg-type]
        lamps.close()

    asyncio.run(story())


def test_a_pin_that_is_taken_is_a_problem_and_the_other_lamps_work() -> None:
    async def story() -> None:
        unit = SimulatedUnit(DEFAULT_BOARD)
        first = Lamps(replace(DEFAULT_BOARD, lamps=LampPins(call=24)), pin_factory=unit.pin_factory)
        problems: list[Problem] = []
        second = Lamps(DEFAULT_BOARD, pin_factory=unit.pin_factory, on_problem=problems.append)
        assert [problem.path for problem in problems] == ["lamps.call"]
        second.set("call", "on")
        second.set("mute", "on")
        assert unit.lamp_lit("mute") and not unit.lamp_lit("call")
        second.close()
        first.close()

    asyncio.run(story())
