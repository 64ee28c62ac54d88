"""The desk unit, real or simulated: keys, hook, lamps, display and headset as the phone needs them.

Both kinds are the same classes of `hw` on different pins: the Pi's own, or gpiozero's mock with
wires whose contacts a program closes. A part that is missing is reported to the phone and survived;
only what the phone cannot be without (the loop, SIP) may end it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from PIL import Image

from appliance.config.model import Config
from appliance.face import Fingers
from appliance.phone.events import (
    HeadsetChanged,
    HookLifted,
    HookReplaced,
    KeyPressed,
    KeyReleased,
    ProblemFound,
)
from appliance.phone.screen import Screen
from appliance.ports import Display, Headset, Lamps, Post
from appliance.screens.painter import Painter, Panel
from appliance.screens.render import render
from appliance.sip.settings import DeviceKind
from appliance.wiring.boards import board_of
from appliance.wiring.fingers import PinFingers
from hw.board import Board
from hw.hook import HookSwitch
from hw.keypad import MatrixKeypad
from hw.lamps import Lamps as PinLamps
from hw.problem import Problem
from hw.simulated.captured import CapturedDisplay
from hw.simulated.wiring import SimulatedUnit

log = logging.getLogger(__name__)

SIMULATED_HEADSET = HeadsetChanged("ready", "simulated", "Simulated headset")


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk unit in working order."""

    display: Display
    lamps: Lamps
    fingers: Fingers
    found: HeadsetChanged
    """Which headset it has, or that it has none."""
    sound: DeviceKind = "null"
    pcm: str = ""
    """The ALSA PCM of the headset, where `sound` is ``alsa``."""
    headset: Headset | None = None
    """The headset's mixer; None where the SIP engine's own levels have to do."""
    quits: list[Callable[[], None]] = field(default_factory=list)

    def draw(self, screen: Screen) -> Image.Image:
        """The picture of a screen as this unit would show it."""
        return render(screen)

    def on_quit(self, action: Callable[[], None]) -> None:
        """Have `action` called when somebody switches the unit off by its own controls."""
        self.quits.append(action)


@contextlib.asynccontextmanager
async def simulated_desk(config: Config, post: Post, *, headless: bool) -> AsyncIterator[Desk]:
    """A desk unit of mock pins; drawn in the terminal unless `headless`."""
    board = board_of(config.board)
    unit = SimulatedUnit(board)
    fingers = PinFingers(unit, post)
    with contextlib.ExitStack() as stack:
        lamps = _pin_parts(stack, board, fingers.report, post, unit.pin_factory)
        panel = CapturedDisplay()
        painter = _painter(stack, panel, post)
        yield Desk(painter, lamps, fingers, SIMULATED_HEADSET)


def _pin_parts(
    stack: contextlib.ExitStack, board: Board, report: Post, post: Post, pins: Any
) -> PinLamps:
    """Keypad, hook switch and lamps on a pin factory; they live as long as `stack`."""
    on_problem = partial(_part_problem, post)
    keypad = MatrixKeypad(
        board,
        lambda key: report(KeyPressed(key)),
        lambda key: report(KeyReleased(key)),
        on_problem=on_problem,
        pin_factory=pins,
    )
    stack.callback(keypad.close)
    hook = HookSwitch(
        board,
        lambda: report(HookLifted()),
        lambda: report(HookReplaced()),
        on_problem=on_problem,
        pin_factory=pins,
    )
    stack.callback(hook.close)
    lamps = PinLamps(board, on_problem=on_problem, pin_factory=pins)
    stack.callback(lamps.close)
    return lamps


def _painter(stack: contextlib.ExitStack, panel: Panel, post: Post) -> Painter:
    def problem(text: str) -> None:
        post(ProblemFound("display", "HW-01" if text else "", text))

    painter = Painter(panel, problem)
    stack.callback(painter.close)
    return painter


def _part_problem(post: Post, problem: Problem) -> None:
    log.error("%s", problem)
    post(ProblemFound(problem.path.partition("[")[0], "HW-02", problem.message.capitalize()))
