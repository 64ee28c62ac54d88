"""What a row of samples comes down to: quantiles and spread. Pure; no clock, no file.

Quantiles are those of type 7 in Hyndman and Fan (1996): linear between the samples, the least is
0 and the greatest 1. Spread is the distance of the quartiles over the median, which a few
disturbed samples do not move.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Statistic = Literal["mean", "median", "p95", "p99"]


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the samples do not exceed; ValueError without samples."""
    if not values:
        raise ValueError("no samples")
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"{share} is no share: expected 0 to 1")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@dataclass(frozen=True, slots=True)
class Summary:
    """Samples of one figure, in the figure's unit."""

    count: int
    mean: float
    least: float
    first_quartile: float
    median: float
    third_quartile: float
    p95: float
    p99: float
    greatest: float

    @property
    def spread(self) -> float:
        """Distance of the quartiles over the median; 0 where the median is 0."""
        if self.median == 0.0:
            return 0.0
        return (self.third_quartile - self.first_quartile) / abs(self.median)

    def statistic(self, name: Statistic) -> float:
        """The mean, the median or one of the upper quantiles."""
        return {"mean": self.mean, "median": self.median, "p95": self.p95, "p99": self.p99}[name]


def summarize(values: Sequence[float]) -> Summary:
    """The summary of at least one sample; ValueError without any."""
    if not values:
        raise ValueError("no samples")
    return Summary(
        count=len(values),
        mean=math.fsum(values) / len(values),
        least=quantile(values, 0.0),
        first_quartile=quantile(values, 0.25),
        median=quantile(values, 0.5),
        third_quartile=quantile(values, 0.75),
        p95=quantile(values, 0.95),
        p99=quantile(values, 0.99),
        greatest=quantile(values, 1.0),
    )


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Ours over theirs, window by window; windows in which theirs is 0 say nothing."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True) if other]
