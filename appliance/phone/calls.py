"""The life of calls: placed, rung, answered, held, ended.

At most one call is live at a time, but for those of a conference; whatever makes another live holds
the one before. Our own actions take effect in the state at once, the far end's when its event
arrives; an event for a call that is no longer there is late and changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.phone import calllog, directory, emergency, forward, reasons, session
from appliance.phone.calllog import End
from appliance.phone.effects import (
    PAUSE,
    AnswerCall,
    EndCall,
    HoldCall,
    PlaceCall,
)
from appliance.phone.state import Call, Ended, Entry, Phone
from appliance.phone.turn import Turn
from appliance.phone.words import Words, in_line

DIAL_TONE_SECONDS = 20.0
WARNING_SECONDS = 60.0


def begin_entry(turn: Turn, line: int = 0, account: int | None = None) -> None:
    """Dial tone: ready for a number."""
    turn.set(
        entry=Entry(line=line, account=account),
        ended=None,
        warned=False,
        silence_due=turn.after(DIAL_TONE_SECONDS),
    )


def new_entry(turn: Turn, line: int = 0, account: int | None = None) -> None:
    """Dial tone beside the calls there are: what is live is held, and the phone engaged."""
    phone = turn.phone
    hold_all(turn)
    turn.set(hands_free=phone.hands_free or not phone.off_hook)
    begin_entry(turn, line, account)


def place(turn: Turn, number: str, account: int = 0, *, code: bool = False) -> None:
    """Call `number` from the account that was chosen, else from `account`; holds a live call.

    What stands behind its first pause is sent when the call is answered. Nobody has dialled a
    `code`, and so nobody dials it again.
    """
    number, _, later = number.partition(PAUSE)
    urgent = emergency.is_emergency(turn.phone, number)
    if urgent:
        _make_room(turn)
    phone = turn.phone
    if barred(turn, number):
        return
    if not phone.settings.accounts:
        turn.notify(in_line("No account"))
        if not phone.engaged:
            turn.set(entry=None)
        return
    if phone.free_lines == 0 or _in_the_way(phone):
        turn.notify(in_line("Line in use"))
        return
    hold_all(turn)
    entry = phone.entry or Entry()
    account = account if entry.account is None else entry.account
    if urgent:
        account = emergency.account_for(phone, account)
    begin(turn, number, account, entry.line, later, urgent=urgent, code=code)
    if urgent:
        emergency.placed(turn, turn.phone.front, account)


def barred(turn: Turn, number: str) -> bool:
    """Whether the lock keeps this number from being called; says so, and forgets it."""
    phone = turn.phone
    locked = phone.locked and not emergency.is_emergency(phone, number)
    if locked and phone.entry is not None:
        turn.set(entry=None)
        if phone.engaged:
            begin_entry(turn, phone.entry.line, phone.entry.account)
    if locked:
        turn.notify(in_line("Emergency calls only"))
    return locked


def beside(turn: Turn, number: str, account: int) -> Call:
    """Call `number` for somebody else, who is to have the call: it takes none of the lines."""
    identity = turn.phone.next_call
    begin(turn, number, account, 0, aside=True)
    call = turn.phone.call(identity)
    assert call is not None
    return call


def begin(
    turn: Turn,
    number: str,
    account: int,
    line: int,
    later: str = "",
    *,
    urgent: bool = False,
    code: bool = False,
    aside: bool = False,
) -> None:
    """Call `number`, with nothing left in the way; `later` is sent when it is answered.

    From `line`, if it is free, or from none at all where it is `aside`.
    """
    phone = turn.phone
    if not code:
        last = calllog.remembered((number, *phone.last_numbers))
        turn.set(last_numbers=last, last_account=account, last_later=later)
    placed = Call(
        id=phone.next_call,
        account=account,
        direction="out",
        number=number,
        name=directory.named(phone, number),
        line=0 if aside else free_line(phone, line or phone.settings.line_of(account)),
        since=phone.now.utc,
        began=phone.now.epoch,
        offset=phone.now.offset,
        later=later,
        urgent=urgent,
        code=code,
    )
    turn.set(
        calls=(*turn.phone.calls, placed),
        front=placed.id,
        next_call=phone.next_call + 2,
        entry=None,
        ended=None,
        notice=None,
        silence_due=0.0,
        muted=False,
        hands_free=phone.hands_free or not phone.off_hook,
        alarm_due=0.0,
    )
    _set_aside(turn)
    turn.do(PlaceCall(placed.id, placed.account, number))


def answer(turn: Turn, call: Call) -> None:
    """Take a call that rings here; a live one is held, one not yet answered is given up."""
    if any(other.answering for other in turn.phone.calls):
        turn.notify(in_line("Still answering"))
        return
    for other in tuple(turn.phone.others(call.id)):
        if other.outward and other != turn.phone.expected:
            end(turn, other)
        _hold(turn, other)
    _set_aside(turn)
    turn.set(alarm_due=0.0)
    turn.edit(call, answering=True)
    face(turn, call)
    turn.do(AnswerCall(call.id))


def refuse(turn: Turn, call: Call) -> None:
    """486 Busy Here to a call that rings here."""
    end(turn, call)
    settle(turn)


def hang_up(turn: Turn, *, surely: bool = False) -> None:
    """End whatever the agent faces: a call or conference, a number half dialled, an end's words.

    A session goes on, unless that was meant `surely`.
    """
    phone = turn.phone
    front = phone.front_call
    if phone.entry is not None or front is None:
        turn.set(hands_free=False, entry=None, ended=None, silence_due=0.0)
    elif not surely and session.asks(turn, front):
        return
    else:
        for call in (front, *phone.partners(front)):
            end(turn, call)
    settle(turn)


def end(turn: Turn, call: Call, how: End = "here", code: int = 0) -> None:
    """End a call, whatever its state; `settle` has to follow. The log is told `how`."""
    if call.session:
        session.left(turn, call)
    turn.do(EndCall(call.id, 486))
    remove(turn, call, how, code)


def show_end(turn: Turn, call: Call, code: int, words: Words, seconds: float) -> None:
    """Keep an ended call on the display, with its tone if somebody has the phone at the ear."""
    tone = reasons.tone_of(code) if turn.phone.engaged else "none"
    shown = (call.id, call.account, call.direction, call.number, call.name)
    due = turn.after(seconds)
    turn.set(ended=Ended(*shown, words, code, tone, due, call.since, call.session))


def hold(turn: Turn) -> None:
    """The hold key: hold a live call or conference in front, resume a held one."""
    front = turn.phone.front_call
    if front is None or front.phase != "talking":
        return
    if front.held:
        resume(turn, front)
    else:
        hold_all(turn)
        for call in _together(turn.phone, front.id):
            turn.edit(call, set_aside=False)
        settle(turn)


def hold_all(turn: Turn) -> None:
    """Hold what is live; the agent still faces it."""
    for call in turn.phone.calls:
        _hold(turn, call)


def resume(turn: Turn, call: Call) -> None:
    """Speak again with a held call and all of its conference.

    A live one is held, one not yet answered is in the way; one to whom this call was to be given
    is not called any longer. Somebody who was called for another and is spoken with all the same
    has a line from then on, if there is one.
    """
    phone = turn.phone
    if _in_the_way(phone):
        return
    handover, expected = phone.handover, phone.expected
    if handover is not None and handover.unheard and handover.target == call.id:
        if not call.line and not phone.free_lines:
            turn.notify(in_line("Line in use"))
            return
        turn.set(handover=replace(handover, unheard=False))
        call = turn.edit(
            call, line=call.line or free_line(phone, phone.settings.line_of(call.account))
        )
    elif expected is not None and handover is not None and handover.call == call.id:
        end(turn, expected)
    hold_all(turn)
    for member in (call, *turn.phone.partners(call)):
        turn.edit(member, held=False, set_aside=False)
        turn.do(HoldCall(member.id, held=False))
    face(turn, call)


def back_to_session(turn: Turn) -> None:
    """Nothing else goes on any more: the session that was held for it does.

    One that the agent has put on hold does not, before a call has come between.
    """
    phone = turn.phone
    waiting = session.of(phone)
    busy = phone.entry or phone.handover or phone.consultation or len(phone.calls) > 1
    if waiting is not None and waiting.held and waiting.set_aside and not busy:
        resume(turn, waiting)
        turn.set(notice=phone.notice)


def swap(turn: Turn) -> None:
    """Speak with the first of the calls that wait while this one is faced."""
    phone = turn.phone
    other = next((call for call in phone.others(phone.front) if call.held), None)
    if other is not None:
        resume(turn, other)


def dial_codes(turn: Turn) -> None:
    """Dial a feature code that waits, if the phone rests and could."""
    phone = turn.phone
    rests = not (phone.engaged or phone.calls or phone.entry or phone.ended or phone.menu)
    if rests and not phone.locked and phone.registered:
        code = forward.next_code(turn)
        if code:
            place(turn, code, code=True)


def dismiss(turn: Turn) -> None:
    """Take the words of an ended call off the display."""
    turn.set(ended=None, hands_free=False)
    settle(turn)


def settle(turn: Turn) -> None:
    """Make the rest agree after a call went: whom the agent faces, mute, dial tone, hands-free."""
    phone = turn.phone
    if phone.front_call is None:
        nearest = phone.waiting if not phone.engaged else None
        live = next((call for call in phone.calls if call.live), None)
        given = phone.call(phone.handover.call) if phone.handover else None
        following = nearest or live or given or next(reversed(phone.calls), None)
        if following is not None and following.live:
            turn.set(front=following.id)
        else:
            turn_to(turn, following.id if following else 0)
    phone = turn.phone
    if not any(call.phase == "talking" or call.unsettled for call in phone.calls):
        turn.set(muted=False)
    if phone.entry is not None or phone.ended is not None:
        return
    front = phone.front_call
    if front is not None and not front.held and not front.ringing_here:
        return
    turn.set(hands_free=False)
    if phone.off_hook and (front is None or front.ringing_here):
        begin_entry(turn)


def face(turn: Turn, call: Call) -> None:
    """The agent attends to this call from now on."""
    turn_to(turn, call.id)
    phone = turn.phone
    turn.set(
        entry=None,
        ended=None,
        notice=None,
        silence_due=0.0,
        hands_free=phone.hands_free or not phone.off_hook,
    )


def turn_to(turn: Turn, identity: int) -> None:
    """Keys speak of this call from now on (0: of none), and mute ends with the one before.

    A conference has one microphone, whoever of it is in front; a session's is found as it was left.
    """
    phone = turn.phone
    before, now = _together(phone, phone.front), _together(phone, identity)
    if identity != phone.front:
        quiet = phone.muted if set(before) & set(now) else any(call.muted for call in now)
        turn.set(front=identity, muted=quiet)


def tidy(turn: Turn) -> None:
    """A session remembers how its microphone is, alone or in a conference."""
    phone = turn.phone
    for call in _together(phone, phone.front):
        if call.session and call.muted != phone.muted:
            turn.edit(call, muted=phone.muted)


def _in_the_way(phone: Phone) -> bool:
    """Whether a call is on its way to the agent's ear."""
    return any(call.unsettled and call != phone.expected for call in phone.calls)


