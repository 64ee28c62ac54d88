"""Calls that the server moves: on to somebody else (REFER), or into the place of one (Replaces).

For the agent a call like any other comes of it: only the one that the agent speaks in is placed
anew, and what takes the place of a call has its line, its hold and its part in a transfer.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.phone import calls, directory, transfer
from appliance.phone.effects import EndCall, HoldCall
from appliance.phone.events import CallReferred, CallReplaced
from appliance.phone.state import Call, Phone
from appliance.phone.turn import Turn
from appliance.phone.words import in_line, printable


def referred(turn: Turn, event: CallReferred) -> None:
    """The server moves us on: a new call is on its way while the one before waits on hold."""
    phone = turn.phone
    before = phone.call(event.call)
    if before is None or phone.free_lines == 0 or event.call != referable(phone):
        turn.do(EndCall(event.into))
        return
    calls.hold_all(turn)
    new = Call(
        id=event.into,
        account=before.account,
        direction="out",
        number=printable(event.number),
        name=before.name if before.session else directory.named(phone, event.number),
        line=calls.free_line(phone, 0),
        since=phone.now.utc,
        began=phone.now.epoch,
        offset=phone.now.offset,
        moved_from=before.id,
        urgent=before.urgent,
        session=before.session,
        muted=before.muted,
    )
    turn.set(calls=(*turn.phone.calls, new))
    calls.face(turn, new)
    turn.notify(in_line("You are transferred"))


def replaced(turn: Turn, event: CallReplaced) -> None:
    """Another call takes the place of one of ours: the same line, hold and all, other people."""
    phone = turn.phone
    call = phone.call(event.call)
    if call is None or phone.call(event.by) is not None:
        turn.do(EndCall(event.by))
        return
    name = directory.named(phone, event.number, printable(event.name))
    new = replace(
        call,
        id=event.by,
        number=printable(event.number),
        name=call.name if call.session else name,
        digits="",
        refers=0,
        logged=call.logged or call.id,
    )
    asking = phone.consultation

    def renamed(identity: int) -> int:
        return event.by if identity == event.call else identity

    turn.set(
        calls=tuple(new if known is call else known for known in phone.calls),
        front=renamed(phone.front),
        consultation=asking
        and replace(asking, call=renamed(asking.call), target=renamed(asking.target)),
    )
    if new.held:
        turn.do(HoldCall(new.id, held=True))
    transfer.renamed(turn, call.id, new.id)


def referable(phone: Phone) -> int:
    """The call that the server may place anew: one that the agent speaks in, with a line free."""
    front = phone.front_call
    if front is None or not front.live or front.joined or phone.free_lines == 0:
        return 0
    alone = phone.entry is None and phone.waiting is None and phone.consultation is None
    return front.id if alone else 0
