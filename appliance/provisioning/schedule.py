"""When a unit looks for a new configuration: pure, so that a whole site can be thought through.

The first look follows the start, at once where there is no configuration yet. Then every interval,
give or take a tenth, or once in a window of the day; where a look has failed, after a minute, and
twice as long each time up to the interval. Each unit has its own place in each stretch, by its
seed: hundreds of them do not knock at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.phone.turns import share

FIRST_RETRY_SECONDS = 60.0
_TENTH = 0.1
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often: seconds, and minutes after midnight. `seed` and `user` spread the units."""

    interval: float
    window: tuple[int, int] | None = None
    spread: float = 0.0
    """Within how many seconds of their start the units of a site look for the first time."""
    seed: int = 0
    user: str = ""

    def first(self, *, configured: bool) -> float:
        """Seconds from the start to the first look."""
        return self.spread * share(self.user, self.seed) if configured else 0.0

    def after(self, look: int, failures: int, minute: float) -> float:
        """Seconds from one look, the unit's number `look`, to the next.

        `failures` looks in a row have failed; it is `minute` minutes after midnight.
        """
        part = share(self.user, self.seed, look)
        if failures:
            pause = min(self.interval, FIRST_RETRY_SECONDS * float(2 ** min(failures - 1, 16)))
            return pause * (1.0 - _TENTH + 2 * _TENTH * part)
        if self.window is None:
            return self.interval * (1.0 - _TENTH + 2 * _TENTH * part)
        begins, ends = self.window
        length = (ends - begins) % _DAY
        place = begins + length * share(self.user, self.seed)
        pause = (place - minute) % _DAY
        return 60.0 * (pause if pause > 1.0 else pause + _DAY)
