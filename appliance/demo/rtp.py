"""Voice as packets: the echo and the tone (RFC 3550).

A stream owns a port pair on loopback and nothing else; it is told where to send and whether it
may, and runs on the event loop's own readiness and timers. Packets go to where packets come from
(symmetric RTP, RFC 4961), to the address of the description until the first one has come.
RTCP is received and dropped.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
from contextlib import suppress
from itertools import cycle

from appliance.demo.g711 import FRAME_SAMPLES, SAMPLE_RATE, Law, tone_frames

HEADER = struct.Struct("!BBHII")
"""Version and flags, marker and payload type, sequence number, timestamp, SSRC."""
PACKET_SECONDS = FRAME_SAMPLES / SAMPLE_RATE
LATEST = 5
"""Packets a tone may be behind its clock before the gap is skipped instead of caught up."""

_PAIR_ATTEMPTS = 64


def packet(
    payload_type: int, marker: bool, sequence: int, timestamp: int, ssrc: int, payload: bytes
) -> bytes:
    """An RTP packet without padding, extension or contributing sources."""
    return (
        HEADER.pack(
            0x80,
            (0x80 if marker else 0) | payload_type,
            sequence & 0xFFFF,
            timestamp & 0xFFFFFFFF,
            ssrc,
        )
        + payload
    )


def is_rtp(data: bytes) -> bool:
    """Whether this is RTP version 2 and not RTCP on the same port (RFC 5761 section 4)."""
    return len(data) >= HEADER.size and data[0] >> 6 == 2 and not 192 <= data[1] <= 223


def with_ssrc(data: bytes, ssrc: int) -> bytes:
    """The same packet from another source, as a translator must send it (RFC 3550 section 7.2)."""
    return data[:8] + struct.pack("!I", ssrc) + data[12:]


class Stream:
    """One end of an RTP session; a subclass decides what is sent."""

    def __init__(self, address: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._rtp, self._rtcp = _port_pair(address)
        self.port: int = self._rtp.getsockname()[1]
        self.ssrc = secrets.randbits(32)
        self._remote: tuple[str, int] | None = None
        self._may_send = False
        self._loop.add_reader(self._rtp.fileno(), self._readable)
        self._loop.add_reader(self._rtcp.fileno(), self._drain_rtcp)

    def direct(self, remote: tuple[str, int], *, may_send: bool) -> None:
        """Send to `remote` from now on, or hold still."""
        self._remote, self._may_send = remote, may_send

    def close(self) -> None:
        """Give the ports back; harmless when done twice."""
        for sock in (self._rtp, self._rtcp):
            if sock.fileno() >= 0:
                self._loop.remove_reader(sock.fileno())
                sock.close()

    def received(self, data: bytes) -> None:
        """A packet of RTP has come; what is sent in return is the subclass's business."""

    def _send(self, data: bytes) -> None:
        if self._remote is None or not self._may_send or self._rtp.fileno() < 0:
            return
        with suppress(OSError):
            self._rtp.sendto(data, self._remote)

    def _readable(self) -> None:
        try:
            data, source = self._rtp.recvfrom(2048)
        except OSError:
            return
        if is_rtp(data):
            self._remote = source
            self.received(data)

    def _drain_rtcp(self) -> None:
        with suppress(OSError):
            self._rtcp.recv(2048)


class Echo(Stream):
    """Returns every packet, payload, timing and gaps untouched, under a source of its own."""

    def received(self, data: bytes) -> None:
        """Straight back."""
        self._send(with_ssrc(data, self.ssrc))


class Tone(Stream):
    """A steady tone in 20 ms packets on an absolute clock, so that no error adds up."""

    def __init__(self, address: str, hertz: int, dbm0: float) -> None:
        super().__init__(address)
        self._hertz, self._dbm0 = hertz, dbm0
        self._frames = cycle([b""])
        self._payload_type = 0
        self._sequence = secrets.randbits(16)
        self._first_timestamp = secrets.randbits(32)
        self._epoch = 0.0
        self._tick = 0
        self._marker = True
        self._timer: asyncio.TimerHandle | None = None

    def play(self, law: Law, payload_type: int) -> None:
        """Have the tone in one law of G.711; it is heard while the stream may send."""
        self._frames = cycle(tone_frames(law, self._hertz, self._dbm0))
        self._payload_type = payload_type
        if self._epoch == 0.0:
            self._epoch = self._loop.time()

    def direct(self, remote: tuple[str, int], *, may_send: bool) -> None:
        """As for every stream; silence keeps the clock running and ends in a marked packet."""
        super().direct(remote, may_send=may_send)
        if may_send and self._timer is None:
            self._marker = True
            self._tick = int((self._loop.time() - self._epoch) / PACKET_SECONDS) + 1
            self._schedule()
        elif not may_send:
            self._hush()

    def close(self) -> None:
        """Silence first."""
        self._hush()
        super().close()

    def _hush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        self._timer = self._loop.call_at(self._epoch + self._tick * PACKET_SECONDS, self._due)

    def _due(self) -> None:
        now = int((self._loop.time() - self._epoch) / PACKET_SECONDS)
        if now - self._tick > LATEST:
            self._tick, self._marker = now, True
        self._send(
            packet(
                self._payload_type,
                self._marker,
                self._sequence,
                self._first_timestamp + self._tick * FRAME_SAMPLES,
                self.ssrc,
                next(self._frames),
            )
        )
        self._sequence += 1
        self._marker = False
        self._tick += 1
        self._schedule()


def _port_pair(address: str) -> tuple[socket.socket, socket.socket]:
    """An even port for RTP and the next one for RTCP (RFC 3550 section 11)."""
    for _ in range(_PAIR_ATTEMPTS):
        rtp = _bound(address, 0)
        port: int = rtp.getsockname()[1]
        try:
            if port % 2 == 0:
                return rtp, _bound(address, port + 1)
            partner = _bound(address, port - 1)
        except OSError:
            rtp.close()
            continue
        return partner, rtp
    raise OSError(f"no pair of free UDP ports on {address} in {_PAIR_ATTEMPTS} attempts")


def _bound(address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    try:
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock
