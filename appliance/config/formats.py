"""Texts with a form: addresses, SIP URIs, numbers, time zones, digit maps.

Each check takes the text and raises `FormatError` with what to do about it, where that is known.
Nothing is looked up on the network: a name that does not resolve is registration's verdict, not a
mistake in the configuration.
"""

from __future__ import annotations

import base64
import ipaddress
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from appliance.config.problems import did_you_mean
from appliance.phone.digitmap import DigitMapError, parse_digit_map

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?", re.ASCII)
_URI = re.compile(r"sips?:(?P<address>[^;?@]*)(?P<parameters>(?:;[^;?@]*)*)", re.IGNORECASE)
_PARAMETER = re.compile(r"[A-Za-z0-9.!%*_+`'~-]+(?:=[A-Za-z0-9.!%*_+`'~:/&$()\[\]-]+)?", re.ASCII)
_SIP_USER = re.compile(r"(?:[A-Za-z0-9_.!~*'()&=+$,;?/-]|%[0-9A-Fa-f]{2})+", re.ASCII)

_PRODUCT = r"[A-Za-z0-9.!%*_+`'~-]+(?:/[A-Za-z0-9.!%*_+`'~-]+)?"
_HEADER_FIELD = re.compile(r"[A-Za-z0-9-]+(:[ -~]*[!-~])?")
_USER_AGENT = re.compile(rf"{_PRODUCT}(?: {_PRODUCT}| \([ -'*-~]*\))*", re.ASCII)


class FormatError(ValueError):
    """The text does not have its form; `hint` says what to do about it, if that is known."""

    def __init__(self, hint: str = "") -> None:
        super().__init__(hint)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class HostPort:
    """A server: a DNS name, an IPv4 address or an IPv6 address without its brackets.

    `port` is None where the trade's rules decide (SRV records, or the protocol's default).
    """

    host: str
    port: int | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def parse_host_port(text: str) -> HostPort:
    """Read ``host[:port]``, IPv6 in brackets as in RFC 3986 section 3.2.2; raises `FormatError`."""
    if "@" in text:
        raise FormatError("the part before @ belongs into user and password")
    if re.match(r"[a-z][a-z0-9+.-]*://|sips?:", text, re.IGNORECASE):
        raise FormatError("leave out what stands before the host name")
    if text.startswith("["):
        inside, closed, rest = text[1:].partition("]")
        if not closed or not _is_address(inside, 6):
            raise FormatError("an IPv6 address stands between [ and ], without a zone")
        if rest and not rest.startswith(":"):
            raise FormatError("only a port may follow the address")
        return HostPort(inside, _port(rest[1:]) if rest else None)
    if text.count(":") > 1:
        raise FormatError("an IPv6 address stands between [ and ]")
    host, colon, port = text.partition(":")
    if not _is_host(host):
        raise FormatError("a host name has letters, digits, hyphens and dots")
    return HostPort(host, _port(port) if colon else None)


def _port(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,5}", text) and 1 <= int(text) <= 65535:
        return int(text)
    raise FormatError("a port is a number from 1 to 65535")


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version and "%" not in text
    except ValueError:
        return False


def _is_host(text: str) -> bool:
    labels = text.removesuffix(".").split(".")
    if labels[-1].isdigit():
        return _is_address(text, 4)
    return len(text) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


def check_sip_uri(text: str) -> None:
    """A SIP URI without a user: ``sip:host[:port][;parameter…]`` (RFC 3261 section 19.1)."""
    if "@" in text:
        raise FormatError("leave out the part before @")
    match = _URI.fullmatch(text)
    if match is None:
        raise FormatError("" if text[:3].lower() == "sip" else "it begins with sip:")
    parse_host_port(match["address"])
    parameters = match["parameters"].split(";")[1:]
    if not all(_PARAMETER.fullmatch(parameter) for parameter in parameters):
        raise FormatError("a parameter is a name, or name=value")
    for name, _, value in (parameter.lower().partition("=") for parameter in parameters):
        if name == "transport" and value not in ("udp", "tcp", "tls"):
            raise FormatError("transport is udp, tcp or tls")
        if name == "transport" and value == "udp" and text[:4].lower() == "sips":
            raise FormatError("sips means TLS, which has no way over UDP")


def check_sip_user(text: str) -> None:
    """The user part of a SIP URI (RFC 3261 section 25.1, ``user``)."""
    if not _SIP_USER.fullmatch(text):
        hint = "the part from @ on belongs into server" if "@" in text else "no spaces"
        raise FormatError(hint)


def check_user_agent(text: str) -> None:
    """The value of a User-Agent header (RFC 3261 section 25.1, ``server-val``), or none."""
    if text and not _USER_AGENT.fullmatch(text):
        raise FormatError("no quotes, umlauts or line ends; a remark stands between ( and )")


