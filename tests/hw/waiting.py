"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.peers.patience import Patience

DEADLINE = 10.0


async def until(condition: Callable[[], object], within: float = DEADLINE) -> None:
    """Return as soon as `condition` holds; fail if it does not in time."""
    patience = Patience(within)
    while not condition():
        assert not patience.over, "did not happen in time"
        await asyncio.sleep(0.001)
