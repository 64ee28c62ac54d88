"""The headset that comes and goes, as the agent hears of it.

A call outlives its headset: nothing here ends one because there is nothing to hear it with. But an
agent who speaks into nothing must be told at once, and by more than a display: the ringer says it,
which is the reason to have one on a device of its own.
"""

from __future__ import annotations

from appliance.phone.events import HeadsetChanged
from appliance.phone.state import Headset
from appliance.phone.turn import Turn

ALARM_SECONDS = 3.0


def changed(turn: Turn, event: HeadsetChanged) -> None:
    """The headset appeared or disappeared; the second is told aloud while somebody is in a call."""
    phone = turn.phone
    turn.set(headset=Headset(event.state, event.id, event.name))
    lost = event.state == "missing" and phone.engaged and bool(phone.calls)
    turn.set(alarm_due=turn.after(ALARM_SECONDS) if lost else 0.0)
