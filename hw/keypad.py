"""The key matrix: waits on edges when idle, scans while something moves.

At rest every column is driven low and every row is pulled up, so that any key pulls its row down
and that edge wakes us; nothing is polled. Then one column at a time is driven low while the
others float (two keys of a row must not connect two drivers), the rows are read, and `debounce`
decides; scans go on, by timers of the loop, until everything is up again. A floating column is
pulled up, for some pins of the SoC pull down after a reset and would hold a pressed row at half
level.

An edge may come on any thread, and does one thing: it wakes the loop, once for each rest. All
callbacks are called on the loop's thread. A row that hums is scanned no oftener than a key that is
being pressed. A crossing without a key, a key that is stuck and a row that is shorted to ground are
each reported once, and the rest of the keypad goes on working.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from hw.board import Board
from hw.debounce import Change, Contact, Debouncer, Timing
from hw.gpio import PinFactory, default_factory, pin_errors
from hw.problem import OnProblem, Problem, ignore

OnKey = Callable[[str], None]

RISE_READS = 20
"""How often a row is read, at most, until its pull-up has lifted it after a column was let go.

A pull-up of 60 kΩ lifts the 100 pF of a hand's breadth of cable in 15 µs (BCM2835 data sheet and RC
time constant), less than a few reads take.
"""


class MatrixKeypad:
    """A matrix of keys on a gpiozero pin factory.

    Missing or busy pins are reported to `on_problem` and leave a keypad that is not `working`.
    To be made, used and closed on the loop's thread.
    """

    def __init__(
        self,
        board: Board,
        on_press: OnKey,
        on_release: OnKey,
        *,
        on_problem: OnProblem = ignore,
        loop: asyncio.AbstractEventLoop | None = None,
        pin_factory: PinFactory | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._board = board
        self._on_press = on_press
        self._on_release = on_release
        self._on_problem = on_problem
        self._loop = loop or asyncio.get_running_loop()
        timing = timing or Timing()
        self._debouncer = Debouncer(timing)
        self._pace = timing.confirm
        self._rows: list[Any] = []
        self._columns: list[Any] = []
        self._devices: list[Any] = []
        self._timer: asyncio.TimerHandle | None = None
        self._awake = True
        self._grounded: frozenset[int] = frozenset()
        self._reported: set[tuple[str, Contact]] = set()
        self._scanned = -self._pace
        self.scans = 0
        self.working = self._claim(pin_factory)
        if self.working:
            self._rest()

    @property
    def pressed(self) -> tuple[str, ...]:
        """The keys that are down, in the order they were pressed."""
        names = (self._board.key_at(*contact) for contact in self._debouncer.down)
        return tuple(name for name in names if name)

    @property
    def resting(self) -> bool:
        """Whether nothing is scanned and only an edge will wake the keypad."""
        return not self._awake

    def close(self) -> None:
        """Let go of the pins; nothing is called any more."""
        self.working = False
        self._awake = True
        if self._timer is not None:
            self._timer.cancel()
        for row in self._rows:
            row.when_changed = None
        for device in self._devices:
            device.close()

    def _claim(self, factory: PinFactory | None) -> bool:
        from gpiozero import GPIODevice, InputDevice

        try:
            factory = factory or default_factory()
            for pin in self._board.rows:
                self._devices.append(InputDevice(pin, pull_up=True, pin_factory=factory))
                self._rows.append(self._devices[-1].pin)
            for pin in self._board.columns:
                self._devices.append(GPIODevice(pin, pin_factory=factory))
                self._columns.append(self._devices[-1].pin)
            for row in self._rows:
                row.edges = "falling"
                row.when_changed = self._edge
        except pin_errors() as error:
            self.close()
            self._on_problem(
                Problem(
                    "keypad",
                    "the keys are not available",
                    str(error) or type(error).__name__,
                    "free GPIO pins",
                    "compare [board] with the wiring, and see what else uses the pins",
                )
            )
            return False
        return True

    def _edge(self, _ticks: float, _state: bool) -> None:
        """On whatever thread edges come: wake the loop, unless it is awake."""
        if not self._awake:
            self._awake = True
            self._loop.call_soon_threadsafe(self._woken)

    def _woken(self) -> None:
        """On the loop: scan, but no sooner than a debouncer wants to look; a row may hum."""
        if not self.working or self._timer is not None:
            return
        due = self._scanned + self._pace
        if self._loop.time() < due:
            self._timer = self._loop.call_at(due, self._scan)
        else:
            self._scan()

    def _rest(self) -> None:
        """Wait for an edge; what was pressed since the last scan is seen here."""
        for column in self._columns:
            column.output_with_state(0)
        self._awake = False
        if any(not pin.state for row, pin in enumerate(self._rows) if row not in self._grounded):
            self._edge(0.0, False)

    def _scan(self) -> None:
        self.scans += 1
        self._timer = None
        at = self._scanned = self._loop.time()
        for change in self._debouncer.feed(at, self._closed()):
            self._tell(change)
            if not self.working:
                return
        delay = self._debouncer.delay()
        if delay is None:
            self._rest()
        else:
            self._timer = self._loop.call_later(delay, self._scan)

    def _closed(self) -> set[Contact]:
        closed: set[Contact] = set()
        for column in self._columns:
            column.input_with_pull("up")
        self._grounded = frozenset(self._low_rows(range(len(self._rows))))
        for index, column in enumerate(self._columns):
            column.output_with_state(0)
            low = [row for row, pin in enumerate(self._rows) if not pin.state]
            column.input_with_pull("up")
            self._low_rows(low)
            closed.update((row, index) for row in low if row not in self._grounded)
        for row in sorted(self._grounded):
            self._report_grounded(row)
        return closed

    def _low_rows(self, rows: range | list[int]) -> list[int]:
        """Which of `rows` stay low though nothing drives them: waits for the pull-ups."""
        low = list(rows)
        for _ in range(RISE_READS):
            low = [row for row in low if not self._rows[row].state]
            if not low:
                break
        return low

    def _tell(self, change: Change) -> None:
        row, column = change.contact
        key = self._board.key_at(row, column)
        if change.kind == "stuck":
            self._report(
                "stuck",
                change.contact,
                "a key does not come up",
                f"{key or 'the crossing'} is down for too long",
                "keys that come up",
                "clean or replace the key; the others go on working",
            )
        elif key:
            (self._on_press if change.kind == "press" else self._on_release)(key)
        elif change.kind == "press":
            self._report(
                "nameless",
                change.contact,
                "a contact that is no key",
                f"row {row + 1} and column {column + 1} were connected",
                "crossings that [board] keys names",
                "name the key in [board] keys, or look for a short circuit",
            )

    def _report_grounded(self, row: int) -> None:
        self._report(
            "grounded",
            (row, 0),
            "a row is connected to ground",
            f"row {row + 1} (BCM {self._board.rows[row]}) is low with no key driven",
            "rows that only keys pull down",
            "look for a short circuit in the wiring of the row",
        )

    def _report(
        self, kind: str, contact: Contact, message: str, found: str, expected: str, hint: str
    ) -> None:
        if (kind, contact) not in self._reported:
            self._reported.add((kind, contact))
            self._on_problem(Problem("keypad", message, found, expected, hint))
