"""Standing with the registrars: when to register, with which server, and when to try again.

The SIP stack refreshes a registration that holds. What is decided here is everything else: which
server comes next when one fails, how long to leave alone a server that asked for it or has probably
banned us, when to look whether a better server is back, and whose turn it is after a power cut.
Wrong credentials are offered three times and then no more, for a server that bans (fail2ban) would
otherwise silence the whole site (`refusals`); credentials that were good before are offered again
every quarter of an hour, for it may be the server that is wrong. Every pause is spread by `turns`;
at a server that stays away the units of a site take their turns, each once in a minute and each
briefly, so that it is not run over when it comes back: two requests for every phone, and one that
was lost meanwhile, are 25 a second for 500 phones.

A connection that is lost while our own link holds is lost to the whole site: a restarted server
closes five hundred in the same instant. Nothing tells one phone that it is not one of many, so it
asks the same server in its turn, in a call too, for a server that dies ends every call. Only what
no other unit shares is not spread: the phone's own network (`network_changed`), the hand at the
phone (`hurry`). Who has another server to turn to when this one is dead does so at once.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.phone.effects import Register, SeekServer
from appliance.phone.events import ConnectionLost, NetworkChanged, RegistrationChanged, ServerFound
from appliance.phone.refusals import CREDENTIAL_TRIES, forget_others, note, remembered
from appliance.phone.settings import Settings
from appliance.phone.standing import (
    NEVER,
    Registration,
    Standing,
    bar_refusing,
    open_servers,
    soonest,
    with_standing,
)
from appliance.phone.turn import Turn
from appliance.phone.turns import share, until

NEXT_SERVER_SECONDS = 0.5
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 48.0
"""With its spread at most 60 s: a site is back within a minute of its server."""
ROUND_SECONDS = 1.0
"""How much longer than a site's spread it takes until it is a unit's turn again."""
QUICK_ROUNDS = 2
"""A server that has been away for this many rounds is likely to stay away for a while."""
PATIENCE_SECONDS = 5.0
"""How long a REGISTER may remain unanswered."""
BRIEF_SECONDS = 1.4
"""The same at a server that was away."""
BRIEF_ROUNDS = 12
"""After so many, a server may just as well be slow."""
PATIENT_PAUSE_SECONDS = 60.0
RECOVERY_PAUSE_SECONDS = 900.0
"""Longer than fail2ban's usual window: between attempts with credentials that were good once, and
at a server that seems to have banned us."""
LONGEST_RETRY_AFTER_SECONDS = 3600.0
"""A server that asks for more has no idea what a telephone is for."""
LOST_SECONDS = 0.5
"""How long a server that has closed a connection is left alone at least: it may be restarting."""
ONLINE_SECONDS = 0.4
"""Within this time after a network came back the units of a site register, spread."""
OFFLINE_SECONDS = 1.5
"""A cable that is out for less than this was never out."""
SEEK_SECONDS = 60.0
"""Between two looks for a better server, and up to as long again by the spread."""
SEEK_REQUESTS = 1.5
"""A return is three requests (OPTIONS, REGISTER twice) where the first registration is two: as much
longer than a site's spread is the time in which each of its units looks once."""
LONGEST_SEEK_SECONDS = 3600.0
STEADY_SECONDS = 300.0
"""A server that fails sooner than this after we came back to it flaps: it is sought less often."""
DOUBTFUL_SECONDS = 30.0
"""How long a doubtful certificate waits for the end of a call before that is looked for again."""
_PATIENT = frozenset({"unknown-extension", "forbidden"})
_OF_THE_ACCOUNT = frozenset({"wrong-password", "bad-config"})
"""What another host of the same server would say too."""
_AWAY = frozenset({"silent", "refused", "unreachable", "server-error"})
"""What the phones of a site all find when their server is not there."""


def timer_name(account: int) -> str:
    """The name of an account's retry timer."""
    return f"register-{account}"


def seek_timer_name(account: int) -> str:
    """The name of the timer after which a better server is sought."""
    return f"seek-{account}"


