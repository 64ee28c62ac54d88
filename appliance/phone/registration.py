"""Standing with the registrars: when to register, with which server, and when to try again.

The SIP stack refreshes a registration that holds. What is decided here is what happens when one
fails: further servers of the account are tried one after the other within seconds, then the whole
round again after a growing pause; wrong credentials are offered three times and then no more, for
a server that bans (fail2ban) would otherwise silence the whole site. Credentials that were
good before are offered again every quarter of an hour: it may be the server that is wrong.
"""

from __future__ import annotations

import zlib
from dataclasses import replace

from appliance.phone.effects import Register
from appliance.phone.events import RegistrationChanged
from appliance.phone.state import Registration, Settings
from appliance.phone.turn import Turn

NEXT_SERVER_SECONDS = 0.5
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 120.0
PATIENT_PAUSE_SECONDS = 60.0
CREDENTIAL_TRIES = 3
RECOVERY_PAUSE_SECONDS = 900.0
"""Between attempts with credentials that were good once: longer than fail2ban's usual window."""
_REFUSED = "wrong-password"
_PATIENT = frozenset({"unknown-extension", "forbidden"})


def timer_name(account: int) -> str:
    """The name of an account's retry timer."""
    return f"register-{account}"


def start(turn: Turn) -> None:
    """Begin to register every account."""
    turn.set(registrations=tuple(Registration("trying") for _ in turn.phone.settings.accounts))
    for account in range(len(turn.phone.settings.accounts)):
        turn.do(Register(account))


def changed(turn: Turn, event: RegistrationChanged) -> None:
    """Note what the registrar said; plan the next attempt if it did not say yes."""
    registrations = turn.phone.registrations
    if not 0 <= event.account < len(registrations):
        return
    before = registrations[event.account]
    if event.state == "trying":
        after = replace(before, state="trying", retry_due=0.0)
    else:
        failed = event.state == "failed"
        refused = event.verdict == _REFUSED
        after = Registration(
            event.state,
            event.code,
            event.verdict,
            event.text,
            event.next_step,
            event.evidence,
            event.expires_in,
            event.server_in_use,
            failures=before.failures + 1 if failed else 0,
            refusals=before.refusals + refused if failed else 0,
            proven=before.proven or event.state == "registered",
        )
    if event.state == "failed":
        pause = _pause(turn.phone.settings, event.account, after)
        after = replace(after, retry_due=turn.after(pause) if pause else 0.0)
    _store(turn, event.account, after)


def retry(turn: Turn, name: str, due: float) -> None:
    """A retry timer ran out: try again, with the account's next server."""
    for account, registration in enumerate(turn.phone.registrations):
        if name == timer_name(account) and due == registration.retry_due:
            servers = max(1, turn.phone.settings.accounts[account].servers)
            _store(turn, account, replace(registration, state="trying", retry_due=0.0))
            turn.do(Register(account, registration.failures % servers))


def _store(turn: Turn, account: int, registration: Registration) -> None:
    every = list(turn.phone.registrations)
    every[account] = registration
    turn.set(registrations=tuple(every))


def _pause(settings: Settings, account: int, registration: Registration) -> float:
    """Seconds until the next attempt, 0 for never."""
    verdict, failures = registration.verdict, registration.failures
    tired = registration.refusals >= CREDENTIAL_TRIES
    if verdict == "bad-config" or (tired and not registration.proven):
        return 0.0
    spread = 0.75 + 0.5 * zlib.crc32(f"{settings.seed}/{account}/{failures}".encode()) / 2**32
    if tired:
        return RECOVERY_PAUSE_SECONDS * spread
    servers = max(1, settings.accounts[account].servers)
    if failures % servers:
        return NEXT_SERVER_SECONDS
    rounds = min(failures // servers, 16)
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (rounds - 1))
    if verdict in _PATIENT:
        pause = max(pause, PATIENT_PAUSE_SECONDS)
    return pause * spread
