"""How long a process has existed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from appliance.system.age import process_seconds

LATE = """
import time
from appliance.system.age import process_seconds
while process_seconds() < 1.0:
    time.sleep(0.01)
"""


def test_it_counts_from_before_the_first_line() -> None:
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", LATE], check=True, timeout=30.0)
    assert time.monotonic() - begun > 0.97, "to a hundredth, and the children begin at once"
    assert 0.0 < process_seconds() < time.clock_gettime(time.CLOCK_BOOTTIME)


@pytest.mark.parametrize("content", ["", "1 (a) b) S", "1 (python) S " + "x " * 30])
def test_nonsense_is_no_age(tmp_path: Path, content: str) -> None:
    stat = tmp_path / "stat"
    assert process_seconds(stat) == 0.0
    stat.write_text(content)
    assert process_seconds(stat) == 0.0
