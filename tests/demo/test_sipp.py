"""The embedded PBX under sipp, which is no more forgiving than the specification."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.demo.conftest import Launch, end_pbx
from tests.demo.softphone import PATIENCE

CALLS = 100


@pytest.mark.peers
@pytest.mark.skipif(shutil.which("sipp") is None, reason="sipp is missing (apt: sip-tester)")
def test_a_hundred_calls_leave_nothing_behind(launch: Launch, tmp_path: Path) -> None:
    pbx = launch()
    before = _open_files(pbx.process.pid)
    scenario = Path(__file__).with_name("echo.xml")
    sipp = subprocess.run(
        [
            *("sipp", f"127.0.0.1:{pbx.port}", "-sf", str(scenario), "-s", "600"),
            *("-i", "127.0.0.1", "-mi", "127.0.0.1", "-au", "1001"),
            *("-ap", pbx.passwords["1001"], "-m", str(CALLS), "-r", "50", "-l", "20"),
            *("-nostdin", "-timeout", "30", "-timeout_error", "-trace_err"),
        ],
        cwd=tmp_path,
        capture_output=True,
        timeout=60.0,
        check=False,
    )
    errors = [path.read_text() for path in tmp_path.glob("*errors*")]
    assert sipp.returncode == 0, (errors, sipp.stdout[-2000:])
    deadline = time.monotonic() + PATIENCE
    while (now := _open_files(pbx.process.pid)) != before:
        assert time.monotonic() < deadline, f"{now} open files where {before} were"
    assert end_pbx(pbx) == (0, "")


def _open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