def check_header(text: str) -> None:
    """The name of a header field, or name and value (RFC 3261, ``extension-header``)."""
    if not _HEADER_FIELD.fullmatch(text):
        raise FormatError("a name has letters, digits and dashes; a value follows behind a colon")


def check_dialable(text: str) -> None:
    """A number that the keypad could dial, and digits for later behind commas."""
    if not re.fullmatch(r"\+?[0-9*#]+(,+[0-9*#]+)*", text):
        raise FormatError


def check_file_server(text: str) -> None:
    """A folder of a file server: ``https://host[:port]/path`` (RFC 9110 section 4.2).

    In clear text, http:// and tftp:// (RFC 3617) are such addresses too.
    """
    scheme, colon, rest = text.partition("://")
    if not colon or scheme.lower() not in ("https", "http", "tftp"):
        raise FormatError("it begins with https://")
    if re.search(r"[^!-~]|[?#\\]", rest):
        raise FormatError("a folder has no spaces, umlauts, ? and #; write them as %20 and so on")
    parse_host_port(rest.partition("/")[0])


def check_file_part(text: str) -> None:
    """A part of a file's name that is the same everywhere."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", text, re.ASCII):
        raise FormatError("letters, digits, dots, dashes and underscores")


def parse_day_part(text: str) -> tuple[int, int]:
    """Read ``HH:MM-HH:MM``: its beginning and end in minutes after midnight.

    It may lie across midnight. Raises `FormatError`.
    """
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", text, re.ASCII)
    if found is None:
        raise FormatError
    hours = [int(part) for part in found.groups()]
    begins, ends = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if begins == ends:
        raise FormatError("it has a length")
    return begins, ends


def check_ssh_key(text: str) -> None:
    """An OpenSSH public key in a line, as in a ``.pub`` file; its comment may follow."""
    kind, _, rest = text.partition(" ")
    encoded = rest.split(" ")[0]
    try:
        blob = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise FormatError("copy the whole line of the .pub file") from None
    if not text.isprintable() or blob[4 : 4 + len(kind)] != kind.encode() or not blob:
        raise FormatError("copy the whole line of the .pub file")


def check_digits(text: str) -> None:
    """Digits and nothing else."""
    if not re.fullmatch(r"[0-9]+", text):
        raise FormatError


def check_time_zone(text: str) -> None:
    """The name of a time zone that this machine knows."""
    try:
        zoneinfo.ZoneInfo(text)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        known = zoneinfo.available_timezones()
        cities = {zone.rpartition("/")[2]: zone for zone in sorted(known)}
        wanted = text.rpartition("/")[2].replace(" ", "_")
        hint = (
            did_you_mean(text, known)
            or (f'did you mean "{cities[wanted]}"?' if wanted in cities else "")
            or ("" if known else "this machine has no time zones: install tzdata")
        )
        raise FormatError(hint) from None


def check_digit_map(text: str) -> None:
    """A digit map in the notation of RFC 3435 section 2.1.5."""
    try:
        parse_digit_map(text)
    except DigitMapError as error:
        raise FormatError(str(error)) from None


CHECKS: Mapping[str, Callable[[str], object]] = {
    "host-port": parse_host_port,
    "sip-uri": check_sip_uri,
    "sip-user": check_sip_user,
    "user-agent": check_user_agent,
    "header": check_header,
    "dialable": check_dialable,
    "file-server": check_file_server,
    "file-part": check_file_part,
    "day-part": parse_day_part,
    "ssh-key": check_ssh_key,
    "digits": check_digits,
    "iana-tz": check_time_zone,
    "digit-map": check_digit_map,
}
"""The checks by the ``format`` that the model gives a key."""

FORMS: Mapping[str, str] = {
    "host-port": "host or host:port, such as pbx.example.com:5061 or [2001:db8::1]:5061",
    "sip-uri": "a SIP URI without a user, such as sip:edge.example.com:5060;lr",
    "user-agent": "names of products, such as Deskphone/1.0, or nothing",
    "sip-user": "an extension or user name, such as 1001",
    "header": "a header of a SIP message, such as X-Session, or X-Session: yes",
    "dialable": "a number of digits, * and #, with + only at its beginning; a comma is a pause",
    "file-server": "a folder of a server, such as https://phones.example.com/units/",
    "file-part": "a short name, such as berlin",
    "day-part": "a part of the day, such as 02:00-04:00",
    "ssh-key": "an OpenSSH public key, such as ssh-ed25519 AAAAC3…",
    "digits": "digits, such as 112",
    "iana-tz": "an IANA time zone, such as Europe/Berlin",
    "digit-map": "a digit map, such as [2-9]xxx|9x.T",
}
"""The same formats in words."""
