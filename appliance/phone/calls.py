"""The life of calls: placed, rung, answered, held, ended.

At most one call is live at a time; whatever makes another live holds the one before. Our own
actions take effect in the state at once, the far end's when its event arrives; an event for a call
that is no longer there is late and changes nothing.
"""

from __future__ import annotations

from appliance.phone import reasons
from appliance.phone.effects import AnswerCall, EndCall, HoldCall, PlaceCall
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallMedia,
    CallProgress,
)
from appliance.phone.state import Call, Ended, Entry, Phone
from appliance.phone.turn import Turn

DIAL_TONE_SECONDS = 20.0
WARNING_SECONDS = 60.0
ENDED_OFF_HOOK_SECONDS = 30.0
ENDED_HANDS_FREE_SECONDS = 4.0
MAX_WORDS = 64
ANSWERED_ELSEWHERE = 200
"""Cause of a CANCEL whose call somebody else has taken, RFC 3326 section 2."""


def begin_entry(turn: Turn, line: int = 0, account: int | None = None) -> None:
    """Dial tone: ready for a number."""
    turn.set(
        entry=Entry(line=line, account=account),
        ended=None,
        warned=False,
        silence_due=turn.after(DIAL_TONE_SECONDS),
    )


def place(turn: Turn, number: str, account: int = 0) -> None:
    """Call `number` from the account that was chosen, else from `account`; holds a live call."""
    if number in turn.phone.settings.emergency:
        _make_room(turn)
    phone = turn.phone
    if not phone.settings.accounts:
        turn.notify("No account")
        return
    if phone.free_lines == 0 or any(call.unsettled for call in phone.calls):
        turn.notify("Line in use")
        return
    for call in phone.calls:
        _hold(turn, call)
    entry = phone.entry or Entry()
    account = _account_for(phone, number, account if entry.account is None else entry.account)
    placed = Call(
        id=phone.next_call,
        account=account,
        direction="out",
        number=number,
        line=_free_line(phone, entry.line or phone.settings.line_of(account)),
        since=phone.now.utc,
    )
    turn.set(
        calls=(*turn.phone.calls, placed),
        front=placed.id,
        next_call=phone.next_call + 2,
        last_number=number,
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
        turn.notify("Still answering")
        return
    for other in tuple(turn.phone.others(call.id)):
        if other.outward:
            _remove(turn, other)
            turn.do(EndCall(other.id))
        _hold(turn, other)
    turn.edit(call, answering=True)
    _face(turn, call)
    turn.do(AnswerCall(call.id))


def refuse(turn: Turn, call: Call) -> None:
    """486 Busy Here to a call that rings here."""
    turn.do(EndCall(call.id, 486))
    _remove(turn, call)
    settle(turn)


def hang_up(turn: Turn) -> None:
    """End whatever the agent faces: a call, a number half dialled, the words of an ended call."""
    phone = turn.phone
    front = phone.front_call
    if phone.entry is not None or front is None:
        turn.set(hands_free=False, entry=None, ended=None, silence_due=0.0)
    else:
        turn.do(EndCall(front.id, 486))
        _remove(turn, front)
    settle(turn)


def hold(turn: Turn) -> None:
    """The hold key: hold a live call in front, resume a held one."""
    front = turn.phone.front_call
    if front is None or front.phase != "talking":
        return
    if front.held:
        resume(turn, front)
    else:
        _hold(turn, front)
        settle(turn)


def resume(turn: Turn, call: Call) -> None:
    """Speak again with a held call; a live one is held, one not yet answered is in the way."""
    if any(other.unsettled for other in turn.phone.calls):
        return
    for other in tuple(turn.phone.others(call.id)):
        _hold(turn, other)
    turn.edit(call, held=False)
    _face(turn, call)
    turn.do(HoldCall(call.id, held=False))


def incoming(turn: Turn, event: CallIncoming) -> None:
    """A call for us. It rings if there is a line for it and nobody asked for peace."""
    phone = turn.phone
    if phone.call(event.call) is not None:
        return
    if phone.dnd or phone.free_lines == 0 or not 0 <= event.account < len(phone.registrations):
        turn.do(EndCall(event.call, 486))
        return
    call = Call(
        id=event.call,
        account=event.account,
        direction="in",
        number=_clean(event.number),
        name=_clean(event.name),
        phase="incoming",
        line=_free_line(phone, phone.settings.line_of(event.account)),
        since=phone.now.utc,
    )
    turn.set(calls=(*phone.calls, call), notice=None)
    if not phone.engaged:
        turn.set(front=call.id, entry=None)


def progress(turn: Turn, event: CallProgress) -> None:
    """The far end rings, or lets us hear something before it answers."""
    call = turn.phone.call(event.call)
    if call is None or not call.outward:
        return
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
    turn.edit(call, phase="talking", answering=False, early_media=False, answered_at=now)


def media(turn: Turn, event: CallMedia) -> None:
    """What was negotiated; also the truth about a hold that we asked for."""
    phone = turn.phone
    call = phone.call(event.call)
    if call is None:
        return
    talking = call.phase == "talking"
    held = event.held if call.id == phone.front else call.held or event.held
    turn.edit(
        call,
        codec=event.codec,
        secure=event.secure,
        remote_held=event.remote_held and talking,
        held=held and talking,
    )
    if call.held and not held:
        _face(turn, call)


def ended(turn: Turn, event: CallEnded) -> None:
    """The far end or the network ended a call."""
    phone = turn.phone
    call = phone.call(event.call)
    if call is None:
        return
    _remove(turn, call)
    if call.ringing_here and event.code == ANSWERED_ELSEWHERE:
        turn.notify("Answered elsewhere")
    elif call.ringing_here:
        turn.set(missed=phone.missed + 1)
        turn.notify(f"Missed {call.name or call.number}")
    elif call.id != phone.front or not phone.engaged or turn.phone.calls:
        turn.notify(reasons.words_of(event.code, _clean(event.reason)))
    else:
        turn.set(
            ended=Ended(
                call.id,
                call.account,
                call.direction,
                call.number,
                call.name,
                reasons.words_of(event.code, _clean(event.reason)),
                event.code,
                reasons.tone_of(event.code),
                turn.after(ENDED_OFF_HOOK_SECONDS if phone.off_hook else ENDED_HANDS_FREE_SECONDS),
                call.since,
            )
        )
    settle(turn)


def dismiss(turn: Turn) -> None:
    """Take the words of an ended call off the display."""
    turn.set(ended=None, hands_free=False)
    settle(turn)


def settle(turn: Turn) -> None:
    """Make the rest agree after a call went: whom the agent faces, mute, dial tone, hands-free."""
    phone = turn.phone
    if phone.front_call is None:
        nearest = phone.waiting if not phone.engaged else None
        following = nearest or next(reversed(phone.calls), None)
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


def _face(turn: Turn, call: Call) -> None:
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
            _remove(turn, call)
            turn.do(EndCall(call.id))
    if turn.phone.free_lines == 0:
        others = [call for call in turn.phone.calls if call.id != turn.phone.front]
        victim = (others or turn.phone.calls)[-1]
        _remove(turn, victim)
        turn.do(EndCall(victim.id))


def _hold(turn: Turn, call: Call) -> None:
    if call.live:
        turn.edit(call, held=True)
        turn.do(HoldCall(call.id, held=True))


def _remove(turn: Turn, call: Call) -> None:
    turn.set(calls=tuple(turn.phone.others(call.id)))


def _free_line(phone: Phone, wished: int) -> int:
    taken = {call.line for call in phone.calls}
    if wished not in taken:
        return wished
    return next(line for line in range(1, phone.settings.lines + 1) if line not in taken)


def _account_for(phone: Phone, number: str, wished: int) -> int:
    """The account that was wished for; an emergency goes out over any account that works."""
    if number in phone.settings.emergency:
        working = [a for a, r in enumerate(phone.registrations) if r.state == "registered"]
        return wished if wished in working else next(iter(working), wished)
    return wished


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text[: 4 * MAX_WORDS]).strip()[:MAX_WORDS]
