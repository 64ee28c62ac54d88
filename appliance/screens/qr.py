"""QR codes (ISO/IEC 18004): which modules are dark, and how large they may be on a panel."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image

QUIET = 4
"""Modules that the standard leaves free on each side."""
LEAST_QUIET = 3
"""What there is of them at least where a larger module is to be had for the last: it is the size
of the modules that a camera at arm's length wants."""


@lru_cache(maxsize=4)
def modules(said: str) -> Image.Image:
    """The symbol, a dot a module, dark ones True, without quiet zone; not to be drawn on.

    As small as it can be, with as much redundancy as that leaves room for. Raises `ValueError` for
    what no symbol can hold.
    """
    import segno

    matrix = segno.make_qr(said, error="l").matrix
    picture = Image.new("1", (len(matrix), len(matrix)))
    picture.putdata([255 * dark for row in matrix for dark in row])
    return picture


def measures(said: str, room: int) -> tuple[int, int]:
    """How many dots a module is wide, and the side of the whole square, within `room` dots.

    (0, 0) where there is no room for it.
    """
    count = modules(said).width
    scale = room // (count + 2 * LEAST_QUIET)
    border = min(QUIET * scale, (room - count * scale) // 2)
    return (scale, count * scale + 2 * border) if scale else (0, 0)
