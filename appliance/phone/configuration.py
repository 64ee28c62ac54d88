"""Other settings, while the phone lives: what they name holds from now on, and no call notices.

Directory, speed dials, digit map and the like are read where they are used. An account that proves
itself otherwise is registered anew, and every account whose credentials were refused is tried
again: IT has changed something, perhaps because of that. What needs another number of accounts, or
another device, needs another phone, and does not come here (`config.changes`).
"""

from __future__ import annotations

from dataclasses import replace

from appliance.phone import refusals, registration
from appliance.phone.events import ConfigurationChanged
from appliance.phone.standing import NEVER, Standing
from appliance.phone.state import Phone
from appliance.phone.turn import Turn


def changed(turn: Turn, event: ConfigurationChanged) -> None:
    """Take the settings over."""
    before, after = turn.phone.settings, event.settings
    if len(before.accounts) != len(after.accounts) or before.lines != after.lines:
        return
    turn.set(settings=after)
    refusals.forget_others(turn)
    for account, known in enumerate(after.accounts):
        fits = known.servers == before.accounts[account].servers
        if not fits or account in event.accounts or _given_up(turn.phone, account):
            _again(turn, account)


def _again(turn: Turn, account: int) -> None:
    """Register an account anew, as if nothing were known of its servers.

    One that waits for its turn goes on waiting.
    """
    before = turn.phone.registrations[account]
    servers = max(1, turn.phone.settings.accounts[account].servers)
    fresh = replace(before, standings=(Standing(),) * servers, tried=(), rounds=0, flaps=0)
    if before.queued or before.lost:
        registration.store(turn, account, replace(fresh, server=0))
    else:
        server = before.server if before.server < servers else 0
        registration.register(turn, account, replace(fresh, server=server, in_turn=False))


def _given_up(phone: Phone, account: int) -> bool:
    """Whether no server of it is asked any more."""
    found = phone.registrations[account]
    return found.state == "failed" and all(one.barred == NEVER for one in found.standings)
