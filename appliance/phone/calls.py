"""The life of calls: placed, rung, answered, held, ended.

At most one call is live at a time, but for those of a conference; whatever makes another live holds
the one before. Our own actions take effect in the state at once, the far end's when its event
arrives; an event for a call that is no longer there is late and changes nothing.
"""

from __future__ import annotations

from appliance.phone import autoanswer, calllog, directory, emergency, forward, reasons, session
from appliance.phone.calllog import End
from appliance.phone.effects import (
    PAUSE,
    AnswerCall,
    EndCall,
    ForwardCall,
    HoldCall,
    PlaceCall,
    SendDigits,
)
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallMedia,
    CallProgress,
    PartyChanged,
)
from appliance.phone.state import Call, Ended, Entry, Phone
from appliance.phone.turn import Turn
from appliance.phone.words import in_line

DIAL_TONE_SECONDS = 20.0
WARNING_SECONDS = 60.0
ENDED_OFF_HOOK_SECONDS = 30.0
ENDED_HANDS_FREE_SECONDS = 4.0
MAX_WORDS = 64
ANSWERED_ELSEWHERE = 200
"""Cause of a CANCEL whose call somebody else has taken, RFC 3326 section 2."""
SILENT = 408
"""Request Timeout: what is said of a server that says nothing."""


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


