"""What happens on one leg of a call, and what can be asked of it: the words between the two.

Values and Protocols only, so that the extensions and the bridge know nothing of the SIP library
behind them. Session descriptions are plain text here; None means that a message carried none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from appliance.demo.digest import Credentials
from appliance.demo.registrar import Contact


@dataclass(frozen=True, slots=True)
class Invited:
    """The far end calls; None: it expects the offer from us."""

    sdp: str | None


@dataclass(frozen=True, slots=True)
class Progressed:
    """A provisional response: 180, or 183 with early media."""

    code: int
    reason: str
    sdp: str | None


@dataclass(frozen=True, slots=True)
class Offered:
    """The far end picked up with an offer of its own (delayed offer); it awaits our answer."""

    sdp: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The far end's answer to the latest offer: in a 2xx, or in the ACK of a delayed offer."""

    sdp: str | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A re-INVITE with a new offer: hold, resume, another codec."""

    sdp: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A final refusal, of the call or of a change in it."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Informed:
    """An INFO, to be handed on as it is."""

    body: object


@dataclass(frozen=True, slots=True)
class Ended:
    """CANCEL, BYE or a time-out: the leg is over."""


LegEvent = Invited | Progressed | Offered | Answered | Changed | Refused | Informed | Ended
OnLegEvent = Callable[[LegEvent], None]


class Leg(Protocol):
    """One dialog, seen from the PBX; a command that does not fit its state changes nothing."""

    def progress(self, code: int, reason: str, sdp: str | None = None) -> None:
        """Send a provisional response."""

    def answer(self, sdp: str | None) -> None:
        """Accept: a 2xx to the INVITE or re-INVITE, or the ACK to a delayed offer."""

    def offer(self, sdp: str | None) -> None:
        """Accept an INVITE that came without a description: a 2xx with ours."""

    def change(self, sdp: str) -> None:
        """Send a re-INVITE."""

    def inform(self, body: object) -> None:
        """Send an INFO."""

    def refuse(self, code: int, reason: str) -> None:
        """Send a final refusal of the INVITE or re-INVITE."""

    def hang_up(self) -> None:
        """End it by CANCEL, BYE or a refusal, whichever its state demands."""


class OutgoingLeg(Leg, Protocol):
    """A leg towards a phone, whose INVITE has not been sent yet."""

    def invite(self, sdp: str | None, on_event: OnLegEvent, ring_seconds: float = 0.0) -> None:
        """Send it; with `ring_seconds` the leg ends unless it is answered by then."""


LegTo = Callable[[str, str, str], OutgoingLeg | None]
"""A leg to an extension (first) on behalf of a caller (second) with a name (third), or None where
no phone is registered."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request outside any known dialog, as far as the PBX looks into it."""

    method: str
    user: str
    """User part of the request URI: the number that was dialled."""
    from_user: str
    from_name: str
    to_user: str
    to_tag: str
    call_id: str
    cseq: int
    source: tuple[str, int]
    contacts: tuple[Contact, ...] = ()
    every_contact: bool = False
    """``Contact: *``."""
    expires: int | None = None
    credentials: Credentials | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A final response and its additional headers."""

    code: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()
