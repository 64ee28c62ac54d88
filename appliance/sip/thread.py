"""The thread named ``sip``: it owns a tenant (all of pjsua2) from birth to death.

It sleeps inside the tenant's `wait` and is woken by the tenant's `wake`; between two waits it runs
what was queued for it, what it had set its alarm for, and the garbage collector: a `pj.Call` in a
reference cycle that another thread collects aborts the process (pjproject issue 3856), so automatic
collection is off in this process and happens here alone. Whatever goes wrong here ends the thread
and is reported; nothing is swallowed, and no exception object (whose traceback holds calls) leaves.
"""

from __future__ import annotations

import contextlib
import gc
import heapq
import itertools
import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from appliance.errors import PhoneError

log = logging.getLogger(__name__)

LONGEST_SLEEP_SECONDS = 5.0
GARBAGE_OBJECTS = 5000
"""New container objects since the last collection that are worth another one."""


class Tenant(Protocol):
    """What lives on the thread. Every method but `wake` is called on it."""

    def open(self) -> None:
        """Come to life."""

    def wait(self, seconds: float) -> None:
        """Handle what arrives; return after `seconds` or when woken."""

    def wake(self) -> None:
        """Make `wait` return, or the next one not wait at all. Called on any thread."""

    def close(self, seconds: float) -> None:
        """Leave in good order, within about `seconds`."""


class Alarm:
    """Something to be done later; `cancel` it while it has not rung."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Forget it."""
        self.action = None


class SipThread:
    """Runs a tenant. `started` and `ended` are called on the thread itself."""

    def __init__(
        self,
        tenant: Callable[[SipThread], Tenant],
        started: Callable[[], None],
        ended: Callable[[str], None],
    ) -> None:
        self._make_tenant = tenant
        self._started = started
        self._ended = ended
        self._tenant: Tenant | None = None
        self._queue: deque[Callable[[], None]] = deque()
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._numbers = itertools.count()
        self._leave_within: float | None = None
        self._trouble = ""
        self._why = ""
        self._told = False
        self._thread = threading.Thread(target=self._run, name="sip", daemon=True)

    def start(self) -> None:
        """Begin; `started` follows, or `ended` with what went wrong."""
        gc.disable()
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def call(self, action: Callable[[], None]) -> None:
        """Run `action` on the thread, soon; from any thread."""
        self._queue.append(action)
        tenant = self._tenant
        if tenant is not None:
            tenant.wake()

    def stop(self, seconds: float) -> None:
        """Close the tenant, giving it `seconds`; `ended` follows. From any thread."""

        def leave() -> None:
            self._leave_within = seconds

        self.call(leave)

    def later(self, seconds: float, action: Callable[[], None]) -> Alarm:
        """Run `action` in `seconds`. Only on the thread."""
        alarm = Alarm(action)
        heapq.heappush(self._alarms, (time.monotonic() + seconds, next(self._numbers), alarm))
        return alarm

    def crash(self, error: BaseException) -> None:
        """A callback failed: the thread ends as soon as it has the word again."""
        if not self._trouble:
            named = f"{type(error).__name__}: {error}"
            self._why = error.it if isinstance(error, PhoneError) else named
            self._told = isinstance(error, PhoneError)
            self._trouble = "".join(traceback.format_exception(error))

    def _run(self) -> None:
        _name_thread("sip")
        try:
            self._live()
        except BaseException as error:  # noqa: BLE001 - reported by `ended`
            self.crash(error)
        if self._trouble:
            if not self._told:
                log.critical("the sip thread died\n%s", self._trouble)
            self._evict()
        self._tenant = None
        gc.enable()
        self._ended(self._why)

    def _evict(self) -> None:
        """What the tenant owns must not outlive the thread: another one would collect it."""
        tenant = self._tenant
        if tenant is not None:
            try:
                tenant.close(0.0)
            except Exception as error:  # noqa: BLE001 - said; the first trouble is reported
                log.critical("it cannot be cleaned up: %s", error)

    def _live(self) -> None:
        self._tenant = tenant = self._make_tenant(self)
        tenant.open()
        gc.freeze()
        self._started()
        while True:
            self._work()
            if self._leave_within is not None or self._trouble:
                break
            tenant.wait(self._pause())
            self._ring()
            if gc.get_count()[0] > GARBAGE_OBJECTS:
                gc.collect()
        if not self._trouble:
            tenant.close(self._leave_within or 0.0)

    def _work(self) -> None:
        while self._queue and not self._trouble:
            self._queue.popleft()()

    def _pause(self) -> float:
        if self._queue:
            return 0.0
        if not self._alarms:
            return LONGEST_SLEEP_SECONDS
        return min(LONGEST_SLEEP_SECONDS, max(0.0, self._alarms[0][0] - time.monotonic()))

    def _ring(self) -> None:
        now = time.monotonic()
        while self._alarms and self._alarms[0][0] <= now:
            action = heapq.heappop(self._alarms)[2].action
            if action is not None:
                action()


def _name_thread(name: str) -> None:
    """Give this thread its name in the kernel's eyes too, as Python does from 3.14 on."""
    with contextlib.suppress(OSError):
        Path(f"/proc/self/task/{threading.get_native_id()}/comm").write_text(name, "ascii")
