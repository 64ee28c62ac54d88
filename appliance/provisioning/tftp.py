"""One file by TFTP (RFC 1350, with the options of RFC 2347 to 2349), whatever that server does.

Written here because no library fits: tftpy blocks, speaks IPv4 alone and knows no limit of size;
`tftp` is an alpha with a server, a relay and a capture decoder. `Reading` is pure: it is fed with
datagrams and says what to answer. Only the host that was asked is heard, and of it the port that
answered first (its transfer's identifier); to others nothing is said, for a phone that answers
forged senders is a weapon.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket
import struct
from typing import Any
from urllib.parse import unquote_to_bytes

from appliance.provisioning.address import Address
from appliance.provisioning.fetch import Absent, Answer, FetchFailed, Got, Unchanged, unreachable
from appliance.provisioning.stamp import Stamp

BLOCK = 1428
"""Octets of a block that are asked for: what Ethernet carries whole, by IPv6 and in a VLAN too."""
_USUAL_BLOCK = 512
SILENT_SECONDS = 5.0
"""How long nothing may come of a server."""
_AGAIN_SECONDS = 1.0
"""After which the last packet is said again."""
_LONGEST_NAME = 400
"""Octets; a question has to fit into 512."""
_MAX_ADDRESSES = 4
_READ, _DATA, _ACK, _ERROR, _OACK = 1, 3, 4, 5, 6
_NOT_FOUND = 1
_STOP = struct.pack("!HH", _ERROR, 0) + b"not wanted\0"


class Reading:
    """A file on its way; `content` is whole once it is `complete`."""

    def __init__(self, url: str, name: bytes, most: int) -> None:
        """Of the file `name`, at `url` for the words, at most `most` octets are taken."""
        options = b"blksize\0%d\0tsize\0000\0" % BLOCK
        self.request = struct.pack("!H", _READ) + name + b"\0octet\0" + options
        self.content = bytearray()
        self.complete = False
        self.url, self._most = url, most
        self._block = _USUAL_BLOCK
        self._blocks = 0
        self._size: int | None = None
        self._agreed = False

    def take(self, datagram: bytes) -> bytes:
        """What to answer to a datagram of the server's; empty for nothing.

        Raises `FetchFailed` for what is refused, and FileNotFoundError where there is no file.
        """
        if len(datagram) < 4:
            raise self._no_tftp("a datagram of less than 4 octets")
        kind, number = struct.unpack_from("!HH", datagram)
        if kind == _DATA:
            return self._data(number, datagram[4:])
        if kind == _OACK:
            return self._options(datagram[2:])
        if kind != _ERROR:
            raise self._no_tftp(f"a packet of kind {kind}")
        if number == _NOT_FOUND:
            raise FileNotFoundError
        said = datagram[4:].split(b"\0")[0].decode("utf-8", errors="replace")
        words = f"{self.url}: refused by TFTP: {said or 'without words'} ({number})"
        raise FetchFailed(f"tftp-{number}", f"Server: TFTP {number}", words)

    def _data(self, number: int, piece: bytes) -> bytes:
        if len(piece) > self._block:
            raise self._no_tftp(f"a block of more than {self._block} octets")
        if number == (self._blocks + 1) % 0x10000:
            self._blocks += 1
            self.content += piece
            self._check_size(len(self.content))
            self.complete = len(piece) < self._block
        elif self._blocks == 0 or number != self._blocks % 0x10000:
            return b""  # late or early: what is missing is said again by the server
        if self.complete and self._size not in (None, len(self.content)):
            words = f"{self.url}: {len(self.content)} octets came, {self._size} were announced"
            raise FetchFailed("broken", "File cut short", words)
        return struct.pack("!HH", _ACK, number)

    def _options(self, octets: bytes) -> bytes:
        """Agree to what the server has made of our options (RFC 2347); it may leave them out."""
        if self._blocks or self._agreed:
            return b"" if self._blocks else struct.pack("!HH", _ACK, 0)
        words = octets.split(b"\0")
        if len(octets) > _USUAL_BLOCK or len(words) % 2 == 0 or words[-1]:
            raise self._no_tftp("options that cannot be read")
        for key, value in zip(words[::2], words[1::2], strict=False):
            name, digits = key.lower(), value if len(value) <= 10 and value.isdigit() else b""
            if name == b"blksize" and digits and 8 <= int(digits) <= BLOCK:
                self._block = int(digits)
            elif name == b"tsize" and digits:
                self._size = int(digits)
                self._check_size(self._size)
            else:
                raise self._no_tftp(f"an option that was not asked for: {key[:40]!r}")
        self._agreed = True
        return struct.pack("!HH", _ACK, 0)

    def _check_size(self, octets: int) -> None:
        if octets > self._most:
            words = f"{self.url}: longer than {self._most} octets; is it the right file?"
            raise FetchFailed("too-big", "File too big", words)

    def _no_tftp(self, why: str) -> FetchFailed:
        words = f"{self.url}: the answer is no TFTP: {why}"
        return FetchFailed("no-tftp", "Not a file server", words)


async def file(url: str, at: Address, stamp: Stamp, most: int) -> Answer:
    """The file at `url`, which is `at`, unless its content is as `stamp` says (its SHA-256).

    Raises `FetchFailed`; whoever calls it says how long it may take in all.
    """
    name = unquote_to_bytes(at.target.lstrip("/"))
    if b"\0" in name or not 0 < len(name) <= _LONGEST_NAME:
        words = f"{url}: expected the name of a file, of at most {_LONGEST_NAME} octets"
        raise FetchFailed("bad-address", "Wrong address", words)
    origin, loop = at.origin, asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_DGRAM)
        for family, *_, where in found[:_MAX_ADDRESSES]:
            reading = Reading(url, name, most)
            with socket.socket(family, socket.SOCK_DGRAM) as door:
                door.setblocking(False)
                if await _read(reading, door, where):
                    break
        else:
            raise _silent(url, "it has not answered at all; a firewall, or the wrong address")
    except FileNotFoundError:
        return Absent()
    except FetchFailed:
        raise
    except (OSError, ValueError) as error:
        raise unreachable(origin, error) from error
    content = bytes(reading.content)
    seen = Stamp(hashlib.sha256(content).hexdigest())
    return Unchanged() if seen == stamp else Got(content, seen)


async def _read(reading: Reading, door: socket.socket, where: tuple[Any, ...]) -> bool:
    """Read a file through `door` from the server at `where`; False if that is never heard."""
    loop = asyncio.get_running_loop()
    host, to, said = _host(where), where, reading.request
    heard, octets, until = False, 0, loop.time() + SILENT_SECONDS
    try:
        while not reading.complete:
            await loop.sock_sendto(door, said, to)
            answer = b""
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_SECONDS):
                    while not answer:
                        datagram, who = await loop.sock_recvfrom(door, BLOCK + 5)
                        await asyncio.sleep(0)
                        if _host(who) == host and (not heard or who[1] == to[1]):
                            before, heard, to = (heard, to), True, who
                            answer = reading.take(datagram)
                            heard, to = (True, who) if answer else before
            if len(reading.content) > octets or (heard and said is reading.request):
                octets, until = len(reading.content), loop.time() + SILENT_SECONDS
            elif loop.time() > until and heard:
                raise _silent(reading.url, f"nothing has come after {octets} octets")
            elif loop.time() > until:
                return False
            said = answer or said
        await loop.sock_sendto(door, said, to)
    except (FetchFailed, asyncio.CancelledError):
        if heard:
            with contextlib.suppress(OSError):
                door.sendto(_STOP, to)
        raise
    return True


def _host(where: tuple[Any, ...]) -> str:
    return str(where[0]).partition("%")[0]


def _silent(url: str, why: str) -> FetchFailed:
    words = f"{url}: no answer by TFTP for {SILENT_SECONDS:g} s: {why}"
    return FetchFailed("silent", "Server silent", words)
