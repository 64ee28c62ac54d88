"""Messages that wait in the mailboxes of the accounts (RFC 3842), and the call that plays them.

What the servers tell is kept as it was told. The number of a mailbox is IT's to say (`mailbox`),
else the server's; where neither does, the phone says so and calls nobody.
"""

from __future__ import annotations

from functools import partial

from appliance.phone import dialling
from appliance.phone.events import MessagesChanged
from appliance.phone.pages import Item, Page, close, open_page
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import Words, composed, counted, in_line, in_menu, in_title

KEY = "messages"


def told(turn: Turn, event: MessagesChanged) -> None:
    """A server says how many messages there are."""
    if not 0 <= event.account < len(turn.phone.settings.accounts):
        return
    others = (known for known in turn.phone.mailboxes if known.account != event.account)
    turn.set(mailboxes=tuple(sorted((*others, event), key=lambda known: known.account)))


def number_of(phone: Phone, account: int) -> str:
    """What is dialled to hear an account's messages; empty: nobody knows."""
    known = (box.number for box in phone.mailboxes if box.account == account)
    return phone.settings.accounts[account].mailbox or next(known, "")


def press(turn: Turn) -> None:
    """Call the mailbox that has new messages, else the one that there is; ask which of several."""
    phone = turn.phone
    front, entry = phone.front_call, phone.entry
    if (front is not None and not front.held) or (entry is not None and entry.digits):
        return
    chosen = entry.account if entry is not None else None
    reachable = _reachable(phone) if chosen is None else (chosen,)
    some = tuple(account for account in reachable if new_in(phone, account)) or reachable
    if len(some) > 1:
        open_page(turn, MAILBOXES)
    else:
        _call(turn, *some)


def new_in(phone: Phone, account: int) -> int:
    """How many new messages an account has."""
    return sum(box.count for box in phone.mailboxes if box.account == account)


def idle_words(phone: Phone) -> Words | None:
    """What a phone at rest tells of those who called in vain: missed calls, and messages."""
    if phone.missed and phone.messages:
        return in_line("Missed {missed}, mail {mail}", missed=phone.missed, mail=phone.messages)
    if phone.missed:
        return counted("{count} missed call", "{count} missed calls", phone.missed)
    if phone.urgent_messages:
        count = phone.urgent_messages
        return counted("{count} urgent message", "{count} urgent messages", count)
    if phone.messages:
        return counted("{count} new message", "{count} new messages", phone.messages)
    return None


def entries(phone: Phone) -> tuple[Item, ...]:
    """The way to the messages, where there is one."""
    if phone.locked or not _reachable(phone):
        return ()
    words = in_menu("Messages: {count}", count=phone.messages)
    return (Item(words if phone.messages else in_menu("Messages"), KEY),)


def _reachable(phone: Phone) -> tuple[int, ...]:
    accounts = range(len(phone.settings.accounts))
    return tuple(account for account in accounts if number_of(phone, account))


def _call(turn: Turn, account: int = 0) -> None:
    number = number_of(turn.phone, account) if turn.phone.settings.accounts else ""
    if number:
        dialling.chosen(turn, number, account)
    else:
        close(turn)
        turn.notify(in_line("No mailbox is known"))


def _boxes(phone: Phone) -> tuple[Item, ...]:
    return tuple(_box(phone, account) for account in _reachable(phone))


def _box(phone: Phone, account: int) -> Item:
    name, count = phone.settings.accounts[account].name, new_in(phone, account)
    words = composed("{name}: {what}", name=name, what=str(count))
    return Item(words, partial(_call, account=account))


MAILBOXES = Page("mailboxes", lambda _: in_title("Messages"), _boxes)
