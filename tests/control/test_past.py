"""A call of the log in one line."""

from __future__ import annotations

import pytest

from appliance.control.render import past_text
from appliance.control.status import past_call
from appliance.phone.calllog import Record


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (
            Record(0, "missed", "100", "Ann", "1001", 1_795_003_200.0, 3600, end="there"),
            "2026-11-18T12:00:00Z missed 100 (Ann): account 1001",
        ),
        (
            Record(0, "received", "100", began=0.0, length=83, end="there"),
            "1970-01-01T00:00:00Z received 100: talked 1 min 23 s, ended by the other side",
        ),
        (
            Record(0, "placed", "100", end="failed", code=486),
            "1970-01-01T00:00:00Z placed 100: Busy (486)",
        ),
        (
            Record(0, "placed", "100", end="failed", code=499, reason="No\x1b way"),
            "1970-01-01T00:00:00Z placed 100: No? way (499)",
        ),
        (
            Record(0, "unanswered", "100", end="forwarded"),
            "1970-01-01T00:00:00Z unanswered 100: forwarded",
        ),
        (
            Record(0, "placed", "100", end="cut"),
            "1970-01-01T00:00:00Z placed 100: cut by the end of the phone",
        ),
    ],
)
def test_a_call_is_told_in_a_line(record: Record, words: str) -> None:
    assert past_text(past_call(record)) == words