def start(turn: Turn) -> None:
    """Begin to register every account, at once or when it is its turn."""
    forget_others(turn)
    for account, known in enumerate(turn.phone.settings.accounts):
        wait = turn.phone.settings.start_spread * share(known.user, turn.phone.settings.seed)
        standings = (Standing(),) * max(1, known.servers)
        fresh = Registration("trying", standings=standings, queued=wait > 0.0, in_turn=wait > 0.0)
        fresh = remembered(turn, account, fresh)
        if fresh.queued:
            fresh = replace(fresh, retry_due=turn.after(wait))
        store(turn, account, fresh)
        if fresh.state == "trying" and not fresh.queued:
            turn.do(Register(account, fresh.server))


def hurry(turn: Turn) -> None:
    """Somebody uses the phone: it need not wait for its turn."""
    for account, registration in enumerate(turn.phone.registrations):
        open_now = registration.standings[registration.server].barred <= turn.after(0.0)
        waits = registration.in_turn and registration.state == "failed" and open_now
        if registration.queued or registration.lost or waits:
            register(turn, account, replace(registration, in_turn=False, rounds=0))


def changed(turn: Turn, event: RegistrationChanged) -> None:
    """Note what the registrar said; plan the next attempt if it did not say yes."""
    registrations = turn.phone.registrations
    if not 0 <= event.account < len(registrations):
        return
    before = registrations[event.account]
    if event.state == "trying":
        store(turn, event.account, replace(before, state="trying", retry_due=0.0))
        return
    after = replace(
        before,
        state=event.state,
        code=event.code,
        verdict=event.verdict,
        text=event.text,
        next_step=event.next_step,
        evidence=event.evidence,
        expires_in=event.expires_in,
        server_in_use=event.server_in_use,
        lost=False,
        doubtful=before.doubtful and event.state == "registered",
        retry_due=before.retry_due if before.doubtful and event.state == "registered" else 0.0,
    )
    if event.state == "registered":
        after = _welcomed(turn, event, before, after)
    elif event.state == "failed":
        after = _refused(turn, event, before, after)
    store(turn, event.account, after)
    note(turn, event.account, after)


def lost(turn: Turn, event: ConnectionLost) -> None:
    """Our connection to the server is gone: go elsewhere if it is dead, else ask it in our turn.

    Whose server has closed the connection counts from that moment, which all units of a site share;
    whose server fell silent finds that out at a time of its own and goes by the clock on the wall.
    """
    if not 0 <= event.account < len(turn.phone.registrations):
        return
    registration = turn.phone.registrations[event.account]
    if registration.state != "registered":
        return
    settings, server = turn.phone.settings, registration.server
    tried = (server,) if event.dead and not event.alternatives else ()
    others = open_servers(registration, tried, turn.after(0.0)) if tried else []
    again = replace(registration, doubtful=False)
    if settings.site_spread and not others and not (event.dead and event.alternatives):
        user = settings.accounts[event.account].user
        if event.dead:
            wait = until(user, settings.seed, settings.site_spread, turn.phone.now.epoch)
        else:
            wait = LOST_SECONDS + settings.site_spread * share(user, settings.seed)
        again = replace(again, state="trying", lost=True, in_turn=True, tried=())
        store(turn, event.account, replace(again, retry_due=turn.after(wait)))
        return
    pause = (0.0 if event.dead else LOST_SECONDS) * _spread(turn, event.account, registration)
    again = replace(again, server=others[0] if others else server, tried=tried or again.tried)
    store(turn, event.account, replace(again, retry_due=turn.after(pause)))


def network_changed(turn: Turn, event: NetworkChanged) -> None:
    """The network is another one: register at once where we are known, or find out what is wrong.

    What servers have asked for is kept to all the same, and so is one's turn after a power cut.
    """
    for account, registration in enumerate(turn.phone.registrations):
        if registration.queued:
            continue
        seconds = ONLINE_SECONDS if event.online else OFFLINE_SECONDS
        due = turn.after(seconds * _spread(turn, account, registration))
        due, server = soonest(registration, due, registration.server)
        fresh = replace(
            registration,
            rounds=0,
            tried=(),
            server=server,
            in_turn=False,
            lost=False,
            doubtful=False,
        )
        store(turn, account, replace(fresh, retry_due=due if due < NEVER else 0.0))