def place(turn: Turn, number: str, account: int = 0) -> None:
    """Call `number` from the account that was chosen, else from `account`; holds a live call.

    What stands behind its first pause is sent when the call is answered.
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
        return
    if phone.free_lines == 0 or any(call.unsettled for call in phone.calls):
        turn.notify(in_line("Line in use"))
        return
    hold_all(turn)
    entry = phone.entry or Entry()
    account = account if entry.account is None else entry.account
    if urgent:
        account = emergency.account_for(phone, account)
    _begin(turn, number, account, entry.line, later)
    if urgent:
        emergency.placed(turn, turn.phone.front, account)


def barred(turn: Turn, number: str) -> bool:
    """Whether the lock keeps this number from being called; says so."""
    locked = turn.phone.locked and not emergency.is_emergency(turn.phone, number)
    if locked:
        turn.notify(in_line("Emergency calls only"))
    return locked


def _begin(turn: Turn, number: str, account: int, line: int, later: str = "") -> None:
    phone = turn.phone
    placed = Call(
        id=phone.next_call,
        account=account,
        direction="out",
        number=number,
        name=directory.named(phone, number),
        line=free_line(phone, line or phone.settings.line_of(account)),
        since=phone.now.utc,
        began=phone.now.epoch,
        offset=phone.now.offset,
        later=later,
    )
    turn.set(
        calls=(*turn.phone.calls, placed),
        front=placed.id,
        next_call=phone.next_call + 2,
        last_numbers=calllog.remembered((number, *phone.last_numbers)),
        last_account=account,
        entry=None,
        ended=None,
        notice=None,
        silence_due=0.0,
        muted=False,
        hands_free=phone.hands_free or not phone.off_hook,
    )
    turn.do(PlaceCall(placed.id, placed.account, number))


def answer(turn: Turn, call: Call) -> None:
    """Take a call that rings here; a live one is held, one not yet answered is given up."""
    if any(other.answering for other in turn.phone.calls):
        turn.notify(in_line("Still answering"))
        return
    for other in tuple(turn.phone.others(call.id)):
        if other.outward:
            end(turn, other)
        _hold(turn, other)
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
        session.left(turn)
    turn.do(EndCall(call.id, 486))
    remove(turn, call, how, code)


def hold(turn: Turn) -> None:
    """The hold key: hold a live call or conference in front, resume a held one."""
    front = turn.phone.front_call
    if front is None or front.phase != "talking":
        return
    if front.held:
        resume(turn, front)
    else:
        hold_all(turn)
        settle(turn)


def hold_all(turn: Turn) -> None:
    """Hold what is live; the agent still faces it."""
    for call in turn.phone.calls:
        _hold(turn, call)


def resume(turn: Turn, call: Call) -> None:
    """Speak again with a held call and all of its conference.

    A live one is held, one not yet answered is in the way.
    """
    if any(other.unsettled for other in turn.phone.calls):
        return
    hold_all(turn)
    for member in (call, *turn.phone.partners(call)):
        turn.edit(member, held=False)
        turn.do(HoldCall(member.id, held=False))
    face(turn, call)


def back_to_session(turn: Turn, before: Phone) -> None:
    """The other calls are over: the session that was held for them goes on."""
    phone = turn.phone
    waiting = session.of(phone)
    if waiting is None or not waiting.held or phone.entry or len(phone.calls) > 1:
        return
    if len(before.calls) > 1:
        resume(turn, waiting)


def swap(turn: Turn) -> None:
    """Speak with the first of the calls that wait while this one is faced."""
    phone = turn.phone
    other = next((call for call in phone.others(phone.front) if call.held), None)
    if other is not None:
        resume(turn, other)


def incoming(turn: Turn, event: CallIncoming) -> None:
    """A call for us. It rings if there is a line for it and nobody asked for peace."""
    phone = turn.phone
    if phone.call(event.call) is not None:
        return
    if not 0 <= event.account < len(phone.registrations):
        turn.do(EndCall(event.call, 486))
        return
    always, busy = phone.preferences.forward_always, phone.preferences.forward_busy
    if always or phone.dnd or phone.free_lines == 0:
        elsewhere = always or ("" if phone.dnd else busy)
        turn.do(ForwardCall(event.call, elsewhere) if elsewhere else EndCall(event.call, 486))
        return
    call = Call(
        id=event.call,
        account=event.account,
        direction="in",
        number=clean(event.number),
        name=directory.named(phone, event.number, clean(event.name)),
        phase="incoming",
        line=free_line(phone, phone.settings.line_of(event.account)),
        since=phone.now.utc,
        began=phone.now.epoch,
        offset=phone.now.offset,
        diverted_from=clean(event.diverted_from),
        session=phone.settings.sessions.knows(event),
        answer_due=(due := autoanswer.due_of_new(turn, event)),
        rings_until=0.0 if due else forward.rings_until(turn),
    )
    turn.set(calls=(*phone.calls, call), notice=None)
    if not phone.engaged:
        turn.set(front=call.id, entry=None)


def by_itself(turn: Turn, due: float) -> None:
    """A call that is to be answered by itself announces that, or is answered."""
    call = autoanswer.rang(turn, due)
    if call is None:
        return
    turn.edit(call, answer_due=0.0)
    answer(turn, call)
    if turn.phone.front == call.id:
        turn.set(muted=turn.phone.settings.auto_answer.muted)


def unanswered(turn: Turn, due: float) -> None:
    """A call has rung for long enough: it goes to somebody else."""
    for call in forward.unanswered(turn, due):
        remove(turn, call, "forwarded")
        turn.notify(in_line("Forwarded: {who}", who=call.name or call.number))
    settle(turn)


def dial_codes(turn: Turn) -> None:
    """Dial a feature code that waits, if the phone rests and could."""
    phone = turn.phone
    rests = not (phone.engaged or phone.calls or phone.entry or phone.ended or phone.menu)
    if rests and not phone.locked and any(r.state == "registered" for r in phone.registrations):
        code = forward.next_code(turn)
        if code:
            place(turn, code)


def progress(turn: Turn, event: CallProgress) -> None:
    """The far end rings, or lets us hear something before it answers."""
    call = turn.phone.call(event.call)
    if call is None or not call.outward:
        return
    emergency.spoken(turn, call.id)
    rings = event.code == 180 or event.early_media or call.phase == "ringing"
    turn.edit(
        call,
        phase="ringing" if rings else "calling",
        early_media=event.early_media or call.early_media,
    )


def answered(turn: Turn, event: CallAnswered) -> None:
    """The dialog is confirmed: people can talk."""
    call = turn.phone.call(event.call)
    if call is None or not (call.outward or call.answering):
        return
    now = turn.phone.now.monotonic
    turn.edit(call, phase="talking", answering=False, early_media=False, answered_at=now, later="")
    if call.session:
        session.began(turn, call, end)
    if call.later:
        turn.do(SendDigits(call.id, PAUSE + call.later))


def media(turn: Turn, event: CallMedia) -> None:
    """What was negotiated; also the truth about a hold that we asked for."""
    phone = turn.phone
    call = phone.call(event.call)
    if call is None:
        return
    talking = call.phase == "talking"
    told = call.id == phone.front or call.joined
    held = event.held if told else call.held or event.held
    turn.edit(
        call,
        codec=event.codec,
        secure=event.secure,
        remote_held=event.remote_held and talking,
        held=held and talking,
    )
    if call.held and not held:
        face(turn, call)


def party(turn: Turn, event: PartyChanged) -> None:
    """Somebody else is at the other end, or the server knows who it is."""
    call = turn.phone.call(event.call)
    if call is not None:
        name = directory.named(turn.phone, event.number, clean(event.name))
        turn.edit(call, number=clean(event.number), name=name)


def ended(turn: Turn, event: CallEnded) -> None:
    """The far end or the network ended a call."""
    phone = turn.phone
    call = phone.call(event.call)
    if call is None:
        return
    remove(turn, call, _how(call, event), event.code, clean(event.reason))
    if _tried_again(turn, call):
        return
    if call.session and not call.ringing_here:
        session.ended(turn, reasons.words_of(event.code, clean(event.reason)))
    if call.ringing_here and event.code == ANSWERED_ELSEWHERE:
        turn.notify(in_line("Answered elsewhere"))
    elif call.ringing_here:
        turn.notify(in_line("Missed {who}", who=call.name or call.number))
    elif call.id != phone.front or not phone.engaged or turn.phone.calls:
        turn.notify(reasons.words_of(event.code, clean(event.reason)))
    else:
        turn.set(
            ended=Ended(
                call.id,
                call.account,
                call.direction,
                call.number,
                call.name,
                reasons.words_of(event.code, clean(event.reason)),
                event.code,
                reasons.tone_of(event.code),
                turn.after(ENDED_OFF_HOOK_SECONDS if phone.off_hook else ENDED_HANDS_FREE_SECONDS),
                call.since,
            )
        )
    settle(turn)


def _how(call: Call, event: CallEnded) -> End:
    if call.ringing_here:
        return "elsewhere" if event.code == ANSWERED_ELSEWHERE else "there"
    return "failed" if event.code else "there"


def _tried_again(turn: Turn, call: Call) -> bool:
    """Whether a failed emergency call goes on over the next account."""
    account = emergency.next_account(turn, call.id)
    if account is None:
        return False
    notice = turn.phone.notice
    _begin(turn, call.number, account, call.line)
    turn.set(notice=notice)
    emergency.placed(turn, turn.phone.front, account)
    return True


def patience_ended(turn: Turn, due: float) -> None:
    """The server of an emergency call says nothing: it is given up for the next account."""
    attempt = turn.phone.attempt
    call = turn.phone.call(attempt.call) if attempt and attempt.due == due else None
    if call is not None:
        end(turn, call, "failed", SILENT)
        _tried_again(turn, call)


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
        following = nearest or live or next(reversed(phone.calls), None)
        turn.set(front=following.id if following else 0)
    phone = turn.phone
    if not any(call.phase == "talking" or call.outward for call in phone.calls):
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
    phone = turn.phone
    turn.set(
        front=call.id,
        entry=None,
        ended=None,
        notice=None,
        silence_due=0.0,
        muted=phone.muted and phone.front == call.id,
        hands_free=phone.hands_free or not phone.off_hook,
    )


def _make_room(turn: Turn) -> None:
    """An emergency: calls that are not answered yet give way, and one of the others if need be."""
    for call in turn.phone.calls:
        if call.unsettled:
            end(turn, call)
    if turn.phone.free_lines == 0:
        others = [call for call in turn.phone.calls if call.id != turn.phone.front]
        victim = (others or turn.phone.calls)[-1]
        end(turn, victim)


def _hold(turn: Turn, call: Call) -> None:
    if call.live:
        turn.edit(call, held=True)
        turn.do(HoldCall(call.id, held=True))


def remove(turn: Turn, call: Call, how: End, code: int = 0, reason: str = "") -> None:
    """Forget a call, but for the log; `settle` has to follow."""
    calllog.close(turn, call, how, code, reason)
    turn.set(calls=tuple(turn.phone.others(call.id)))


def free_line(phone: Phone, wished: int) -> int:
    """A line without a call, the wished one if it can be; there must be one."""
    taken = {call.line for call in phone.calls}
    if wished not in taken:
        return wished
    return next(line for line in range(1, phone.settings.lines + 1) if line not in taken)


def clean(text: str) -> str:
    """Words off the wire, fit for the display: printable, and not without end."""
    return "".join(c if c.isprintable() else " " for c in text[: 4 * MAX_WORDS]).strip()[:MAX_WORDS]
