from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.statistics import quantile, ratios, summarize

SAMPLES = st.lists(st.floats(0, 1e6), min_size=1, max_size=60)


def test_quantiles_lie_linearly_between_the_samples() -> None:
    assert quantile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.5
    assert quantile([10.0, 20.0], 0.95) == pytest.approx(19.5)
    assert quantile([7.0], 0.99) == 7.0


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], -0.1), ([1.0], 1.1)])
def test_what_has_no_quantile_is_refused(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match=r"no samples|no share"):
        quantile(values, share)


@given(SAMPLES)
def test_the_quantiles_are_in_order_and_within_the_samples(values: list[float]) -> None:
    s = summarize(values)
    row = [s.least, s.first_quartile, s.median, s.third_quartile, s.p95, s.p99, s.greatest]
    assert row == sorted(row)
    assert (s.least, s.greatest, s.count) == (min(values), max(values), len(values))


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=60))
def test_python_agrees_about_median_and_quartiles(values: list[float]) -> None:
    s = summarize(values)
    expected = statistics.quantiles(values, n=4, method="inclusive")
    assert [s.first_quartile, s.median, s.third_quartile] == pytest.approx(expected)


@given(SAMPLES, st.randoms())
def test_the_order_of_the_samples_does_not_matter(values: list[float], random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert summarize(shuffled) == summarize(values)


def test_one_disturbed_sample_moves_the_tail_but_neither_median_nor_spread() -> None:
    calm = summarize([1.0] * 40)
    disturbed = summarize([1.0] * 39 + [50.0])
    assert (disturbed.median, disturbed.spread) == (calm.median, calm.spread) == (1.0, 0.0)
    assert disturbed.statistic("p99") > 30.0 > disturbed.statistic("p95")


def test_spread_is_the_quartiles_distance_over_the_median() -> None:
    assert summarize([1.0, 2.0, 3.0, 4.0, 5.0]).spread == pytest.approx(2 / 3)
    assert summarize([0.0, 0.0]).spread == 0.0


def test_windows_are_compared_pairwise_and_empty_ones_left_out() -> None:
    assert ratios([3.0, 5.0, 2.0], [2.0, 0.0, 4.0]) == [1.5, 0.5]
    with pytest.raises(ValueError, match="zip"):
        ratios([1.0], [1.0, 2.0])
