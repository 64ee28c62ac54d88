"""The agent's choices in a file: read at the start, written when they have come to rest.

A card wears out by being written, and volume keys are pressed in rows: a change is written when
there was no other for two seconds, and when the phone ends. What guards the phone, or the site, is
written at once: pulling the plug takes no wrong PIN back, and a crash no refused password. The file
is replaced whole, so that a power cut leaves the old one or the new one, by one thread, so that the
newest is the last. A damaged one is put aside, and told.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from pathlib import Path

import msgspec

from appliance.config.writing import write_private
from appliance.phone.preferences import Preferences
from appliance.phone.words import in_line
from appliance.store.damaged import put_aside
from appliance.store.trouble import Troubles

FILE = "preferences.json"
REST_SECONDS = 2.0
PART = "choices"
CODE = "STATE-02"


class PreferenceStore:
    """A part of `StateStore`; for the loop's thread, until `close`. The `disk` thread writes."""

    def __init__(
        self,
        state: Path,
        disk: Executor,
        troubles: Troubles,
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        self._path = state / FILE
        self._rest_seconds = rest_seconds
        self._disk = disk
        self._troubles = troubles
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
        except OSError as error:
            self._failed(f"{self._path}: {error}; the phone is as configured")
        except msgspec.MsgspecError as error:
            self._put_aside(error)
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
        """Have what waits be written now."""
        if self._timer is not None:
            self._timer.cancel()
        self._hand_over()

    def _hand_over(self) -> None:
        preferences, self._waiting, self._timer = self._waiting, None, None
        if preferences is not None:
            self._disk.submit(self._write, msgspec.json.encode(preferences))

    def _write(self, preferences: bytes) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._path, preferences)
        except OSError as error:
            self._failed(f"{self._path}: {error}; choices are lost at the next start")
        else:
            self._troubles.over(PART)

    def _put_aside(self, damage: Exception) -> None:
        try:
            where = f"it is now {put_aside(self._path).name}"
        except OSError as error:
            where = f"it cannot be put aside ({error})"
        evidence = f"{self._path}: {damage}; {where}, and the phone is as configured"
        self._troubles.found(PART, CODE, in_line("Choices were damaged"), evidence)

    def _failed(self, evidence: str) -> None:
        self._troubles.found(PART, CODE, in_line("Choices are not kept"), evidence)


def _guards(preferences: Preferences) -> tuple[object, ...]:
    """What somebody may want to undo by a power cut, or what one cuts."""
    return (
        preferences.locked,
        preferences.wrong_pins,
        preferences.session,
        preferences.refusals,
    )
