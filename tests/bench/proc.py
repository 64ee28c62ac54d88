"""What Linux counts of running processes: processor time, wake-ups, memory; and of the machine.

Processor time is the scheduler's own in nanoseconds (``/proc/PID/task/TID/schedstat``, else the
ticks of ``stat``); a wake-up is a context switch to the thread, asked for or not. Threads and child
processes are all counted.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Thread:
    """The counts of one thread since it began: seconds of processor time, switches."""

    name: str
    cpu_s: float
    switches: int


@dataclass(frozen=True, slots=True)
class Sample:
    """The threads of a process and its children at a moment (seconds, monotonic)."""

    at: float
    threads: dict[int, Thread]


@dataclass(frozen=True, slots=True)
class Usage:
    """What happened between two samples: percent of a core, wake-ups a second, by thread too."""

    cpu_percent: float
    wakeups: float
    by_thread: dict[str, float]


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes (10^6 bytes) resident, and with shared pages divided among those who share."""

    resident: float
    proportional: float


def sample(pid: int) -> Sample:
    """Count a process and its descendants now."""
    threads = {}
    for process in _family(pid):
        for task in (PROC / str(process) / "task").iterdir():
            try:
                threads[int(task.name)] = _thread(task)
            except (FileNotFoundError, ProcessLookupError):
                continue
    return Sample(time.monotonic(), threads)


def usage(before: Sample, after: Sample) -> Usage:
    """What happened between two samples; a thread that ended in between is not counted."""
    seconds = after.at - before.at
    none = Thread("", 0.0, 0)
    cpu = 0.0
    wakeups: dict[str, float] = {}
    for number, thread in after.threads.items():
        earlier = before.threads.get(number, none)
        cpu += thread.cpu_s - earlier.cpu_s
        rate = (thread.switches - earlier.switches) / seconds
        wakeups[thread.name] = wakeups.get(thread.name, 0.0) + rate
    return Usage(100.0 * cpu / seconds, sum(wakeups.values()), wakeups)


def memory(pid: int) -> Memory:
    """The memory of a process and its descendants."""
    sums = {"Rss": 0, "Pss": 0}
    for process in _family(pid):
        rollup = (PROC / str(process) / "smaps_rollup").read_text()
        for line in rollup.splitlines():
            name, _, value = line.partition(":")
            if name in sums:
                sums[name] += int(value.split()[0]) * 1024
    return Memory(sums["Rss"] / 1e6, sums["Pss"] / 1e6)


@dataclass(frozen=True, slots=True)
class Machine:
    """The whole machine since it started: core-seconds that were used and that were stolen."""

    at: float
    busy_s: float
    stolen_s: float


def machine() -> Machine:
    """Count the machine now (proc(5), the first line of ``/proc/stat``)."""
    fields = [int(word) for word in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:]]
    user, nice, system, _, _, irq, softirq, steal = fields[:8]
    busy = user + nice + system + irq + softirq
    return Machine(time.monotonic(), busy / _TICKS, steal / _TICKS)


def cpu_seconds(pids: Iterable[int]) -> float:
    """The processor time of some processes so far."""
    return sum(thread.cpu_s for pid in pids for thread in sample(pid).threads.values())


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in (PROC / str(pid) / "task").glob("*/children"):
        for child in children.read_text().split():
            yield from _family(int(child))


def _thread(task: Path) -> Thread:
    status = (task / "status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    switches = int(fields["voluntary_ctxt_switches"]) + int(fields["nonvoluntary_ctxt_switches"])
    return Thread(fields["Name"].strip(), _cpu_s(task), switches)


def _cpu_s(task: Path) -> float:
    try:
        return int((task / "schedstat").read_text().split()[0]) / 1e9
    except FileNotFoundError:
        words = (task / "stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / _TICKS
