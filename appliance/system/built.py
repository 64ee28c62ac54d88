"""What is known of the time without a network: a moment that is past, and who keeps the clock.

A Pi has no battery for its clock and may begin in 1970 or where it was switched off. Its own
software is a witness: it was put on the card at some time, and that is past. So is what was noted
in a file while a time server kept the clock (`clockfloor`).
"""

from __future__ import annotations

import contextlib
import ctypes
from pathlib import Path

import appliance

TIMESYNC_STAMP = Path("/run/systemd/timesync/synchronized")
"""Touched by systemd-timesyncd(8) whenever a time server has set the clock since the boot."""
LIFE_SECONDS = 20 * 365 * 86_400
"""Longer than a phone goes without any update of its software."""
_TIME_ERROR = 5
"""What adjtimex(2) returns while no time server (or other source) keeps the clock."""
_TIMEX_BYTES = 512
"""More than struct timex has anywhere; all zeros ask and set nothing."""


def built_at() -> float:
    """When this software was installed, in seconds since 1970 (UTC); 0 where that is not known."""
    try:
        return Path(appliance.__file__).stat().st_mtime
    except OSError:
        return 0.0


def kept_moment(file: Path) -> float:
    """The moment that was noted in a file, in seconds since 1970; 0 where none is.

    One that this software will not live to see was not noted, but is a damaged file.
    """
    with contextlib.suppress(OSError, ValueError):
        moment = float(int(file.read_text(encoding="ascii")))
        return moment if moment < built_at() + LIFE_SECONDS else 0.0
    return 0.0


def past_moment(file: Path) -> float:
    """The latest moment that is known to be past, in seconds since 1970 (UTC); never raises."""
    return max(built_at(), kept_moment(file))


def is_synchronised(stamp: Path = TIMESYNC_STAMP) -> bool | None:
    """Whether a time server keeps this unit's clock; None where nobody says.

    The kernel knows, but a service that may not set the clock (ProtectClock=) may not ask it; then
    systemd-timesyncd's `stamp` tells.
    """
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    if state >= 0:
        return bool(state != _TIME_ERROR)
    return stamp.exists() if stamp.parent.is_dir() else None
