"""A server that refuses while another takes the phone in is left alone for as long as it wants."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from tests.phone.test_registration import GOOD, SILENT, WRONG, bench, registers, standing


@pytest.mark.parametrize(
    ("answer", "times"),
    [
        (WRONG, 3),
        (replace(WRONG, offers=2), 2),
        (ev.RegistrationChanged(0, "failed", 503, "server-error", retry_after=1800.0), 6),
        (ev.RegistrationChanged(0, "failed", 403, "forbidden"), 8),
    ],
)
def test_a_backup_that_takes_us_in_is_no_reason_to_bother_the_primary(
    answer: ev.RegistrationChanged, times: int
) -> None:
    """It refuses for ever and answers OPTIONS all the while: three hours of that."""
    made = bench(2, registered=False).feed(answer)
    asked = 1
    while made.phone.now.monotonic < 10_000.0:
        effects = made.did()
        for effect in effects:
            if isinstance(effect, fx.Register):
                asked += effect.server == 0
                made.feed(GOOD if effect.server else answer)
            elif isinstance(effect, fx.SeekServer) and 0 not in effect.closed:
                made.feed(ev.ServerFound(0, 0))
        made.wait(0.0 if effects else 10.0)
    assert asked <= times


def test_a_server_that_is_closed_or_unknown_is_not_gone_back_to() -> None:
    made = bench(2)
    made.feed(replace(SILENT, retry_after=600.0)).wait(1)
    made.feed(GOOD).did()
    made.feed(ev.ServerFound(0, 0), ev.ServerFound(0, 7))
    assert not registers(made)


def test_what_one_host_of_a_server_asks_for_keeps_nobody_from_the_next() -> None:
    made = bench(1)
    busy = ev.RegistrationChanged(0, "failed", 503, "server-error", retry_after=600.0)
    made.feed(replace(busy, alternatives=1)).wait(1)
    assert registers(made) == [0]
    made.feed(GOOD)
    assert standing(made).standings[0].barred == 0.0
