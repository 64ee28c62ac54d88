"""A stranger who sprays RTP and reports at the ports of a call, and hears what comes back."""

from __future__ import annotations

import struct

from tests.peers.audio import tone, ulaw_encode
from tests.peers.rtp import FRAME, HEADER, RATE, RtpPort

STRANGER_HZ = 700.0
STRANGER = "127.0.0.66"
BURST = 60
"""Packets in a row: six times what the library by itself follows."""


class Sprayer(RtpPort):
    """Sends bursts besides its stream; speaks 700 Hz."""

    def __init__(self) -> None:
        super().__init__(STRANGER_HZ, STRANGER)
        voice = ulaw_encode(tone(STRANGER_HZ, 1.0, RATE))
        self._frames = [voice[at : at + FRAME] for at in range(0, len(voice), FRAME)]
        self._sent = 0

    def spray(self, address: str, port: int) -> None:
        """A burst into the port of RTP and one of reports into the next."""
        for _ in range(BURST):
            self._sent += 1
            header = HEADER.pack(0x80, 0, self._sent & 0xFFFF, self._sent * FRAME, 0xBADBAD)
            frame = self._frames[self._sent % len(self._frames)]
            self._socket.sendto(header + frame, (address, port))
            report = struct.pack("!BBHI", 0x80, 201, 1, 0xBADBAD)
            self._socket.sendto(report, (address, port + 1))
