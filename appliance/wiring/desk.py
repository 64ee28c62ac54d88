"""The desk unit, real or simulated: keys, hook, lamps, display and headset as the phone needs them.

Both kinds are the same classes of `hw` on different pins: the Pi's own, or gpiozero's mock with
wires whose contacts a program closes. A part that is missing is reported to the phone and survived;
only what the phone cannot be without (the loop, SIP) may end it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from PIL import Image

from appliance.config.model import Config
from appliance.errors import ConfigRefused, UsageError
from appliance.face import Fingers
from appliance.phone.effects import LampState
from appliance.phone.events import (
    HeadsetChanged,
    HookLifted,
    HookReplaced,
    KeyPressed,
    KeyReleased,
    ProblemFound,
)
from appliance.phone.screen import Screen
from appliance.ports import Display, Lamps, Post
from appliance.screens.painter import Painter, Panel
from appliance.screens.render import render
from appliance.system.heartbeat import Pulse
from appliance.wiring.boards import board_of
from appliance.wiring.fingers import PinFingers, PostingFingers
from appliance.wiring.sound import Sound, find_sound
from appliance.wiring.troubles import words_of
from hw.board import DEFAULT_BOARD, Board
from hw.gpio import open_pins
from hw.hook import HookSwitch
from hw.keypad import MatrixKeypad
from hw.lamps import Lamps as PinLamps
from hw.oled import Oled
from hw.problem import Problem
from hw.simulated.captured import CapturedDisplay
from hw.simulated.desk import TerminalDesk, TerminalError
from hw.simulated.wiring import SimulatedUnit

log = logging.getLogger(__name__)

SIMULATED = Sound("", HeadsetChanged("ready", "simulated", "Simulated headset"))
"""A headset of files and silence."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk unit in working order."""

    display: Display
    lamps: Lamps
    fingers: Fingers
    sound: Sound
    audible: bool = True
    """False where no sound device of this machine may be touched."""
    vital: list[asyncio.Future[None]] = field(default_factory=list)
    """Fail if a part dies of a mistake of ours, and the phone with them."""
    quits: list[Callable[[], None]] = field(default_factory=list)
    pulses: dict[str, Pulse] = field(default_factory=dict)
    """What has a thread of its own here, by name, and how it is asked for an answer."""

    def draw(self, screen: Screen) -> Image.Image:
        """The picture of a screen as this unit would show it."""
        return render(screen)

    def on_quit(self, action: Callable[[], None]) -> None:
        """Have `action` called when somebody switches the unit off by its own controls."""
        self.quits.append(action)


@contextlib.asynccontextmanager
async def simulated_desk(config: Config, post: Post, *, headless: bool) -> AsyncIterator[Desk]:
    """A desk unit of mock pins; drawn in the terminal, with the PC's sound, unless `headless`."""
    board = board_of(config.board)
    unit = SimulatedUnit(board)
    fingers = PinFingers(unit, post)
    with contextlib.ExitStack() as stack:
        lamps: Lamps = _pin_parts(stack, board, fingers.report, post, unit.pin_factory)
        if headless:
            painter = _painter(stack, CapturedDisplay(), post)
            yield Desk(painter, lamps, fingers, SIMULATED, audible=False)
            return
        quits: list[Callable[[], None]] = []

        def leave() -> None:
            for action in quits:
                action()

        terminal = TerminalDesk(
            board,
            on_press=unit.press,
            on_release=unit.release,
            on_lift=unit.lift,
            on_replace=unit.replace,
            on_quit=leave,
            title=config.phone.name,
        )
        try:
            stack.enter_context(terminal)
        except TerminalError as error:
            raise UsageError("DESK-01", "No terminal", f"{error} (--headless)") from error
        fingers.hands = terminal
        painter = _painter(stack, terminal, post)
        sound = find_sound(config.audio)
        yield Desk(
            painter,
            DrawnLamps(lamps, terminal),
            fingers,
            sound if sound.pcm else SIMULATED,
            quits=quits,
        )


@contextlib.asynccontextmanager
async def unit_desk(config: Config, post: Post) -> AsyncIterator[Desk]:
    """The desk unit of a Pi: as much of it as is there, the rest reported."""
    board = board_of(config.board, config.display)
    on_problem = partial(_part_problem, post)
    with contextlib.ExitStack() as stack:
        lamps: Lamps = NoLamps()
        pins = open_pins(on_problem)
        if pins is not None:
            stack.callback(pins.close)
            lamps = _pin_parts(stack, board, post, post, pins)
        vital: list[asyncio.Future[None]] = []
        pulses: dict[str, Pulse] = {}
        panel: Panel = CapturedDisplay()
        if board.display.driver != "none":
            oled = Oled(
                board.display,
                on_problem=on_problem,
                on_recovered=lambda: post(ProblemFound("display", "", "")),
            )
            vital.append(oled.failed)
            pulses["display"] = oled.pulse
            panel = oled
        painter = _painter(stack, panel, post)
        fingers = PostingFingers(board, post)
        sound = find_sound(config.audio)
        yield Desk(painter, lamps, fingers, sound, vital=vital, pulses=pulses)


async def show_refusal(error: ConfigRefused) -> None:
    """Leave the first mistake on the display of a unit that has no configuration to run with.

    Nothing is known of the unit's own wiring then: the default board's display is tried.
    """
    picture = render(Screen("message", "Wrong settings", lines=(error.agent,), code=error.code))
    oled = Oled(DEFAULT_BOARD.display, on_problem=lambda problem: log.error("%s", problem))
    oled.show(picture)
    await asyncio.to_thread(oled.close, keep=True)


class DrawnLamps:
    """Lamps on pins that are drawn in the terminal too."""

    def __init__(self, lamps: Lamps, terminal: TerminalDesk) -> None:
        self._lamps = lamps
        self._terminal = terminal

    def set(self, name: str, state: LampState) -> None:
        """Switch both."""
        self._lamps.set(name, state)
        self._terminal.lamp(name, state)


class NoLamps:
    """The lamps of a unit whose GPIO is missing."""

    def set(self, name: str, state: LampState) -> None:
        """Nothing lights up."""


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
    post(ProblemFound(problem.path.partition("[")[0], "HW-02", words_of(problem)))
