"""How long a call has gone without its headset: measured, and said in the journal.

The moments are those at which the engine left and opened the device, not those at which somebody
pulled a plug; between the two lies what the kernel and ALSA need to notice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Silence:
    """A stop-watch that runs while a call has nothing to be heard with; for one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None
        self.last = 0.0
        """Seconds without audio, the last time that it happened."""

    def begin(self) -> None:
        """The headset has gone; nothing happens if that is known."""
        if self._since is None:
            self._since = self._clock()

    def end(self, why: str) -> None:
        """It is over because of `why`; nothing happens if there was no silence."""
        if self._since is not None:
            self.last = self._clock() - self._since
            self._since = None
            log.warning(
                "no audio for %.2f s: %s", self.last, why, extra={"SILENT_S": round(self.last, 3)}
            )
