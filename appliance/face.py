"""A running phone as programs see it: the door behind the control socket and the scenario runner.

Everything asked here is either read from the state or done to the desk unit as a hand would do it,
so that a script and a finger cannot behave differently.
"""

from __future__ import annotations

import io
import sys
import time
from array import array
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from PIL import Image

from appliance import __version__
from appliance.control.status import (
    ConfigStatus,
    Extras,
    ProvisioningStatus,
    RtpStatus,
    Status,
    StrangersStatus,
    build_status,
)
from appliance.loop import PhoneLoop
from appliance.phone.calllog import Record
from appliance.phone.events import Event
from appliance.phone.screen import Screen
from appliance.phone.state import Phone
from appliance.sip.engine import Engine


class Fingers(Protocol):
    """What can be done to a desk unit by hand. Returns when the phone has taken it."""

    async def press(self, key: str) -> None:
        """Push a key down."""

    async def release(self, key: str) -> None:
        """Let a key come up."""

    async def lift(self) -> None:
        """Lift the handset."""

    async def replace(self) -> None:
        """Put the handset back."""


class Face:
    """The `PhoneFace` of a phone; `draw` makes the picture of a screen, `again` reloads.

    `history` reads the call log, the last call first.
    """

    def __init__(
        self,
        loop: PhoneLoop,
        engine: Engine,
        fingers: Fingers,
        *,
        draw: Callable[[Screen], Image.Image],
        config: Callable[[], ConfigStatus],
        provisioning: Callable[[], ProvisioningStatus | None],
        again: Callable[[], Awaitable[str]],
        history: Callable[[], Awaitable[tuple[Record, ...]]],
    ) -> None:
        self._loop = loop
        self._engine = engine
        self._fingers = fingers
        self.draw = draw
        self._config = config
        self._provisioning = provisioning
        self._again = again
        self._history = history
        self._began = time.monotonic()

    @property
    def phone(self) -> Phone:
        """The state just now."""
        return self._loop.phone

    @property
    def screen(self) -> Screen:
        """What the display says just now."""
        return self._loop.screen

    @property
    def lamps(self) -> Mapping[str, str]:
        """The unit's lamps by name."""
        return self._loop.lamps

    def post(self, event: Event) -> None:
        """Let this happen to the phone."""
        self._loop.post(event)

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Have every event told to `listener`; call what is returned to end that."""
        return self._loop.subscribe(listener)

    async def press(self, key: str) -> None:
        """Push a key of the unit down."""
        await self._fingers.press(key)

    async def release(self, key: str) -> None:
        """Let a key come up."""
        await self._fingers.release(key)

    async def lift(self) -> None:
        """Lift the handset."""
        await self._fingers.lift()

    async def replace(self) -> None:
        """Put the handset back."""
        await self._fingers.replace()

    async def status(self) -> Status:
        """Everything, with what the SIP engine has measured."""
        quality = {}
        for call in self._loop.phone.calls:
            measured = await self._engine.quality(call.id)
            if measured is not None:
                quality[call.id] = RtpStatus(
                    rx=measured.rx,
                    tx=measured.tx,
                    lost=measured.lost,
                    jitter_ms=measured.jitter_ms,
                    mos=measured.mos,
                )
        dropped = await self._engine.turned_away()
        extras = Extras(
            version=__version__,
            uptime_s=time.monotonic() - self._began,
            lamps=self._loop.lamps,
            screen=self._loop.screen.text(),
            config=self._config(),
            provisioning=self._provisioning(),
            quality=quality,
            requests=await self._engine.last_requests(),
            strangers=StrangersStatus(dropped.strangers, dropped.last_from, dropped.unheeded),
        )
        return build_status(self._loop.phone, extras)

    async def history(self) -> tuple[Record, ...]:
        """The call log, the last call first."""
        return await self._history()

    async def picture(self) -> bytes:
        """What the display shows just now, as PNG."""
        buffer = io.BytesIO()
        self.draw(self._loop.screen).save(buffer, "PNG")
        return buffer.getvalue()

    async def reload(self) -> str:
        """Read the configuration again and use it; what came of it, in words."""
        return await self._again()

    async def heard(self, seconds: float) -> tuple[Sequence[int], int]:
        """The last seconds of the earpiece: signed 16-bit mono samples and their rate in Hz."""
        heard = await self._engine.heard(seconds)
        samples = array("h", heard.samples)
        if sys.byteorder == "big":
            samples.byteswap()
        return samples, heard.rate
