"""Where an account's server is: its name resolved before the SIP thread is asked for anything.

pjsip would resolve names with a call that blocks its thread for as long as a name server is silent,
and with it every call on the phone. So names are looked up here, and the SIP thread is given
addresses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from appliance.sip.diagnosis import split_server
from appliance.sip.names import NOT_A_NAME, look_up, why_not
from appliance.sip.reach import local_address
from appliance.sip.settings import DEFAULT_PORTS, AccountSettings, Transport
from appliance.sip.srv import services
from appliance.sip.trust import plain_address
from appliance.sip.verdict import Attempt


@dataclass(frozen=True, slots=True)
class Target:
    """A server of an account, found. `addresses` are all of its own, `address` the one to use."""

    server: str
    host: str
    port: int
    transport: Transport
    address: str
    addresses: tuple[str, ...]
    local: str = ""
    """Our own address on the way there, for SDP; empty when there is no way."""

    @property
    def ipv6(self) -> bool:
        """Whether the address in use is an IPv6 one."""
        return ":" in self.address

    @property
    def hop(self) -> str:
        """``host:port`` of what requests are sent to."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def attempt(self) -> Attempt:
        """An attempt to register there of which nothing is known yet."""
        return Attempt(self.server, hop=self.hop, transport=self.transport, address=self.address)

    @property
    def words(self) -> str:
        """The server in use, for the status."""
        return f"{self.hop};transport={self.transport}"


async def find(
    account: AccountSettings, number: int, nameservers: Sequence[str] = (), failures: int = 0
) -> Target | Attempt:
    """Resolve the server (or the outbound proxy before it); an `Attempt` when there is no address.

    A name without a port is asked for SRV records first; after `failures` the record is the next
    one in turn. Over TLS the certificate has to name the host that the record leads to. IPv4 comes
    first where a host has both, for SDP of an IPv6 call is still refused by many PBXs.
    """
    server = account.server(number)
    try:
        host, port, transport = next_hop(account, server)
    except ValueError as error:
        return Attempt(server, error=str(error))
    if port == 0:
        records = [] if plain_address(host) else await services(host, transport, nameservers)
        record = records[failures % len(records)] if records else None
        host = record.host if record else host
        port = record.port if record else DEFAULT_PORTS[transport]
    try:
        found = await look_up(host, port)
    except NOT_A_NAME as error:
        return Attempt(server, error=f"{host}: {why_not(error)}")
    addresses = tuple(dict.fromkeys(address.partition("%")[0] for _, (address, _) in found))
    if not addresses:
        return Attempt(server, error=f"{host}: the name has no address")
    first = next((address for address in addresses if ":" not in address), addresses[0])
    return Target(server, host, port, transport, first, addresses, local_address(first, port))


def next_hop(account: AccountSettings, server: str) -> tuple[str, int, Transport]:
    """Host, port (0: none given) and transport that requests go to; raises `ValueError`."""
    if not account.outbound_proxy:
        host, port = split_server(server, 0)
        return host, port, account.transport
    scheme, _, rest = account.outbound_proxy.strip("<> ").partition(":")
    where, *parameters = rest.split(";")
    transport: Transport = "tls" if scheme.lower() == "sips" else account.transport
    for parameter in parameters:
        name, _, value = parameter.lower().partition("=")
        if name == "transport" and value in DEFAULT_PORTS:
            transport = next(kind for kind in DEFAULT_PORTS if kind == value)
    parts = urlsplit(f"//{where}")
    if scheme.lower() not in ("sip", "sips") or not parts.hostname:
        raise ValueError(f"outbound_proxy = {account.outbound_proxy!r}: expected a SIP URI")
    return parts.hostname, parts.port or 0, transport