def clock_set(turn: Turn) -> None:
    """The clock is another one: what certificates were worth by the old one is to be seen anew.

    Whoever was turned away for its certificate is asked again at once, and a connection that stands
    is made anew; a call is not cut for its sake.
    """
    for account, registration in enumerate(turn.phone.registrations):
        if turn.phone.settings.accounts[account].transport != "tls" or registration.queued:
            continue
        due = turn.after(ONLINE_SECONDS * _spread(turn, account, registration))
        if registration.state == "registered":
            store(turn, account, replace(registration, doubtful=True, retry_due=due))
        elif registration.state == "failed" and registration.retry_due:
            due, server = soonest(registration, due, registration.server)
            store(turn, account, replace(registration, server=server, retry_due=due))


def found(turn: Turn, event: ServerFound) -> None:
    """A better server than the one in use answers: go back to it, but never during a call."""
    if not 0 <= event.account < len(turn.phone.registrations) or turn.phone.calls:
        return
    registration = turn.phone.registrations[event.account]
    open_now = event.server in open_servers(registration, (), turn.after(0.0))
    if registration.state == "registered" and registration.seek_due and open_now:
        there = replace(registration, server=event.server, tried=(), since=turn.after(0.0))
        register(turn, event.account, there)


def rang(turn: Turn, name: str, due: float) -> None:
    """A timer ran out: register with the server that was planned, or look for a better one."""
    for account, registration in enumerate(turn.phone.registrations):
        if name == timer_name(account) and due == registration.retry_due:
            if registration.doubtful and turn.phone.calls:
                later = turn.after(DOUBTFUL_SECONDS)
                store(turn, account, replace(registration, retry_due=later))
            else:
                register(turn, account, registration)
        elif name == seek_timer_name(account) and due == registration.seek_due:
            store(
                turn,
                account,
                replace(registration, seek_due=_next_look(turn, account, registration)),
            )
            if registration.state == "registered" and not turn.phone.calls:
                now = turn.after(0.0)
                closed = tuple(n for n, s in enumerate(registration.standings) if s.barred > now)
                turn.do(SeekServer(account, registration.server, closed))


def register(turn: Turn, account: int, registration: Registration) -> None:
    """Ask the server that stands there, now."""
    now = turn.after(0.0)
    asked = replace(
        registration,
        state="trying",
        queued=False,
        lost=False,
        retry_due=0.0,
        asked=min(now, registration.retry_due or now),
        doubtful=False,
    )
    store(turn, account, asked)
    patience = _patience(turn, account, asked)
    turn.do(Register(account, asked.server, patience, fresh=registration.doubtful))


def _patience(turn: Turn, account: int, registration: Registration) -> float:
    """How long an attempt waits for its answer; a connection repeats nothing, and may be slow."""
    over_udp = turn.phone.settings.accounts[account].transport == "udp"
    brief = registration.in_turn and over_udp and registration.rounds < BRIEF_ROUNDS
    return BRIEF_SECONDS if brief else PATIENCE_SECONDS


def _welcomed(
    turn: Turn, event: RegistrationChanged, before: Registration, after: Registration
) -> Registration:
    first_choice = before.server == 0 and not event.spare
    seek = before.seek_due or _next_look(turn, event.account, before)
    return replace(
        after,
        failures=0,
        rounds=0,
        tried=(),
        in_turn=False,
        standings=with_standing(before, Standing(proven=True)),
        since=before.since or turn.after(0.0),
        seek_due=0.0 if first_choice else seek,
    )


