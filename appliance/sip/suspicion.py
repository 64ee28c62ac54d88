"""Whether a server has banned us: it answered, refused us several times, and is silent since.

A ban (fail2ban and the like) looks like a dead server to the one who is banned, and every further
attempt makes it longer. What gives it away is what came before. Pure: it remembers how often each
server refused, and looks at each verdict in that light.
"""

from __future__ import annotations

from appliance.sip.verdict import Verdict
from appliance.sip.words import verdict

SEVERAL = 2
_REFUSALS = frozenset({"wrong-password", "unknown-extension", "forbidden"})
_SILENCE = frozenset({"silent", "refused"})
"""A firewall drops what a banned phone sends, or rejects it as a closed port would."""


class Suspicion:
    """The refusals of every server since it last registered us."""

    def __init__(self) -> None:
        self._refusals: dict[tuple[int, str], int] = {}

    def judge(self, account: int, server: str, found: Verdict) -> Verdict:
        """The verdict in the light of what went before."""
        key = (account, server)
        refusals = self._refusals.get(key, 0)
        if found.name in _REFUSALS:
            self._refusals[key] = refusals + 1
        elif found.name in _SILENCE and refusals >= SEVERAL:
            evidence = f"{server} refused {refusals} times and is silent since; {found.evidence}"
            return verdict("banned-likely", evidence)
        return found

    def welcomed(self, account: int, server: str) -> None:
        """The server registered us."""
        self._refusals.pop((account, server), None)
