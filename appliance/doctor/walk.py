"""The walk: from the cable to the extension, one layer after the other, at one server.

A layer that fails ends it, for what lies behind cannot be told from what lies before. The registrar
is only asked who stands behind the extension (`appliance.sip.query`), with the password offered
once; it counts as one attempt for a server that bans. A walk has an end: what it then waited for
has failed.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace

from appliance.control.status import AccountStatus, CallStatus
from appliance.doctor import behind, places
from appliance.doctor.findings import Finding, Walk, complete, decisive, fine, skipped, told
from appliance.sip import query
from appliance.sip.diagnosis import of_answer, of_silence
from appliance.sip.query import Exchange
from appliance.sip.reach import Hop, Reached, reach
from appliance.sip.settings import AccountSettings
from appliance.sip.translate import header
from appliance.sip.verdict import Attempt, Verdict
from appliance.sip.words import verdict
from appliance.system.links import Network

WALK_SECONDS = 8.5
_TLS_ONLY = ("tls-", "clock-wrong", "bad-config")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is the same for every walk: this unit's network and clock, and its running phone.

    `mark` is what stands in the phone's contacts; `phone` is None where none runs.
    """

    network: Network
    now: float
    floor: float
    synchronised: bool | None
    mark: str
    phone: tuple[AccountStatus, ...] | None = None
    calls: tuple[CallStatus, ...] = ()

    def account(self, account: AccountSettings) -> AccountStatus | None:
        """The running phone's account of this name, if there is one."""
        known = [own for own in self.phone or () if own.user == account.user]
        same = (own for own in known if own.server == account.server(0))
        return next(same, known[0] if known else None)


