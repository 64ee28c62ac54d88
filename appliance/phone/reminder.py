"""A call that waits on hold while nobody is at the phone: the ringer tells of it, time and again.

So it does at once when a transfer fails that was given by hanging up, or when whoever hangs up may
not have seen yet that it has failed; while it is under way the call does not wait for the agent.
Whoever lifts the handset while it tells has the call back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appliance.phone.state import Call, Phone
    from appliance.phone.turn import Turn

PAUSE_SECONDS = 30.0
TELLS_SECONDS = 2.0


def tidy(turn: Turn) -> None:
    """Wind it while a call waits so, and only then."""
    phone = turn.phone
    if not _is_wanted(phone):
        if phone.remind_due:
            turn.set(remind_due=0.0)
    elif not phone.remind_due:
        turn.set(remind_due=turn.after(0.0 if _has_just_failed(phone) else PAUSE_SECONDS))


def now(turn: Turn) -> None:
    """Tell at once, if nobody is there to see it."""
    if _is_wanted(turn.phone):
        turn.set(remind_due=turn.after(0.0))


def rang(turn: Turn, due: float) -> None:
    """It is time to tell."""
    if turn.phone.remind_due == due:
        turn.set(alarm_due=turn.after(TELLS_SECONDS), remind_due=turn.after(PAUSE_SECONDS))


def told_of(phone: Phone) -> Call | None:
    """The call that it tells of just now."""
    front = phone.front_call
    tells = phone.alarm_due and front is not None and front.held
    return front if tells else None


def _has_just_failed(phone: Phone) -> bool:
    failure, notice = phone.failure, phone.notice
    if failure is None or notice is None or failure.doubted:
        return False
    return notice.text == failure.words


def _is_wanted(phone: Phone) -> bool:
    at_rest = not phone.engaged and phone.waiting is None and phone.handover is None
    return at_rest and any(call.held for call in phone.calls)
