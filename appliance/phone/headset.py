"""The headset: that it comes and goes, and what its own hook button means.

A call outlives its headset: nothing here ends one because there is nothing to hear it with. But an
agent who speaks into nothing must be told at once, and by more than a display: the ringer says it,
which is the reason to have one on a device of its own.
"""

from __future__ import annotations

from appliance.phone import calls, dialling, transfer
from appliance.phone.events import HeadsetChanged
from appliance.phone.turn import Turn
from appliance.phone.unit import Headset

ALARM_SECONDS = 3.0


def changed(turn: Turn, event: HeadsetChanged) -> None:
    """The headset appeared or disappeared; the second is told aloud while somebody is in a call."""
    phone = turn.phone
    turn.set(headset=Headset(event.state, event.id, event.name))
    lost = event.state == "missing" and phone.engaged and bool(phone.calls)
    turn.set(alarm_due=turn.after(ALARM_SECONDS) if lost else 0.0)


def hook(turn: Turn, *, off_hook: bool) -> None:
    """The button on the headset: off-hook answers, dials or gets dial tone, on-hook hangs up.

    It says a state and not that it was pushed: what the phone is already, it does not become again.
    """
    phone = turn.phone
    if not off_hook:
        _on_hook(turn)
    elif phone.waiting is not None and not any(call.live for call in phone.calls):
        calls.answer(turn, phone.waiting)
    elif phone.entry is not None and phone.entry.digits:
        dialling.send(turn, phone.entry.digits)
    elif not phone.engaged:
        turn.set(hands_free=True)
        calls.begin_entry(turn)
        dialling.hotline(turn)


def _on_hook(turn: Turn) -> None:
    """What the agent faces ends; a call that is held or rings is not what they are speaking in."""
    phone = turn.phone
    front = phone.front_call
    if not phone.engaged:
        return
    if phone.entry is None and front is not None and (front.held or front.ringing_here):
        turn.set(hands_free=False, ended=None, silence_due=0.0)
        calls.settle(turn)
    elif not transfer.hung_up(turn):
        calls.hang_up(turn)
