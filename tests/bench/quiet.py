"""Whether the machine was quiet enough for its figures to mean anything.

For each phase: what others used of the processors, what the hypervisor took, and how late a sleep
of a millisecond returned. Nothing is corrected by it; it is said.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tests.bench.proc import cpu_seconds, machine
from tests.bench.statistics import quantile

OTHERS_PERCENT = 15.0
STOLEN_PERCENT = 2.0
LATE_MS = 0.5
_NAP_S = 0.001
_NAPS = 40


@dataclass(frozen=True, slots=True)
class Phase:
    """What was going on beside the phones: percents of one core, milliseconds (p95)."""

    name: str
    seconds: float
    others_percent: float
    stolen_percent: float
    late_ms: float

    def complaints(self) -> Iterator[str]:
        """What was too much, in words."""
        if self.others_percent > OTHERS_PERCENT:
            yield f"other programs used {self.others_percent:.0f} % of a core"
        if self.stolen_percent > STOLEN_PERCENT:
            yield f"the hypervisor took {self.stolen_percent:.0f} % of a core"
        if self.late_ms > LATE_MS:
            yield f"sleeps of 1 ms were {self.late_ms:.1f} ms late"


class Quiet:
    """Watches the phases of a run; `pids` names the processes that are being measured."""

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids = pids
        self.phases: list[Phase] = []

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Watch what happens within."""
        late = _late_ms()
        before, ours = machine(), self._ours()
        yield
        after = machine()
        seconds = after.at - before.at
        others = after.busy_s - before.busy_s - (self._ours() - ours)
        stolen = after.stolen_s - before.stolen_s
        self.phases.append(
            Phase(name, seconds, 100 * max(others, 0.0) / seconds, 100 * stolen / seconds, late)
        )

    def warnings(self) -> list[str]:
        """What disturbed which phase."""
        return [
            f"{phase.name}: {', '.join(found)}"
            for phase in self.phases
            if (found := list(phase.complaints()))
        ]

    def _ours(self) -> float:
        times = os.times()
        reaped = times.children_user + times.children_system
        return times.user + times.system + reaped + cpu_seconds(self._pids())


def _late_ms() -> float:
    late = []
    for _ in range(_NAPS):
        began = time.monotonic()
        time.sleep(_NAP_S)
        late.append((time.monotonic() - began - _NAP_S) * 1000)
    return quantile(late, 0.95)
