"""A thread for a device that blocks: a bus that stalls, a sound card whose buffer is full.

What such a device has to do is done on a named thread; what it has to say is said on the loop's.
The thread sleeps on `news` until somebody who holds that condition notifies it; nothing polls, and
nothing here knows what a device is. A mistake on the thread is no device's fault: it is handed to
the loop as `failed`, and whoever waits for that takes the phone down loudly.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial


class Worker:
    """The thread `name`, which runs `work` once, from `start` until that returns."""

    failed: asyncio.Future[None]
    """Gets the exception if `work` raises."""

    def __init__(
        self, name: str, work: Callable[[], None], loop: asyncio.AbstractEventLoop | None
    ) -> None:
        self._work = work
        self.loop = loop or asyncio.get_running_loop()
        self.failed = self.loop.create_future()
        self.news = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Let the work begin; once only."""
        self._thread.start()

    def join(self, timeout: float) -> None:
        """Wait at most `timeout` seconds for the work's end: a device may hang for ever."""
        self._thread.join(timeout)

    def tell(self, callback: Callable[[], None]) -> None:
        """From this thread to the loop's; forgotten if the loop has ended meanwhile."""
        try:
            self.loop.call_soon_threadsafe(callback)
        except RuntimeError:
            if not self.loop.is_closed():
                raise

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 — handed to the loop, which ends the phone
            self.tell(partial(self._fail, error))

    def _fail(self, error: Exception) -> None:
        if not self.failed.done():
            self.failed.set_exception(error)
