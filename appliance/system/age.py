"""How long this process has existed: more than since its first line, for a Pi reads it slowly."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

_START_FIELD = 22 - 3
"""``starttime`` of proc_pid_stat(5), counted from the field behind the name in brackets."""


def process_seconds(stat: Path = Path("/proc/self/stat")) -> float:
    """Seconds since the kernel made this process; 0 where it does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
        begun = int(fields[_START_FIELD]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - begun)
    return 0.0
