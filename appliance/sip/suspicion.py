"""Whether a server has banned us: it answered, refused us several times, and is silent since.

A ban (fail2ban and the like) looks like a dead server to the one who is banned. What gives it away
is what came before. It is the unit's address that is shut out, and by the address of the server, so
that all accounts and all names of one server share what is known of it. Pure: it remembers how
often each server refused, and looks at each verdict in that light; times are those of one monotonic
clock, in seconds.

A server that is restarted is silent too, and often so just after refusals, when somebody has put
them right. Therefore the silence has to outlast a restart, and the refusals have to be of the time
in which a ban tool counts them, and enough for it. Passwords that were refused count with every
tool, and a strict one shuts out after two. That an extension is unknown or not allowed (404, 403)
many tools do not count, and a server whose configuration is being made says so: five of these make
a ban likely, as many as fail2ban allows by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.sip.verdict import Attempt, Verdict, VerdictName
from appliance.sip.words import verdict

PASSWORDS = 2
REFUSALS = 5
"""fail2ban's ``maxretry``, unless it is told another."""
FIND_SECONDS = 600.0
"""fail2ban's ``findtime``, unless it is told another: for so long a refusal counts."""
RESTART_SECONDS = 12.0
"""No restart of a server takes longer, as a rule; from the end of the first attempt in vain."""
_REFUSALS = frozenset({"wrong-password", "unknown-extension", "forbidden"})
_SILENCE = frozenset({"silent", "refused", "unreachable"})
"""A firewall drops what a banned phone sends, rejects it as a closed port would, or says that the
way is prohibited (ICMP, RFC 1812 section 5.2.7.1: the system reports that as unreachable)."""
_OUR_END = frozenset({"no-link", "no-address", "no-dns"})
"""The server had no chance to answer."""


@dataclass(slots=True)
class _Past:
    """What one server address has said to this unit lately."""

    refusals: list[tuple[float, int, VerdictName]] = field(default_factory=list)
    """When, to which account, and how."""
    silent_from: float | None = None
    banned: int = 0
    """After how many refusals it has most likely banned us; 0: it has not."""

    def forget(self, now: float) -> None:
        """Refusals that count no more."""
        self.refusals = [one for one in self.refusals if one[0] > now - FIND_SECONDS]

    def enough(self, now: float) -> int:
        """How many refusals still count, if they are enough for a ban; else 0."""
        self.forget(now)
        passwords = sum(name == "wrong-password" for _, _, name in self.refusals)
        count = len(self.refusals)
        return count if passwords >= PASSWORDS or count >= REFUSALS else 0


class Suspicion:
    """What every server address has said to all accounts since it last registered them."""

    def __init__(self) -> None:
        self._pasts: dict[str, _Past] = {}

    def judge(self, account: int, attempt: Attempt, found: Verdict, now: float) -> Verdict:
        """The verdict over an attempt at the moment `now`, in the light of what went before."""
        if found.name in _OUR_END:
            return found
        past = self._past(attempt)
        if found.name not in _SILENCE:
            past.silent_from, past.banned = None, 0
            if found.name in _REFUSALS:
                past.forget(now)
                past.refusals.append((now, account, found.name))
            return found
        if past.silent_from is None:
            past.silent_from = now
        silent = now - past.silent_from
        if silent >= RESTART_SECONDS:
            past.banned = past.banned or past.enough(past.silent_from)
        if not past.banned:
            return found
        times = f"{attempt.server} refused {past.banned} times and is silent since"
        return verdict("banned-likely", f"{times}, for {silent:.0f} s; {found.evidence}")

    def welcomed(self, account: int, attempt: Attempt) -> None:
        """The server registered this account: nobody is banned, and it forgives this one."""
        past = self._past(attempt)
        past.silent_from, past.banned = None, 0
        past.refusals = [one for one in past.refusals if one[1] != account]

    def _past(self, attempt: Attempt) -> _Past:
        return self._pasts.setdefault(attempt.address or attempt.server, _Past())
