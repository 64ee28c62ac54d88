"""Giving a call to somebody else: blind, attended, while it rings, and by hanging up (RFC 5589).

What was given stays on hold here until the far end tells what became of it. It is let go when it
has gone over, and nothing is lost when it has not: a target that is busy, refuses, never answers or
hangs up leaves the first call on hold, and the display says so. A call that is given while its
target still rings is given blindly, after our own call to the target was cancelled: a dialog that
is not confirmed cannot be replaced by others (RFC 3891 section 3).
"""

from __future__ import annotations

from dataclasses import replace

from appliance.phone import calls, consultation, directory, reasons, reminder
from appliance.phone.effects import EndCall, HoldCall, TransferCall
from appliance.phone.events import CallReferred, CallReplaced, TransferProgress
from appliance.phone.state import Call, Consultation, Handover, Phone
from appliance.phone.turn import Turn
from appliance.phone.words import Words, in_line, in_title, printable

PATIENCE_SECONDS = 60.0
"""How long a target may ring before the call is the agent's again."""
UNANSWERED = 408
"""Of a target that has rung for too long (RFC 3261 section 16.8); of a server it is silence."""
FAILURE_SECONDS = 10.0
"""How long the display says that a transfer has failed."""


def press(turn: Turn) -> None:
    """The transfer key: ask for a number, hand over to it, or complete."""
    phone = turn.phone
    asking, front = phone.consultation, phone.front_call
    if phone.waiting is not None:
        return
    if phone.handover is not None:
        turn.notify(in_line("Still transferring"))
    elif phone.prompting is not None and phone.entry is not None:
        _from_prompt(turn, phone.prompting, phone.entry.digits)
    elif phone.consulting is not None:
        complete(turn)
    elif phone.entry is None and asking is None and front is not None:
        partners = phone.partners(front)
        if partners:
            attended(turn, front, partners[0])
        else:
            consultation.begin(turn, "transfer")


def hung_up(turn: Turn) -> bool:
    """The agent hangs up during a consultation for a transfer: that completes it, if it can.

    A session is never given away by that.
    """
    asking = turn.phone.consulting
    if asking is None or asking.purpose != "transfer" or turn.phone.handover is not None:
        return False
    if any(call.session for call in consultation.pair(turn.phone, asking) or ()):
        return False
    complete(turn)
    return True


def complete(turn: Turn) -> None:
    """Connect the two calls of the consultation, or give the first to the number that rings."""
    phone = turn.phone
    asking = phone.consultation
    both = consultation.pair(phone, asking) if asking else None
    if both is None:
        return
    first, second = both
    if second.outward:
        calls.end(turn, second)
        blind(turn, first.id, second.number)
    else:
        attended(turn, first, second)


def blind(turn: Turn, call: int, number: str) -> None:
    """Give a held call to a number."""
    if calls.barred(turn, number):
        return
    _hand_over(turn, Handover(call, 0, number, turn.after(PATIENCE_SECONDS)))
    turn.do(TransferCall(call, number))
    calls.settle(turn)


def attended(turn: Turn, first: Call, second: Call) -> None:
    """Connect two calls with each other; both wait on hold until they are."""
    calls.hold_all(turn)
    for call in (first, second):
        turn.edit(call, held=True, joined=False)
    who = second.name or second.number
    _hand_over(turn, Handover(first.id, second.id, who, turn.after(PATIENCE_SECONDS)))
    turn.do(TransferCall(first.id, target=second.id))
    calls.settle(turn)


def progress(turn: Turn, event: TransferProgress) -> None:
    """What became of the call that was given."""
    handover = turn.phone.handover
    if handover is None or handover.call != event.call:
        return
    if event.code < 200:
        ringing = handover.ringing or event.code == 180
        turn.set(handover=replace(handover, ringing=ringing))
    elif event.code < 300:
        _gone_over(turn, handover)
    elif event.code == UNANSWERED:
        _failed(turn, handover, in_title("No answer"))
    else:
        _failed(turn, handover, reasons.words_of(event.code, printable(event.reason)))


def patience_ended(turn: Turn, due: float) -> None:
    """Nobody told what became of it: the call is the agent's again."""
    handover = turn.phone.handover
    if handover is not None and handover.due == due:
        _failed(turn, handover, in_title("No answer"))


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
        session=before.session,
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
    new = replace(
        call,
        id=event.by,
        number=printable(event.number),
        name=call.name
        if call.session
        else directory.named(phone, event.number, printable(event.name)),
        digits="",
        logged=call.logged or call.id,
    )
    asking, handover = phone.consultation, phone.handover

    def renamed(identity: int) -> int:
        return event.by if identity == event.call else identity

    turn.set(
        calls=tuple(new if known is call else known for known in phone.calls),
        front=renamed(phone.front),
        consultation=asking
        and replace(asking, call=renamed(asking.call), target=renamed(asking.target)),
        handover=handover and replace(handover, target=renamed(handover.target)),
    )
    if new.held:
        turn.do(HoldCall(new.id, held=True))


def referable(phone: Phone) -> int:
    """The call that the server may place anew: one that the agent speaks in, with a line free."""
    front = phone.front_call
    if front is None or not front.live or front.joined or phone.free_lines == 0:
        return 0
    alone = phone.entry is None and phone.waiting is None and phone.consultation is None
    return front.id if alone else 0


def tidy(turn: Turn) -> None:
    """A call that has ended cannot be given any more."""
    handover = turn.phone.handover
    if handover is not None and turn.phone.call(handover.call) is None:
        turn.set(handover=None)


def _from_prompt(turn: Turn, asking: Consultation, digits: str) -> None:
    first = turn.phone.call(asking.call)
    other = consultation.waiting_for(turn.phone, asking.call)
    if digits:
        blind(turn, asking.call, digits)
    elif first is not None and other is not None:
        attended(turn, first, other)
    else:
        consultation.back(turn, asking)


def _hand_over(turn: Turn, handover: Handover) -> None:
    turn.set(
        handover=handover,
        consultation=None,
        entry=None,
        notice=None,
        silence_due=0.0,
        front=handover.call,
    )
    calls.hold_all(turn)


def _gone_over(turn: Turn, handover: Handover) -> None:
    turn.set(handover=None)
    for identity in (handover.call, handover.target):
        call = turn.phone.call(identity)
        if call is not None:
            calls.end(turn, call, "transferred")
    turn.notify(in_line("Transferred to {who}", who=handover.who))
    calls.settle(turn)


def _failed(turn: Turn, handover: Handover, words: Words) -> None:
    turn.set(handover=None)
    failed = in_line("Transfer failed: {why}", why=words)
    turn.notify(failed, FAILURE_SECONDS, about=handover.target)
    reminder.now(turn)
