"""A machine without GPIO: said, and survived."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hw.gpio import open_pins
from hw.problem import Problem


def test_without_gpio_there_is_a_problem_and_no_exception(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    before = Path.cwd()
    problems: list[Problem] = []
    assert open_pins(problems.append, chip=99) is None
    assert [problem.path for problem in problems] == ["gpio"]
    assert problems[0].suggestion
    assert Path.cwd() == before
    assert not Path(".lgd-nfy0").exists()
    assert os.environ["LG_WD"] == str(tmp_path)
