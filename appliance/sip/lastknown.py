"""Where a server was when a name server last said so: asked there again while none answers.

A name server that is gone is no reason to lose the phone: often it is the same machine, or the same
line, that is just coming back. What it said before is then used, however old it is (RFC 8767 lets a
resolver serve stale answers; a phone that asks in vain has nothing to lose, a TLS server proves its
name in any case, and a server that has moved is found as soon as a name server answers). A name of
which it is said that it does not exist is another matter: that is an answer.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from appliance.sip.reach import local_address
from appliance.sip.settings import AccountSettings
from appliance.sip.targets import Target, find
from appliance.sip.verdict import Attempt

log = logging.getLogger(__name__)


class LastKnown:
    """The last good answer for each server of each account."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[Target, ...]] = {}

    async def find(
        self, account: AccountSettings, number: int, nameservers: Sequence[str] = ()
    ) -> tuple[Target, ...] | Attempt:
        """The hosts of a server as `targets.find` has them, or where they were last.

        Those have a `caveat`. An `Attempt` tells why there is none.
        """
        key = (account.index, number)
        known = self._known.get(key, ())
        hosts = await find(account, number, nameservers, hurried=bool(known))
        if not isinstance(hosts, Attempt):
            if not hosts[0].caveat:
                self._known[key] = hosts
            return hosts
        if not hosts.unanswered:
            self._known.pop(key, None)
        elif known:
            log.warning("%s; %s is asked where it was last", hosts.error, hosts.server)
            return tuple(_again(host, hosts.error) for host in known)
        return hosts


def _again(host: Target, why: str) -> Target:
    local = local_address(host.address, host.port)
    return replace(host, local=local, caveat=f"{why}; this is where it was last")
