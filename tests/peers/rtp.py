"""The media side of a sipp call: a port that speaks a tone as PCMU and keeps what it hears.

Signalling is sipp's; this module only moves RTP (RFC 3550) with payload type 0 every 20 ms, on one
thread named ``rtp``. It sends to where the far end's media comes from, or to where it is told.
"""

from __future__ import annotations

import itertools
import select
import socket
import struct
import threading
import time
from array import array
from types import TracebackType
from typing import Self

from .audio import Recording, tone, ulaw_decode, ulaw_encode
from .process import wait_until

RATE = 8000
FRAME = 160
PERIOD_S = FRAME / RATE
HEADER = struct.Struct("!BBHII")
PCMU = 0


class RtpPort:
    """A UDP port with a voice; `port` goes into the SDP of a scenario."""

    def __init__(self, hz: float = 440.0, address: str = "127.0.0.1") -> None:
        self._socket = socket.socket(
            socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM
        )
        self._socket.bind((address, 0))
        self._socket.setblocking(False)
        self.address = address
        self.port = int(self._socket.getsockname()[1])
        self.packets = 0
        self._target: tuple[str, int] | None = None
        self._heard = array("h")
        self._voice = ulaw_encode(tone(hz, 1.0, RATE))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rtp", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(5)
        self._socket.close()

    def speak_to(self, address: str, port: int) -> None:
        """Begin to send there, without waiting for the far end's first packet."""
        self._target = (address, port)

    def heard(self) -> Recording:
        """What has arrived so far, in order of arrival; other payload types are not kept."""
        return Recording(RATE, self._heard[:])

    def wait_for_packets(self, count: int, timeout_s: float = 5.0) -> None:
        """Wait until that many more packets of any payload type have arrived."""
        wanted = self.packets + count
        wait_until(
            lambda: self.packets >= wanted, timeout_s, f"{count} RTP packets on port {self.port}"
        )

    def _run(self) -> None:
        due = time.monotonic()
        voice = itertools.cycle(
            self._voice[at : at + FRAME] for at in range(0, len(self._voice), FRAME)
        )
        for number in itertools.count():
            while not self._stop.is_set() and (left := due - time.monotonic()) > 0:
                if select.select([self._socket], [], [], left)[0]:
                    self._receive()
            if self._stop.is_set():
                return
            due += PERIOD_S
            frame = next(voice)
            if self._target:
                header = HEADER.pack(0x80, PCMU, number & 0xFFFF, number * FRAME, 0x5EAF00D)
                try:
                    self._socket.sendto(header + frame, self._target)
                except OSError:
                    continue

    def _receive(self) -> None:
        try:
            packet, source = self._socket.recvfrom(2048)
        except OSError:
            return
        if len(packet) < HEADER.size:
            return
        self.packets += 1
        self._target = self._target or source[:2]
        if packet[1] & 0x7F == PCMU:
            self._heard.extend(ulaw_decode(packet[HEADER.size :]))
