"""Playing to a sound device and recording from it at once, for as long as what is played lasts.

Both directions block, so this is for a thread of its own. The capture sets the pace: for each
period read one is written, after a few that are written ahead.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterator
from typing import Any

PERIOD_MS = 20
AHEAD = 4
"""Periods written before the first is read."""
FRAME_BYTES = 2


class DuplexError(OSError):
    """The device cannot play and record; `errno` is EBUSY if somebody else has it."""


def _no() -> bool:
    return False


def converse(pcm: str, samples: bytes, rate: int, ended: Callable[[], bool] = _no) -> bytes:
    """Play `samples` and give what was recorded from the first to the last of them.

    Both are 16-bit native-endian, one channel, `rate` Hz. Raises `DuplexError` if the PCM does not
    open or fails meanwhile, or is `ended` (ECANCELED, within two periods), ImportError without
    pyalsaaudio.
    """
    import alsaaudio

    period = rate * PERIOD_MS // 1000
    step = period * FRAME_BYTES
    with _told(pcm), contextlib.ExitStack() as opened:
        ear = _open(opened, alsaaudio.PCM_PLAYBACK, pcm, rate, period)
        mouth = _open(opened, alsaaudio.PCM_CAPTURE, pcm, rate, period)
        written = 0
        recorded = bytearray()
        for _ in range(AHEAD):
            ear.write(samples[written : written + step])
            written += step
        while len(recorded) < len(samples):
            if ended():
                ear.drop()
                raise _ended(pcm)
            recorded += _heard(mouth, pcm)
            if written < len(samples):
                ear.write(samples[written : written + step])
                written += step
        return bytes(recorded[: len(samples)])


def record(pcm: str, seconds: float, rate: int, ended: Callable[[], bool] = _no) -> bytes:
    """Record so long; otherwise as `converse`."""
    import alsaaudio

    period = rate * PERIOD_MS // 1000
    wanted = round(seconds * rate) * FRAME_BYTES
    recorded = bytearray()
    with _told(pcm), contextlib.ExitStack() as opened:
        mouth = _open(opened, alsaaudio.PCM_CAPTURE, pcm, rate, period)
        while len(recorded) < wanted:
            if ended():
                raise _ended(pcm)
            recorded += _heard(mouth, pcm)
    return bytes(recorded[:wanted])


def _ended(pcm: str) -> DuplexError:
    return DuplexError(errno.ECANCELED, "ended before its time", pcm)


def _open(opened: contextlib.ExitStack, direction: int, pcm: str, rate: int, period: int) -> Any:
    import alsaaudio

    device = alsaaudio.PCM(
        type=direction,
        mode=alsaaudio.PCM_NORMAL,
        device=pcm,
        rate=rate,
        channels=1,
        format=alsaaudio.PCM_FORMAT_S16_LE,
        periodsize=period,
        periods=2 * AHEAD,
    )
    opened.callback(device.close)
    return device


def _heard(mouth: Any, pcm: str) -> bytes:
    """The next period; what an overrun has lost stays lost."""
    count, data = mouth.read()
    if count == -errno.EPIPE:
        return b""
    if count <= 0:
        raise DuplexError(-count or errno.EIO, "nothing is recorded", pcm)
    return bytes(data)


@contextlib.contextmanager
def _told(pcm: str) -> Iterator[None]:
    """Raise `DuplexError` for what ALSA complains of."""
    import alsaaudio

    try:
        yield
    except alsaaudio.ALSAAudioError as error:
        words = str(error)
        busy = "busy" in words.lower()
        raise DuplexError(errno.EBUSY if busy else errno.EIO, words, pcm) from None
