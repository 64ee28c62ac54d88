"""A call set aside while somebody else is asked: what transfer and conference begin with.

The first call is held, a number is typed, the second call rings or talks; then `transfer` or
`conference` decide what becomes of the two. Nobody has to end a consultation: `tidy`, at the end of
every turn, lets go of one whose calls or whose number are gone, and the calls that are left stay as
they are; a number that was asked for a call that has ended is asked for no longer.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.phone import calls
from appliance.phone.state import Call, Consultation, Phone, Purpose
from appliance.phone.turn import Turn


def begin(turn: Turn, purpose: Purpose) -> None:
    """Hold the call in front, and ask for a number."""
    front = turn.phone.front_call
    if front is None or front.phase != "talking":
        return
    account = front.account if turn.phone.settings.several else None
    calls.new_entry(turn, account=account)
    turn.set(consultation=Consultation(purpose, front.id), notice=None)


def back(turn: Turn, asking: Consultation) -> None:
    """End the second call, or its number, and speak with the first again."""
    target = turn.phone.call(asking.target)
    if target is not None:
        calls.end(turn, target)
    turn.set(consultation=None, entry=None, silence_due=0.0)
    first = turn.phone.call(asking.call)
    if first is not None and first.held:
        calls.resume(turn, first)
    calls.settle(turn)


def pair(phone: Phone, asking: Consultation) -> tuple[Call, Call] | None:
    """The two calls, where both exist: the one set aside, and the one with whom is consulted."""
    first, second = phone.call(asking.call), phone.call(asking.target)
    return (first, second) if first and second else None


def waiting_for(phone: Phone, call: int) -> Call | None:
    """Somebody else who talks with us already, or waits on hold."""
    return next((other for other in phone.others(call) if other.phase == "talking"), None)


def tidy(turn: Turn) -> None:
    """Note the second call when it has been placed; forget what cannot come about any more."""
    phone = turn.phone
    asking = phone.consultation
    if asking is None:
        return
    if phone.call(asking.call) is None:
        turn.set(consultation=None)
        if phone.prompting is not None:
            turn.set(entry=None, silence_due=0.0)
            calls.settle(turn)
    elif asking.target:
        if phone.call(asking.target) is None:
            turn.set(consultation=None)
    elif phone.entry is None:
        front = phone.front_call
        placed = front is not None and front.outward
        turn.set(consultation=replace(asking, target=phone.front) if placed else None)
