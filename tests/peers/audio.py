"""Measuring what was heard, with the standard library alone: level, share of a tone, G.711.

Samples are signed 16-bit, one channel. Levels are dBFS after AES17: a sine that just fills the
range reads 0. Only files and numbers here, no sockets and no devices.
"""

from __future__ import annotations

import math
import struct
import sys
import wave
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .process import PeerFailed, wait_until

FULL_SCALE = 32767
SILENCE_DBFS = -100.0
PCM = 1
EXTENSIBLE = 0xFFFE


@dataclass(frozen=True, slots=True)
class Recording:
    """Samples and how many of them make a second."""

    rate: int
    samples: Sequence[int]

    @property
    def seconds(self) -> float:
        """The length."""
        return len(self.samples) / self.rate

    def last(self, seconds: float) -> Recording:
        """The end of it, at most that long."""
        return Recording(self.rate, self.samples[-int(seconds * self.rate) :])

    def level(self) -> float:
        """The level in dBFS."""
        return level_dbfs(self.samples)

    def share(self, hz: float) -> float:
        """How much of the power, 0 to 1, is a tone of that frequency."""
        return tone_share(self.samples, self.rate, hz)


def tone(hz: float, seconds: float, rate: int = 8000, dbfs: float = -12.0) -> array[int]:
    """A sine of that level, for a microphone to speak."""
    peak = FULL_SCALE * 10 ** (dbfs / 20)
    step = 2 * math.pi * hz / rate
    return array("h", (round(peak * math.sin(step * n)) for n in range(int(seconds * rate))))


def write_wav(path: Path, samples: Iterable[int], rate: int = 8000, channels: int = 1) -> Path:
    """Write 16-bit PCM, the same samples on every channel."""
    data = array("h", (sample for sample in samples for _ in range(channels)))
    if sys.byteorder == "big":
        data.byteswap()
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(data.tobytes())
    return path


def read_wav(path: Path) -> Recording:
    """Read 16-bit PCM, channels averaged; also a file still being written.

    A recorder puts the lengths into the header when it ends: until then the data chunk reaches to
    the end of the file, whatever its header says. `PeerFailed` when it is no such file.
    """
    raw = path.read_bytes()
    if raw[:4] != b"RIFF" or raw[8:12] != b"WAVE":
        raise PeerFailed(f"{path.name} is no WAV file: it begins with {raw[:12]!r}")
    at, channels, rate = 12, 0, 0
    while at + 8 <= len(raw):
        name, size = struct.unpack_from("<4sI", raw, at)
        at += 8
        if name == b"fmt ":
            kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", raw, at)
            if kind not in (PCM, EXTENSIBLE) or bits != 16:
                raise PeerFailed(
                    f"{path.name}: format {kind} with {bits} bits, expected 16-bit PCM"
                )
        elif name == b"data":
            if not channels:
                raise PeerFailed(f"{path.name}: data before its format")
            body = raw[at : at + size] if 0 < size <= len(raw) - at else raw[at:]
            return Recording(rate, _mono(body, channels))
        at += size + size % 2
    raise PeerFailed(f"{path.name} holds no audio yet ({len(raw)} bytes)")


def _mono(body: bytes, channels: int) -> Sequence[int]:
    samples = array("h")
    samples.frombytes(body[: len(body) // (2 * channels) * 2 * channels])
    if sys.byteorder == "big":
        samples.byteswap()
    if channels == 1:
        return samples
    frames = zip(*(samples[n::channels] for n in range(channels)), strict=True)
    return array("h", (sum(frame) // channels for frame in frames))


def level_dbfs(samples: Sequence[int]) -> float:
    """RMS level; `SILENCE_DBFS` for nothing or digital silence."""
    power = sum(sample * sample for sample in samples)
    if not power:
        return SILENCE_DBFS
    rms = math.sqrt(power / len(samples))
    return max(SILENCE_DBFS, 20 * math.log10(rms * math.sqrt(2) / FULL_SCALE))


def tone_share(samples: Sequence[int], rate: int, hz: float) -> float:
    """The part of the samples' power that is a tone of `hz`, 0 to 1 (Goertzel's algorithm).

    Half a second resolves about 2 Hz; a tone 5 Hz beside `hz` then counts for nearly nothing.
    """
    total = sum(sample * sample for sample in samples)
    if not total:
        return 0.0
    turn = 2 * math.cos(2 * math.pi * hz / rate)
    one = two = 0.0
    for sample in samples:
        one, two = sample + turn * one - two, one
    power = one * one + two * two - turn * one * two
    return min(1.0, 2 * power / (len(samples) * total))


def strongest_tone(samples: Sequence[int], rate: int) -> float:
    """The frequency, in steps of 10 Hz, that a message about an unexpected sound should name."""
    samples = samples[-rate // 10 :]
    return max(range(100, min(4000, rate // 2), 10), key=lambda hz: tone_share(samples, rate, hz))


def wait_for_tone(
    source: Path | Callable[[], Recording],
    hz: float,
    timeout_s: float = 10.0,
    share: float = 0.8,
    window_s: float = 0.5,
) -> Recording:
    """The last `window_s` of a growing recording as soon as it is mostly that tone, not faint.

    `PeerFailed` at the deadline names what was heard instead.
    """
    heard: list[Recording] = []

    def look() -> Recording | None:
        if isinstance(source, Path) and not source.exists():
            return None
        try:
            recording = read_wav(source) if isinstance(source, Path) else source()
        except PeerFailed:
            return None
        end = recording.last(window_s)
        if end.seconds < window_s * 0.99:
            return None
        heard[:] = [end]
        return end if end.level() > -50 and end.share(hz) >= share else None

    try:
        return wait_until(look, timeout_s, f"a tone of {hz:g} Hz")
    except PeerFailed as failure:
        if not heard:
            raise PeerFailed(f"{failure}; nothing was recorded") from None
        end = heard[0]
        raise PeerFailed(
            f"{failure}; heard {end.level():.1f} dBFS, {end.share(hz):.0%} of it that tone, "
            f"strongest about {strongest_tone(end.samples, end.rate):g} Hz"
        ) from None


def ulaw_encode(samples: Iterable[int]) -> bytes:
    """G.711 µ-law (ITU-T G.711, table 2a)."""
    coded = bytearray()
    for sample in samples:
        sign = 0x80 if sample < 0 else 0
        magnitude = min(abs(sample), 32635) + 132
        exponent = magnitude.bit_length() - 8
        coded.append(~(sign | exponent << 4 | (magnitude >> exponent + 3) & 0x0F) & 0xFF)
    return bytes(coded)


def ulaw_decode(coded: bytes) -> array[int]:
    """The inverse of `ulaw_encode`, as far as there is one."""
    return array("h", map(ULAW.__getitem__, coded))


def _ulaw_value(code: int) -> int:
    code = ~code & 0xFF
    magnitude = ((code & 0x0F) << 3 | 0x84) << (code >> 4 & 7)
    return 132 - magnitude if code & 0x80 else magnitude - 132


ULAW = tuple(_ulaw_value(code) for code in range(256))
