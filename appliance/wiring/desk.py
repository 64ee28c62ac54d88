"""The desk unit: keys, hook, lamps, display and headset, real or simulated, as the phone needs them.

Both kinds are the same classes of `hw` on different pins: the Pi's own, or gpiozero's mock with a
matrix whose keys are pressed by a program. A part that is missing is reported to the phone and
survived; only what the phone cannot be without (the loop, SIP) may end it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TextIO

from PIL import Image

from appliance.config.model import Config
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
from appliance.ports import Display, Headset, Lamps, Post
from appliance.screens.painter import Painter, Panel
from appliance.screens.render import render
from appliance.sip.settings import DeviceKind
from appliance.wiring.boards import board_of
from hw.hook import HookSwitch
from hw.keypad import MatrixKeypad
from hw.lamps import Lamps as PinLamps
from hw.soundcard import Mixer, SoundCard, choose, list_cards

log = logging.getLogger(__name__)

SIMULATED = HeadsetChanged("ready", "simulated", "Simulated headset")


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk unit in working order; `found` says which headset it has."""

    display: Display
    lamps: Lamps
    fingers: Fingers
    headset: Headset | None
    """The headset's mixer; None where the SIP engine's own levels have to do."""
    found: HeadsetChanged
    sound: DeviceKind
    pcm: str
    """The ALSA PCM of the headset, where `sound` is ``alsa``."""
    on_quit: Callable[[Callable[[], None]], None]
    """Takes what is to be called when somebody switches the unit off by its own controls."""

    def draw(self, screen: Screen) -> Image.Image:
        """The picture of a screen as this unit would show it."""
        return render(screen)


class PostingFingers:
    """Fingers for a unit whose keys are real: what a program presses is posted as an event."""

    def __init__(self, post: Post) -> None:
        self._post = post

    async def press(self, key: str) -> None:
        """Push a key down."""
        self._post(KeyPressed(key))

    async def release(self, key: str) -> None:
        """Let a key come up."""
        self._post(KeyReleased(key))

    async def lift(self) -> None:
        """Lift the handset."""
        self._post(HookLifted())

    async def replace(self) -> None:
        """Put the handset back."""
        self._post(HookReplaced())