def _make_room(turn: Turn) -> None:
    """An emergency: calls that are not answered yet give way, and one of the others if need be.

    Nobody is asked now, and whatever was asked before is none of this call's business.
    """
    turn.set(attempt=None, consultation=None)
    for call in turn.phone.calls:
        if call.unsettled or call.ringing_here:
            end(turn, call, "full" if call.ringing_here else "here")
    if turn.phone.free_lines == 0:
        taken = [call for call in turn.phone.calls if call.line]
        others = [call for call in taken if call.id != turn.phone.front]
        victim = (others or taken)[-1]
        end(turn, victim)
        if victim.session:
            session.gave_way(turn)


def _together(phone: Phone, identity: int) -> tuple[Call, ...]:
    """This call and all of its conference; nothing where it does not exist."""
    call = phone.call(identity)
    return (call, *phone.partners(call)) if call is not None else ()


def _set_aside(turn: Turn) -> None:
    """A call comes between: a session goes on after it, even one that the agent has held."""
    for call in turn.phone.calls:
        if call.session and call.held:
            turn.edit(call, set_aside=True)


def _hold(turn: Turn, call: Call) -> None:
    if call.live:
        turn.edit(call, held=True, set_aside=call.session)
        turn.do(HoldCall(call.id, held=True))


def remove(turn: Turn, call: Call, how: End, code: int = 0, reason: str = "") -> None:
    """Forget a call, but for the log; `settle` has to follow."""
    calllog.close(turn, call, how, code, reason)
    turn.set(calls=tuple(turn.phone.others(call.id)))


def free_line(phone: Phone, wished: int) -> int:
    """A line without a call, the wished one if it can be; there must be one."""
    taken = {call.line for call in phone.calls}
    if wished and wished not in taken:
        return wished
    return next(line for line in range(1, phone.settings.lines + 1) if line not in taken)
