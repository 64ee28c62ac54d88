"""A file that cannot be read is put aside: out of the phone's way, and kept for who looks into it.

Only the last one is kept, for a card that damages files would fill up with them.
"""

from __future__ import annotations

from pathlib import Path

SUFFIX = ".damaged"


def put_aside(path: Path, *beside: str) -> Path:
    """Rename a file, and those that belong to it by a suffix; where the first is now.

    Raises OSError if it cannot be renamed.
    """
    aside = path.with_name(path.name + SUFFIX)
    path.replace(aside)
    for suffix in beside:
        with_it = aside.with_name(aside.name + suffix)
        with_it.unlink(missing_ok=True)
        belonging = path.with_name(path.name + suffix)
        if belonging.exists():
            belonging.replace(with_it)
    return aside
