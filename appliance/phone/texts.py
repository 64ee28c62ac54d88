"""Words that somebody has put on the display, such as a dialler's for its agent (MESSAGE).

They are shown until somebody has read them or they are old; later ones take their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.phone.words import Words, as_it_is, composed, printable

if TYPE_CHECKING:
    from appliance.phone.events import TextReceived
    from appliance.phone.turn import Turn

TEXT_SECONDS = 120.0
MAX_CHARACTERS = 512
MAX_SENDER = 32


@dataclass(frozen=True, slots=True)
class Text:
    """What is said, and who says it; it is old at `due`."""

    sender: str
    text: str
    due: float

    @property
    def words(self) -> Words:
        """Both in a line."""
        if not self.sender:
            return as_it_is(self.text)
        return composed("{name}: {what}", name=self.sender, what=self.text)


def received(turn: Turn, event: TextReceived) -> None:
    """Show what somebody says."""
    text = printable(event.text, MAX_CHARACTERS)
    sender = printable(event.name or event.number, MAX_SENDER)
    if text:
        turn.set(text=Text(sender, text, turn.after(TEXT_SECONDS)))


def grew_old(turn: Turn, due: float) -> None:
    """It has been shown for long enough."""
    if turn.phone.text is not None and turn.phone.text.due == due:
        turn.set(text=None)
