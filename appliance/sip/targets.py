"""Where an account's server is: its name resolved before the SIP thread is asked for anything.

pjsip would resolve names with a call that blocks its thread for as long as a name server is silent,
and with it every call on the phone. So names are looked up here, and the SIP thread is given
addresses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from appliance.sip.diagnosis import split_server
from appliance.sip.names import LOOK_UP_SECONDS, NOT_A_NAME, is_unanswered, look_up, why_not
from appliance.sip.reach import local_address
from appliance.sip.settings import (
    DEFAULT_PORTS,
    AccountSettings,
    AddressFamily,
    Transport,
    transport_to,
)
from appliance.sip.srv import Service, UnansweredError, services
from appliance.sip.trust import plain_address
from appliance.sip.verdict import Attempt

HURRIED_SECONDS = 1.8
"""How long an answer is waited for where there is an earlier one (RFC 8767 section 5)."""


@dataclass(frozen=True, slots=True)
class Target:
    """A host of an account's server, found. `addresses` are all of its own, `address` is in use."""

    server: str
    host: str
    port: int
    transport: Transport
    address: str
    addresses: tuple[str, ...]
    local: str = ""
    """Our own address on the way there, for SDP; empty when there is no way."""
    domain: str = ""
    """The configured name, which a TLS certificate has to bear: the domain whose SRV records led
    here, not the host that they name (RFC 5922 section 4); empty: the host is configured."""
    spare: bool = False
    """The name's SRV records know of a host with a better priority."""
    spares: bool = False
    """The name stands for other hosts too."""
    caveat: str = ""
    """Why the server may be elsewhere, for the evidence; empty: a name server has just said so."""

    @property
    def ipv6(self) -> bool:
        """Whether the address in use is an IPv6 one."""
        return ":" in self.address

    @property
    def identity(self) -> str:
        """The name that the server has to prove by its certificate."""
        return self.domain or self.host

    @property
    def place(self) -> tuple[str, int]:
        """Address and port: what makes it another host."""
        return self.address, self.port

    @property
    def hop(self) -> str:
        """``host:port`` of what requests are sent to."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def attempt(self) -> Attempt:
        """An attempt to register there of which nothing is known yet."""
        return Attempt(
            self.server,
            hop=self.hop,
            identity=self.identity,
            transport=self.transport,
            address=self.address,
        )

    @property
    def words(self) -> str:
        """The server in use, for the status."""
        return f"{self.hop};transport={self.transport}"


async def find(
    account: AccountSettings, number: int, nameservers: Sequence[str] = (), *, hurried: bool = False
) -> tuple[Target, ...] | Attempt:
    """The hosts of a server (or of the outbound proxy before it) in the order of their use.

    A name without a port is asked for SRV records first; every address of every host counts. An
    `Attempt` tells why there is none. Over TLS the certificate has to name what was configured.
    Of a host's addresses those of the account's family count; one to which no way leads comes last,
    and IPv4 comes first where a host has both, for many PBXs still refuse SDP of an IPv6 call.

    Where no name server answers for SRV the host of that name is a guess, and its `caveat` says so.
    One who has an earlier answer is `hurried`: it wants no guess, and waits `HURRIED_SECONDS`.
    """
    server = account.server(number)
    try:
        host, port, transport = next_hop(account, server)
    except ValueError as error:
        return Attempt(server, error=str(error))
    records: Sequence[Service] = ()
    caveat = ""
    if port == 0 and not plain_address(host):
        try:
            records = await services(host, transport, nameservers)
        except UnansweredError as error:
            if hurried:
                return Attempt(server, error=str(error), unanswered=True)
            caveat = f"{error}, so that port {DEFAULT_PORTS[transport]} is a guess"
    places = [(record.host, record.port, record.priority) for record in records]
    if not places:
        places = [(host, port or DEFAULT_PORTS[transport], 0)]
    family = account.address_family
    seconds = HURRIED_SECONDS if hurried else LOOK_UP_SECONDS
    looked_up = await asyncio.gather(
        *(_addresses(name, at, family, seconds) for name, at, _ in places)
    )
    best = min(
        (place[2] for place, looked in zip(places, looked_up, strict=True) if looked.found),
        default=0,
    )
    places_found = sum(len(looked.found) for looked in looked_up)
    targets = tuple(
        Target(
            server,
            name,
            at,
            transport,
            address,
            looked.found,
            local_address(address, at),
            domain=host if name != host else "",
            spare=priority > best,
            spares=places_found > 1,
            caveat=caveat,
        )
        for (name, at, priority), looked in zip(places, looked_up, strict=True)
        for address in looked.found
    )
    unanswered = any(looked.unanswered for looked in looked_up)
    return targets or Attempt(server, error=looked_up[0].why, unanswered=unanswered)


def next_hop(account: AccountSettings, server: str) -> tuple[str, int, Transport]:
    """Host, port (0: none given) and transport that requests go to; raises `ValueError`."""
    if not account.outbound_proxy:
        host, port = split_server(server, 0)
        return host, port, account.transport
    scheme, _, rest = account.outbound_proxy.strip("<> ").partition(":")
    parts = urlsplit(f"//{rest.partition(';')[0]}")
    if scheme.lower() not in ("sip", "sips") or not parts.hostname:
        raise ValueError(f"outbound_proxy = {account.outbound_proxy!r}: expected a SIP URI")
    transport = transport_to(account.outbound_proxy, account.transport)
    return parts.hostname, parts.port or 0, transport


@dataclass(frozen=True, slots=True)
class _Looked:
    """The addresses of a host in the order of their use, or why there is none."""

    found: tuple[str, ...]
    why: str = ""
    unanswered: bool = False


async def _addresses(host: str, port: int, family: AddressFamily, seconds: float) -> _Looked:
    try:
        found = await look_up(host, port, seconds, family)
    except NOT_A_NAME as error:
        return _Looked((), f"{host}: {why_not(error)}", is_unanswered(error))
    plain = dict.fromkeys(address.partition("%")[0] for _, (address, _) in found)
    ordered = tuple(
        sorted(plain, key=lambda address: (not local_address(address, port), ":" in address))
    )
    return _Looked(ordered, "" if ordered else f"{host}: the name has no address")
