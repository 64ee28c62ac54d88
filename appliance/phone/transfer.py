"""Giving a call to somebody else: blind, attended, while it rings, and by hanging up (RFC 5589).

What was given stays on hold here until the far end tells what became of it. It is let go when it
has gone over, and nothing is lost when it has not: a target that is busy, refuses, never answers or
hangs up leaves the first call on hold, and the display says so. A call that is given while its
target still rings waits here until they answer, and goes over then: a dialog that is not confirmed
cannot be replaced by others (RFC 3891 section 3).

A number that nobody has been asked about is rung from here too (semi-attended transfer), on no line
of its own, and the call goes over in the same way when it is answered. The blind transfer of RFC
5589 section 5, which leaves all of that to the server, is for places to park at and for whoever has
chosen it: some servers let the call go before they know whether anybody takes it. So after one that
has failed the far end is asked whether the call still is. What is told of a REFER after nobody
waited any longer counts all the same, unless another has followed.

A session is given away by no single key, and never by hanging up; where it could not be given it
does not stay on hold, but goes on.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.phone import calls, consultation, emergency, reasons, reminder, session
from appliance.phone.effects import CheckCall, HoldCall, TransferCall
from appliance.phone.events import CallAnswered, CallEnded, CallLives, TransferProgress
from appliance.phone.pages import Item, Page, about, back, close, open_page
from appliance.phone.state import Call, Consultation, Failure, Handover
from appliance.phone.turn import Turn
from appliance.phone.words import Words, in_line, in_menu, in_title, printable

PATIENCE_SECONDS = 60.0
"""How long a target may ring before the call is the agent's again."""
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

    A session goes on, and the other call ends.
    """
    phone = turn.phone
    asking = phone.consulting
    both = consultation.pair(phone, asking) if asking and asking.purpose == "transfer" else None
    if both is None or phone.handover is not None or phone.locked:
        return False
    kept = next((call for call in both if call.session), None)
    if kept is not None:
        _keep_session(turn, kept, both)
    else:
        complete(turn)
    return True


def complete(turn: Turn) -> None:
    """Connect the two calls of the consultation, at once or when the second is answered."""
    phone = turn.phone
    asking = phone.consultation
    both = consultation.pair(phone, asking) if asking else None
    if both is not None:
        attended(turn, *both)


def to_number(turn: Turn, call: int, number: str, *, surely: bool = False) -> None:
    """Give a call to a number when that answers, or at once where it has to be or is wished so.

    Of a session it has to be meant `surely`. An emergency number is called, and given nothing.
    """
    phone = turn.phone
    first, entry = phone.call(call), phone.entry
    if first is None or calls.barred(turn, number):
        return
    if emergency.is_emergency(phone, number):
        calls.place(turn, number, first.account)
        return
    if _asks(turn, surely, first, None, number):
        return
    parks = number in (phone.settings.park, *phone.settings.park_slots)
    if phone.settings.blind_transfer or parks:
        blind(turn, call, number, surely=True)
        return
    chosen = entry.account if entry is not None else None
    target = calls.beside(turn, number, first.account if chosen is None else chosen)
    attended(turn, first, target, surely=True)
    turn.set(muted=phone.muted)


def blind(turn: Turn, call: int, number: str, *, surely: bool = False) -> None:
    """Give a held call to a number, unasked; of a session it has to be meant `surely`."""
    first = turn.phone.call(call)
    if first is None or calls.barred(turn, number) or _asks(turn, surely, first, None, number):
        return
    handover = Handover(call, 0, number, turn.after(PATIENCE_SECONDS))
    _hand_over(turn, handover)
    _refer(turn, handover, _held(turn, first), number)
    calls.settle(turn)


def attended(turn: Turn, first: Call, second: Call, *, surely: bool = False) -> None:
    """Connect two calls with each other; both wait on hold until they are.

    One that still rings is expected to answer first.
    """
    if turn.phone.locked:
        turn.notify(in_line("Emergency calls only"))
        return
    if _asks(turn, surely, first, second):
        return
    calls.hold_all(turn)
    given = _held(turn, first)
    if not second.outward:
        _held(turn, second)
    due = turn.after(PATIENCE_SECONDS)
    handover = Handover(first.id, second.id, session.name_of(second), due, unheard=second.outward)
    _hand_over(turn, handover)
    if not second.outward:
        _refer(turn, handover, given)
    calls.settle(turn)


def answered(turn: Turn, event: CallAnswered) -> None:
    """Whoever was expected to answer has: now the two can be connected."""
    handover, target = turn.phone.handover, turn.phone.expected
    first = turn.phone.call(handover.call) if handover is not None else None
    if handover is None or first is None or target is None or target.id != event.call:
        return
    _held(turn, target)
    turn.do(HoldCall(target.id, held=True))
    _refer(turn, replace(handover, due=turn.after(PATIENCE_SECONDS)), first)


def progress(turn: Turn, event: TransferProgress) -> None:
    """What became of the call that was given; of an older REFER it is told too late."""
    handover, failure = turn.phone.handover, turn.phone.failure
    late = failure.handover if failure is not None else None
    if handover is None or not _is_about(event, handover):
        if late is not None and _is_about(event, late) and 200 <= event.code < 300:
            _gone_over(turn, late)
    elif event.code < 200:
        ringing = handover.ringing or event.code == 180
        turn.set(handover=replace(handover, ringing=ringing))
    elif event.code < 300:
        _gone_over(turn, handover)
    else:
        _failed(turn, handover, reasons.words_of(event.code, printable(event.reason), rang=True))


def patience_ended(turn: Turn, due: float) -> None:
    """Nobody told what became of it: the call is the agent's again."""
    handover = turn.phone.handover
    if handover is not None and handover.due == due:
        _failed(turn, handover, in_title("No answer"))


