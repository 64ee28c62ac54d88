"""The far end's half of the conversations: G.722 to every phone each 20 ms, and when theirs come.

What is sent is noise of a fixed seed: a decoder has something to do, and the same in every run.
"""

from __future__ import annotations

import random
import secrets
import select
import socket
import struct
import time
from dataclasses import dataclass, field

from tests.bench.wire import FarEnd, receive, stamped_socket
from tests.sip.message import Address

PACKET_S = 0.02
_PAYLOAD_TYPE = 9
_PAYLOAD = random.Random(722).randbytes(160)
_HEADER = struct.Struct("!BBHII")


@dataclass(slots=True)
class Voice:
    """One stream each way. `arrivals` are the sequence number and time of packets from a phone."""

    socket: socket.socket
    to: Address = ("", 0)
    arrivals: list[tuple[int, float]] = field(default_factory=list)
    _source: int = field(default_factory=lambda: secrets.randbits(32))
    _sent: int = 0

    @property
    def port(self) -> int:
        """Where the phone shall send."""
        return int(self.socket.getsockname()[1])

    def speak(self) -> None:
        """Send the next packet."""
        number, stamp = self._sent & 0xFFFF, self._sent * len(_PAYLOAD)
        self._sent += 1
        header = _HEADER.pack(0x80, _PAYLOAD_TYPE, number, stamp & 0xFFFFFFFF, self._source)
        self.socket.sendto(header + _PAYLOAD, self.to)

    def listen(self) -> None:
        """Take what has come."""
        while (datagram := receive(self.socket)) is not None:
            data, _, at = datagram
            if len(data) > _HEADER.size and data[1] & 0x7F == _PAYLOAD_TYPE:
                self.arrivals.append((int.from_bytes(data[2:4], "big"), at))

    def spacing_errors_ms(self) -> list[float]:
        """How far from 20 ms each two neighbouring packets came apart, in milliseconds."""
        pairs = zip(self.arrivals, self.arrivals[1:], strict=False)
        return [
            abs(later - earlier - PACKET_S) * 1000
            for (number, earlier), (following, later) in pairs
            if following == (number + 1) & 0xFFFF
        ]

    def close(self) -> None:
        """Hang up the socket."""
        self.socket.close()


def new_voice(address: str) -> Voice:
    """A voice of the far end, at a port of its own."""
    return Voice(stamped_socket(address))


def converse(far_end: FarEnd, voices: list[Voice], seconds: float) -> None:
    """Speak and listen on all of them for so long, at an even pace."""
    poll = select.poll()
    listeners = {voice.socket.fileno(): voice.listen for voice in voices}
    listeners[far_end.socket.fileno()] = far_end.take
    for descriptor in listeners:
        poll.register(descriptor, select.POLLIN)
    due = time.monotonic()
    end = due + seconds
    while due < end:
        for voice in voices:
            voice.speak()
        due += PACKET_S
        while (left := due - time.monotonic()) > 0:
            for descriptor, _ in poll.poll(left * 1000):
                listeners[descriptor]()
