"""What a server does for the agent: it answers, resumes and holds a call.

A program on the agent's screen asks the server, and the server this phone. It is not heard during
an emergency call, nor while a number is being typed, and ends no call that the agent waits for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.phone import autoanswer, calls, emergency

if TYPE_CHECKING:
    from appliance.phone.events import RemoteControl
    from appliance.phone.turn import Turn


def control(turn: Turn, event: RemoteControl) -> None:
    """Do with a call what the server asks for; what cannot be done is not."""
    call = turn.phone.call(event.call)
    if call is None or emergency.goes_on(turn.phone) or autoanswer.typed(turn.phone):
        return
    if event.action == "talk" and call.ringing_here:
        phone = turn.phone
        if not any(other.outward and other != phone.expected for other in phone.calls):
            calls.answer(turn, call)
    elif event.action == "talk" and call.held:
        calls.resume(turn, call)
    elif event.action == "hold" and call.live:
        calls.hold(turn)
