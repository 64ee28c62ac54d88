"""No link, no address: told from the facts of the network. Pure.

A cable that is pulled leaves routes and addresses behind for a while, so it is not enough to ask
whether a way leads to the server: the link that it goes out by has to have a carrier.
"""

from __future__ import annotations

from appliance.sip.verdict import Verdict
from appliance.sip.words import verdict
from appliance.system.links import Network


def judge(network: Network, local: str = "", ipv6: bool | None = None) -> Verdict | None:
    """What is wrong with this unit's own end of the way, if anything.

    `local` is the address that the system would send from, empty when it knows no way; `ipv6` the
    kind of the server's address, None when that is not known.
    """
    links = network.links
    owner = network.owner(local) if local else None
    if owner is not None and owner.loopback:
        return None
    if not links:
        return verdict("no-link", "this unit has no network interface")
    if owner is not None:
        return None if owner.running else verdict("no-link", owner.words)
    connected = [link for link in links if link.running]
    if not connected:
        return verdict("no-link", network.words)
    usable = [address for link in connected for address in link.usable]
    if ipv6 is not None:
        usable = [address for address in usable if (":" in address) == ipv6]
    if not usable:
        kind = {None: "an address", True: "an IPv6 address", False: "an IPv4 address"}[ipv6]
        return verdict("no-address", f"{network.words}; expected {kind}")
    return None
