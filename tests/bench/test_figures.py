from __future__ import annotations

from tests.bench.figures import OURS, ROWS, Samples, verdicts
from tests.bench.report import table


def filled() -> Samples:
    samples = Samples()
    for row in ROWS:
        samples.add(row.figure, OURS, 1.0, 2.0, 3.0)
        samples.add(row.figure, "baresip", 0.5)
    return samples


def test_every_target_is_judged_by_its_own_statistic() -> None:
    found = {(v.row.figure.key, v.row.statistic): v for v in verdicts(filled().summaries())}
    assert found["ringing", "median"].share == 1.0
    assert found["ringing", "median"].met
    assert not found["call_ratio", "median"].met
    assert found["idle_cpu", "mean"].share == 20.0
    assert len(found) == sum(row.target is not None for row in ROWS)


def test_what_was_not_measured_is_not_judged() -> None:
    assert verdicts(Samples().summaries()) == []


def test_the_table_has_a_line_for_each_row_and_says_what_is_missed() -> None:
    lines = table(filled().summaries(), [OURS, "baresip", "absent"]).splitlines()
    assert len(lines) == len(ROWS) + 2
    assert max(map(len, lines[2:])) <= len(lines[1])
    ratio = next(line for line in lines if "over bare" in line)
    assert ratio.split()[-2:] == ["1.33", "✗"]
    assert "–" in ratio
