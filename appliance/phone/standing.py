"""Where an account stands with its registrar, and with each of its servers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from appliance.phone.events import RegistrationState

NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Standing:
    """What one server of an account thinks of us."""

    barred: float = 0.0
    """The moment before which it is not asked again; infinite: not in this life."""
    refusals: int = 0
    """How often in a row it did not accept the credentials."""
    proven: bool = False
    """It has accepted them before."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What outlives a crash of an account's refused credentials."""

    credentials: str
    """Which they are: `AccountSettings.credentials`."""
    offers: tuple[int, ...]
    """How often each of the account's servers has refused them in a row."""
    code: int = 0
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """Where an account stands with its registrar."""

    state: RegistrationState = "off"
    code: int = 0
    verdict: str = ""
    text: str = ""
    next_step: str = ""
    evidence: str = ""
    expires_in: int = 0
    server_in_use: str = ""
    failures: int = 0
    """Attempts in a row that came to nothing."""
    retry_due: float = 0.0
    """When to register with `server`; 0 for never."""
    queued: bool = False
    """The first attempt waits for its turn after a power cut."""
    lost: bool = False
    """The connection is gone and the next attempt waits for its turn."""
    in_turn: bool = False
    """The server has been away since the power cut or since it was lost, or for long: attempts wait
    for their turn."""
    asked: float = 0.0
    """When the last attempt began, or was to begin if that was earlier."""
    doubtful: bool = False
    """The certificate in use was believed by a clock that was another one."""
    server: int = 0
    """Which of the account's servers is in use, or comes next."""
    standings: tuple[Standing, ...] = (Standing(),)
    tried: tuple[int, ...] = ()
    """Servers that have failed in this round."""
    rounds: int = 0
    """Rounds through all servers that came to nothing."""
    since: float = 0.0
    """Since when it holds; 0 while it does not."""
    seek_due: float = 0.0
    """When to look for a better server than the one in use; 0 while that is the first choice."""
    flaps: int = 0
    """How often in a row a registration did not hold for long."""


def bar_refusing(standings: tuple[Standing, ...], due: float) -> tuple[Standing, ...]:
    """Whoever refused the credentials is offered them no more; who has accepted them, at `due`."""
    return tuple(
        replace(s, barred=max(s.barred, due if s.proven else NEVER)) if s.refusals else s
        for s in standings
    )


def with_standing(registration: Registration, standing: Standing) -> tuple[Standing, ...]:
    """All its standings, with this one at the server that is asked or in use."""
    every = list(registration.standings)
    every[registration.server] = standing
    return tuple(every)


def open_servers(registration: Registration, tried: tuple[int, ...], by: float) -> list[int]:
    """The servers that were not tried in this round and may be asked by then, in their order."""
    return [
        number
        for number, standing in enumerate(registration.standings)
        if number not in tried and standing.barred <= by
    ]


def soonest(registration: Registration, due: float, preferred: int) -> tuple[float, int]:
    """When at `due` or later which server may be asked: the preferred one if that is open."""
    due = max(due, min(standing.barred for standing in registration.standings))
    choice = open_servers(registration, (), due)
    return due, preferred if preferred in choice or not choice else choice[0]
