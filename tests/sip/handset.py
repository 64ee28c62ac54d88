"""A real `Engine` with an ear for its events: what every test of this room holds in its hand."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from appliance.phone.effects import Effect, Register
from appliance.phone.events import Event, RegistrationChanged
from appliance.sip.engine import Engine
from appliance.sip.settings import SipSettings
from tests.peers.audio import Recording

PATIENCE_SECONDS = 10.0

E = TypeVar("E")


class Handset:
    """An engine, and the events that it posted, in order."""

    def __init__(self, settings: SipSettings) -> None:
        self.engine = Engine(settings, self._heard)
        self.events: list[Event] = []
        self._news = asyncio.Event()
        self._read = 0

    def _heard(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    def do(self, *effects: Effect) -> None:
        """Perform effects in order."""
        for effect in effects:
            self.engine.perform(effect)

    async def settled(self) -> None:
        """Everything said so far has been done."""
        await self.engine.quality(0)

    async def next(
        self,
        kind: type[E],
        holds: Callable[[E], bool] = lambda _: True,
        within: float = PATIENCE_SECONDS,
    ) -> E:
        """The next event of this kind for which `holds`; those before it are passed over."""
        async with asyncio.timeout(within):
            while True:
                while self._read < len(self.events):
                    event = self.events[self._read]
                    self._read += 1
                    if isinstance(event, kind) and holds(event):
                        return event
                self._news.clear()
                await self._news.wait()

    async def registered(self, account: int = 0) -> RegistrationChanged:
        """Register and wait for the outcome, whatever it is."""
        self.do(Register(account))
        return await self.next(
            RegistrationChanged, lambda e: e.account == account and e.state != "trying", 20.0
        )

    def seen(self, kind: type[E]) -> Sequence[E]:
        """Every event of this kind so far."""
        return [event for event in self.events if isinstance(event, kind)]

    async def hears(self, holds: Callable[[Recording], bool], seconds: float = 0.5) -> Recording:
        """Listen until the last `seconds` are as they should be."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                heard = await self.engine.heard(seconds)
                recording = Recording(heard.rate, array("h", heard.samples))
                if holds(recording):
                    return recording
                await asyncio.sleep(0.05)


@asynccontextmanager
async def handset(settings: SipSettings) -> AsyncIterator[Handset]:
    """A running engine; stopped at the end, and it must not have failed."""
    phone = Handset(settings)
    await phone.engine.start()
    try:
        yield phone
    finally:
        await phone.engine.stop()
    if phone.engine.failed.done():
        phone.engine.failed.result()
