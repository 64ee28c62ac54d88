"""How long a test waits for something before it fails: seconds of a machine that runs.

A virtual machine may be paused for minutes and go on as if nothing had been, its clocks ahead. Of
the time between two looks no more than `STANDSTILL_S` counts, so that what had no time to happen is
given it.
"""

from __future__ import annotations

import time

STANDSTILL_S = 1.0


class Patience:
    """So many seconds, from now on."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._looked = time.monotonic()

    @property
    def over(self) -> bool:
        """Whether they are over; to be asked several times a second."""
        now = time.monotonic()
        self._left -= min(now - self._looked, STANDSTILL_S)
        self._looked = now
        return self._left < 0.0
