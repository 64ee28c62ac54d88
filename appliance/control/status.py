"""The state of a phone as other programs read it: the contract's ``ctl status --json``.

Nothing here asks anybody: the status is a function of the phone's state and of the few facts that
the core does not know (`Extras`). Numbers are complete, for the socket is local and closed to
others; secrets are not part of a phone's state and cannot get here. Names and meanings are a
contract: fields may be added, never renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from appliance.phone.calllog import End, Kind, Record
from appliance.phone.events import HeadsetState, RegistrationState
from appliance.phone.reasons import words_of
from appliance.phone.standing import Registration
from appliance.phone.state import Call, Direction, Phone

CallState = Literal["dialling", "calling", "ringing", "incoming", "talking", "held", "ended"]


class RtpStatus(Struct, frozen=True):
    """The media of a call: packets received, sent and lost, jitter in ms, and the estimated MOS.

    `mos` is a mean opinion score from 1 to 5 (ITU-T P.800), 0 while there is nothing to judge.
    """

    rx: int = 0
    tx: int = 0
    lost: int = 0
    jitter_ms: float = 0.0
    mos: float = 0.0


class CallStatus(Struct, frozen=True, kw_only=True):
    """One call; also a number being typed (``dialling``) and one whose end is still displayed.

    `since` is when the call began, ISO 8601 in UTC; `reason` and `code` (SIP status, 0 for an
    ordinary hang-up) say why an ``ended`` one is over; `transferring` is who it is being given to,
    `diverted_from` who was called before it came here; `session`: a dialler's, for the shift.
    """

    id: int
    account: str
    direction: Direction
    state: CallState
    number: str
    name: str = ""
    muted: bool = False
    held: bool = False
    secure: bool = False
    codec: str = ""
    since: str = ""
    rtp: RtpStatus = RtpStatus()
    remote_held: bool = False
    line: int = 0
    reason: str = ""
    code: int = 0
    conference: bool = False
    transferring: str = ""
    diverted_from: str = ""
    session: bool = False


class PastCall(Struct, frozen=True, kw_only=True):
    """A call of the log. `since` is when it began, ISO 8601 in UTC; `length_s` what was talked.

    `kind`: ``unanswered`` was neither answered here nor missed. `end`: ``here``, ``there`` (the far
    end hung up), ``failed`` (with the SIP status `code` and the server's `reason`), ``elsewhere``,
    ``forwarded``, ``transferred``, ``cut`` when the phone itself ended in the call, or ``dnd`` and
    ``full`` for a call that did not ring because of do not disturb or for want of a line.
    """

    kind: Kind
    number: str
    name: str
    account: str
    since: str
    length_s: int
    end: End
    code: int = 0
    reason: str = ""


class RegistrationStatus(Struct, frozen=True, kw_only=True):
    """Where an account stands with its registrar; `expires_in` in seconds."""

    state: RegistrationState
    code: int
    verdict: str
    text: str
    next_step: str
    expires_in: int
    server_in_use: str
    evidence: str = ""
    last_request: str = ""
    """Method of the last request that came from the server in use; empty when none has."""
    last_request_age_s: int = 0


class AccountStatus(Struct, frozen=True, kw_only=True):
    """An account and its registration; `label` is what the display calls it."""

    user: str
    server: str
    transport: str
    registration: RegistrationStatus
    label: str = ""


class HeadsetStatus(Struct, frozen=True):
    """The headset, by its stable id."""

    state: HeadsetState
    id: str = ""
    name: str = ""


class ProvisioningStatus(Struct, frozen=True):
    """What came of the last look for a newer configuration, and of those before.

    `outcome` is ``never``, ``unchanged``, ``changed``, ``refused`` or ``failed``, `reason` names
    why, `detail` tells IT. `age_s` is that of the last successful look, null before there was one.
    `source` says who named the server; `recipient` is what files for this unit alone are sealed for
    (age).
    """

    url: str
    source: str = ""
    outcome: str = "never"
    reason: str = ""
    detail: str = ""
    age_s: int | None = None
    stale: bool = False
    recipient: str = ""


class ConfigStatus(Struct, frozen=True):
    """Which configuration is in force, where it came from and how long ago; `trial` until kept."""

    version: str = ""
    source: str = ""
    age_s: int = 0
    trial: bool = False


class StrangersStatus(Struct, frozen=True):
    """Packets that were dropped because no server of the phone's had sent them, since the start.

    `last_from` is ``address:port``. `unheeded` are calls that rang, for a stranger wanted them to
    be answered by themselves.
    """

    turned_away: int = 0
    last_from: str = ""
    unheeded: int = 0


class ProblemStatus(Struct, frozen=True):
    """Trouble with a part of the unit."""

    part: str
    code: str
    text: str


class Status(Struct, frozen=True, kw_only=True):
    """The whole answer to ``ctl status``."""

    version: str
    name: str
    hook: Literal["on", "off"]
    dnd: bool
    uptime_s: float
    accounts: tuple[AccountStatus, ...]
    calls: tuple[CallStatus, ...]
    headset: HeadsetStatus
    lamps: dict[str, str]
    screen: tuple[str, ...]
    config: ConfigStatus
    messages: int
    missed: int = 0
    muted: bool = False
    hands_free: bool = False
    problems: tuple[ProblemStatus, ...] = ()
    strangers: StrangersStatus = StrangersStatus()
    provisioning: ProvisioningStatus | None = None
    """None where no server is named."""


@dataclass(frozen=True, slots=True)
class Extras:
    """What a status says beyond the core's state; `quality` by call id, `uptime_s` in seconds."""

    version: str
    uptime_s: float
    lamps: Mapping[str, str]
    screen: tuple[str, ...]
    config: ConfigStatus = field(default_factory=ConfigStatus)
    quality: Mapping[int, RtpStatus] = field(default_factory=dict)
    requests: Mapping[int, tuple[str, float]] = field(default_factory=dict)
    """By account: method and age in seconds of the last request from its server."""
    strangers: StrangersStatus = field(default_factory=StrangersStatus)
    provisioning: ProvisioningStatus | None = None


def build_status(phone: Phone, extras: Extras) -> Status:
    """Say everything that is known about a phone."""
    return Status(
        version=extras.version,
        name=phone.settings.name,
        hook="off" if phone.off_hook else "on",
        dnd=phone.dnd,
        uptime_s=round(extras.uptime_s, 1),
        accounts=_accounts(phone, extras.requests),
        calls=calls_of(phone, extras.quality),
        headset=HeadsetStatus(phone.headset.state, phone.headset.id, phone.headset.name),
        lamps=dict(extras.lamps),
        screen=extras.screen,
        config=extras.config,
        messages=phone.messages,
        missed=phone.missed,
        muted=phone.muted,
        hands_free=phone.hands_free,
        problems=tuple(ProblemStatus(p.part, p.code, str(p.text)) for p in phone.problems),
        strangers=extras.strangers,
        provisioning=extras.provisioning,
    )


def past_call(record: Record) -> PastCall:
    """A call of the log as programs read it."""
    return PastCall(
        kind=record.kind,
        number=record.number,
        name=record.name,
        account=record.account,
        since=f"{datetime.fromtimestamp(record.began, UTC):%Y-%m-%dT%H:%M:%SZ}",
        length_s=record.length,
        end=record.end,
        code=record.code,
        reason=record.reason or (str(words_of(record.code)) if record.end == "failed" else ""),
    )


def calls_of(
    phone: Phone, quality: Mapping[int, RtpStatus] | None = None
) -> tuple[CallStatus, ...]:
    """Every call of a phone, the number being typed and the call that has just ended included."""
    rtp = quality or {}
    calls = [_call(phone, call, rtp.get(call.id, RtpStatus())) for call in phone.calls]
    if phone.entry is not None and phone.entry.digits:
        calls.append(
            CallStatus(
                id=phone.next_call,
                account=_user(phone, phone.entry.account or 0),
                direction="out",
                state="dialling",
                number=phone.entry.digits,
                line=phone.entry.line,
            )
        )
    ended = phone.ended
    if ended is not None:
        calls.append(
            CallStatus(
                id=ended.id,
                account=_user(phone, ended.account),
                direction=ended.direction,
                state="ended",
                number=ended.number,
                name=ended.name,
                since=ended.since,
                rtp=rtp.get(ended.id, RtpStatus()),
                reason=str(ended.words),
                code=ended.code,
            )
        )
    return tuple(calls)


def _call(phone: Phone, call: Call, rtp: RtpStatus) -> CallStatus:
    return CallStatus(
        id=call.id,
        account=_user(phone, call.account),
        direction=call.direction,
        state="held" if call.held else call.phase,
        number=call.number,
        name=call.name,
        muted=phone.muted and call.id == phone.front,
        held=call.held,
        secure=call.secure,
        codec=call.codec,
        since=call.since,
        rtp=rtp,
        remote_held=call.remote_held,
        line=call.line,
        conference=call.joined,
        transferring=_given_to(phone, call),
        diverted_from=call.diverted_from,
        session=call.session,
    )


def _given_to(phone: Phone, call: Call) -> str:
    handover = phone.handover
    involved = handover is not None and call.id in (handover.call, handover.target)
    return handover.who if handover is not None and involved else ""


def _accounts(phone: Phone, requests: Mapping[int, tuple[str, float]]) -> tuple[AccountStatus, ...]:
    registrations = dict(enumerate(phone.registrations))
    return tuple(
        AccountStatus(
            user=account.user,
            server=account.server,
            transport=account.transport,
            registration=_registration(
                registrations.get(index, Registration()), requests.get(index, ("", 0.0))
            ),
            label=account.name,
        )
        for index, account in enumerate(phone.settings.accounts)
    )


def _registration(registration: Registration, request: tuple[str, float]) -> RegistrationStatus:
    return RegistrationStatus(
        state=registration.state,
        code=registration.code,
        verdict=registration.verdict,
        text=str(registration.text),
        next_step=str(registration.next_step),
        expires_in=registration.expires_in,
        server_in_use=registration.server_in_use,
        evidence=registration.evidence,
        last_request=request[0],
        last_request_age_s=int(request[1]),
    )


def _user(phone: Phone, account: int) -> str:
    accounts = phone.settings.accounts
    return accounts[account].user if 0 <= account < len(accounts) else ""
