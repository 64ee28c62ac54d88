"""A unit's wires on gpiozero's mock pins: pressed keys connect columns to rows.

`SimulatedUnit` has hands: they act on contacts, never on callbacks, so that keypad, hook switch
and lamps run unchanged on its pin factory. Current goes every way that wires allow: three pressed
keys of a rectangle show the fourth as a ghost, a contact that rattles makes edges, and two columns
that are driven against each other through keys are counted in `shorts`. Pins change in the thread
of whoever moves a contact, as a GPIO library's own thread may change them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gpiozero.pins.mock import MockFactory, MockPin

from hw.board import Board
from hw.debounce import Contact


class _WiredPin(MockPin):  # type: ignore[misc]
    """Asks its wires for its level whenever its own doing might have changed it."""

    settle: Callable[[], None] | None = None

    @property
    def drives(self) -> bool | None:
        """The level it drives; None while it is an input."""
        return bool(self._state) if self._function == "output" else None

    def _set_function(self, value: str) -> None:
        super()._set_function(value)
        if value == "output":
            self._change_state(False)
        self._tell()

    def _set_state(self, value: float) -> None:
        super()._set_state(value)
        self._tell()

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self._tell()

    def _tell(self) -> None:
        if self.settle is not None:
            self.settle()


class _Wires:
    """What is connected with what, and the level that comes of it."""

    def __init__(self, rows: list[_WiredPin], columns: list[_WiredPin]) -> None:
        self.rows = rows
        self.columns = columns
        self.closed: set[Contact] = set()
        self.grounded: set[int] = set()
        self.shorts = 0

    def settle(self) -> None:
        """Bring every row to the level that keys, columns and pull-ups give it."""
        unseen = set(range(len(self.rows)))
        while unseen:
            rows, columns = self._network(unseen.pop())
            unseen -= rows
            levels = {self.columns[column].drives for column in columns} - {None}
            if len(levels) > 1:
                self.shorts += 1
            low = False in levels or bool(rows & self.grounded)
            for row in sorted(rows):
                pin = self.rows[row]
                if pin.drives is None:
                    _apply(pin, low)

    def _network(self, row: int) -> tuple[set[int], set[int]]:
        rows, columns = {row}, set[int]()
        while True:
            wider = {c for r, c in self.closed if r in rows}
            taller = {r for r, c in self.closed if c in wider}
            if wider <= columns and taller <= rows:
                return rows, columns
            columns |= wider
            rows |= taller


class SimulatedUnit:
    """A desk unit's contacts and lamps behind a gpiozero pin factory of its own.

    Every gesture acts at once. `bounces` is how often the contact opens and closes again before it
    has made up its mind; in what time is up to whoever calls.
    """

    def __init__(self, board: Board) -> None:
        self.board = board
        self.pin_factory = MockFactory()
        rows = [self._wired(pin) for pin in board.rows]
        columns = [self._wired(pin) for pin in board.columns]
        self._wires = _Wires(rows, columns)
        for pin in (*rows, *columns):
            pin.settle = self._wires.settle
        self._hook = None if board.hook is None else self._wired(board.hook)
        self._hook_closed = board.hook_closed == "on-hook"
        if self._hook is not None:
            self._hook.settle = self._settle_hook
            self._settle_hook()

    @property
    def shorts(self) -> int:
        """How often two columns were driven against each other."""
        return self._wires.shorts

    @property
    def pressed(self) -> frozenset[Contact]:
        """The contacts that are closed."""
        return frozenset(self._wires.closed)

    def press(self, key: str, bounces: int = 0) -> None:
        """Push a key down; KeyError where the board has no such key."""
        self.close_contact(self.board.contact(key), bounces)

    def release(self, key: str, bounces: int = 0) -> None:
        """Let a key come up."""
        self.open_contact(self.board.contact(key), bounces)

    def close_contact(self, contact: Contact, bounces: int = 0) -> None:
        """Connect a row and a column, key or not."""
        for _ in range(bounces):
            self._connect((*self._wires.closed, contact))
            self._connect(self._wires.closed - {contact})
        self._connect((*self._wires.closed, contact))

    def open_contact(self, contact: Contact, bounces: int = 0) -> None:
        """Disconnect a row and a column."""
        for _ in range(bounces):
            self._connect(self._wires.closed - {contact})
            self._connect((*self._wires.closed, contact))
        self._connect(self._wires.closed - {contact})

    def ground(self, row: int) -> None:
        """Short a row to ground, as a broken wire might."""
        self._wires.grounded.add(row)
        self._wires.settle()

    def lift(self, bounces: int = 0) -> None:
        """Take the handset off its cradle."""
        self._move_hook(self.board.hook_closed == "off-hook", bounces)

    def replace(self, bounces: int = 0) -> None:
        """Put the handset back."""
        self._move_hook(self.board.hook_closed == "on-hook", bounces)

    def lamp_lit(self, name: str) -> bool:
        """Whether a lamp is alight; one that the board lacks is not."""
        pin = getattr(self.board.lamps, name)
        return pin is not None and bool(self.pin_factory.pin(pin).state)

    def _connect(self, closed: Iterable[Contact]) -> None:
        self._wires.closed = set(closed)
        self._wires.settle()

    def _wired(self, pin: int) -> _WiredPin:
        wired: _WiredPin = self.pin_factory.pin(pin, pin_class=_WiredPin)
        return wired

    def _move_hook(self, close: bool, bounces: int) -> None:
        for self._hook_closed in (*(close, not close) * bounces, close):
            self._settle_hook()

    def _settle_hook(self) -> None:
        if self._hook is not None:
            _apply(self._hook, self._hook_closed)


def _apply(pin: _WiredPin, low: bool) -> None:
    (pin.drive_low if low else pin.drive_high)()
