"""The hook switch: whether the handset is lifted.

A change counts when the switch has been quiet for `STABLE` seconds, so that a handset that is put
down hard, or a switch that chatters, is one change or none. Between edges nothing is polled. An
edge, on whatever thread it comes, notes the time and wakes the loop once; while the loop waits for
quiet, further edges cost no more than that note.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from hw.board import Board
from hw.gpio import PinFactory, default_factory, pin_errors
from hw.problem import OnProblem, Problem, ignore

STABLE = 0.030
"""Quiet that is asked of the switch before it is believed, in seconds."""

CHATTER = 5.0
"""Unrest after which the switch is reported as faulty, in seconds."""

OnHook = Callable[[], None]


class HookSwitch:
    """A hook switch on a gpiozero pin factory.

    The handset counts as being in its cradle at first; if it is not, `on_lift` is called as soon as
    the loop runs. A board without a hook switch, or whose pin is not available (reported), has one
    that is never lifted and not `working`. To be made and closed on the loop's thread.
    """

    def __init__(
        self,
        board: Board,
        on_lift: OnHook,
        on_replace: OnHook,
        *,
        on_problem: OnProblem = ignore,
        loop: asyncio.AbstractEventLoop | None = None,
        pin_factory: PinFactory | None = None,
        stable: float = STABLE,
        chatter: float = CHATTER,
    ) -> None:
        self._on_lift = on_lift
        self._on_replace = on_replace
        self._on_problem = on_problem
        self._loop = loop or asyncio.get_running_loop()
        self._stable = stable
        self._chatter = chatter
        self._closed_means_lifted = board.hook_closed == "off-hook"
        self._device: Any = None
        self._pin: Any = None
        self._timer: asyncio.TimerHandle | None = None
        self._awake = False
        self._last_edge = 0.0
        self._restless_since = 0.0
        self._reported = False
        self.lifted = False
        self.working = board.hook is not None and self._claim(board.hook, pin_factory)
        if self.working:
            self._edge(0.0, False)

    def close(self) -> None:
        """Let go of the pin; nothing is called any more."""
        self.working = False
        self._awake = True
        if self._timer is not None:
            self._timer.cancel()
        if self._device is not None:
            self._device.pin.when_changed = None
            self._device.close()
            self._device = None

    def _claim(self, pin: int, factory: PinFactory | None) -> bool:
        from gpiozero import InputDevice

        try:
            factory = factory or default_factory()
            self._device = InputDevice(pin, pull_up=True, pin_factory=factory)
            self._pin = self._device.pin
            self._pin.edges = "both"
            self._pin.when_changed = self._edge
        except pin_errors() as error:
            self.close()
            self._on_problem(
                Problem(
                    "hook",
                    "the hook switch is not available",
                    str(error) or type(error).__name__,
                    "a free GPIO pin",
                    "compare [board] hook with the wiring",
                )
            )
            return False
        return True

    def _edge(self, _ticks: float, _state: bool) -> None:
        """On whatever thread edges come: note the time, and wake the loop unless it is awake."""
        self._last_edge = self._loop.time()
        if not self._awake:
            self._awake = True
            self._loop.call_soon_threadsafe(self._woken)

    def _woken(self) -> None:
        self._restless_since = self._last_edge
        self._wait()

    def _wait(self) -> None:
        self._timer = None
        if not self.working:
            return
        now = self._loop.time()
        due = self._last_edge + self._stable
        if now < due:
            self._timer = self._loop.call_at(due, self._wait)
            if now - self._restless_since >= self._chatter:
                self._report_chatter()
            return
        self._awake = False
        self._believe()

    def _believe(self) -> None:
        closed = not self._pin.state
        lifted = closed == self._closed_means_lifted
        if lifted != self.lifted:
            self.lifted = lifted
            (self._on_lift if lifted else self._on_replace)()

    def _report_chatter(self) -> None:
        if not self._reported:
            self._reported = True
            self._on_problem(
                Problem(
                    "hook",
                    "the hook switch chatters",
                    f"no {self._stable * 1000:.0f} ms of quiet in {self._chatter:.0f} s",
                    "a switch that opens or closes",
                    "replace the switch, or look for a loose wire",
                )
            )
