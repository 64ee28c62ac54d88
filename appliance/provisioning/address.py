"""Where a file is: an address by HTTP(S) (RFC 9110 section 4.2) or TFTP (RFC 3617), taken apart.

What comes from a server is text of anybody's making, so it is read narrowly: no user name, no
control character, a host that is a name or an IP address. What is not ASCII is sent as such
addresses are written there: host names by IDNA, all else in percent signs and UTF-8.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, quote_from_bytes, urljoin, urlsplit

LONGEST = 2048
"""Characters of an address."""
_PORTS = {"https": 443, "http": 80, "tftp": 69}
_KEPT = "/%:@!$&'()*+,;=~?#[]"
"""What stands for itself in an address, besides letters, digits and ``-._~``."""
_NAME = re.compile(r"[a-z0-9_-][a-z0-9._-]*", re.ASCII)
_PASSWORD = re.compile(r"//[^/?#]*@")


@dataclass(frozen=True, slots=True)
class Origin:
    """A server as far as trust goes (RFC 6454): another scheme or port is another server."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """For the field Host: an IPv6 address in brackets, and the port if it is not the usual."""
        host = f"[{self.host.partition('%')[0]}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Address:
    """An address: the server, and the target that it is asked for, with its query."""

    origin: Origin
    target: str


def is_tftp(url: str) -> bool:
    """Whether it says that it is one by TFTP."""
    return url[:5].lower() == "tftp:"


def address(url: str, *, web: bool = False) -> Address:
    """Take an address apart; raises ValueError where it is none of a file, or (`web`) by TFTP."""
    if len(url) > LONGEST or not url.isprintable():
        raise ValueError("too long, or with control characters")
    parts = urlsplit(url)
    if web and parts.scheme == "tftp":
        raise ValueError("TFTP")
    if parts.scheme not in _PORTS or "@" in parts.netloc or parts.port == 0:
        raise ValueError("another scheme, a user name or port 0")
    origin = Origin(parts.scheme, _host(parts.hostname or ""), parts.port or _PORTS[parts.scheme])
    query = f"?{quote(parts.query, safe=_KEPT)}" if parts.query else ""
    return Address(origin, quote(parts.path or "/", safe=_KEPT) + query)


def onward(url: str, location: bytes) -> str:
    """Where a redirect from `url` leads (RFC 9110 section 10.2.2); raises ValueError."""
    return urljoin(url, quote_from_bytes(location, safe=_KEPT))


def shown(url: str) -> str:
    """An address for the evidence: a password that somebody wrote into it stays out."""
    return _PASSWORD.sub("//…@", url)


def _host(host: str) -> str:
    if ":" in host:
        IPv6Address(host)
        return host
    name = host.encode("idna").decode("ascii")
    if _NAME.fullmatch(name) is None:
        raise ValueError("no name of a host")
    return name
