"""What every test relies on, and what may be missing where."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("deskphone", deadline=None)
settings.load_profile("deskphone")

ALL_INSTALLED = "TESTS_ALL_INSTALLED"
"""Set where everything that can be installed is: a test that then misses something fails."""
LONGEST = "test_every_state.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The file that takes longest comes first, so that no core waits for it at the end."""
    items.sort(key=lambda item: item.path.name != LONGEST)


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
