"""Calls that are wanted elsewhere or not at all: call forward, and do not disturb.

The phone itself sends such calls away: 302 with the number, to the server that they came from, or
486. Where the PBX has feature codes, they are dialled too, so that it holds while the phone is off
as well; one that cannot be dialled now waits until the phone rests. All is kept over a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from appliance.phone.effects import ForwardCall
from appliance.phone.pages import Item, Page, back, open_page, opens
from appliance.phone.preferences import prefer
from appliance.phone.words import Words, in_line, in_menu, in_title

if TYPE_CHECKING:
    from appliance.phone.state import Call, Phone
    from appliance.phone.turn import Turn

ALWAYS, BUSY, NO_ANSWER = "forward_always", "forward_busy", "forward_no_answer"
"""When calls are forwarded: the fields of `Preferences`, and of the codes."""
DND = "dnd"
_WHEN = {
    ALWAYS: in_menu("Always"),
    BUSY: in_menu("When busy"),
    NO_ANSWER: in_menu("No answer"),
}


@dataclass(frozen=True, slots=True)
class FeatureCodes:
    """What the PBX is dialled to do the same; behind those that turn on stands the number."""

    forward_always: str = ""
    forward_always_off: str = ""
    forward_busy: str = ""
    forward_busy_off: str = ""
    forward_no_answer: str = ""
    forward_no_answer_off: str = ""
    dnd: str = ""
    dnd_off: str = ""


def number_for(phone: Phone, when: str) -> str:
    """Where calls go then; empty: nowhere else."""
    number: str = getattr(phone.preferences, when)
    return number


def idle_words(phone: Phone) -> Words | None:
    """What a phone at rest tells of it."""
    if number_for(phone, ALWAYS):
        return in_line("Calls to {number}", number=number_for(phone, ALWAYS))
    if phone.dnd:
        return in_line("Do not disturb")
    if number_for(phone, BUSY):
        return in_line("Busy: {number}", number=number_for(phone, BUSY))
    if number_for(phone, NO_ANSWER):
        return in_line("No answer: {number}", number=number_for(phone, NO_ANSWER))
    return None


def toggle_dnd(turn: Turn) -> None:
    """Refuse calls, or let them ring again."""
    if turn.phone.locked:
        return
    prefer(turn, dnd=not turn.phone.dnd)
    turn.notify(in_line("Do not disturb") if turn.phone.dnd else in_line("Calls ring again"))
    _tell_pbx(turn, DND, "", on=turn.phone.dnd)


def due_of(phone: Phone) -> float:
    """When the next call has rung for long enough; 0 while none does, or has nowhere to go."""
    if not number_for(phone, NO_ANSWER):
        return 0.0
    return min((c.rings_until for c in phone.calls if c.ringing_here and c.rings_until), default=0)


def rings_until(turn: Turn) -> float:
    """Until when a call that comes now may ring; 0: for as long as it likes."""
    wanted = number_for(turn.phone, NO_ANSWER)
    return turn.after(turn.phone.settings.forward_after) if wanted else 0.0


def unanswered(turn: Turn, due: float) -> tuple[Call, ...]:
    """Nobody answered: the calls that go to somebody else; they have to be removed."""
    number = number_for(turn.phone, NO_ANSWER)
    calls = tuple(c for c in turn.phone.calls if c.ringing_here and c.rings_until == due)
    for call in calls if number else ():
        turn.do(ForwardCall(call.id, number))
    return calls if number else ()


def next_code(turn: Turn) -> str:
    """A code that waits to be dialled, which it does no more; empty for none."""
    first, *rest = turn.phone.codes_due or ("",)
    if first:
        turn.set(codes_due=tuple(rest))
    return first


def _tell_pbx(turn: Turn, what: str, number: str, *, on: bool) -> None:
    code = getattr(turn.phone.settings.codes, what if on else f"{what}_off")
    if code:
        turn.set(codes_due=(*turn.phone.codes_due, code + number))


def _entered(turn: Turn, typed: str, when: str) -> None:
    prefer(turn, **{when: typed})
    _tell_pbx(turn, when, typed, on=bool(typed))
    back(turn)


def _below(_: Phone) -> tuple[Item, ...]:
    return (Item(in_menu("Empty: nowhere")),)


_TO = {
    when: Page(when, lambda _: in_title("Forward to"), _below, enter=partial(_entered, when=when))
    for when in _WHEN
}


def _ask(turn: Turn, when: str) -> None:
    open_page(turn, _TO[when], typed=number_for(turn.phone, when))


def _items(phone: Phone) -> tuple[Item, ...]:
    return tuple(
        Item(words, partial(_ask, when=when), ticked=bool(number_for(phone, when)))
        for when, words in _WHEN.items()
    )


FORWARD = Page("forward", lambda _: in_title("Forward calls"), _items)


def entries(_: Phone) -> tuple[Item, ...]:
    """Where calls go, as a page of its own."""
    return (Item(in_menu("Forward calls"), opens(FORWARD)),)
