"""Three people in one conversation, mixed on this phone: joined, split again, one of them dropped.

The calls of a conference are `joined`, and live or held together; the one in front is the one that
the display names first and that `drop` ends. Nobody has to end a conference: `tidy`, at the end of
every turn, makes a plain call of the one that is left, and parts two of which only one could be
resumed.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.phone import calls, consultation, dialling
from appliance.phone.effects import HoldCall
from appliance.phone.pages import Item, Page, about, back, close, open_page
from appliance.phone.state import Call
from appliance.phone.turn import Turn
from appliance.phone.words import in_line, in_menu, in_title


def press(turn: Turn) -> None:
    """The conference key: ask for a third, join who is there, or speak with each alone again."""
    phone = turn.phone
    front = phone.front_call
    if phone.waiting is not None or front is None or phone.handover is not None:
        return
    asking = phone.prompting
    if asking is not None and phone.entry is not None and phone.entry.digits:
        turn.set(consultation=replace(asking, purpose="conference"))
        dialling.send(turn, phone.entry.digits)
    elif asking is not None or phone.entry is None:
        _join_or_part(turn, front)


def drop(turn: Turn, identity: int = 0, *, surely: bool = False) -> None:
    """End a call of the conference, the one in front unless told; the other one goes on.

    A session is not ended before the display has asked, unless that was meant `surely`.
    """
    call = turn.phone.call(identity or turn.phone.front)
    if call is None or not call.joined:
        return
    if call.session and not surely:
        turn.set(menu=None)
        open_page(turn, DROP, str(call.id))
    else:
        calls.end(turn, call)
        calls.settle(turn)


def _surely(turn: Turn) -> None:
    identity = int(about(turn.phone))
    close(turn)
    drop(turn, identity, surely=True)


DROP = Page(
    "drop-session",
    lambda _: in_title("End session?"),
    lambda _: (Item(in_menu("No, go on"), back), Item(in_menu("End session"), _surely)),
)


def tidy(turn: Turn) -> None:
    """A conference is of two calls that are both live or both held; what is not, is none."""
    joined = [call for call in turn.phone.calls if call.joined]
    if not joined or (len(joined) > 1 and len({call.held for call in joined}) == 1):
        return
    for call in joined:
        changed = turn.edit(call, joined=False)
        if changed.live and changed.id != turn.phone.front:
            muted = turn.phone.muted
            calls.face(turn, changed)
            turn.set(muted=muted)


def _join_or_part(turn: Turn, front: Call) -> None:
    phone = turn.phone
    asking = phone.consultation
    both = consultation.pair(phone, asking) if asking else None
    other = consultation.waiting_for(phone, asking.call if phone.prompting and asking else front.id)
    if front.joined:
        _part(turn, front)
    elif front.outward:
        turn.notify(in_line("Not answered yet"))
    elif both is not None and front in both:
        _join(turn, front, both[0] if front is both[1] else both[1])
    elif other is not None and front.phase == "talking":
        _join(turn, front, other)
    elif phone.prompting is not None and asking is not None:
        consultation.back(turn, asking)
    else:
        consultation.begin(turn, "conference")


def _join(turn: Turn, front: Call, other: Call) -> None:
    for call in (front, other):
        if call.held:
            turn.do(HoldCall(call.id, held=False))
        turn.edit(call, held=False, set_aside=False, joined=True)
    calls.face(turn, front)
    turn.set(consultation=None)


def _part(turn: Turn, front: Call) -> None:
    for call in (front, *turn.phone.partners(front)):
        changed = turn.edit(call, joined=False)
        if changed.live and changed.id != front.id:
            turn.edit(changed, held=True, set_aside=changed.session)
            turn.do(HoldCall(changed.id, held=True))
