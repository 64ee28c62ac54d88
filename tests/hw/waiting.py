"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

DEADLINE = 10.0


async def until(condition: Callable[[], object], within: float = DEADLINE) -> None:
    """Return as soon as `condition` holds; fail if it does not in time."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        await asyncio.sleep(0.001)
