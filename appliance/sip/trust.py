"""Who may ring this phone. Pure: addresses in, yes or no out.

An INVITE from anywhere else is answered 403 and never rings; the core does not hear of it. OPTIONS
is answered to everyone, for pjsip does that by itself; all that it tells is that a phone is here.
Over UDP a source address can be forged by one who does not see the answers: the check keeps
scanners and ghost calls out, it does not replace TLS.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address

from appliance.sip.settings import AcceptCallsFrom


def plain_address(text: str) -> str:
    """The canonical address in ``address``, ``address:port``, ``[v6]`` or ``[v6]:port``.

    IPv4 addresses mapped into IPv6 (RFC 4291 section 2.5.5.2) come out as IPv4; a zone
    (``%eth0``) is dropped. Empty when there is no address in it.
    """
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(address)


def is_trusted(source: str, servers: Iterable[str], accept: AcceptCallsFrom) -> bool:
    """Whether a request from `source` may ring, given the addresses of the servers in use."""
    if accept == "anyone":
        return True
    address = plain_address(source)
    return bool(address) and any(plain_address(server) == address for server in servers)
