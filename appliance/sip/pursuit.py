"""The pursuit of a registration: which host to ask, what went before, whether a better one is back.

The core says with which server of an account to register, and when. A server may be several hosts
(`hunt`), may have banned us (`suspicion`), its name may lead nowhere for a while (`lastknown`), and
may have to be answered for (`resolver`): that is kept here, for all accounts, on the loop's side of
the engine. Nothing here touches pjsua2.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
from dataclasses import replace

from appliance.phone.registration import LONGEST_RETRY_AFTER_SECONDS, RECOVERY_PAUSE_SECONDS
from appliance.sip.hunt import Hunt
from appliance.sip.lastknown import LastKnown
from appliance.sip.ping import answers
from appliance.sip.reach import Hop, reach
from appliance.sip.resolver import Resolver
from appliance.sip.settings import AccountSettings, SipSettings
from appliance.sip.suspicion import Suspicion
from appliance.sip.targets import Target
from appliance.sip.translate import header, seconds_in
from appliance.sip.trust import plain_address
from appliance.sip.verdict import Attempt, Verdict

CLOSED_SECONDS = 0.5
"""After it a server that has closed our connection is looked at: one that ends has ended then."""


def retry_after(attempt: Attempt) -> int:
    """Seconds for which a server asks to be left alone, RFC 3261 section 20.33; 0: it does not."""
    return seconds_in(header(attempt.answer, "Retry-After"))


class Pursuit:
    """Where every account stands among its servers and their hosts."""

    def __init__(self, settings: SipSettings) -> None:
        self._nameservers = settings.nameservers
        self._accounts: Mapping[int, AccountSettings] = {a.index: a for a in settings.accounts}
        self._hunts: dict[tuple[int, int], Hunt] = {}
        self._servers: dict[int, int] = {}
        self._targets: dict[int, Target] = {}
        self._names = LastKnown()
        self._suspicion = Suspicion()
        self._resolver: Resolver | None = None
        self._opening = asyncio.Lock()

    def change(self, settings: SipSettings) -> None:
        """The accounts prove themselves otherwise from now on, at the same servers."""
        self._accounts = {account.index: account for account in settings.accounts}

    async def target(self, account: int, server: int) -> Target | Attempt:
        """The host that is next in turn; an `Attempt` that failed where there is none."""
        self._servers[account] = server
        hunt = self._hunt(account)
        found = hunt.next
        if found is None:
            hosts = await self._names.find(self._accounts[account], server, self._nameservers)
            if isinstance(hosts, Attempt):
                return hosts
            found = hunt.begin(hosts, time.monotonic())
        self._targets[account] = found
        return found

    @property
    def servers(self) -> dict[str, str]:
        """The addresses of the hosts asked last, and our own on the way there."""
        return {target.address: target.local for target in self._targets.values()}

    async def resolver_for(self, target: Target) -> int:
        """The port of the name server that the library asks, which leads to `target`."""
        async with self._opening:
            if self._resolver is None:
                resolver = Resolver()
                await resolver.open()
                self._resolver = resolver
        name = target.identity.lower()
        if target.transport == "tls" and not plain_address(name):
            self._resolver.known[name] = target.address
        return self._resolver.port

    def registered(self, account: int, target: Target) -> None:
        """The host registered us."""
        self._hunt(account).succeeded(target)
        self._suspicion.welcomed(account, target.attempt)

    def failed(self, account: int, attempt: Attempt, found: Verdict) -> Verdict:
        """The host did not; the verdict in the light of what went before."""
        now = time.monotonic()
        judged = self._suspicion.judge(account, attempt, found, now)
        pause = min(retry_after(attempt), LONGEST_RETRY_AFTER_SECONDS)
        if judged.name == "banned-likely":
            pause = max(pause, RECOVERY_PAUSE_SECONDS)
        until = now + pause
        self._hunt(account).failed(attempt.place if pause else None, until)
        target = self._targets.get(account)
        if target is None or not target.caveat or target.place != attempt.place:
            return judged
        return replace(judged, evidence=f"{judged.evidence}; {target.caveat}")

    def lost(self, account: int) -> None:
        """The host in use is dead."""
        self._hunt(account).failed()

    async def has_ended(self, account: int) -> bool:
        """Whether the host in use, which has closed our connection, takes no other one.

        A connection without a word on it: no request, no TLS. It is not asked of a host without
        which there is nowhere to turn, which would only be in the way of its restart.
        """
        target = self._targets.get(account)
        elsewhere = len(self._accounts[account].servers) > 1 or self.alternatives(account)
        if target is None or target.transport == "udp" or not elsewhere:
            return False
        await asyncio.sleep(CLOSED_SECONDS)
        hop = Hop(target.identity, target.address, target.port, "tcp")
        return (await reach(hop, self._accounts[account])).trouble is not None

    def alternatives(self, account: int) -> int:
        """How many hosts of the server in use have not been tried yet."""
        return self._hunt(account).alternatives

    async def better(self, account: int, server: int, closed: Collection[int]) -> int | None:
        """The first server up to this one with a host that answers and is better than ours.

        Those that are `closed` are not asked.
        """
        for number in range(server + 1):
            if number in closed:
                continue
            hosts = await self._names.find(self._accounts[account], number, self._nameservers)
            hunt = self._hunts.setdefault((account, number), Hunt())
            for host in () if isinstance(hosts, Attempt) else hosts:
                if number == server and host.spare:
                    break
                if hunt.is_closed(host, time.monotonic()):
                    continue
                if await answers(self._accounts[account], host):
                    hunt.prefer(host)
                    return number
        return None

    def close(self) -> None:
        """Answer for no more names."""
        if self._resolver is not None:
            self._resolver.close()

    def _hunt(self, account: int) -> Hunt:
        return self._hunts.setdefault((account, self._servers.get(account, 0)), Hunt())
