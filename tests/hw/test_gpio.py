"""A machine without GPIO: said, and survived."""

from __future__ import annotations

from pathlib import Path

from hw.gpio import open_pins
from hw.problem import Problem


def test_without_gpio_there_is_a_problem_and_no_exception() -> None:
    descriptors = sum(1 for _ in Path("/proc/self/fd").iterdir())
    problems: list[Problem] = []
    assert open_pins(problems.append, chip=99) is None
    assert [problem.path for problem in problems] == ["gpio"]
    assert "/dev/gpiochip99" in problems[0].found
    assert problems[0].suggestion
    assert sum(1 for _ in Path("/proc/self/fd").iterdir()) == descriptors