def call_off(turn: Turn) -> None:
    """Whoever is expected to answer is not to be called any more; the first call stays on hold."""
    handover = turn.phone.handover
    if handover is not None and turn.phone.expected is not None:
        _failed(turn, handover, in_title("Cancelled"))
        if turn.phone.engaged:
            turn.set(failure=None)


def ended(turn: Turn, event: CallEnded) -> None:
    """The far end has ended a call: one of the two to be connected, or one that was in doubt."""
    phone = turn.phone
    handover, failure = phone.handover, phone.failure
    call = phone.call(event.call)
    rang = call is not None and call.phase == "ringing"
    why = reasons.words_of(event.code, printable(event.reason), rang=rang)
    if handover is not None and handover.unheard:
        given = call is not None and event.call == handover.call and not call.session
        if given and handover.serial and phone.call(handover.target) is None:
            _gone_over(turn, handover)
        elif event.call in (handover.call, handover.target) and (given or not handover.serial):
            _failed(turn, handover, why, event.call)
    elif call is not None and failure is not None and failure.handover.call == call.id:
        said = phone.notice is not None and phone.notice.text == failure.words
        if failure.doubted or said:
            turn.notify(failure.words, FAILURE_SECONDS, about=call.id)
            if phone.entry is None and not any(phone.others(call.id)):
                calls.show_end(turn, call, event.code, why, FAILURE_SECONDS)


def lives(turn: Turn, event: CallLives) -> None:
    """The call that could not be given is still there: whoever is not at the phone is told."""
    failure = turn.phone.failure
    if failure is not None and failure.doubted and failure.handover.call == event.call:
        turn.set(failure=replace(failure, doubted=False))
        reminder.now(turn)


def renamed(turn: Turn, call: int, by: int) -> None:
    """Another call has the place of one; what comes of a REFER in that one is not told any more."""
    handover = turn.phone.handover
    if handover is None:
        return
    names = {call: by}
    new = replace(
        handover,
        call=names.get(handover.call, handover.call),
        target=names.get(handover.target, handover.target),
    )
    turn.set(handover=new)
    if handover.serial and handover.call == call:
        _failed(turn, new, reasons.words_of(0))


