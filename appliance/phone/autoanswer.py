"""Calls that are answered by themselves: because the server asks for it, or by their number.

Such a call rings for as long as the server says, and then announces itself by a tone, so that
nobody is overheard unawares. It is never answered while the agent has another call, unless that is
configured, nor while one is on its way or a number is being typed; it rings on then, like any
other. What a stranger asks for, or calls himself, counts for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from appliance.phone import emergency
from appliance.phone.forward import rings_until
from appliance.phone.numbering import Numbers

if TYPE_CHECKING:
    from appliance.phone.events import CallIncoming
    from appliance.phone.state import Call, Phone
    from appliance.phone.turn import Turn

WARNING_SECONDS = 0.8
"""How long the tone is heard before somebody else is."""


@dataclass(frozen=True, slots=True)
class AutoAnswer:
    """What is configured of it."""

    asked: bool = True
    """The server may ask for it."""
    numbers: Numbers = field(default_factory=Numbers)
    """Who is answered without asking, by number."""
    muted: bool = False
    """The microphone is closed until the agent opens it."""
    in_call: bool = False
    """Also while there is another call, which is held."""


def due_of_new(turn: Turn, event: CallIncoming) -> float:
    """When a call that comes now is to announce itself; 0: it is for somebody to answer."""
    wanted = turn.phone.settings.auto_answer
    if turn.phone.settings.sessions.knows(event):
        return turn.after(0.0) if may_begin(turn.phone, event.call) else 0.0
    if not event.trusted or not _is_free(turn.phone, event.call):
        return 0.0
    if event.answer_after is not None and wanted.asked:
        return turn.after(event.answer_after)
    return turn.after(0.0) if event.number in wanted.numbers else 0.0


def due_of(phone: Phone) -> float:
    """When the next call announces itself, or is answered; 0 while none does."""
    return min((c.answer_due for c in phone.calls if c.ringing_here and c.answer_due), default=0)


def rang(turn: Turn, due: float) -> Call | None:
    """A call announces itself, or is returned to be answered."""
    phone = turn.phone
    at_once = tuple(c for c in phone.calls if c.ringing_here and c.answer_due == due)
    if not due or not at_once:
        return None
    call = at_once[0]
    free = (may_begin if call.session else _is_free)(phone, call.id)
    for other in at_once[1 if free else 0 :]:
        until = 0.0 if other.session else rings_until(turn)
        turn.edit(other, answer_due=0.0, announced=False, rings_until=until)
    if not free:
        return None
    if not call.announced:
        turn.edit(call, answer_due=turn.after(WARNING_SECONDS), announced=True)
        return None
    return call


def _is_free(phone: Phone, call: int) -> bool:
    """Whether nothing that the agent does keeps this one from being answered by itself."""
    others = tuple(phone.others(call))
    if typed(phone) or any(other.unsettled and other != phone.expected for other in others):
        return False
    return phone.settings.auto_answer.in_call or not others


def may_begin(phone: Phone, call: int) -> bool:
    """Whether a session may begin: one that is still there has been forgotten by the server.

    It keeps nobody from calling for help, and waits for one that is just being answered.
    """
    digits = typed(phone)
    helps = bool(digits) and emergency.may_become_one(phone, digits)
    others = phone.others(call)
    return not helps and all(other.session and not other.answering for other in others)


def typed(phone: Phone) -> str:
    """What is being typed just now: a number, or on a page of the menu."""
    entry, menu = phone.entry, phone.menu
    return (entry.digits if entry is not None else "") or (menu.place.typed if menu else "")
