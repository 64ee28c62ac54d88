"""What time it is, as far as a phone wants to know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, as the loop reads it before each event: the core never looks at a clock itself."""

    monotonic: float = 0.0
    """Seconds on a clock that never goes back; timers and call lengths are counted on it."""
    clock: str = "--:--"
    """Local time of day for the idle screen, ``HH:MM``."""
    date: str = ""
    """Local date for the idle screen, e.g. ``Mon 23 Nov``."""
    second: float = 0.0
    """Seconds into the current minute; the idle clock wakes when the next one begins."""
    utc: str = ""
    """ISO 8601 in UTC, whole seconds; stamps calls in the status."""
    epoch: float = 0.0
    """Seconds since 1970 (UTC), which the units of a site count alike."""
    offset: int = 0
    """Seconds that local time is ahead of UTC."""
