"""The call log: what became of every call, as records that outlive the phone.

A record is begun with its call, said again when it is answered or somebody else comes to the other
end (`open_records`, a standing order), and closed when the call leaves the state (`close`), so that
a phone that dies in the middle of a call still knows of it afterwards. Missed is what nobody could
take: it rang here until its caller gave up, or did not ring because no line was free or nobody was
to be disturbed. A call that was refused, forwarded or taken elsewhere is not. Nothing here knows
where the records are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from appliance.phone import effects

if TYPE_CHECKING:
    from appliance.phone.settings import Settings
    from appliance.phone.state import Call, Phone
    from appliance.phone.turn import Turn

Kind = Literal["placed", "received", "missed", "unanswered"]
End = Literal[
    "", "here", "there", "failed", "elsewhere", "forwarded", "transferred", "cut", "dnd", "full",
]  # fmt: skip

SHOWN = 100
"""How many of the newest the phone itself has at hand."""
LAST_NUMBERS = 10


@dataclass(frozen=True, slots=True)
class Record:
    """One call. `began` is in seconds since 1970 (UTC), `offset` what local time was ahead of it.

    `kind`: ``unanswered`` is a call for us that was not answered here and is not missed either.
    `end`: empty while it goes on; ended ``here``, ``there`` (by the far end), ``failed`` with a SIP
    status `code` and the server's `reason`; taken ``elsewhere``, ``forwarded``, ``transferred`` to
    somebody else; ``cut`` by the end of the phone itself; or turned away because of do not disturb
    (``dnd``) or for want of a line (``full``). `length` is what was talked, in whole seconds. `id`
    is the call's in this life of the phone, 0 in any earlier one.
    """

    id: int
    kind: Kind
    number: str
    name: str = ""
    account: str = ""
    began: float = 0.0
    offset: int = 0
    length: int = 0
    end: End = ""
    code: int = 0
    reason: str = ""
    seen: bool = False
    """Somebody has looked at the list of missed calls since."""


def record_of(phone: Phone, call: Call) -> Record:
    """A call as it would be remembered if the phone died now."""
    kind: Kind = "placed"
    if call.direction == "in":
        kind = "received" if call.phase == "talking" else "missed"
    accounts = phone.settings.accounts
    return Record(
        id=call.logged or call.id,
        kind=kind,
        number=call.number,
        name=call.name,
        account=accounts[call.account].user if call.account < len(accounts) else "",
        began=call.began,
        offset=call.offset,
    )


def open_records(phone: Phone) -> tuple[Record, ...]:
    """The records of the calls that go on."""
    return tuple(record_of(phone, call) for call in phone.calls if not call.code)


def close(turn: Turn, call: Call, end: End, code: int = 0, reason: str = "") -> None:
    """This call is over, and why; what the phone dialled by itself is not kept."""
    phone = turn.phone
    if call.code:
        return
    record = record_of(phone, call)
    missed = call.ringing_here and end in ("there", "dnd", "full")
    length = phone.now.monotonic - call.answered_at if call.phase == "talking" else 0.0
    record = replace(
        record,
        kind="unanswered" if record.kind == "missed" and not missed else record.kind,
        length=round(length),
        end=end,
        code=code,
        reason=reason,
    )
    turn.set(history=(record, *phone.history)[:SHOWN])
    turn.do(effects.KeepCall(record))


def unseen(history: Iterable[Record]) -> int:
    """How many missed calls nobody has looked at."""
    return sum(record.kind == "missed" and not record.seen for record in history)


def see(turn: Turn) -> None:
    """Somebody has seen which calls were missed."""
    if turn.phone.missed:
        seen = tuple(
            replace(record, seen=True) if record.kind == "missed" else record
            for record in turn.phone.history
        )
        turn.set(history=seen)
        turn.do(effects.SeeMissed())


def account_of(settings: Settings, record: Record) -> int:
    """The account that a call was over, by its place; the first if it is no more."""
    users = [account.user for account in settings.accounts]
    return users.index(record.account) if record.account in users else 0


def remembered(numbers: Iterable[str]) -> tuple[str, ...]:
    """Numbers to be dialled again: each once, the newest first, and not without end."""
    return tuple(dict.fromkeys(filter(None, numbers)))[:LAST_NUMBERS]


def placed(history: Iterable[Record]) -> tuple[Record, ...]:
    """The calls that were placed here, which is what redial is about."""
    return tuple(record for record in history if record.kind == "placed")
