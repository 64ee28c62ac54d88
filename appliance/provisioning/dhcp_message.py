"""DHCP for options and no address: DHCPINFORM and INFORMATION-REQUEST, written and read. Pure.

RFC 2131 section 4.4.3 and RFC 8415 section 18.2.6. A library for DHCP would bring one for every
protocol there is (and its own way to the network); what is wanted here are two questions.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

TFTP_SERVER_NAME = 66
"""RFC 2132 section 9.4; of phones, a URL as often as a name."""
TFTP_SERVER_ADDRESSES = 150
"""RFC 5859."""
CONFIGURATION_URL = 160
"""Of no standard (RFC 8910 gave it away and back), and of many phones: a URL."""
VENDOR_SPECIFIC = 43
"""RFC 2132 section 8.4."""
BOOTFILE_URL = 59
"""Of DHCPv6: RFC 5970 section 3.1."""
VENDOR_CLASS = b"Deskphone"
"""By which a server knows whom its option 43 is for (RFC 2132 section 9.13)."""
_WANTED = (TFTP_SERVER_NAME, CONFIGURATION_URL, TFTP_SERVER_ADDRESSES, VENDOR_SPECIFIC)
_HEADER = struct.Struct("!BBBBIHH4s4s4s4s16s64s128s4s")
_COOKIE = b"\x63\x82\x53\x63"
_SMALLEST = 300
"""Octets of a message of BOOTP (RFC 1542 section 2.1); some relays drop shorter ones."""
_ASKS, _ANSWERS, _ETHERNET = 1, 2, 1
_PAD, _OVERLOAD, _TYPE, _REQUESTED, _MAX_SIZE, _CLASS, _CLIENT, _END = (
    *(0, 52, 53, 55, 57, 60, 61, 255),
)
_ACK, _INFORM = 5, 8
_INFORMATION_REQUEST, _REPLY = 11, 7
_CLIENT6, _REQUESTED6, _ELAPSED6 = 1, 6, 8
_DUID_LL = 3
_OPTION6 = struct.Struct("!HH")


def inform(transaction: int, own: bytes, mac: bytes, client: bytes = b"") -> bytes:
    """A DHCPINFORM of the unit with the IPv4 address `own` (four octets).

    `client` is the client identifier that its lease was given for; empty: its MAC address.
    """
    head = _HEADER.pack(
        *(_ASKS, _ETHERNET, len(mac), 0, transaction, 0, 0),
        *(own, bytes(4), bytes(4), bytes(4), mac, b"", b"", _COOKIE),
    )
    options = {
        _TYPE: bytes([_INFORM]),
        _CLIENT: client or bytes([_ETHERNET]) + mac,
        _REQUESTED: bytes(_WANTED),
        _MAX_SIZE: struct.pack("!H", 1472),
        _CLASS: VENDOR_CLASS,
    }
    body = b"".join(bytes([code, len(value)]) + value for code, value in options.items())
    return (head + body + bytes([_END])).ljust(_SMALLEST, b"\0")


def acknowledged(message: bytes, transaction: int) -> Mapping[int, bytes] | None:
    """The options of a DHCPACK to this transaction; None for any other message.

    Those in the fields for a file and a server's name (RFC 2132 section 9.3) are among them.
    """
    if len(message) < _HEADER.size:
        return None
    kind, *_, number, _, _, _, _, _, _, _, server, file, cookie = _HEADER.unpack_from(message)
    if (kind, number, cookie) != (_ANSWERS, transaction, _COOKIE):
        return None
    parts = message[_HEADER.size :]
    options = dict(options_in(parts))
    overload = options.get(_OVERLOAD, b"")
    for bit, part in ((1, file), (2, server)):
        if len(overload) == 1 and overload[0] & bit:
            for code, value in options_in(part).items():
                options[code] = options.get(code, b"") + value
    return options if options.get(_TYPE) == bytes([_ACK]) else None


def options_in(octets: bytes) -> Mapping[int, bytes]:
    """Options by their codes, as DHCPv4 has them and within option 43 (RFC 2132 sections 2, 8.4).

    One that comes in parts is joined (RFC 3396); what is cut short is left out.
    """
    options: dict[int, bytes] = {}
    at = 0
    while at < len(octets) and octets[at] != _END:
        if octets[at] == _PAD:
            at += 1
            continue
        size = octets[at + 1] if at + 1 < len(octets) else 0
        value = octets[at + 2 : at + 2 + size]
        if len(value) == size and at + 1 < len(octets):
            options[octets[at]] = options.get(octets[at], b"") + value
        at += 2 + size
    return options


def information_request(transaction: int, mac: bytes) -> bytes:
    """An INFORMATION-REQUEST; of the transaction's number, three octets go along."""
    options = {
        _CLIENT6: struct.pack("!HH", _DUID_LL, _ETHERNET) + mac,
        _REQUESTED6: struct.pack("!H", BOOTFILE_URL),
        _ELAPSED6: bytes(2),
    }
    return _head6(_INFORMATION_REQUEST, transaction) + b"".join(
        _OPTION6.pack(code, len(value)) + value for code, value in options.items()
    )


def replied(message: bytes, transaction: int) -> Mapping[int, bytes] | None:
    """The options of a REPLY to this transaction; None for any other message."""
    if message[:4] != _head6(_REPLY, transaction):
        return None
    options: dict[int, bytes] = {}
    at = 4
    while at + _OPTION6.size <= len(message):
        code, size = _OPTION6.unpack_from(message, at)
        at += _OPTION6.size
        if at + size <= len(message):
            options.setdefault(code, message[at : at + size])
        at += size
    return options


def _head6(kind: int, transaction: int) -> bytes:
    return struct.pack("!I", kind << 24 | transaction & 0xFFFFFF)