def _refused(
    turn: Turn, event: RegistrationChanged, before: Registration, after: Registration
) -> Registration:
    """The state after a failed attempt, with the next one planned."""
    steady = not before.since or turn.after(0.0) - before.since >= STEADY_SECONDS
    after = replace(
        after,
        failures=before.failures + 1,
        since=0.0,
        flaps=before.flaps if not before.since else 0 if steady else min(before.flaps + 1, 6),
    )
    soon = turn.after(NEXT_SERVER_SECONDS * _spread(turn, event.account, after))
    if event.alternatives and event.verdict not in _OF_THE_ACCOUNT:
        return replace(after, retry_due=soon)
    after = _bar(turn, event, after)
    if event.alternatives and after.standings[after.server].barred <= soon:
        return replace(after, retry_due=soon)
    tried = (*after.tried, after.server)
    others = open_servers(after, tried, soon)
    if others:
        return replace(after, server=others[0], tried=tried, retry_due=soon)
    away = event.verdict in _AWAY and after.rounds >= QUICK_ROUNDS
    shared = bool(turn.phone.settings.site_spread)
    after = replace(after, in_turn=shared and (away or before.in_turn))
    due, server = soonest(after, _due(turn, event.account, before, after), 0)
    after = replace(after, server=server, tried=(), rounds=after.rounds + 1)
    return replace(after, retry_due=due if due < NEVER else 0.0)


def _due(turn: Turn, account: int, before: Registration, after: Registration) -> float:
    """When the next round begins, after one through all servers that came to nothing."""
    settings = turn.phone.settings
    around = settings.site_spread + ROUND_SECONDS
    if after.in_turn and before.in_turn:
        return max(turn.after(0.0), before.asked + around)
    if after.in_turn:
        user, epoch = settings.accounts[account].user, turn.phone.now.epoch
        return turn.after(until(user, settings.seed, around, epoch))
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(after.rounds, 16))
    return turn.after(pause * _spread(turn, account, after))


def _bar(turn: Turn, event: RegistrationChanged, after: Registration) -> Registration:
    """Leave the server alone for as long as what it said demands."""
    spread = _spread(turn, event.account, after)
    standing = after.standings[after.server]
    pause = min(event.retry_after, LONGEST_RETRY_AFTER_SECONDS) * (0.25 + spread)
    match event.verdict:
        case "bad-config":
            pause = NEVER
        case "banned-likely":
            pause = max(pause, RECOVERY_PAUSE_SECONDS * spread)
        case "wrong-password":
            standing = replace(standing, refusals=standing.refusals + event.offers)
        case verdict if verdict in _PATIENT:
            pause = max(pause, PATIENT_PAUSE_SECONDS * spread)
    if pause:
        standing = replace(standing, barred=turn.after(pause))
    after = replace(after, standings=with_standing(after, standing))
    if event.verdict == "wrong-password":
        every = sum(known.refusals for known in after.standings)
        if (standing.refusals if standing.proven else every) >= CREDENTIAL_TRIES:
            due = turn.after(RECOVERY_PAUSE_SECONDS * spread)
            after = replace(after, standings=bar_refusing(after.standings, due))
    return after


def _next_look(turn: Turn, account: int, registration: Registration) -> float:
    """When a better server is sought next; the units of a site do so in turn.

    Who has just had its own turn after a power cut waits until all have had theirs.
    """
    settings = turn.phone.settings
    pause = min(LONGEST_SEEK_SECONDS, SEEK_SECONDS * 2.0**registration.flaps)
    if not settings.site_spread:
        return turn.after(pause * (1.0 + _share(settings, account, registration)))
    least, user = pause - SEEK_SECONDS, settings.accounts[account].user
    if registration.in_turn:
        least += settings.site_spread * (1.0 - share(user, settings.seed))
    around, then = SEEK_REQUESTS * settings.site_spread, turn.phone.now.epoch + least
    return turn.after(least + until(user, settings.seed, around, then))


def _spread(turn: Turn, account: int, registration: Registration) -> float:
    """A factor of 0.75 to 1.25 that is another one for each unit of a site, and each time."""
    return 0.75 + 0.5 * _share(turn.phone.settings, account, registration)


def _share(settings: Settings, account: int, registration: Registration) -> float:
    return share(settings.accounts[account].user, settings.seed, registration.failures)


def store(turn: Turn, account: int, registration: Registration) -> None:
    """This is where the account stands."""
    every = list(turn.phone.registrations)
    every[account] = registration
    turn.set(registrations=tuple(every))
