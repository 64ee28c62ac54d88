"""When the server last reached us, and whether it has fallen silent against its habit. Pure.

A PBX that asks after its phones (OPTIONS; Asterisk: ``qualify_frequency``) does so at an even pace.
When that stops while the registration holds, somebody else may have taken the extension, and this
phone will not ring.
"""

from __future__ import annotations

from collections import deque

HABIT = 3
"""So many even gaps make a habit."""
LEAST_SECONDS = 5.0
"""Silence shorter than this is none, however often the server asks."""
_QUESTION = "OPTIONS"


class Attendance:
    """The requests of one server as they come; moments in seconds of a monotonic clock."""

    def __init__(self) -> None:
        self.method = ""
        self.moment = 0.0
        self._asked = 0.0
        self._gaps: deque[float] = deque(maxlen=HABIT)

    def heard(self, method: str, now: float) -> float:
        """Note a request; after how many seconds without another silence means something.

        0 while there is no habit.
        """
        self.method, self.moment = method, now
        if method == _QUESTION:
            if self._asked:
                self._gaps.append(now - self._asked)
            self._asked = now
        if len(self._gaps) < HABIT:
            return 0.0
        return max(LEAST_SECONDS, HABIT * max(self._gaps))

    def age(self, now: float) -> float:
        """Seconds since the last request; 0 when there has been none."""
        return now - self.moment if self.method else 0.0

    def forget(self) -> None:
        """Another server, another habit."""
        self._asked = 0.0
        self._gaps.clear()