@dataclass(slots=True)
class _Walker:
    account: AccountSettings
    server: str
    around: Circumstances
    findings: list[Finding] = field(default_factory=list)
    exchange: Exchange = field(default_factory=Exchange)

    async def go(self) -> None:
        around = self.around
        local = places.is_local(self.account, self.server)
        self.findings += places.of_network(around.network, local)
        if self.stopped():
            return
        found = await places.of_name(self.account, self.server)
        self.findings.append(found.finding)
        self._note_clock()
        if self.stopped():
            return
        if found.hops[0].transport == "udp":
            await self._by_datagram(found.hops)
        else:
            look = await self._look(found.hops)
            if look.trouble is None:
                await self._ask(look)

    def give_up(self, seconds: float) -> None:
        """Time is up."""
        layers = {finding.layer for finding in self.findings}
        if "dns" not in layers:
            self.findings.append(places.unnamed(self.account, self.server, seconds))
            self._note_clock()
            return
        late = verdict("silent", f"the walk was given up after {seconds:.1f} s")
        self.findings.append(told("register" if "transport" in layers else "transport", late))

    def stopped(self) -> bool:
        return any(finding.state == "failed" for finding in self.findings)

    def _note_clock(self, date: str = "") -> None:
        around = self.around
        clock = places.of_clock(around.now, around.floor, around.synchronised, date)
        self.findings = [f for f in self.findings if f.layer != "clock"] + [clock]

    async def _by_datagram(self, hops: tuple[Hop, ...]) -> None:
        """Ask and look at once: most servers say nothing to a keep-alive, but all to a question."""
        asking = asyncio.create_task(query.ask(hops[0], self.account, self.server))
        looking = asyncio.create_task(self._look(hops))
        try:
            await asyncio.wait((asking, looking), return_when=asyncio.FIRST_COMPLETED)
            if asking.done() and asking.result().code:
                looking.cancel()
                look = Reached(hops[0], None, "answers")
                self.findings += (fine("transport", look.evidence), skipped("tls", "not in use"))
                self._heard(look, asking.result())
                return
            look = await looking
            if look.trouble is None and look.hop == hops[0]:
                self._heard(look, await asking)
            elif look.trouble is None:
                await self._ask(look)
        finally:
            asking.cancel()
            looking.cancel()

    async def _look(self, hops: tuple[Hop, ...]) -> Reached:
        """The first hop to which the way is open, as the phone would choose it in the end."""
        looks = await asyncio.gather(*(reach(hop, self.account) for hop in hops))
        best = next((look for look in looks if look.trouble is None), looks[0])
        others = "; ".join(look.evidence for look in looks if look is not best)
        secure = best.hop.transport == "tls"
        if best.trouble is None:
            said = best.evidence + (f" ({others})" if others else "")
            self.findings.append(fine("transport", said))
            self.findings.append(
                fine("tls", best.words) if secure else skipped("tls", "not in use")
            )
            return best
        found = self._of_silence(best)
        if found.name.startswith(_TLS_ONLY):
            self.findings.append(fine("transport", f"{best.hop.words} answers"))
            self.findings.append(told("tls", found))
        else:
            self.findings.append(told("transport", found))
        return best

    def _of_silence(self, look: Reached) -> Verdict:
        hop = look.hop
        attempt = Attempt(
            self.server,
            hop=f"{hop.host}:{hop.port}",
            transport=hop.transport,
            address=hop.address,
        )
        found = of_silence(attempt, look)
        phone = self.around.account(self.account)
        if phone is not None and found.name in ("silent", "refused"):
            said = phone.registration
            if said.verdict == "banned-likely":
                return verdict("banned-likely", f"{said.evidence}; now {found.evidence}")
        return found

    async def _ask(self, look: Reached) -> None:
        self._heard(look, await query.ask(look.hop, self.account, self.server))

    def _heard(self, look: Reached, said: Exchange) -> None:
        self.exchange = said
        if not said.code:
            found = self._of_silence(look)
            if found.name == "silent" and said.error:
                found = replace(found, evidence=f"{look.hop.words}: REGISTER: {said.error}")
            self.findings.append(told("register", found))
            return
        self._note_clock(header(said.answer, "Date"))
        if said.rewritten:
            why = f"the answer came back with Via {said.rewritten!r}, which is not what was sent"
            self.findings.append(told("register", verdict("nat-rewritten", why)))
            return
        found = self._of_code(look.hop, said)
        if found.name != "ok":
            self.findings.append(told("register", found))
            return
        self.findings.append(fine("register", _handshake(said)))
        self.findings += behind.the_answer(
            *(said.answer, self.around.mark, self.around.account(self.account), self.around.calls),
            look.hop,
        )

    def _of_code(self, hop: Hop, said: Exchange) -> Verdict:
        attempt = Attempt(
            self.server,
            code=said.code,
            reason=said.reason,
            answered=True,
            source=f"{hop.address}:{hop.port}",
            hop=f"{hop.host}:{hop.port}",
            transport=hop.transport,
            address=hop.address,
            answer=said.answer,
            offered=said.offered,
        )
        found = of_answer(self.account, attempt)
        asked = said.challenge
        if found.name == "wrong-password" and asked is not None and asked.stale:
            why = f"{_handshake(said)}; every nonce of the server is stale at once"
            return verdict("server-error", why)
        return found


async def walk(
    account: AccountSettings, server: str, around: Circumstances, seconds: float = WALK_SECONDS
) -> Walk:
    """Walk to one server of an account, for `seconds` at most; no network makes it raise."""
    begun = time.monotonic()
    walker = _Walker(account, server, around)
    try:
        async with asyncio.timeout(seconds):
            await walker.go()
    except TimeoutError:
        walker.give_up(seconds)
    findings = complete(behind.the_phone(tuple(walker.findings), around.account(account)))
    found = decisive(findings)
    return Walk(
        user=account.user,
        server=server,
        transport=account.transport,
        verdict=found.verdict if found else "ok",
        text=found.text if found else str(verdict("ok", "").text),
        evidence=found.evidence if found else "",
        next_step=found.next_step if found else "",
        findings=findings,
        exchange=walker.exchange.messages,
        seconds=round(time.monotonic() - begun, 3),
    )


def _handshake(said: Exchange) -> str:
    asked = f"; {said.challenge.words}" if said.challenge else "; no credentials were asked for"
    return f"{said.code} {said.reason}{asked}"
