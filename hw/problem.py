"""What can be wrong with a desk unit, said so that somebody can mend it.

Every part reports through values of this one kind, to a callback; none of them raises because
its hardware is missing, for a phone without a display is still a phone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, what was found, what was expected, what to do."""

    path: str
    message: str
    found: str
    expected: str
    suggestion: str

    def __str__(self) -> str:
        return (
            f"{self.path}: {self.message}: found {self.found}, expected {self.expected};"
            f" {self.suggestion}"
        )


OnProblem = Callable[[Problem], None]


def ignore(problem: Problem) -> None:
    """For whoever does not want to know."""
