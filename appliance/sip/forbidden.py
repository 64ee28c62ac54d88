"""Why a server says 403 to a REGISTER, which it does not tell: it is asked once, in other words.

Some servers refuse a wrong password so (chan_sip, "Bad auth"), and some a second unit at an
extension that is for one. A query for the bindings (RFC 3261 section 10.2.2), which takes nobody's
place, tells them apart: it fails for want of the right password, or says who is there.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.sip.diagnosis import of_answer, taken, who_has_it
from appliance.sip.settings import AccountSettings
from appliance.sip.verdict import Attempt, Verdict

FORBIDDEN = 403
_REFUSED = frozenset({401, FORBIDDEN, 407})


class Forbidden:
    """What lies behind the 403 of each server of an account, once that is known."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._offered: dict[tuple[int, str], bool] = {}

    async def look_behind(self, account: AccountSettings, attempt: Attempt) -> tuple[Verdict, int]:
        """The verdict over a 403, and how often the credentials have been offered for it."""
        key = (account.index, attempt.server)
        known = self._offered.get(key)
        if known is not None:
            return of_answer(account, replace(attempt, offered=known)), 1
        said = await who_has_it(account, attempt)
        behind = taken(account, attempt, said.answer, self._mark) if said.succeeded else None
        if behind is not None:
            return behind, 1
        refused = said.code in _REFUSED and said.offered
        if said.code:
            self._offered[key] = refused
        return of_answer(account, replace(attempt, offered=refused)), 2 if refused else 1

    def forget(self, account: int, server: str) -> None:
        """The account is registered there: what comes next has other reasons."""
        self._offered.pop((account, server), None)
