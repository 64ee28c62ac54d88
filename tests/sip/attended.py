"""A phone without a desk: a real engine under the real core and loop, watching the network.

What `handset` is to one attempt to register this is to all that follow: it decides by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from appliance.clock import SystemClock
from appliance.loop import PhoneLoop
from appliance.phone.calllog import Record
from appliance.phone.effects import LampState, SetHeadset, SetRinger, SetUpByHand
from appliance.phone.events import (
    DialRequested,
    Event,
    FactsRead,
    HangUpRequested,
    RegistrationChanged,
)
from appliance.phone.preferences import Preferences
from appliance.phone.screen import Screen
from appliance.phone.settings import AccountSettings, Settings
from appliance.phone.standing import Registration
from appliance.phone.state import Phone
from appliance.ports import Muscles
from appliance.sip.engine import Engine
from appliance.sip.settings import SipSettings
from appliance.system.network import watch

PATIENCE_SECONDS = 20.0

E = TypeVar("E")


class _Desk:
    """A display, lamps and a mixer that nobody looks at."""

    def show(self, screen: Screen) -> None:
        """Show nothing."""

    def set_brightness(self, percent: int) -> None:
        """Stay dark."""

    def set(self, name: str, state: LampState) -> None:
        """Light nothing."""

    def indicate(self, effect: SetHeadset) -> None:
        """No headset is told."""

    def step_volume(self, which: str, steps: int) -> int:
        """Change nothing."""
        return 50

    def perform(self, effect: SetRinger) -> None:
        """Ring nowhere."""

    def facts(self) -> FactsRead:
        """Nobody asks."""
        return FactsRead()

    def keep(self, preferences: Preferences) -> None:
        """Nothing is kept."""

    def keep_call(self, record: Record) -> None:
        """Nor is this."""

    def see_missed(self) -> None:
        """Nor is this."""

    def set_up(self, account: SetUpByHand) -> None:
        """Nobody types an account."""

    def test_headset(self, *, running: bool) -> None:
        """Nothing is tested."""


class Attended:
    """The phone, and what happened to it, in order and with the time."""

    def __init__(self, settings: SipSettings, core: Settings) -> None:
        self.loop = PhoneLoop(core, SystemClock())
        self.engine = Engine(settings, self.loop.post)
        self.events: list[tuple[float, Event]] = []
        self._news = asyncio.Event()
        self._read = 0
        self.loop.subscribe(self._heard)

    @property
    def phone(self) -> Phone:
        """The state of the core."""
        return self.loop.phone

    @property
    def registration(self) -> Registration:
        """Where the first account stands."""
        return self.phone.registrations[0]

    def _heard(self, event: Event) -> None:
        self.events.append((asyncio.get_running_loop().time(), event))
        self._news.set()

    async def next(
        self,
        kind: type[E],
        holds: Callable[[E], bool] = lambda _: True,
        within: float = PATIENCE_SECONDS,
    ) -> E:
        """The next event of this kind for which `holds`; those before it are passed over."""
        try:
            async with asyncio.timeout(within):
                while True:
                    while self._read < len(self.events):
                        event = self.events[self._read][1]
                        self._read += 1
                        if isinstance(event, kind) and holds(event):
                            return event
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            seen = "\n".join(f"{when:.2f} {event}" for when, event in self.events[-30:])
            raise TimeoutError(f"no {kind.__name__} within {within} s; seen:\n{seen}") from None

    async def registered(
        self, server: str = "", within: float = PATIENCE_SECONDS
    ) -> RegistrationChanged:
        """The next time that it is registered, with that server if one is named."""
        return await self.next(
            RegistrationChanged,
            lambda e: e.state == "registered" and e.server_in_use.startswith(server),
            within,
        )

    async def failed(
        self, verdict: str = "", within: float = PATIENCE_SECONDS
    ) -> RegistrationChanged:
        """The next attempt that fails, for that reason if one is named."""
        return await self.next(
            RegistrationChanged,
            lambda e: e.state == "failed" and verdict in ("", e.verdict),
            within,
        )

    def dial(self, number: str) -> None:
        """Place a call."""
        self.loop.post(DialRequested(number))

    def hang_up(self) -> None:
        """End it."""
        self.loop.post(HangUpRequested())


@asynccontextmanager
async def attended(settings: SipSettings, **core: object) -> AsyncIterator[Attended]:
    """A running phone; stopped at the end, and it must not have failed."""
    accounts = tuple(
        AccountSettings(
            account.user,
            server=account.servers[0],
            transport=account.transport,
            servers=len(account.servers),
        )
        for account in settings.accounts
    )
    attended = Attended(settings, Settings(accounts=accounts, **core))  # type: ignore[arg-type]
    desk = _Desk()
    _ = attended.loop.spawn("network", watch(attended.loop.post, attended.engine.servers))
    running = asyncio.get_running_loop().create_task(
        attended.loop.run(Muscles(attended.engine, *[desk] * 6))
    )
    try:
        yield attended
    finally:
        attended.loop.stop()
        await running
