"""Looks at a server's port while a REGISTER is under way, so that a verdict need not wait for one.

Over UDP at once, for nothing else tells a closed port; over TCP and TLS only when the answer is
overdue, so that a server that answers sees one connection. What it finds closed ends the REGISTER.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from appliance.sip.reach import Hop, Reached, reach
from appliance.sip.settings import AccountSettings
from appliance.sip.targets import Target

OVERDUE_SECONDS = 2.0
"""How long a connection may keep us waiting before we look for ourselves: two SYNs of the stack's,
and two of ours until it is given up."""

Refused = Callable[[int, Target, str], None]


class Lookout:
    """One look for each account; for the loop's thread only."""

    def __init__(self, accounts: Mapping[int, AccountSettings], refused: Refused) -> None:
        self._accounts = accounts
        self._refused = refused
        self._looks: dict[int, asyncio.Task[Reached]] = {}

    async def watch(self, account: int, target: Target) -> None:
        """Look at `target` for an account; `refused` is called if no answer can come from there."""
        self.end(account)
        hop = Hop(target.identity, target.address, target.port, target.transport)
        look = asyncio.create_task(self._look(account, hop))
        self._looks[account] = look
        await asyncio.wait((look,))
        if look.cancelled():
            return
        trouble = look.result().trouble
        if trouble is not None and (trouble == "refused" or hop.transport != "udp"):
            self._refused(account, target, look.result().words)

    def end(self, account: int) -> Reached | None:
        """What a look has found, if it has come to an end; none goes on after this."""
        look = self._looks.pop(account, None)
        if look is None or not look.done():
            if look is not None:
                look.cancel()
            return None
        return None if look.cancelled() else look.result()

    def close(self) -> None:
        """End every look."""
        for look in self._looks.values():
            look.cancel()

    async def _look(self, account: int, hop: Hop) -> Reached:
        if hop.transport != "udp":
            await asyncio.sleep(OVERDUE_SECONDS)
        return await reach(hop, self._accounts[account])
