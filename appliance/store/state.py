"""What outlives a restart: the agent's choices and the call log, by one disk thread.

The loop hands over and goes on; the thread writes in the order in which it was told. What goes
wrong there is told in the journal and, until it goes right again, on the display. A phone whose
card takes nothing more is a phone all the same.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from appliance.errors import PhoneError
from appliance.phone.calllog import SHOWN, Record
from appliance.phone.preferences import Preferences
from appliance.phone.words import in_line
from appliance.ports import Post
from appliance.store.calls import CallDatabase
from appliance.store.preferences import REST_SECONDS, PreferenceStore
from appliance.store.trouble import Troubles

PART = "call log"
CODE = "STATE-03"


class StateStore:
    """`ports.Store`; for the loop's thread, from `read` to `close`."""

    def __init__(self, state: Path, rest_seconds: float = REST_SECONDS) -> None:
        self._disk = ThreadPoolExecutor(1, "disk")
        self._troubles = Troubles()
        self._preferences = PreferenceStore(state, self._disk, self._troubles, rest_seconds)
        self._calls = CallDatabase(state, self._damaged)
        self._damages = 0

    def read(self) -> tuple[Preferences, tuple[Record, ...]]:
        """What was kept: the choices, and the newest calls, the last first. Waits for the card."""
        history = self._disk.submit(self._history).result()
        return self._preferences.read(), history

    def attend(self, post: Post) -> None:
        """Tell this phone of what is wrong with the card."""
        self._troubles.attend(post)

    def keep(self, preferences: Preferences) -> None:
        """Write these choices, soon."""
        self._preferences.keep(preferences)

    def keep_call(self, record: Record) -> None:
        """Write a call, in place of what was written of it before."""
        self._disk.submit(self._written, lambda: self._calls.keep(record))

    def see_missed(self) -> None:
        """Write that the missed calls have been seen."""
        self._disk.submit(self._written, self._calls.see_missed)

    async def calls(self) -> tuple[Record, ...]:
        """All calls that are kept, the last first. Raises `PhoneError` if they cannot be read."""
        try:
            return await asyncio.wrap_future(self._disk.submit(self._calls.read))
        except (sqlite3.Error, OSError) as error:
            raise PhoneError(
                CODE, "No call log", f"the call log cannot be read: {error}; see to the card"
            ) from error

    def close(self) -> None:
        """Write what waits, now; returns when all is on the card."""
        self._preferences.close()
        self._disk.submit(self._calls.close)
        self._disk.shutdown()

    def _history(self) -> tuple[Record, ...]:
        try:
            return self._calls.read(SHOWN)
        except (sqlite3.Error, OSError) as error:
            self._failed(error)
            return ()

    def _written(self, work: Callable[[], None]) -> None:
        """Do it; what was wrong with the log before is over when it has been done."""
        damages = self._damages
        try:
            work()
        except (sqlite3.Error, OSError) as error:
            self._failed(error)
        else:
            if damages == self._damages:
                self._troubles.over(PART)

    def _failed(self, error: Exception) -> None:
        evidence = f"the call log: {error}; calls are forgotten at the next start"
        self._troubles.found(PART, CODE, in_line("Calls are not kept"), evidence)

    def _damaged(self, evidence: str) -> None:
        self._damages += 1
        self._troubles.found(PART, CODE, in_line("Call log was damaged"), evidence)
