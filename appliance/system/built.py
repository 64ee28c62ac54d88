"""The moment before which it cannot be: a clock that is earlier is wrong, whatever else is known.

A Pi has no battery for its clock and may begin in 1970 or where it was switched off. Its own
software is a witness that needs no network: it was put on the card at some time, and that is past.
"""

from __future__ import annotations

from pathlib import Path

import appliance


def built_at() -> float:
    """When this software was installed, in seconds since 1970 (UTC); 0 where that is not known."""
    try:
        return Path(appliance.__file__).stat().st_mtime
    except OSError:
        return 0.0