def tidy(turn: Turn) -> None:
    """A call that has ended cannot be given any more, nor to one that is not called any more."""
    phone = turn.phone
    handover, failure, expected = phone.handover, phone.failure, phone.expected
    if failure is not None and phone.call(failure.handover.call) is None:
        turn.set(failure=None)
    if handover is None:
        return
    if phone.call(handover.call) is None:
        turn.set(handover=None)
        target = phone.call(handover.target) if handover.unheard else None
        if target is not None:
            calls.end(turn, target)
            calls.settle(turn)
    elif not handover.serial and expected is None:
        turn.set(handover=None)


def _from_prompt(turn: Turn, asking: Consultation, digits: str) -> None:
    first = turn.phone.call(asking.call)
    other = consultation.waiting_for(turn.phone, asking.call)
    if digits:
        to_number(turn, asking.call, digits)
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
    )
    calls.turn_to(turn, handover.call)
    calls.hold_all(turn)


def _held(turn: Turn, call: Call) -> Call:
    """The call as it is by now, on hold and in no conference."""
    return turn.edit(turn.phone.call(call.id) or call, held=True, joined=False)


def _is_about(event: TransferProgress, handover: Handover) -> bool:
    named = (handover.call, handover.serial) == (event.call, event.serial)
    return named and handover.serial > 0


def _refer(turn: Turn, handover: Handover, given: Call, number: str = "") -> None:
    serial = given.refers + 1
    turn.edit(given, refers=serial)
    turn.set(handover=replace(handover, serial=serial), failure=None)
    turn.do(TransferCall(given.id, number, handover.target, serial))


def _gone_over(turn: Turn, handover: Handover) -> None:
    running = turn.phone.handover
    turn.set(handover=None if running == handover else running, failure=None)
    for identity in (handover.call, handover.target):
        call = turn.phone.call(identity)
        if call is not None:
            calls.end(turn, call, "transferred")
    turn.notify(in_line("Transferred to {who}", who=handover.who))
    calls.settle(turn)


def _failed(turn: Turn, handover: Handover, why: Words, told: int = 0) -> None:
    """It has come to nothing, maybe because the call `told` has ended.

    Whom nobody here has spoken with is let go: they have answered to be given somebody.
    """
    target = turn.phone.call(handover.target) if handover.unheard else None
    turn.set(handover=None)
    if target is not None and target.id != told:
        calls.end(turn, target)
    words = in_line("Transfer failed: {why}", why=why)
    turn.notify(words, FAILURE_SECONDS, about=told or handover.target)
    doubted = handover.serial > 0 and told != handover.call
    turn.set(failure=Failure(handover, words, doubted))
    if doubted:
        turn.do(CheckCall(handover.call))
    else:
        reminder.now(turn)
    calls.settle(turn)


def _keep_session(turn: Turn, kept: Call, both: tuple[Call, Call]) -> None:
    for call in both:
        if call != kept:
            calls.end(turn, call)
    turn.set(consultation=None)
    if kept.held:
        calls.resume(turn, kept)
    else:
        calls.face(turn, kept)
    turn.notify(in_line("Session goes on"))


def _asks(turn: Turn, surely: bool, first: Call, second: Call | None, number: str = "") -> bool:
    """Whether the display has to ask first, for a session is among what is given."""
    entry = turn.phone.entry
    if surely or not (first.session or (second is not None and second.session)):
        return False
    turn.set(menu=None, entry=entry and replace(entry, due=0.0))
    open_page(turn, GIVE, f"{first.id} {second.id if second is not None else 0} {number}")
    return True


def _surely(turn: Turn) -> None:
    first, second, number = about(turn.phone).split(" ", 2)
    close(turn)
    one, other = turn.phone.call(int(first)), turn.phone.call(int(second))
    if one is not None and other is not None:
        attended(turn, one, other, surely=True)
    else:
        to_number(turn, int(first), number, surely=True)


GIVE = Page(
    "give-session",
    lambda _: in_title("End session?"),
    lambda _: (Item(in_menu("No, go on"), back), Item(in_menu("Transfer"), _surely)),
)
"""For the agent it is over when it is somebody else's."""
