"""What the control room may ask of a phone: the one door for programs.

The socket's server and the scenario runner know a phone only as a `PhoneFace`, be it a unit, a
simulated one or a test's double. What they do to it goes through the same door as a finger or a
hand: a key pressed here is a key pressed on the unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from appliance.control.status import Status
from appliance.phone.calllog import Record
from appliance.phone.events import Event
from appliance.phone.screen import Screen
from appliance.phone.state import Phone

Listener = Callable[[Event], None]
"""Called for each event but ``TimePassed``, when the phone has taken it and performed what follows
from it: `PhoneFace.phone` is then the state after the event, and `Phone.now` when it came."""


class PhoneFace(Protocol):
    """A running phone, as programs see it. Everything is called on the loop's thread.

    `press`, `release`, `lift` and `replace` return when the phone has taken the event that they
    cause, debouncing included where there is any; whoever reads the phone afterwards sees what came
    of it. They raise a `PhoneError` when the unit cannot do it, for want of that key for example.
    """

    @property
    def phone(self) -> Phone:
        """The state just now."""

    @property
    def screen(self) -> Screen:
        """What the display says just now."""

    @property
    def lamps(self) -> Mapping[str, str]:
        """The unit's lamps just now: ``off``, ``on`` or ``blinking`` by name."""

    def post(self, event: Event) -> None:
        """Let this happen to the phone; taken when it returns."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have every event told to `listener`; call what is returned to end that."""

    async def press(self, key: str) -> None:
        """Push a key of the contract down; a tap is a press followed by a release."""

    async def release(self, key: str) -> None:
        """Let a key come up."""

    async def lift(self) -> None:
        """Lift the handset; nothing happens if it is lifted already."""

    async def replace(self) -> None:
        """Put the handset back."""

    async def status(self) -> Status:
        """Everything, with what the SIP engine has measured; see `build_status`."""

    async def history(self) -> tuple[Record, ...]:
        """The call log, the last call first. Raises `PhoneError` if it cannot be read."""

    async def picture(self) -> bytes:
        """What the display shows just now, as PNG."""

    async def reload(self) -> str:
        """Read the configuration again and use it; what came of it, in words.

        Raises `ConfigRefused` if it has mistakes; the phone then goes on with the one it has.
        """

    async def heard(self, seconds: float) -> tuple[Sequence[int], int]:
        """The last seconds of the earpiece: signed 16-bit mono samples and their rate in Hz.

        Fewer samples than asked for when less has been played; none when nothing has.
        """
