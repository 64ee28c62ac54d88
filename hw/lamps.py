"""The lamps: on, off and blinking, in step with each other.

Blinking is done by one timer of the loop for all lamps, and only while one blinks; gpiozero's own
blinking would need a thread for each. The first lamp to blink lights at once, the others join in.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal, get_args

from hw.board import Board
from hw.gpio import PinFactory, default_factory, pin_errors
from hw.problem import OnProblem, Problem, ignore

LampState = Literal["off", "on", "blinking", "blinking slowly"]

HALF_PERIOD = 0.5
"""Seconds: a blinking lamp blinks at 1 Hz; one that blinks slowly at 0.5 Hz."""

EARLY = 0.01
"""Half periods by which a timer may come early and still mean the next one."""


def lit(state: LampState, half_periods: int) -> bool:
    """Whether a lamp in `state` is alight when so many half periods have passed."""
    match state:
        case "off":
            return False
        case "on":
            return True
        case "blinking":
            return half_periods % 2 == 0
        case "blinking slowly":
            return half_periods % 4 < 2


class Lamps:
    """The lamps of a board, on a gpiozero pin factory; on the loop's thread only.

    A lamp that the board lacks is ignored; one whose pin is not available is reported and ignored.
    """

    def __init__(
        self,
        board: Board,
        *,
        on_problem: OnProblem = ignore,
        loop: asyncio.AbstractEventLoop | None = None,
        pin_factory: PinFactory | None = None,
    ) -> None:
        self._loop = loop or asyncio.get_running_loop()
        self._devices: dict[str, Any] = {}
        self._states: dict[str, LampState] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._began = 0.0
        for name, pin in board.lamps.items():
            if pin is not None:
                self._claim(name, pin, pin_factory, on_problem)

    def set(self, name: str, state: LampState) -> None:
        """Switch a lamp; an unknown name is ignored. ValueError for a state that is none."""
        if state not in get_args(LampState):
            raise ValueError(f"no such state of a lamp: {state!r}")
        if name not in self._devices:
            return
        self._states[name] = state
        if self._timer is None:
            self._began = self._loop.time()
        self._light()

    def close(self) -> None:
        """Switch all lamps off and let go of the pins."""
        if self._timer is not None:
            self._timer.cancel()
        for device in self._devices.values():
            device.off()
            device.close()
        self._devices.clear()
        self._states.clear()

    def _claim(
        self, name: str, pin: int, factory: PinFactory | None, on_problem: OnProblem
    ) -> None:
        from gpiozero import OutputDevice

        try:
            factory = factory or default_factory()
            self._devices[name] = OutputDevice(pin, initial_value=False, pin_factory=factory)
            self._states[name] = "off"
        except pin_errors() as error:
            on_problem(
                Problem(
                    f"lamps.{name}",
                    "the lamp is not available",
                    str(error) or type(error).__name__,
                    "a free GPIO pin",
                    "compare [board.lamps] with the wiring",
                )
            )

    def _light(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        half_periods = int((self._loop.time() - self._began) / HALF_PERIOD + EARLY)
        for name, state in self._states.items():
            self._devices[name].value = lit(state, half_periods)
        steps = [_step(state) for state in self._states.values() if _step(state)]
        if steps:
            ahead = min(steps) - half_periods % min(steps)
            due = self._began + (half_periods + ahead) * HALF_PERIOD
            self._timer = self._loop.call_at(due, self._light)


def _step(state: LampState) -> int:
    """Half periods between two changes of a lamp; 0 for one that does not change by itself."""
    return {"off": 0, "on": 0, "blinking": 1, "blinking slowly": 2}[state]
