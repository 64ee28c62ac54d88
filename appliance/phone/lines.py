"""Choosing an account, where the phone has several to call from.

A line key stands for an account; where there are more accounts than keys, each key stands for every
so-manieth of them and goes to the next when it is pressed again. `up` and `down` go through all of
them while a number is being dialled, for boards without line keys. The choice holds for the number
being dialled and for nothing after it: who lifts the handset always begins on the first account.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.phone.state import Entry, Phone
from appliance.phone.turn import Turn


def behind(phone: Phone, line: int) -> int | None:
    """The account that this line key would choose now; None where there is nothing to choose."""
    accounts = phone.settings.accounts_of(line)
    if not phone.settings.several or not accounts:
        return None
    chosen = phone.entry.account if phone.entry else None
    if chosen is None or chosen not in accounts:
        return accounts[0]
    return accounts[(accounts.index(chosen) + 1) % len(accounts)]


def choose(turn: Turn, entry: Entry, steps: int) -> None:
    """Go through the accounts for the number that is being dialled."""
    account = (entry.account or 0) + steps
    count = len(turn.phone.settings.accounts)
    turn.set(entry=replace(entry, line=0, account=account % count))
