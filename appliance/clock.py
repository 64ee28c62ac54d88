"""The only place where the phone reads the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from appliance.phone.calendar import date_words
from appliance.phone.moment import Moment


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
            date=date_words(local.date()),
            second=local.second + local.microsecond / 1e6,
            utc=f"{utc:%Y-%m-%dT%H:%M:%SZ}",
            epoch=utc.timestamp(),
            offset=int((local.utcoffset() or timedelta()).total_seconds()),
        )
