"""Plays a scenario on a phone and says, step by step, what came of it.

Nothing is polled: an expectation is judged when the step begins and then within every event that
the phone takes, so that a state which lasts a millisecond is seen; and once more at the deadline,
for a machine that stood still finds the event and the deadline at once. Only sound has no events;
it is listened to ten times a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from appliance.control import heard
from appliance.control.checks import Sight, holds, seen, surroundings
from appliance.control.face import PhoneFace
from appliance.control.render import printable
from appliance.control.server import tap
from appliance.control.steps import (
    Expect,
    HeardSilence,
    HeardTone,
    LiftHandset,
    Never,
    PressKeys,
    ReplaceHandset,
    Step,
    Wait,
    What,
    spell,
    spell_time,
    spell_what,
)
from appliance.errors import PhoneError
from appliance.phone.events import Event

LISTEN_SECONDS = 0.1

Say = Callable[[str], None]
"""Takes one line of the report, without its line break, as soon as it is known."""


async def play(face: PhoneFace, steps: Sequence[Step], say: Say) -> int:
    """Play the steps until one fails: 0 if all of them held, 1 if one did not."""
    player = _Player(face)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    for number, step in enumerate(steps, start=1):
        at = loop.time()
        failure = await player.step(step)
        took = loop.time() - at
        outcome = f"ok ({took:.2f} s)" if failure is None else "FAILED"
        text = printable(f"line {step.line}: {spell(step.action)}")
        say(f"{at - begin:8.2f} s  {text} … {outcome}")
        if failure is not None:
            for line in failure:
                say(f"            {printable(line)}")
            say(f"failed at step {number} of {len(steps)}, line {step.line}")
            return 1
    say(f"all {len(steps)} steps held in {loop.time() - begin:.1f} s")
    return 0


Failure = tuple[str, ...]


class _Player:
    """Does and judges the steps of one scenario."""

    def __init__(self, face: PhoneFace) -> None:
        self._face = face

    async def step(self, step: Step) -> Failure | None:
        """None if it held, else what was expected and what was seen."""
        try:
            return await self._play(step)
        except PhoneError as error:
            return f"expected  {spell(step.action).removeprefix('expect ')}", f"seen      {error}"

    async def _play(self, step: Step) -> Failure | None:
        match step.action:
            case Expect(what, within):
                return await self._expect(what, within)
            case Never(what, seconds):
                return await self._never(what, seconds)
            case Wait(seconds):
                await asyncio.sleep(seconds)
            case other:
                await self._do(other)
        return None

    async def _do(self, action: LiftHandset | ReplaceHandset | PressKeys) -> None:
        match action:
            case LiftHandset():
                await self._face.lift()
            case ReplaceHandset():
                await self._face.replace()
            case PressKeys(keys, hold):
                for key in keys:
                    await tap(self._face, key, hold)

    async def _expect(self, what: What, within: float) -> Failure | None:
        if await self._comes(what, within) is not None:
            return None
        sight = await self._sight(what)
        return (
            f"expected  {spell_what(what)} within {spell_time(within)}",
            f"seen      {seen(what, sight)}",
            f"beside    {surroundings(sight)}",
        )

    async def _never(self, what: What, seconds: float) -> Failure | None:
        sight = await self._comes(what, seconds)
        if sight is None:
            return None
        return (
            f"expected  never {spell_what(what)} for {spell_time(seconds)}",
            f"seen      {seen(what, sight)}",
            f"beside    {surroundings(sight)}",
        )

    async def _comes(self, what: What, seconds: float) -> Sight | None:
        """The moment at which `what` holds, or None if it does not within so many seconds."""
        if isinstance(what, HeardTone | HeardSilence):
            return await self._sounds(what, seconds)
        if holds(what, now := self._look()):
            return now
        came: asyncio.Future[Sight] = asyncio.get_running_loop().create_future()

        def judge(_: Event) -> None:
            if not came.done() and holds(what, sight := self._look()):
                came.set_result(sight)

        leave = self._face.subscribe(judge)
        try:
            async with asyncio.timeout(seconds):
                return await came
        except TimeoutError:
            return now if holds(what, now := self._look()) else None
        finally:
            leave()

    async def _sounds(self, what: What, seconds: float) -> Sight | None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not holds(what, sight := await self._sight(what)):
            if loop.time() >= deadline:
                return None
            await asyncio.sleep(min(LISTEN_SECONDS, max(0.0, deadline - loop.time())))
        return sight

    def _look(self) -> Sight:
        face = self._face
        return Sight(face.phone, face.screen.text(), dict(face.lamps))

    async def _sight(self, what: What) -> Sight:
        if not isinstance(what, HeardTone | HeardSilence):
            return self._look()
        samples, rate = await self._face.heard(heard.WINDOW_SECONDS)
        return replace(self._look(), samples=samples, rate=rate)
