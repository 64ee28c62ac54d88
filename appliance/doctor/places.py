"""The layers before the first packet to a server: link and address, name, clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from appliance.doctor.findings import Finding, fine, skipped, told
from appliance.sip import link
from appliance.sip.reach import Hop
from appliance.sip.settings import AccountSettings
from appliance.sip.targets import find, next_hop
from appliance.sip.trust import plain_address
from appliance.sip.verdict import Attempt
from appliance.sip.words import verdict
from appliance.system.links import Network

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
    """Follow SRV and address records to the hops, as the phone does."""
    try:
        host, _, _ = next_hop(account, server)
    except ValueError as error:
        return Found(told("dns", verdict("bad-config", f"server = {server!r}: {error}")))
    targets = await find(account, account.servers.index(server))
    if isinstance(targets, Attempt):
        why = targets.error if targets.error.startswith(host) else f"{host}: {targets.error}"
        trouble = verdict("no-dns", f"{why}; asked {_name_servers()}")
        return Found(told("dns", trouble))
    if plain_address(host):
        said = f"{host} is an address"
    else:
        said = ", ".join(f"{one.host} port {one.port}: {one.address}" for one in targets)
        if targets[0].domain:
            said = f"SRV of {host}: {said}"
        if targets[0].caveat:
            said = f"{said}; {targets[0].caveat}"
    hops = [Hop(one.identity, one.address, one.port, one.transport, one.hop) for one in targets]
    return Found(fine("dns", said), tuple(hops[:MOST_HOPS]))


def unnamed(account: AccountSettings, server: str, seconds: float) -> Finding:
    """The name servers had not told where the server is when time was up, after `seconds`."""
    host, _, _ = next_hop(account, server)
    late = f"{host}: no name server answered within {seconds:.1f} s"
    return told("dns", verdict("no-dns", f"{late}; asked {_name_servers()}"))


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
    """The moment of a Date header; None for one that is none, or in a year that is none here."""
    try:
        moment = parsedate_to_datetime(date)
        return (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
