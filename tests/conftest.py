"""What every test relies on, and what may be missing where."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("deskphone", deadline=None)
settings.load_profile("deskphone")

ALL_INSTALLED = "TESTS_ALL_INSTALLED"
"""Set where everything that can be installed is: a test that then misses something fails."""
LONGEST = "test_every_state.py"
CORE = Path(__file__).with_name("phone")
"""The tests that have to take each branch of the core."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The file that takes longest comes first, so that no core waits for it at the end."""
    items.sort(key=lambda item: item.path.name != LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    """Count as taken, of the core's branches, what its own stories take.

    There it is said what comes of a branch; who only passes by would hide that nobody says it. So
    the other tests, and the walk through every state, are not watched.
    """
    if item.path.is_relative_to(CORE) and item.path.name != LONGEST:
        return (yield)
    with unwatched():
        return (yield)


@contextmanager
def unwatched() -> Generator[None]:
    """Run at full speed: watched branch by branch, the core takes four to six times as long."""
    here, elsewhere = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        sys.settrace(here)
        threading.settrace(elsewhere)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn "… is missing" into a failure where it must not be; a kernel cannot be installed."""
    report = yield
    if report.skipped and ALL_INSTALLED in os.environ and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if "is missing" in reason:
            report.outcome = "failed"
            report.longrepr = f"{reason}\n{ALL_INSTALLED} is set: nothing may be"
    return report
