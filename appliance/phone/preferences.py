"""What the agent has chosen on the phone and is to find again after a restart.

A concern that keeps something adds a field here, with a default that means *as configured*, and
changes it by `prefer`; that the change is kept follows from the state (`outputs`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from appliance.phone.standing import Refusal

if TYPE_CHECKING:
    from appliance.phone.turn import Turn


@dataclass(frozen=True, slots=True)
class Preferences:
    """The agent's choices; levels in percent."""

    ring: str = ""
    """One of `sound.RINGS`, for accounts that have no ring of their own."""
    language: str = ""
    """One of `words.LANGUAGES`."""
    earpiece: int | None = None
    ringer: int | None = None
    dnd: bool = False
    forward_always: str = ""
    """Where calls are sent, as for the other two; empty: nowhere."""
    forward_busy: str = ""
    forward_no_answer: str = ""
    locked: bool = False
    session: bool = False
    """A session is up: after a restart one that was cut."""
    wrong_pins: int = 0
    """How often in a row a wrong PIN was given."""
    refusals: tuple[Refusal, ...] = ()
    """Credentials that a registrar has refused since the machine was switched on."""


def prefer(turn: Turn, **choices: Any) -> None:
    """Change fields of `Preferences`."""
    turn.set(preferences=replace(turn.phone.preferences, **choices))
