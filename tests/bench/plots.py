"""Pictures of a run: how the samples of each phone lie, beside the figure that is to be reached."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench import figures
from tests.bench.figures import ROWS, Figure, Samples

COLOURS = ("#1f4e9c", "#9a9a9a", "#c9781f", "#4f8a4f")
PICTURES: dict[str, tuple[Figure, ...]] = {
    "start.png": (figures.START, figures.START_CPU),
    "latency.png": (figures.RINGING, figures.DIALLED, figures.ANSWERED, figures.ENDED),
    "idle.png": (
        *(figures.IDLE_CPU, figures.IDLE_WAKEUPS),
        *(figures.RESIDENT, figures.PROPORTIONAL),
    ),
    "call.png": (
        *(figures.CALL_CPU, figures.CALL_WAKEUPS),
        *(figures.CALL_RESIDENT, figures.SPACING),
    ),
}
_DISTRIBUTIONS = frozenset(
    figure.key
    for figure in (
        *(figures.RINGING, figures.DIALLED, figures.ANSWERED, figures.ENDED),
        figures.SPACING,
    )
)


def draw(folder: Path, samples: Samples, phones: Sequence[str]) -> None:
    """Write every picture; ImportError where matplotlib is missing."""
    matplotlib: Any = importlib.import_module("matplotlib")
    matplotlib.use("Agg")
    pyplot: Any = importlib.import_module("matplotlib.pyplot")
    folder.mkdir(parents=True, exist_ok=True)
    for name, shown in PICTURES.items():
        rows = (len(shown) + 1) // 2
        picture, axes = pyplot.subplots(rows, 2, figsize=(11, 3.6 * rows), squeeze=False)
        for axis, figure in zip(axes.flat, shown, strict=True):
            paint = _shares if figure.key in _DISTRIBUTIONS else _bars
            paint(axis, figure, samples, phones)
            axis.set_title(figure.title, loc="left", fontsize=10)
            axis.spines[["top", "right"]].set_visible(False)
        picture.tight_layout()
        picture.savefig(folder / name, dpi=110)
        pyplot.close(picture)


def _shares(axis: Any, figure: Figure, samples: Samples, phones: Sequence[str]) -> None:
    """How many of the samples stay below each value, on a scale of magnitudes."""
    for colour, phone in zip(COLOURS, phones, strict=False):
        values = sorted(samples.of(figure, phone))
        if values:
            shares = [100 * (place + 1) / len(values) for place in range(len(values))]
            axis.step(values, shares, where="post", color=colour, label=phone)
    axis.set_xscale("log")
    ticker: Any = importlib.import_module("matplotlib.ticker")
    axis.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_locator(ticker.NullLocator())
    axis.set_xlabel(figure.unit)
    axis.set_ylabel("% of the samples")
    for row in _targets(figure):
        axis.axvline(row.target, color="#b03030", linestyle="--", linewidth=1)
        axis.annotate(
            f" {row.statistic} ≤ {row.target:g}", (row.target, 4), color="#b03030", fontsize=8
        )
    axis.legend(frameon=False, fontsize=8)


def _bars(axis: Any, figure: Figure, samples: Samples, phones: Sequence[str]) -> None:
    """A bar of the mean for each phone, and every sample as a dot."""
    for place, (colour, phone) in enumerate(zip(COLOURS, phones, strict=False)):
        values = samples.of(figure, phone)
        if values:
            mean = sum(values) / len(values)
            axis.bar(place, mean, color=colour, width=0.6)
            axis.plot([place] * len(values), values, "k.", markersize=4, alpha=0.5)
            axis.annotate(f"{mean:.3g}", (place + 0.32, mean), fontsize=8)
    axis.set_xticks(range(len(phones)), phones)
    axis.set_ylabel(figure.unit)
    for row in _targets(figure):
        axis.axhline(row.target, color="#b03030", linestyle="--", linewidth=1)


def _targets(figure: Figure) -> list[figures.Row]:
    return [row for row in ROWS if row.figure == figure and row.target is not None]
