"""The sockets in the wall: what the loop expects of whoever plays display, keypad or SIP engine.

Only Protocols live here. `wiring` plugs real hardware, simulated hardware or a test's own double
into them; the loop cannot tell the difference.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from appliance.phone.calllog import Record
from appliance.phone.effects import Effect, LampState, SetHeadset, SetRinger, SetUpByHand
from appliance.phone.events import Event, FactsRead
from appliance.phone.moment import Moment
from appliance.phone.preferences import Preferences
from appliance.phone.screen import Screen

Post = Callable[[Event], None]
"""Hands an event to the phone's inbox; to be called on the loop's thread only."""


class Clock(Protocol):
    """The only place where the phone reads the time."""

    def now(self) -> Moment:
        """The present moment."""


class Display(Protocol):
    """Shows screens; drawing is latest-wins and never blocks the caller."""

    def show(self, screen: Screen) -> None:
        """Replace what is shown."""

    def set_brightness(self, percent: int) -> None:
        """0 to 100; 0 switches the panel off until it is raised again."""


class Lamps(Protocol):
    """The unit's lamps."""

    def set(self, name: str, state: LampState) -> None:
        """Switch a lamp; an unknown name is ignored, for a smaller board has fewer."""


class SipEngine(Protocol):
    """The SIP room, as the loop sees it: effects in, events out through the inbox."""

    failed: asyncio.Future[None]
    """Exists once started; fails if the engine cannot go on."""

    async def start(self) -> None:
        """Open transports and begin to register; returns when commands are accepted."""

    def perform(self, effect: Effect) -> None:
        """Queue a command for the SIP thread; never blocks, its outcome comes as events."""

    async def stop(self) -> None:
        """Hang up, un-register and end the thread; at most 3 s."""


class Headset(Protocol):
    """The headset's mixer and lights."""

    def indicate(self, effect: SetHeadset) -> None:
        """Tell the headset what the phone is; never blocks."""

    def step_volume(self, which: str, steps: int) -> int:
        """Change a level by steps of the trade's 3 dB; the new level in percent."""


class Ringer(Protocol):
    """Whatever it is that rings."""

    def perform(self, effect: SetRinger) -> None:
        """Ring, or stop; never blocks."""

    def step_volume(self, which: str, steps: int) -> int:
        """Change the ring's level by steps of the trade's 3 dB; the new level in percent."""


class Store(Protocol):
    """What outlives a restart."""

    def keep(self, preferences: Preferences) -> None:
        """Keep the agent's choices; never blocks."""

    def keep_call(self, record: Record) -> None:
        """Keep a call, in place of what was kept under its id; never blocks."""

    def see_missed(self) -> None:
        """Keep that the missed calls have been seen; never blocks."""


class Unit(Protocol):
    """The unit itself, as far as the display tells of it."""

    def facts(self) -> FactsRead:
        """What it is just now; never blocks."""

    def set_up(self, account: SetUpByHand) -> None:
        """Have it live anew with this account, or without the one before."""

    def test_headset(self, *, running: bool) -> None:
        """Begin to test the headset, or end that: its device is free when this returns."""


@dataclass(frozen=True, slots=True)
class Muscles:
    """Everything that the loop moves."""

    sip: SipEngine
    display: Display
    lamps: Lamps
    headset: Headset
    ringer: Ringer
    unit: Unit
    store: Store
