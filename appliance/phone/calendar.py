"""Days, times and lengths of time in the display's words; what time it is, nobody here knows."""

from __future__ import annotations

from datetime import UTC, date, datetime

from appliance.phone.words import Words, composed, in_line

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


def date_words(day: date) -> Words:
    """A day as the idle screen shows it: ``Mon 23 Nov``."""
    return in_line(
        "{weekday} {day} {month}",
        weekday=_WEEKDAYS[day.weekday()],
        day=day.day,
        month=_MONTHS[day.month - 1],
    )


def time_words(epoch: float, offset: int, today: float) -> Words:
    """When that was, in the local time of then: ``14:05``, on another day than `today` with it.

    `epoch` and `today` are seconds since 1970 (UTC), `offset` seconds that local time was ahead.
    """
    then = datetime.fromtimestamp(epoch + offset, UTC)
    time = f"{then:%H:%M}"
    if then.date() == datetime.fromtimestamp(today + offset, UTC).date():
        return composed("{time}", time=time)
    month = _MONTHS[then.month - 1]
    return composed("{day} {month} {time}", day=then.day, month=month, time=time)


def length(seconds: float) -> str:
    """A call's length: ``1:23``, or ``1:02:03`` past the hour."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes}:{second:02}"
