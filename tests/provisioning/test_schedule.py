"""When units look: a whole site does not knock at once, and no unit is forgotten."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.provisioning.schedule import FIRST_RETRY_SECONDS, Schedule

UNITS = range(500)


def site(**settings: float | tuple[int, int] | None) -> list[Schedule]:
    """500 units with extensions of their own."""
    return [
        Schedule(interval=3600.0, seed=seed, user=str(1001 + seed), **settings)  # type: ignore[arg-type]
        for seed in UNITS
    ]


def busiest(moments: list[float], seconds: float) -> int:
    """The most of these moments within a stretch of time."""
    ordered = sorted(moments)
    return max(sum(a <= b < a + seconds for b in ordered) for a in ordered)


def test_a_site_spreads_its_first_looks() -> None:
    moments = [unit.first(configured=True) for unit in site(spread=58.0)]
    assert busiest(moments, 1.0) <= 25
    assert max(moments) <= 58.0


def test_who_has_no_configuration_looks_at_once() -> None:
    assert {unit.first(configured=False) for unit in site(spread=58.0)} == {0.0}


def test_later_looks_are_an_interval_apart_give_or_take_a_tenth() -> None:
    moments = [unit.after(1, 0, 0.0) for unit in site()]
    assert 3240.0 <= min(moments) <= max(moments) <= 3960.0
    assert busiest(moments, 60.0) <= 60


def test_a_window_is_met_once_a_day() -> None:
    for unit in site(window=(120, 240)):
        first = unit.after(1, 0, 0.0) / 60.0
        assert 120.0 <= first < 240.0
        assert abs(unit.after(2, 0, first) / 60.0 - 1440.0) < 1.01


@given(st.integers(0, 1439), st.integers(0, 1439), st.floats(0, 1439.9), st.integers(0, 2**31))
def test_a_window_may_lie_across_midnight(begins: int, ends: int, minute: float, seed: int) -> None:
    if begins == ends:
        return
    unit = Schedule(3600.0, (begins, ends), seed=seed, user="1001")
    look = (minute + unit.after(1, 0, minute) / 60.0) % 1440.0
    assert (look - begins) % 1440.0 < (ends - begins) % 1440.0 + 0.001


@given(st.integers(1, 2000), st.integers(1, 1000), st.floats(60.0, 604800.0))
def test_who_fails_looks_again_later_and_later(look: int, failures: int, interval: float) -> None:
    unit = Schedule(interval, seed=7, user="1001")
    pause = unit.after(look, failures, 0.0)
    expected = min(interval, FIRST_RETRY_SECONDS * 2.0 ** min(failures - 1, 16))
    assert 0.9 * expected - 0.001 <= pause <= 1.1 * expected + 0.001
