"""What is measured, in which unit, and the figure that the phone is to reach.

A verdict is a value over its target: 1.00 just reaches it. Nothing here fails a run; figures are
for reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.bench.statistics import Statistic, Summary, summarize

OURS = "deskphone"
TOO_WIDE = 0.5
"""A spread above which a median says little."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A kind of sample."""

    key: str
    title: str
    unit: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: one statistic of a figure, and perhaps what it is to stay below."""

    figure: Figure
    statistic: Statistic
    target: float | None = None


START = Figure("start", "process start → registered", "ms")
START_CPU = Figure("start_cpu", "processor time until registered", "ms")
RINGING = Figure("ringing", "INVITE in → 180 out", "ms")
ANSWERED = Figure("answered", "answer key → 200 out", "ms")
DIALLED = Figure("dialled", "key press → INVITE out", "ms")
ENDED = Figure("ended", "hang-up key → BYE out", "ms")
IDLE_CPU = Figure("idle_cpu", "idle: processor", "%")
IDLE_WAKEUPS = Figure("idle_wakeups", "idle: wake-ups", "/s")
RESIDENT = Figure("resident", "idle: resident memory", "MB")
PROPORTIONAL = Figure("proportional", "idle: proportional memory", "MB")
CALL_CPU = Figure("call_cpu", "G.722 call: processor", "%")
CALL_RATIO = Figure("call_ratio", "G.722 call: over bare pjsua2", "×")
CALL_WAKEUPS = Figure("call_wakeups", "G.722 call: wake-ups", "/s")
CALL_RESIDENT = Figure("call_resident", "G.722 call: resident memory", "MB")
RETURNED = Figure("returned", "back on the network → registered", "ms")
SPACING = Figure("spacing", "G.722 call: RTP off its 20 ms", "ms")

ROWS = (
    Row(START, "median", 700.0),
    Row(START_CPU, "median"),
    Row(RINGING, "median", 2.0),
    Row(RINGING, "p95"),
    Row(DIALLED, "median"),
    Row(DIALLED, "p99", 10.0),
    Row(ANSWERED, "median"),
    Row(ANSWERED, "p95"),
    Row(ENDED, "median"),
    Row(ENDED, "p95"),
    Row(IDLE_CPU, "mean", 0.1),
    Row(IDLE_WAKEUPS, "mean", 2.0),
    Row(RESIDENT, "median", 80.0),
    Row(PROPORTIONAL, "median"),
    Row(CALL_CPU, "median"),
    Row(CALL_RATIO, "median", 1.5),
    Row(CALL_WAKEUPS, "median"),
    Row(CALL_RESIDENT, "median"),
    Row(SPACING, "p99"),
    Row(RETURNED, "median", 1500.0),
    Row(RETURNED, "p95"),
)


@dataclass(slots=True)
class Samples:
    """Everything that was measured: figure → phone → values in the figure's unit."""

    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, figure: Figure, phone: str, *values: float) -> None:
        """Note samples of a phone."""
        self.values.setdefault(figure.key, {}).setdefault(phone, []).extend(values)

    def of(self, figure: Figure, phone: str) -> list[float]:
        """The samples of a phone; none if it was not measured."""
        return self.values.get(figure.key, {}).get(phone, [])

    def summaries(self) -> dict[str, dict[str, Summary]]:
        """The summary of every row of samples."""
        return {
            key: {phone: summarize(values) for phone, values in phones.items() if values}
            for key, phones in self.values.items()
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a target was met: `share` is the value over the target, at most 1 is well."""

    row: Row
    value: float
    share: float

    @property
    def met(self) -> bool:
        """Whether the figure is reached."""
        return self.share <= 1.0


def verdicts(summaries: Mapping[str, Mapping[str, Summary]]) -> list[Verdict]:
    """How our phone meets each target that was measured."""
    found = []
    for row in ROWS:
        summary = summaries.get(row.figure.key, {}).get(OURS)
        if summary is not None and row.target is not None:
            value = summary.statistic(row.statistic)
            found.append(Verdict(row, value, value / row.target))
    return found
