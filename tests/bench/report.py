"""What a run has found out, as a table for people and as JSON for programs."""

from __future__ import annotations

import dataclasses
import json
import platform
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.figures import OURS, ROWS, TOO_WIDE, Row, verdicts
from tests.bench.measure import Outcome
from tests.bench.quiet import Quiet
from tests.bench.statistics import Summary

Summaries = Mapping[str, Mapping[str, Summary]]
_NOTHING = "–"


def table(summaries: Summaries, phones: list[str]) -> str:
    """Every figure, a line for each statistic; the spread and the share of the target are ours."""
    head = ["", "", "", "target", *phones, "spread", "of target"]
    lines = [head, *([*_cells(row, summaries, phones)] for row in ROWS)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def set_out(line: list[str]) -> str:
        left = [cell.ljust(width) for cell, width in zip(line[:3], widths, strict=False)]
        right = [cell.rjust(width) for cell, width in zip(line[3:], widths[3:], strict=True)]
        return "  ".join([*left, *right]).rstrip()

    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([set_out(head), rule, *(set_out(line) for line in lines[1:])])


def _cells(row: Row, summaries: Summaries, phones: list[str]) -> Iterator[str]:
    found = summaries.get(row.figure.key, {})
    ours = found.get(OURS)
    yield row.figure.title
    yield row.statistic
    yield row.figure.unit
    yield _NOTHING if row.target is None else f"≤ {row.target:g}"
    for phone in phones:
        yield _number(found[phone].statistic(row.statistic)) if phone in found else _NOTHING
    yield f"{ours.spread:.0%}" if ours else _NOTHING
    if ours is None or row.target is None:
        yield _NOTHING
    else:
        share = ours.statistic(row.statistic) / row.target
        yield f"{share:.2f} {'✓' if share <= 1 else '✗'}"


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3g}"


def notes(outcome: Outcome, quiet: Quiet, summaries: Summaries) -> list[str]:
    """What a reader must know: who is absent, what disturbed, what varied, what was missed."""
    found = [f"{name} was not measured: {reason}" for name, reason in outcome.absent.items()]
    disturbed = quiet.warnings()
    if disturbed:
        found.append("the machine was not quiet; run it again on one that is")
        found += [f"  {words}" for words in disturbed]
    wide = [
        row.figure.title
        for row in ROWS
        if row.statistic == "median"
        and (ours := summaries.get(row.figure.key, {}).get(OURS)) is not None
        and ours.spread > TOO_WIDE
    ]
    if wide:
        found.append(f"the quartiles lie more than half the median apart: {', '.join(wide)}")
    for verdict in verdicts(summaries):
        if not verdict.met:
            row = verdict.row
            found.append(
                f"missed: {row.figure.title} ({row.statistic}) is {_number(verdict.value)}"
                f" {row.figure.unit}, to reach is {row.target:g}"
            )
    return found


def document(outcome: Outcome, quiet: Quiet, summaries: Summaries) -> dict[str, Any]:
    """The whole run: machine, phases, every sample, summaries, verdicts."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(),
        "phases": [dataclasses.asdict(phase) for phase in quiet.phases],
        "notes": notes(outcome, quiet, summaries),
        "verdicts": [
            {
                "figure": verdict.row.figure.key,
                "statistic": verdict.row.statistic,
                "unit": verdict.row.figure.unit,
                "target": verdict.row.target,
                "value": verdict.value,
                "share": verdict.share,
            }
            for verdict in verdicts(summaries)
        ],
        "summaries": {
            key: {phone: dataclasses.asdict(summary) for phone, summary in phones.items()}
            for key, phones in summaries.items()
        },
        "wakeups_by_thread": outcome.wakeups_by_thread,
        "samples": outcome.samples.values,
    }


def write(folder: Path, document: dict[str, Any], words: str) -> None:
    """Leave ``bench.json`` and ``bench.txt`` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=1, ensure_ascii=False)
    (folder / "bench.json").write_text(text + "\n", encoding="utf-8")
    (folder / "bench.txt").write_text(words + "\n", encoding="utf-8")


def _machine() -> dict[str, str]:
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith(("model name", "Model"))
    ]
    return {
        "processor": models[-1] if models else platform.machine(),
        "cores": str(sum(1 for _ in Path("/sys/devices/system/cpu").glob("cpu[0-9]*"))),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load": Path("/proc/loadavg").read_text().strip(),
    }
