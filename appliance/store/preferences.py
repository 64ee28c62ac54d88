"""The agent's choices in a file: read at the start, written when they have come to rest.

A card wears out by being written, and volume keys are pressed in rows: a change is written when
there was no other for two seconds, and when the phone ends. What guards the phone is written at
once: pulling the plug takes no wrong PIN back. The file is replaced whole, so that a power cut
leaves the old one or the new one, by one thread, so that the newest is the last. A damaged one is
told in the journal and left behind.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from appliance.config.writing import write_private
from appliance.phone.preferences import Preferences

log = logging.getLogger(__name__)

FILE = "preferences.json"
REST_SECONDS = 2.0


class PreferenceStore:
    """`ports.Store`; for the loop's thread, until `close`. The writing is the disk thread's."""

    def __init__(self, state: Path, rest_seconds: float = REST_SECONDS) -> None:
        self._path = state / FILE
        self._rest_seconds = rest_seconds
        self._disk = ThreadPoolExecutor(1, "disk")
        self._guarded = _guards(Preferences())
        self._waiting: Preferences | None = None
        self._timer: asyncio.TimerHandle | None = None

    def read(self) -> Preferences:
        """What was kept last; defaults where there is nothing to be read."""
        found = Preferences()
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=Preferences)
        except FileNotFoundError:
            pass
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("STATE-02: %s: %s; the phone is as configured", self._path, error)
        self._guarded = _guards(found)
        return found

    def keep(self, preferences: Preferences) -> None:
        """Write these, soon."""
        self._waiting = preferences
        if self._timer is not None:
            self._timer.cancel()
        if self._guarded != _guards(preferences):
            self._guarded = _guards(preferences)
            self._hand_over()
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._rest_seconds, self._hand_over)

    def close(self) -> None:
        """Write what waits, now; returns when all is on the card."""
        if self._timer is not None:
            self._timer.cancel()
        self._hand_over()
        self._disk.shutdown()

    def _hand_over(self) -> None:
        preferences, self._waiting, self._timer = self._waiting, None, None
        if preferences is not None:
            self._disk.submit(self._write, preferences)

    def _write(self, preferences: Preferences) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._path, msgspec.json.encode(preferences))
        except OSError as error:
            log.warning("STATE-02: %s: %s; choices are lost at the next start", self._path, error)


def _guards(preferences: Preferences) -> tuple[bool, int]:
    """What somebody may want to undo by a power cut."""
    return preferences.locked, preferences.wrong_pins
