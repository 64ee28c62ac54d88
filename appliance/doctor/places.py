"""The layers before the first packet to a server: link and address, name, clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from appliance.doctor.findings import Finding, fine, skipped, told
from appliance.sip import link
from appliance.sip.names import NOT_A_NAME, look_up, why_not
from appliance.sip.reach import Hop
from appliance.sip.settings import DEFAULT_PORTS, AccountSettings
from appliance.sip.srv import services
from appliance.sip.targets import next_hop
from appliance.sip.trust import plain_address
from appliance.sip.words import verdict
from appliance.system.links import Network

LOOK_UP_SECONDS = 2.5
MOST_HOPS = 4
"""Addresses that are looked at, in the order in which the phone would use them."""
CLOCK_TOLERANCE_SECONDS = 300.0
_LOCAL_NAMES = ("localhost", "ip6-localhost")


def of_network(network: Network, local: bool) -> tuple[Finding, Finding]:
    """Link and address of this unit; `local`: the server is this machine, and needs neither."""
    own = None if local else link.judge(network)
    links = network.words
    if own is not None and own.name == "no-link":
        return told("link", own), skipped("address", "not reached")
    running = "; ".join(one.name for one in network.links if one.running) or "loopback"
    if own is not None:
        return fine("link", running), told("address", own)
    gateways = ", ".join(f"{gate or 'on link'} by {name}" for name, gate in network.gateways)
    return fine("link", running), fine("address", f"{links}; default route: {gateways or 'none'}")


def is_local(account: AccountSettings, server: str) -> bool:
    """Whether the next hop is this machine itself, as far as its name tells."""
    try:
        host, _, _ = next_hop(account, server)
    except ValueError:
        return False
    address = plain_address(host)
    return host in _LOCAL_NAMES or address == "::1" or address.startswith("127.")


@dataclass(frozen=True, slots=True)
class Found:
    """Where a server is, in the order of use; empty with a failed finding."""

    finding: Finding
    hops: tuple[Hop, ...] = ()


async def of_name(account: AccountSettings, server: str) -> Found:
    """Follow SRV and address records to the hops; ends within `LOOK_UP_SECONDS`, twice with SRV."""
    try:
        host, port, transport = next_hop(account, server)
    except ValueError as error:
        return Found(told("dns", verdict("bad-config", f"server = {server!r}: {error}")))
    if plain_address(host):
        hop = Hop(host, plain_address(host), port or DEFAULT_PORTS[transport], transport)
        return Found(fine("dns", f"{host} is an address"), (hop,))
    records = [] if port else await services(host, transport)
    wanted = [(record.host, record.port) for record in records[:MOST_HOPS]]
    names = wanted or [(host, port or DEFAULT_PORTS[transport])]
    answers = await asyncio.gather(*(_addresses(name, at) for name, at in names))
    hops = [
        Hop(name, address, at, transport)
        for (name, at), found in zip(names, answers, strict=True)
        if not isinstance(found, str)
        for address in found
    ]
    said = [f"SRV: {', '.join(f'{r.host} port {r.port}' for r in records)}"] if records else []
    said += [
        f"{name}: {found if isinstance(found, str) else ', '.join(found)}"
        for (name, _), found in zip(names, answers, strict=True)
    ]
    if not hops:
        trouble = verdict("no-dns", f"{'; '.join(said)}; asked {_name_servers()}")
        return Found(told("dns", trouble))
    return Found(fine("dns", "; ".join(said)), tuple(hops[:MOST_HOPS]))


async def _addresses(host: str, port: int) -> tuple[str, ...] | str:
    """The addresses of a host, IPv4 first as the phone uses them, or why there are none."""
    try:
        found = await look_up(host, port, LOOK_UP_SECONDS)
    except NOT_A_NAME as error:
        return why_not(error)
    plain = dict.fromkeys(address.partition("%")[0] for _, (address, _) in found)
    return tuple(sorted(plain, key=lambda address: ":" in address))


def _name_servers(file: Path = Path("/etc/resolv.conf")) -> str:
    try:
        lines = [line.split() for line in file.read_text("utf-8", "replace").splitlines()]
    except OSError:
        return f"nobody: {file} cannot be read"
    servers = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
    return ", ".join(servers) or "no name server, for none is configured"


def of_clock(now: float, floor: float, synchronised: bool | None, date: str = "") -> Finding:
    """This unit's clock, against what is known to be past and against a server's Date header.

    A wrong clock stops no registration by itself, but TLS, and what the call log says.
    """
    clock = f"the phone's clock says {_moment(now)}"
    if now < floor:
        early = verdict("clock-wrong", f"{clock}, but it is {_moment(floor)} or later")
        return told("clock", early, "note")
    theirs = _seconds(date)
    if theirs is not None and abs(now - theirs) > CLOCK_TOLERANCE_SECONDS:
        apart = verdict("clock-wrong", f"{clock}, the server's {_moment(theirs)}")
        return told("clock", apart, "note")
    kept = {True: ", kept by a time server", False: ", kept by no time server", None: ""}
    agreed = ", as the server's does" if theirs is not None else ""
    return fine("clock", clock + kept[synchronised] + agreed)


def _seconds(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
