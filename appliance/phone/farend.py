"""What happens to calls without the agent: by the far end, by the network, by the clock.

The agent's own part of their lives is in `calls`. An event for a call that is no longer there is
late and changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.phone import (
    autoanswer,
    calllog,
    calls,
    directory,
    emergency,
    forward,
    outputs,
    reasons,
    session,
)
from appliance.phone.calllog import End
from appliance.phone.effects import PAUSE, EndCall, ForwardCall, SendDigits
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallMedia,
    CallProgress,
    CallTurnedAway,
    PartyChanged,
    Unwanted,
)
from appliance.phone.state import Call, Phone
from appliance.phone.turn import Turn
from appliance.phone.words import in_line, printable

ENDED_OFF_HOOK_SECONDS = 30.0
ENDED_HANDS_FREE_SECONDS = 4.0
ANSWERED_ELSEWHERE = 200
"""Cause of a CANCEL whose call somebody else has taken, RFC 3326 section 2."""
SILENT = 408
"""Request Timeout: what is said of a server that says nothing."""


def incoming(turn: Turn, event: CallIncoming) -> None:
    """A call for us. It rings if it is wanted here."""
    phone = turn.phone
    if phone.call(event.call) is not None:
        return
    if not 0 <= event.account < len(phone.registrations):
        turn.do(EndCall(event.call, 486))
        return
    known = phone.settings.sessions.knows(event)
    policy = outputs.policy(phone)
    why = policy.unwanted(session=known)
    if why is not None:
        goes = why == "forwarded"
        turn.do(ForwardCall(event.call, policy.elsewhere) if goes else EndCall(event.call, 486))
        _keep(turn, event, why)
        return
    call = replace(
        _call(turn, event),
        line=calls.free_line(phone, phone.settings.line_of(event.account)),
        answer_due=(due := autoanswer.due_of_new(turn, event)),
        rings_until=0.0 if due or known else forward.rings_until(turn),
    )
    turn.set(calls=(*phone.calls, call), notice=None)
    if not phone.engaged:
        calls.turn_to(turn, call.id)


def turned_away(turn: Turn, event: CallTurnedAway) -> None:
    """A call did not ring: the log knows of it, and an agent who is at the phone is told."""
    if 0 <= event.call.account < len(turn.phone.registrations):
        _keep(turn, event.call, event.why)


def _keep(turn: Turn, event: CallIncoming, why: Unwanted) -> None:
    call = _call(turn, event)
    calllog.close(turn, call, why)
    if why == "full":
        turn.notify(in_line("Missed {who}", who=session.name_of(call)))


def _call(turn: Turn, event: CallIncoming) -> Call:
    phone = turn.phone
    return Call(
        id=event.call,
        account=event.account,
        direction="in",
        number=printable(event.number),
        name=directory.named(phone, event.number, printable(event.name)),
        phase="incoming",
        since=phone.now.utc,
        began=phone.now.epoch,
        offset=phone.now.offset,
        diverted_from=printable(event.diverted_from),
        session=phone.settings.sessions.knows(event),
    )


def by_itself(turn: Turn, due: float) -> None:
    """A call that is to be answered by itself announces that, or is answered."""
    call = autoanswer.rang(turn, due)
    if call is None:
        return
    turn.edit(call, answer_due=0.0)
    calls.answer(turn, call)
    if turn.phone.front == call.id and not call.session:
        turn.set(muted=turn.phone.settings.auto_answer.muted)


def begin_sessions(turn: Turn) -> None:
    """A session that had to wait for another call to end is answered by itself after all.

    Of several the newest, which is the one that the server knows; one at a time.
    """
    ringing = [call for call in turn.phone.calls if call.session and call.ringing_here]
    if not ringing or any(call.answer_due for call in ringing):
        return
    if autoanswer.may_begin(turn.phone, ringing[-1].id):
        turn.edit(ringing[-1], answer_due=turn.after(0.0))


def unanswered(turn: Turn, due: float) -> None:
    """A call has rung for long enough: it goes to somebody else."""
    for call in forward.unanswered(turn, due):
        calls.remove(turn, call, "forwarded")
        turn.notify(in_line("Forwarded: {who}", who=session.name_of(call)))
    calls.settle(turn)


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
        session.began(turn, call, calls.end)
    if call.later:
        turn.do(SendDigits(call.id, PAUSE + call.later))


def media(turn: Turn, event: CallMedia) -> None:
    """What was negotiated; also the truth about a hold that we asked for.

    One that the far end refuses is undone where the agent is at the phone and faces that call. Else
    it stays our wish: nobody is heard who does not know of it, and who resumes the call is in it.
    """
    phone = turn.phone
    call = phone.call(event.call)
    if call is None:
        return
    talking = call.phase == "talking"
    held = event.held or (call.held and not _is_faced(phone, call))
    turn.edit(
        call,
        codec=event.codec,
        secure=event.secure,
        remote_held=event.remote_held and talking,
        held=held and talking,
    )
    if call.held and not held:
        calls.face(turn, call)


def _is_faced(phone: Phone, call: Call) -> bool:
    """Whether the agent could speak in this call, or its conference, with nothing given up."""
    front = phone.front_call
    if front is None or not phone.engaged or phone.entry or phone.handover:
        return False
    return call in (front, *phone.partners(front))


def party(turn: Turn, event: PartyChanged) -> None:
    """Somebody else is at the other end, or the server knows who it is."""
    call = turn.phone.call(event.call)
    if call is not None:
        name = directory.named(turn.phone, event.number, printable(event.name))
        name = call.name if call.session else name
        turn.edit(call, number=printable(event.number), name=name)


def ended(turn: Turn, event: CallEnded) -> None:
    """The far end or the network ended a call."""
    phone = turn.phone
    call = phone.call(event.call)
    if call is None:
        return
    reason = printable(event.reason)
    given = session.given(phone, call)
    how = "transferred" if given is not None and not event.code else _how(call, event)
    calls.remove(turn, call, how, event.code, reason)
    if _tried_again(turn, call):
        return
    words = reasons.words_of(event.code, reason, rang=call.phase == "ringing")
    dials = phone.entry is not None and phone.prompting is None
    faces = phone.engaged and call.id == phone.front and not dials
    lost = call.session and not call.ringing_here and session.ended(turn, call, event.code, reason)
    if lost and turn.phone.session_lost:
        words = turn.phone.session_lost
    if call.ringing_here and event.code == ANSWERED_ELSEWHERE:
        turn.notify(in_line("Answered elsewhere"))
    elif call.ringing_here:
        turn.notify(in_line("Missed {who}", who=session.name_of(call)))
    elif given is not None and not event.code:
        turn.notify(in_line("Transferred to {who}", who=given.who))
    elif not event.code and any(other.moved_from == call.id for other in turn.phone.calls):
        turn.notify(in_line("You are transferred"))
    elif lost and turn.phone.calls:
        turn.notify(in_line("Session lost: {why}", why=words))
    elif phone.notice is not None and phone.notice.about == call.id:
        turn.set(notice=replace(phone.notice, about=0))
    elif turn.phone.calls or not faces:
        turn.notify(words)
    else:
        seconds = ENDED_OFF_HOOK_SECONDS if phone.off_hook else ENDED_HANDS_FREE_SECONDS
        calls.show_end(turn, call, event.code, words, seconds)
    calls.settle(turn)


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
    calls.begin(turn, call.number, account, call.line, urgent=True)
    turn.set(notice=notice)
    emergency.placed(turn, turn.phone.front, account)
    return True


def patience_ended(turn: Turn, due: float) -> None:
    """The server of an emergency call says nothing: it is given up for the next account."""
    attempt = turn.phone.attempt
    call = turn.phone.call(attempt.call) if attempt and attempt.due == due else None
    if call is not None:
        calls.end(turn, call, "failed", SILENT)
        _tried_again(turn, call)
