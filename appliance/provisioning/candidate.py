"""Where a unit's configuration might be served, as its network tells it. Pure.

What comes from a network is octets of anybody's making: whatever they are, they come to addresses
that are used or refused in words, and to nothing else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address
from urllib.parse import urlsplit

from appliance.config.formats import FormatError, check_file_server
from appliance.provisioning.address import LONGEST, address, shown
from appliance.provisioning.dhcp_message import (
    BOOTFILE_URL,
    CONFIGURATION_URL,
    TFTP_SERVER_ADDRESSES,
    TFTP_SERVER_NAME,
    VENDOR_SPECIFIC,
    options_in,
)

VENDOR_URL = 1
"""Of what is specific to us, the sub-option with the URL."""
MAX_CANDIDATES = 16
"""Of one message or zone."""
_TFTP = (
    "TFTP is refused: it neither encrypts nor says whose files these are; serve them by HTTPS, or"
    " allow it by `provisioning.clear_text`"
)
_CLEAR = "clear text is refused; serve it by HTTPS, or allow it by `provisioning.clear_text`"
_WRONG = "expected the address of a folder, such as https://phones.example.com/units/"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A folder that this unit's files may be in, and the words for who named it."""

    url: str
    source: str
    tftp: str = field(default="", compare=False)
    """The same folder by TFTP, which is what a name without a scheme means by tradition."""


def refusal(candidate: Candidate, *, clear_text: bool) -> str:
    """Why a candidate of the network's is not used, for IT; empty if it may be."""
    url = candidate.url
    scheme = url.partition(":")[0].lower()
    if scheme == "tftp" and not clear_text:
        return _TFTP
    try:
        check_file_server(url)
        _ = address(url)
    except (FormatError, ValueError):
        return _WRONG
    return "" if scheme == "https" or clear_text else _CLEAR


def of_dhcp(options: Mapping[int, bytes], who: str) -> tuple[Candidate, ...]:
    """What the options of a DHCPv4 server name, in the order of use; `who` says which server.

    A URL where there is one; a name or an address is a server by HTTPS, or by TFTP.
    """

    def words(code: int) -> str:
        return f"DHCP option {code} of {who}"

    found = [
        _by_tradition(_text(options.get(TFTP_SERVER_NAME, b"")), words(TFTP_SERVER_NAME)),
        Candidate(_url(_text(options.get(CONFIGURATION_URL, b""))), words(CONFIGURATION_URL)),
    ]
    listed = options.get(TFTP_SERVER_ADDRESSES, b"")
    found += [
        _by_tradition(str(IPv4Address(listed[at : at + 4])), words(TFTP_SERVER_ADDRESSES))
        for at in range(0, len(listed) - len(listed) % 4, 4)
    ]
    return _listed([*found, *of_vendor(options.get(VENDOR_SPECIFIC, b""), who)])


def of_vendor(octets: bytes, who: str) -> tuple[Candidate, ...]:
    """What option 43 names: the URL is its sub-option 1 (RFC 2132 section 8.4)."""
    words = f"DHCP option {VENDOR_SPECIFIC}.{VENDOR_URL} of {who}"
    return _listed([Candidate(_url(_text(options_in(octets).get(VENDOR_URL, b""))), words)])


def of_dhcp6(options: Mapping[int, bytes], who: str) -> tuple[Candidate, ...]:
    """What the options of a DHCPv6 server name."""
    words = f"DHCPv6 option {BOOTFILE_URL} of {who}"
    return _listed([Candidate(_url(_text(options.get(BOOTFILE_URL, b""))), words)])


def of_service(host: str, port: int, texts: Iterable[bytes], name: str) -> tuple[Candidate, ...]:
    """What a service in the DNS names: `path` of its TXT record (RFC 6763 section 6) is the folder.

    A target that is the root is no service (RFC 2782).
    """
    host = host.rstrip(".")
    if not host or not 0 < port < 65536:
        return ()
    path = "/"
    for text in texts:
        key, equals, value = text.partition(b"=")
        if key.lower() == b"path" and equals:
            path = _text(value)
            break
    at = host if port == 443 else f"{host}:{port}"
    return _listed([Candidate(f"https://{at}/{path.lstrip('/')}", f"DNS SRV {name}")])


def _listed(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Those that say anything; what they say may be shown."""
    return tuple(
        Candidate(*map(_printable, (shown(candidate.url), candidate.source, candidate.tftp)))
        for candidate in found
        if candidate.url
    )[:MAX_CANDIDATES]


def _text(octets: bytes) -> str:
    """Octets as a text in which what is none can be read, and is no address."""
    return octets[: LONGEST + 1].rstrip(b"\0").decode("utf-8", errors="backslashreplace").strip()


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def _by_tradition(text: str, source: str) -> Candidate:
    """What stands in an option that names a TFTP server."""
    url = _url(text)
    with contextlib.suppress(ValueError):
        if "://" not in text and urlsplit(url).port is None:
            return Candidate(url, source, url.replace("https", "tftp", 1))
    return Candidate(url, source)


def _url(text: str) -> str:
    """A URL as it stands; of a name or an address, the server by HTTPS."""
    if not text or "://" in text:
        return text
    try:
        host = str(ip_address(text))
    except ValueError:
        return f"https://{text}" if "/" in text else f"https://{text}/"
    return f"https://[{host}]/" if ":" in host else f"https://{host}/"
