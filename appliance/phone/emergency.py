"""Emergency calls: which numbers they are, and how one gets through.

An emergency number is dialled with its last digit, whatever the digit map would wait for, locked or
not; other calls make room for it, and none comes in while it is there. It goes out over the account
that was chosen if that one is registered, else over any other that is, and at last over those that
are not: a server may let an emergency pass where it lets nothing else. When an account fails, or
its server is silent, the next one is tried, until all have been. Nothing that is configured may
delay or refuse one here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.phone.words import in_line

if TYPE_CHECKING:
    from appliance.phone.state import Phone
    from appliance.phone.turn import Turn

NUMBERS: dict[str, tuple[str, ...]] = {
    "us": ("911",),
    "gb": ("999", "112"),
    "de": ("112", "110"),
    "fr": ("112", "15", "17", "18"),
    "es": ("112", "061", "062", "080", "085", "091", "092"),
    "br": ("190", "192", "193"),
    "ph": ("911",),
    "in": ("112", "100", "101", "102", "108"),
    "au": ("000", "112", "106"),
    "mx": ("911",),
}
"""What is dialled from a fixed telephone for ambulance, fire brigade and police, by ISO 3166-1.

From the countries' national numbering plans as they are told to the ITU (E.129): us 47 CFR 9.4;
gb Ofcom's National Telephone Numbering Plan A1; de TKG section 164 and NotrufV; fr Arcep's decision
2018-0881; es Real Decreto 903/1997 and the CNMC's short numbers; br Anatel's Resolution 749; ph
Executive Order 56 of 2018; in DoT's National Numbering Plan and 112 India; au Telecommunications
Numbering Plan 2015 (112 from mobiles, 106 for text telephones); mx IFT's Plan Fundamental.
"""
PATIENCE_SECONDS = 5.0
"""How long a server may say nothing at all to an INVITE while there is another account."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An emergency call on its way: the accounts that were tried, `call` over the last of them.

    At `due` its server has been silent for too long; 0: there is no other account, or it spoke.
    """

    call: int
    tried: tuple[int, ...]
    due: float


def numbers_of(country: str, more: tuple[str, ...]) -> tuple[str, ...]:
    """The emergency numbers of a country and those of the configuration, each once."""
    return tuple(dict.fromkeys((*NUMBERS[country], *more)))


def is_emergency(phone: Phone, number: str) -> bool:
    """Whether this is an emergency number here."""
    return number in phone.settings.emergency


def may_become_one(phone: Phone, digits: str) -> bool:
    """Whether an emergency number begins with these digits, or is them."""
    return any(number.startswith(digits) for number in phone.settings.emergency)


def begins_another(phone: Phone, number: str) -> bool:
    """Whether a longer number that the phone knows begins with this emergency number."""
    settings = phone.settings
    known = (
        *settings.emergency,
        *(account.user for account in settings.accounts),
        *(account.mailbox for account in settings.accounts),
        *(target for _, target in settings.speed_dial),
        *(settings.park, *settings.park_slots, *settings.watch),
    )
    return any(longer != number and longer.startswith(number) for longer in known)


def goes_on(phone: Phone) -> bool:
    """Whether there is an emergency call, answered or not: nothing may come between."""
    return any(call.urgent for call in phone.calls)


def account_for(phone: Phone, wished: int) -> int:
    """The account that an emergency call is tried over first."""
    return _in_order(phone, wished)[0]


def placed(turn: Turn, call: int, account: int) -> None:
    """An emergency call has been begun over `account`; it may be one more try of the last one."""
    tried = (*(turn.phone.attempt.tried if turn.phone.attempt else ()), account)
    others = len(tried) < len(turn.phone.settings.accounts)
    due = turn.after(PATIENCE_SECONDS) if others else 0.0
    turn.set(attempt=Attempt(call, tried, due))


def spoken(turn: Turn, call: int) -> None:
    """The server has the call: from now on it may take its time."""
    attempt = turn.phone.attempt
    if attempt is not None and attempt.call == call:
        turn.set(attempt=Attempt(call, attempt.tried, 0.0))


def next_account(turn: Turn, call: int) -> int | None:
    """The account to try after this call has failed; None if it is none, or all were tried."""
    attempt = turn.phone.attempt
    if attempt is None or attempt.call != call:
        return None
    left = [a for a in _in_order(turn.phone, 0) if a not in attempt.tried]
    if not left:
        return None
    name = turn.phone.settings.accounts[left[0]].name
    turn.notify(in_line("No answer. Line: {name}", name=name))
    return left[0]


def tidy(turn: Turn) -> None:
    """An attempt is over when its call was answered, or is no more."""
    attempt = turn.phone.attempt
    call = turn.phone.call(attempt.call) if attempt is not None else None
    if attempt is not None and (call is None or not call.outward):
        turn.set(attempt=None)


def _in_order(phone: Phone, wished: int) -> list[int]:
    """Every account: the wished one first among those that are registered, then the others."""
    accounts = [wished, *(a for a in range(len(phone.registrations)) if a != wished)]
    return sorted(accounts, key=lambda a: phone.registrations[a].state != "registered")
