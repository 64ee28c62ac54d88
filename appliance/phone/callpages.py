"""The call log in the menu: who called, who was called, and calling them back.

A list for each kind of call and one of the numbers dialled last. Choosing a call opens it, with all
that is known of it; its first line, or lifting the handset, calls back over the account that the
call was over. Looking at the missed calls is what makes them seen.
"""

from __future__ import annotations

from appliance.phone import calllog, dialling, reasons
from appliance.phone.calendar import length, time_words
from appliance.phone.calllog import End, Record
from appliance.phone.pages import Item, Page, about, open_page, opens
from appliance.phone.session import VICIDIAL
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import NONE, Words, as_it_is, in_line, in_menu, in_title

_TALKED = "received"
_ENDS: dict[End, Words] = {
    "here": in_line("Ended here"),
    "there": in_line("Ended by them"),
    "elsewhere": in_line("Answered elsewhere"),
    "forwarded": in_line("Forwarded"),
    "transferred": in_line("Transferred"),
    "cut": in_line("Phone restarted"),
    "dnd": in_line("Do not disturb"),
    "full": in_line("Line in use"),
}


def _numbers(phone: Phone) -> tuple[Item, ...]:
    return tuple(dialling.line_for(number, number) for number in phone.last_numbers)


def _of_kind(phone: Phone) -> tuple[Item, ...]:
    """The calls of the kind that the page is about; those not answered here are received too."""
    kind = about(phone)
    kinds = (_TALKED, "unanswered") if kind == _TALKED else (kind,)
    return tuple(
        Item(_who(record), opens(CALL, str(place)), record.number)
        for place, record in enumerate(phone.history)
        if record.kind in kinds
    )


def _who(record: Record) -> str:
    if VICIDIAL.fullmatch(record.name):
        return in_line("Agent session")
    return record.name or record.number or in_line("Unknown")


def _opened(phone: Phone) -> Record:
    return phone.history[int(about(phone))]


def _details(phone: Phone) -> tuple[Item, ...]:
    record = _opened(phone)
    account = calllog.account_of(phone.settings, record)
    words = in_menu("Call again") if record.kind == "placed" else in_menu("Call back")
    again = dialling.line_for(words, record.number, account)
    facts = (
        record.number if record.name else "",
        time_words(record.began, record.offset, phone.now.epoch),
        in_line("Talked {length}", length=length(record.length)) if record.length else "",
        _end(record),
        in_line("Line: {name}", name=phone.settings.accounts[account].name)
        if phone.settings.several
        else "",
    )
    known = tuple(Item(fact, _stay, record.number) for fact in facts if fact)
    return (again, *known) if record.number else known


def _stay(_: Turn) -> None:
    """A line to be read."""


def _end(record: Record) -> Words:
    if record.kind == "missed" and record.end == "there":
        return in_line("Missed")
    if record.end == "failed":
        return reasons.words_of(record.code, record.reason)
    return _ENDS.get(record.end, NONE)


def _open_missed(turn: Turn) -> None:
    open_page(turn, LIST, "missed")
    calllog.see(turn)


_TITLES = {
    "missed": in_title("Missed calls"),
    _TALKED: in_title("Received calls"),
    "placed": in_title("Placed calls"),
}
NUMBERS = Page("numbers", lambda _: in_title("Last numbers"), _numbers)
"""What was dialled last, each number once."""
LAST_NUMBERS = Item(in_menu("Last numbers"), opens(NUMBERS))
LIST = Page("calls", lambda phone: _TITLES[about(phone)], _of_kind)
CALL = Page("call", lambda phone: as_it_is(_who(_opened(phone))), _details)
_LISTS = (
    LAST_NUMBERS,
    Item(in_menu("Missed calls"), _open_missed),
    Item(in_menu("Received calls"), opens(LIST, _TALKED)),
    Item(in_menu("Placed calls"), opens(LIST, "placed")),
)
CALLS = Page("call log", lambda _: in_title("Calls"), lambda _: _LISTS)


ENTRY = Item(in_menu("Calls"), opens(CALLS))
"""The way to the call log."""
