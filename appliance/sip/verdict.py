"""What became of a registration: the evidence of one attempt, and the verdict over it.

Both are plain values. The sip thread reports an `Attempt`, `diagnosis` turns it into a `Verdict`,
the engine into `RegistrationChanged`. Nothing here looks anything up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from appliance.phone.words import NONE, Words

VerdictName = Literal[
    "ok",
    "no-link",
    "no-address",
    "no-dns",
    "unreachable",
    "refused",
    "silent",
    "banned-likely",
    "clock-wrong",
    "tls-expired",
    "tls-untrusted",
    "tls-name-mismatch",
    "tls-not-yet-valid",
    "tls-wildcard",
    "wrong-password",
    "unknown-extension",
    "forbidden",
    "interval-too-brief",
    "server-error",
    "nat-rewritten",
    "moved-elsewhere",
    "bad-config",
]
"""The contract's words for the outcome of a registration."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One REGISTER and what came of it, as the sip thread saw it."""

    server: str
    """``host[:port]`` of the registrar that the request was meant for."""
    code: int = 0
    """SIP status; 0 when the request never got as far as that. A status that no server sent but
    the stack made up (408, 502, 503) has `answered` false."""
    reason: str = ""
    """Reason phrase of the response, or the stack's own words for its error."""
    answered: bool = False
    """A response arrived on the wire."""
    source: str = ""
    """``address:port`` that the response came from."""
    error: str = ""
    """The transport's or the library's error, in its words; empty when there was none."""
    tls: tuple[str, ...] = ()
    """What was wrong with the server's certificate, in the words of the TLS library."""
    min_expires: int = 0
    """Min-Expires of a 423 response in seconds, RFC 3261 section 20.23."""
    hop: str = ""
    """``host:port`` of what was contacted, an outbound proxy for example; empty: the server."""
    identity: str = ""
    """The name that its certificate has to bear; empty: the hop's own."""
    transport: str = ""
    """How it travelled there; empty: as the account says."""
    address: str = ""
    """The address of the hop; empty where no name was resolved."""
    answer: str = ""
    """The head of the final response, as it came."""
    unanswered: bool = False
    """No name server has answered: the name may well be right."""
    offered: bool = False
    """A 403 came after the credentials, which another server would refuse with 401."""

    @property
    def place(self) -> tuple[str, int] | None:
        """Address and port of what was contacted; None where no name was resolved."""
        port = self.hop.rpartition(":")[2]
        return (self.address, int(port)) if self.address and port.isdecimal() else None

    @property
    def contacted(self) -> str:
        """``host[:port]`` of what was contacted."""
        return self.hop or self.server


@dataclass(frozen=True, slots=True)
class Verdict:
    """What it means: `text` for the agent, fits two lines; the rest for IT."""

    name: VerdictName
    text: Words
    next_step: Words = NONE
    evidence: str = ""
