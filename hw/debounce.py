"""From contacts that bounce to presses that count: the pure half of the keypad.

No pin, no clock, no loop: fed with what a scan of the matrix saw and when (seconds of any monotonic
clock), it says which keys went down and came up. What it promises, whatever it is fed:

* A press is taken early and a release late. A contact counts as pressed when it was seen closed
  for `Timing.confirm`, and as released when it was seen open for `Timing.settle`. A contact that
  rattles for less than `settle` is therefore one press and one release.
* Presses and releases of a contact alternate, beginning with a press; every press is released.
* Ghosts are never reported. Without diodes three closed corners of a rectangle look like four, and
  nothing tells which one is not there. So no contact that is part of a rectangle is accepted until
  the rectangle has gone; contacts that were accepted before stay pressed. While two others are
  closed, a scan that fell into the middle of a press might see an incomplete rectangle; then a new
  contact must hold for `settle`. Two keys at once are always told apart.
* No more than `Timing.rollover` contacts are down at once; what comes on top (a book that lies on
  the keypad) is ignored until it has come up again, and has stayed up for `Timing.settle`.
* A contact that stays closed for `Timing.stuck` is reported as stuck, counts as released, and is
  ignored until it has come up again; the other keys go on working.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

Contact = tuple[int, int]
"""A crossing of the matrix: row, column."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient the debouncer is; times in seconds.

    Contacts of tactile switches rattle for up to 5 ms and those of rubber domes for up to 12 ms by
    their makers' data sheets; nobody lets go of a key and presses it again within 15 ms.
    """

    confirm: float = 0.001
    settle: float = 0.015
    stuck: float = 60.0
    rollover: int = 4
    watch_held: float = 0.010
    watch_stuck: float = 0.050


@dataclass(frozen=True, slots=True)
class Change:
    """A contact went down, came up, or will not come up."""

    kind: Literal["press", "release", "stuck"]
    contact: Contact


def ambiguous(closed: AbstractSet[Contact]) -> frozenset[Contact]:
    """The contacts that are a corner of a closed rectangle: one of each may be a ghost."""
    columns_of: dict[int, set[int]] = {}
    for row, column in closed:
        columns_of.setdefault(row, set()).add(column)
    ghosts: set[Contact] = set()
    for (one, ones), (other, others) in combinations(columns_of.items(), 2):
        shared = ones & others
        if len(shared) > 1:
            ghosts.update((row, column) for row in (one, other) for column in shared)
    return frozenset(ghosts)


@dataclass(slots=True)
class _Down:
    """An accepted contact: since when, and since when it has been seen open, if it is."""

    since: float
    open_since: float | None = None


class Debouncer:
    """Decides which contacts are pressed; see the module for its promises."""

    def __init__(self, timing: Timing | None = None) -> None:
        self._timing = timing or Timing()
        self._down: dict[Contact, _Down] = {}
        self._rising: dict[Contact, float] = {}
        self._ignored: dict[Contact, float | None] = {}
        self._closed: frozenset[Contact] = frozenset()

    @property
    def down(self) -> tuple[Contact, ...]:
        """What is pressed, in the order it was."""
        return tuple(self._down)

    def feed(self, at: float, closed: Iterable[Contact]) -> list[Change]:
        """Take a scan made at `at`, which saw these contacts closed; what has changed by it.

        Times may not go backwards. Releases come before presses, each in the order they began.
        """
        self._closed = frozenset(closed)
        self._forgive(at)
        changes = [*self._releases(at), *self._stuck(at)]
        return changes + self._presses(at)

    def delay(self) -> float | None:
        """Seconds until the next scan is worth its while; None: not before something moves."""
        timing = self._timing
        if self._rising:
            return timing.confirm
        opening = [entry.open_since for entry in self._down.values()]
        if any(since is not None for since in (*opening, *self._ignored.values())):
            return timing.settle / 3
        if self._down or self._closed - self._ignored.keys():
            return timing.watch_held
        return timing.watch_stuck if self._closed else None

    def _forgive(self, at: float) -> None:
        for contact, open_since in tuple(self._ignored.items()):
            if contact in self._closed:
                self._ignored[contact] = None
            elif open_since is None:
                self._ignored[contact] = at
            elif at - open_since >= self._timing.settle:
                del self._ignored[contact]

    def _releases(self, at: float) -> list[Change]:
        released: list[tuple[float, Contact]] = []
        for contact, entry in self._down.items():
            if contact in self._closed:
                entry.open_since = None
            elif entry.open_since is None:
                entry.open_since = at
            elif at - entry.open_since >= self._timing.settle:
                released.append((entry.open_since, contact))
        for _, contact in released:
            del self._down[contact]
        return [Change("release", contact) for _, contact in sorted(released)]

    def _stuck(self, at: float) -> list[Change]:
        stuck = [
            contact
            for contact, entry in self._down.items()
            if contact in self._closed and at - entry.since >= self._timing.stuck
        ]
        changes: list[Change] = []
        for contact in stuck:
            del self._down[contact]
            self._ignored[contact] = None
            changes += [Change("stuck", contact), Change("release", contact)]
        return changes

    def _presses(self, at: float) -> list[Change]:
        candidates = (
            self._closed - self._down.keys() - self._ignored.keys() - ambiguous(self._closed)
        )
        self._rising = {contact: self._rising.get(contact, at) for contact in candidates}
        pressed: list[Change] = []
        for contact, since in sorted(self._rising.items(), key=lambda item: (item[1], item[0])):
            if at - since < self._patience(contact):
                continue
            del self._rising[contact]
            if len(self._down) >= self._timing.rollover:
                self._ignored[contact] = None
            else:
                self._down[contact] = _Down(at)
                pressed.append(Change("press", contact))
        return pressed

    def _patience(self, contact: Contact) -> float:
        others = (self._closed | self._down.keys()) - {contact}
        return self._timing.settle if len(others) > 1 else self._timing.confirm
