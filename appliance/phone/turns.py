"""Whose turn it is: how the units of a site share out a stretch of time without talking.

Five hundred phones that each draw a random moment bunch up (of 1,000 requests in 50 s some second
sees 30); phones that take their turns by extension do not, for extensions are mostly consecutive
and multiples of the golden ratio fall evenly into the unit interval (Knuth, The Art of Computer
Programming, volume 3, section 6.4). While a server is away the turns go round by the clock on the
wall, which the units of a site read alike, whenever each of them lost the server. Pure arithmetic;
nothing is drawn.
"""

from __future__ import annotations

import re
import zlib

_GOLDEN = 0x9E3779B97F4A7C15
"""2⁶⁴ divided by the golden ratio."""
_WHOLE = 1 << 64
_THIRD = 0x61C8864680B583EB
"""Turns the order from one time to the next, so that nobody is always last."""
UNIT_SHARE = 0.002
"""How much of the stretch belongs to the unit's own seed: two units of one extension differ too."""


LEAST_SECONDS = 1.0
"""A turn that is nearer than this is left out."""


def until(user: str, seed: int, around: float, epoch: float) -> float:
    """Seconds from the moment `epoch` (since 1970) to this unit's next turn of `around` seconds."""
    return (share(user, seed) * around - epoch - LEAST_SECONDS) % around + LEAST_SECONDS


def share(user: str, seed: int, time: int = 0) -> float:
    """The part (0 to 1) of a stretch that unit `seed` with extension `user` waits, each `time`."""
    digits = re.search(r"(\d+)$", user)
    number = int(digits[1]) if digits else zlib.crc32(user.encode())
    place = (number * _GOLDEN + time * _THIRD) % _WHOLE / _WHOLE
    unit = zlib.crc32(f"{seed}/{time}".encode()) / 2**32
    return (place * (1.0 - UNIT_SHARE) + unit * UNIT_SHARE) % 1.0
