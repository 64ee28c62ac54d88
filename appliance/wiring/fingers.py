"""Hands for programs: what `ctl` and scenarios press, on mock pins or on a unit with real ones.

On a simulated unit a finger closes a contact and waits until the keypad, having debounced it, has
told the phone: whoever reads the phone afterwards sees what came of it. On a unit with real pins
nothing can close a contact, so the event is posted that the contact would have caused.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from appliance.errors import HardwareError
from appliance.phone.events import Event, HookLifted, HookReplaced, KeyPressed, KeyReleased
from appliance.ports import Post
from hw.board import Board
from hw.simulated.wiring import SimulatedUnit

TAKEN_SECONDS = 2.0


class Hands(Protocol):
    """What moves the contacts of a simulated unit: the unit itself, or the desk drawn of it."""

    def press(self, key: str) -> None:
        """Push a key down."""

    def release(self, key: str) -> None:
        """Let a key come up."""

    def lift(self) -> None:
        """Take the handset off its cradle."""

    def replace(self) -> None:
        """Put the handset back."""


class PinFingers:
    """Fingers on the contacts of a simulated unit; `post` passes on what the unit reports."""

    def __init__(self, unit: SimulatedUnit, post: Post) -> None:
        self._unit = unit
        self.hands: Hands = unit
        self.lifted = False
        self._post = post
        self._waiting: list[tuple[Event, asyncio.Future[None]]] = []
        self._turns: dict[str, asyncio.Lock] = {}

    def report(self, event: Event) -> None:
        """The unit's keypad or hook switch has noticed something."""
        if isinstance(event, HookLifted | HookReplaced):
            self.lifted = isinstance(event, HookLifted)
        self._post(event)
        for waiting in tuple(self._waiting):
            expected, taken = waiting
            if expected == event:
                self._waiting.remove(waiting)
                if not taken.done():
                    taken.set_result(None)

    async def press(self, key: str) -> None:
        """Push a key down; waits for whoever has a finger on it already."""
        _contact(self._unit.board, key)
        turn = self._turns.setdefault(key, asyncio.Lock())
        await turn.acquire()
        try:
            await self._move(key, KeyPressed(key), down=True)
        except BaseException:
            self.hands.release(key)
            turn.release()
            raise

    async def release(self, key: str) -> None:
        """Let a key come up."""
        try:
            await self._move(key, KeyReleased(key), down=False)
        finally:
            turn = self._turns.get(key)
            if turn is not None and turn.locked():
                turn.release()

    async def _move(self, key: str, event: Event, *, down: bool) -> None:
        contact = _contact(self._unit.board, key)
        if (contact in self._unit.pressed) != down:
            taken = self._expect(event)
            (self.hands.press if down else self.hands.release)(key)
            await self._until(taken, f"the key {key}")

    async def lift(self) -> None:
        """Lift the handset; nothing happens if it is lifted already."""
        if not self.lifted:
            taken = self._expect(HookLifted())
            self.hands.lift()
            await self._until(taken, "the hook switch")

    async def replace(self) -> None:
        """Put the handset back."""
        if self.lifted:
            taken = self._expect(HookReplaced())
            self.hands.replace()
            await self._until(taken, "the hook switch")

    def _expect(self, event: Event) -> asyncio.Future[None]:
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, taken))
        return taken

    async def _until(self, taken: asyncio.Future[None], what: str) -> None:
        try:
            async with asyncio.timeout(TAKEN_SECONDS):
                await taken
        except TimeoutError:
            self._waiting = [waiting for waiting in self._waiting if waiting[1] is not taken]
            raise HardwareError(
                "HW-04",
                "Key not noticed",
                f"{what} was moved but the unit did not report it within {TAKEN_SECONDS:g} s; is "
                "another key held down?",
            ) from None


class PostingFingers:
    """Fingers for a unit whose keys are real."""

    def __init__(self, board: Board, post: Post) -> None:
        self._board = board
        self._post = post

    async def press(self, key: str) -> None:
        """Push a key down."""
        _contact(self._board, key)
        self._post(KeyPressed(key))

    async def release(self, key: str) -> None:
        """Let a key come up."""
        self._post(KeyReleased(key))

    async def lift(self) -> None:
        """Lift the handset."""
        self._post(HookLifted())

    async def replace(self) -> None:
        """Put the handset back."""
        self._post(HookReplaced())


def _contact(board: Board, key: str) -> tuple[int, int]:
    try:
        return board.contact(key)
    except KeyError:
        names = " ".join(name for row in board.keys for name in row if name)
        raise HardwareError(
            "HW-03", "No such key", f"this board has no key {key!r}; it has {names}"
        ) from None
