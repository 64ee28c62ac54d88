"""Credentials that were refused: how often is remembered over a restart of the software.

Wrong credentials are offered three times and then no more, until IT asks for it or changes them.
A phone that crashed, or was updated, must not begin to count anew, or each restart would bring the
ban of the whole site nearer. Somebody who switches the unit off and on asks for it.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.phone.preferences import prefer
from appliance.phone.standing import NEVER, Refusal, Registration, Standing
from appliance.phone.turn import Turn
from appliance.phone.words import in_text, in_trouble

NOT_ACCEPTED = in_trouble("Password not accepted")
COMPARE = in_text(
    "Compare 'user', 'password' and 'auth_user' with the PBX (VICIdial: conf_secret)."
)
"""The words of `wrong-password`, for the agent and for IT."""
CREDENTIAL_TRIES = 3


def forget_others(turn: Turn) -> None:
    """Drop what was kept of credentials that no account has any more."""
    present = {known.credentials for known in turn.phone.settings.accounts}
    _keep(turn, tuple(r for r in turn.phone.preferences.refusals if r.credentials in present))


def remembered(turn: Turn, account: int, fresh: Registration) -> Registration:
    """A `fresh` registration as it was left when the software ended.

    It has failed when there is no server that has not refused the credentials too often.
    """
    credentials = turn.phone.settings.accounts[account].credentials
    refusals = turn.phone.preferences.refusals if credentials else ()
    known = next((one for one in refusals if one.credentials == credentials), None)
    if known is None or len(known.offers) != len(fresh.standings):
        return fresh
    given_up = sum(known.offers) >= CREDENTIAL_TRIES
    standings = tuple(
        Standing(barred=NEVER if given_up and offers else 0.0, refusals=offers)
        for offers in known.offers
    )
    fresh = replace(fresh, standings=standings)
    if not given_up:
        return fresh
    if 0 in known.offers:
        return replace(fresh, server=known.offers.index(0))
    return replace(
        fresh,
        state="failed",
        code=known.code,
        verdict="wrong-password",
        text=NOT_ACCEPTED,
        next_step=COMPARE,
        evidence=f"{known.evidence}; not offered again since the restart",
        queued=False,
        in_turn=False,
    )


def note(turn: Turn, account: int, registration: Registration) -> None:
    """Keep what a registrar has just said to the credentials."""
    credentials = turn.phone.settings.accounts[account].credentials
    others = tuple(r for r in turn.phone.preferences.refusals if r.credentials != credentials)
    offers = tuple(0 if one.proven else one.refusals for one in registration.standings)
    if not credentials or not any(offers):
        _keep(turn, others)
    elif registration.verdict == "wrong-password":
        refusal = Refusal(credentials, offers, registration.code, registration.evidence)
        _keep(turn, (*others, refusal))


def _keep(turn: Turn, refusals: tuple[Refusal, ...]) -> None:
    if refusals != turn.phone.preferences.refusals:
        prefer(turn, refusals=refusals)
