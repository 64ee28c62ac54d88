"""The agent's session: the one call that a dialler keeps with the phone for the whole shift.

When an agent logs in, the server calls the phone and leaves the call in a conference, into which
customers come and go. It is answered by itself and is no call like others: neither the handset nor
a hang-up key ends it, but a choice on the display that has to be confirmed. If it ends otherwise
the phone says so by tone, lamp and words until somebody has seen it (over a restart, too), or the
server calls again, which finds the phone ready. A call by which the server moves it, or replaces
it, is the same session.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from appliance.phone import reasons
from appliance.phone.numbering import Numbers
from appliance.phone.pages import Item, Page, back, open_page
from appliance.phone.preferences import prefer
from appliance.phone.words import Words, as_it_is, in_line, in_menu, in_title

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.phone.events import CallIncoming
    from appliance.phone.state import Call, Ended, Handover, Phone
    from appliance.phone.turn import Turn

END = "end-session"
"""The action that ends it for good."""
LOST_SECONDS = 3.0
"""How long the ringer tells that a session was lost."""
VICIDIAL = re.compile(r"S[0-9]{14,24}|ACagcW[0-9]{10,13}[-.\w]{0,80}|LIN-[-.\w]{1,24}-[0-9]{10,14}")
"""What VICIdial has such a call say for its name.

At log-in S, month to second, and the conference's number (``$SIqueryCID`` in its agent pages). When
the agent has it call again ACagcW, the second since 1970, and the user's name, cut or repeated. And
with messages for the phone switched on LIN, the campaign, and the date, in either case.
"""
SERVER_FORGOT = 481
"""Call Does Not Exist, RFC 3261 section 12.2.1.2: the server knows nothing of it any more."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """How such a call is known."""

    vicidial: bool = False
    numbers: Numbers = field(default_factory=Numbers)
    """Of callers."""
    header: str = ""
    """A header of the INVITE, or header and value parted by a colon."""

    def knows(self, event: CallIncoming) -> bool:
        """Whether this call, of the trusted server, is one."""
        named = self.vicidial and VICIDIAL.fullmatch(event.name) is not None
        return event.trusted and (named or event.marked or event.number in self.numbers)


def of(phone: Phone) -> Call | None:
    """The session that there is."""
    return next((call for call in phone.calls if call.session), None)


def began(turn: Turn, call: Call, end: Callable[[Turn, Call], None]) -> None:
    """It is answered; one that the server has forgotten ends, one that it moves it ends itself.

    One that has come later, and rings, is the next.
    """
    came = [known.id for known in turn.phone.calls]
    for other in tuple(turn.phone.others(call.id)):
        next_one = other.ringing_here and came.index(other.id) > came.index(call.id)
        if other.session and other.id != call.moved_from and not next_one:
            end(turn, other)
    turn.set(session_lost=None)
    prefer(turn, session=True)


def name_of(call: Call | Ended) -> str:
    """Who is at the other end, for the display: a dialler's names are for the dialler."""
    if call.session:
        return in_line("Agent session")
    return call.name or call.number or in_line("Unknown")


def given(phone: Phone, call: Call) -> Handover | None:
    """How this session was given away on purpose, where what came of that is not told yet."""
    handover = phone.handover
    if not call.session or handover is None or not handover.serial:
        return None
    return handover if call.id in (handover.call, handover.target) else None


def watched(phone: Phone) -> int:
    """The session of which the engine is to notice that its server has let go; 0: there is none."""
    ids = [call.id for call in phone.calls if call.session and call.phase == "talking"]
    return ids[-1] if ids else 0


def asks(turn: Turn, call: Call) -> bool:
    """Somebody hangs up: the session goes on, and the display asks. False: it is none."""
    phone = turn.phone
    session = next((one for one in (call, *phone.partners(call)) if one.session), None)
    if session is None or session.ringing_here or session.outward:
        return False
    if not phone.engaged and not session.held:
        turn.set(hands_free=True)
        turn.notify(in_line("Session goes on"))
    else:
        turn.set(menu=None)
        open_page(turn, ASK)
    return True


def ended(turn: Turn, call: Call, code: int, reason: str) -> bool:
    """A session ended, and not by the agent; False: it goes on in another call, or was given."""
    if given(turn.phone, call) is not None:
        left(turn, call)
        return False
    if of(turn.phone) is not None:
        return False
    turn.set(session_lost=_why(code, reason), alarm_due=turn.after(LOST_SECONDS))
    return True


def gave_way(turn: Turn) -> None:
    """It had to end for an emergency call."""
    prefer(turn, session=True)
    turn.set(session_lost=in_line("Emergency call"))


def left(turn: Turn, call: Call) -> None:
    """The agent has ended it, and no call goes on in its place."""
    if not any(other.session for other in turn.phone.others(call.id)):
        prefer(turn, session=False)


def seen(turn: Turn) -> None:
    """Somebody has seen that one was lost."""
    if turn.phone.session_lost is not None:
        prefer(turn, session=False)
        turn.set(session_lost=None)


def started(turn: Turn) -> None:
    """The phone has been switched on: a session of the time before was cut."""
    if turn.phone.preferences.session:
        turn.set(session_lost=in_line("Phone restarted"))


def _why(code: int, reason: str) -> Words:
    if code == SERVER_FORGOT:
        return in_title("Server forgot it")
    if code:
        return reasons.words_of(code, reason)
    return as_it_is(reason) if reason else in_title("Ended by server")


def _items(_: Phone) -> tuple[Item, ...]:
    return (Item(in_menu("No, go on"), back), Item(in_menu("End session"), END))


ASK = Page("end-session", lambda _: in_title("End session?"), _items)
