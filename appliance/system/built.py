"""What is known of the time without a network: a moment that is past, and who keeps the clock.

A Pi has no battery for its clock and may begin in 1970 or where it was switched off. Its own
software is a witness: it was put on the card at some time, and that is past.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

import appliance

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


def is_synchronised() -> bool | None:
    """Whether a time server keeps this unit's clock; None where the kernel does not say."""
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return None if state < 0 else state != _TIME_ERROR
