"""A loudspeaker that rings: samples go round and round to an ALSA PCM of its own.

The ring of a desk phone is for someone whose headset lies on the desk; so it may come out of
another device than the voice. Opening and writing a PCM may block, and does so on the `ringer`
thread, which sleeps while nothing rings. A PCM that cannot be opened, or fails, is reported each
time; nothing is raised.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from hw.problem import OnProblem, Problem, ignore
from hw.worker import Worker

FRAME_BYTES = 2
PERIOD_MS = 20
PERIODS = 4
"""What is written ahead, and so the longest that is heard after the end: 80 ms."""


class Output(Protocol):
    """A PCM that is open for playback."""

    def write(self, data: bytes) -> int:
        """Play frames; blocks while the buffer is full."""

    def drop(self) -> None:
        """Forget what was not played yet."""

    def close(self) -> None:
        """Release the device."""


Connect = Callable[[str, int], Output]
"""Opens the PCM of this name at this rate in Hz."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    pcm: str
    samples: bytes


def open_pcm(name: str, rate: int) -> Output:
    """An ALSA PCM, 16-bit, one channel; raises `alsaaudio.ALSAAudioError`, `ImportError`."""
    import alsaaudio

    pcm: Output = alsaaudio.PCM(
        type=alsaaudio.PCM_PLAYBACK,
        mode=alsaaudio.PCM_NORMAL,
        device=name,
        rate=rate,
        channels=1,
        format=alsaaudio.PCM_FORMAT_S16_LE,
        periodsize=rate * PERIOD_MS // 1000,
        periods=PERIODS,
    )
    return pcm


class Ringer:
    """Rings through an ALSA PCM; the callbacks are called on the loop's thread."""

    failed: asyncio.Future[None]
    """Gets the exception if the ringer's thread dies of a mistake of ours."""

    def __init__(
        self,
        rate: int,
        *,
        on_problem: OnProblem = ignore,
        on_ringing: Callable[[], None] = lambda: None,
        loop: asyncio.AbstractEventLoop | None = None,
        connect: Connect = open_pcm,
    ) -> None:
        self._rate = rate
        self._on_problem = on_problem
        self._on_ringing = on_ringing
        self._connect = connect
        self._worker = Worker("ringer", self._serve, loop)
        self._news = self._worker.news
        self._tell = self._worker.tell
        self.failed = self._worker.failed
        self._wanted: _Wanted | None = None
        self._closing = False
        self._worker.start()

    def ring(self, pcm: str, samples: bytes) -> None:
        """Play `samples` (16-bit little-endian, one channel) round and round until `rest`.

        While it rings already the new samples go on where the old ones are: a new level.
        """
        self._want(_Wanted(pcm, samples) if samples else None)

    def rest(self) -> None:
        """Ring no more."""
        self._want(None)

    def close(self, timeout: float = 2.0) -> None:
        """End the thread; waits at most `timeout` seconds for a device that hangs."""
        with self._news:
            self._closing = True
            self._wanted = None
            self._news.notify()
        self._worker.join(timeout)

    def _want(self, wanted: _Wanted | None) -> None:
        with self._news:
            self._wanted = wanted
            self._news.notify()

    def _serve(self) -> None:
        while (wanted := self._next()) is not None:
            self._sound(wanted)

    def _next(self) -> _Wanted | None:
        """Sleep until something shall ring; None at the end."""
        with self._news:
            self._news.wait_for(lambda: self._closing or self._wanted is not None)
            return self._wanted

    def _sound(self, wanted: _Wanted) -> None:
        """Ring on one device for as long as it is that one."""
        try:
            output = self._connect(wanted.pcm, self._rate)
            self._tell(self._on_ringing)
            try:
                self._go_round(output, wanted.pcm)
                output.drop()
            finally:
                output.close()
        except _what_fails() as error:
            with self._news:
                if self._wanted is not None and self._wanted.pcm == wanted.pcm:
                    self._wanted = None
            self._tell(partial(self._on_problem, _problem(wanted.pcm, error)))

    def _go_round(self, output: Output, pcm: str) -> None:
        period = self._rate * PERIOD_MS // 1000 * FRAME_BYTES
        place = 0
        while (wanted := self._wanted) is not None and wanted.pcm == pcm:
            samples = wanted.samples
            place %= len(samples)
            piece = samples[place : place + period]
            piece += samples[: period - len(piece)]
            output.write(piece)
            place += period


def _what_fails() -> tuple[type[Exception], ...]:
    """What a device may raise; without pyalsaaudio there is none to open."""
    try:
        import alsaaudio
    except ImportError:
        return (ImportError,)
    return (OSError, alsaaudio.ALSAAudioError)


def _problem(pcm: str, error: Exception) -> Problem:
    return Problem(
        "ringer",
        "ringer does not sound",
        f"{pcm}: {error}",
        "a device that plays 16-bit sound of one channel",
        "name another as [audio] ringer; `deskphone audio list` shows what this machine has",
    )
