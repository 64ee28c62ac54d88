"""What the walk says of this unit's clock, by the moment that the server tells it."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.doctor.test_walk import AROUND, at, lists, walked
from tests.sip.message import Message
from tests.sip.server import Server


def test_a_clock_apart_from_the_servers_is_noted() -> None:
    def answer(pbx: Server, request: Message) -> None:
        pbx.answer(request, 200, "OK", "Date: Sat, 13 Nov 2010 23:29:00 GMT")

    found = walked(answer)
    assert found.verdict == "clock-wrong"
    assert at(found, "clock").state == "note"
    assert "2010-11-13 23:29" in found.evidence
    early = walked(lists(), replace(AROUND, floor=time.time() + 1e6))
    assert early.verdict == "clock-wrong"


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 -2359", "Sat, 99 Foo 99:99", "-"])
def test_a_date_that_is_none_says_nothing_of_the_clock(date: str) -> None:
    def answer(pbx: Server, request: Message) -> None:
        pbx.answer(request, 200, "OK", f"Date: {date}")

    assert at(walked(answer), "clock").state == "ok"
