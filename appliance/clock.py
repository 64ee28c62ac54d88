"""The only place where the phone reads the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from appliance.phone.events import Moment
from appliance.phone.words import Words, in_line

_WEEKDAYS = (
    in_line("Mon"),
    in_line("Tue"),
    in_line("Wed"),
    in_line("Thu"),
    in_line("Fri"),
    in_line("Sat"),
    in_line("Sun"),
)
_MONTHS = (
    in_line("Jan"),
    in_line("Feb"),
    in_line("Mar"),
    in_line("Apr"),
    in_line("May"),
    in_line("Jun"),
    in_line("Jul"),
    in_line("Aug"),
    in_line("Sep"),
    in_line("Oct"),
    in_line("Nov"),
    in_line("Dec"),
)


class SystemClock:
    """The machine's clocks: the monotonic one that asyncio's timers use, and local time.

    `timezone` is an IANA name; empty for the machine's own. Raises `ZoneInfoNotFoundError` for a
    name that is unknown to the system.
    """

    def __init__(self, timezone: str = "") -> None:
        self._zone: tzinfo | None = ZoneInfo(timezone) if timezone else None

    def now(self) -> Moment:
        """The present moment."""
        utc = datetime.now(UTC)
        local = utc.astimezone(self._zone)
        return Moment(
            monotonic=time.monotonic(),
            clock=f"{local.hour:02}:{local.minute:02}",
            date=_date(local),
            second=local.second + local.microsecond / 1e6,
            utc=f"{utc:%Y-%m-%dT%H:%M:%SZ}",
            epoch=utc.timestamp(),
        )


def _date(day: datetime) -> Words:
    return in_line(
        "{weekday} {day} {month}",
        weekday=_WEEKDAYS[day.weekday()],
        day=day.day,
        month=_MONTHS[day.month - 1],
    )
