"""The ringer on a real ALSA PCM, one that is made of a file; and on devices that fail."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from hw.problem import Problem
from hw.ringer import Connect, Output, Ringer, open_pcm
from tests.hw.waiting import until
from tests.peers.audio import tone
from tests.sip.headset import NAME, RATE, FakeHeadset, why_not

needs_alsa = pytest.mark.skipif(why_not() is not None, reason=why_not() or "")
RING = tone(800, 0.5, RATE).tobytes()
OTHER = tone(1000, 0.5, RATE).tobytes()


@pytest.fixture
def speaker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHeadset:
    fake = FakeHeadset(tmp_path)
    fake.build(440.0)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(fake.configuration))
    return fake


class Story:
    """A ringer and what it has said."""

    def __init__(self, connect: Connect) -> None:
        self.problems: list[Problem] = []
        self.rings = 0
        self.ringer = Ringer(
            RATE, on_problem=self.problems.append, on_ringing=self._rang, connect=connect
        )

    def _rang(self) -> None:
        self.rings += 1


def play(
    story: Callable[[Story], Coroutine[None, None, None]], connect: Connect = open_pcm
) -> None:
    async def life() -> None:
        told = Story(connect)
        try:
            await story(told)
            assert not told.ringer.failed.done()
        finally:
            told.ringer.close()

    asyncio.run(life())


def ringers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "ringer"]


@needs_alsa
def test_it_rings_round_and_round_until_told(speaker: FakeHeadset) -> None:
    async def story(told: Story) -> None:
        told.ringer.ring(NAME, RING)
        await until(lambda: speaker.heard().seconds > 1.2)
        assert speaker.heard().share(800) > 0.9
        told.ringer.rest()
        told.ringer.ring(NAME, OTHER)
        await until(lambda: speaker.heard().last(0.4).share(1000) > 0.9)
        assert not told.problems

    play(story)
    assert not ringers()


@needs_alsa
def test_a_new_level_goes_on_without_a_new_beginning(speaker: FakeHeadset) -> None:
    async def story(told: Story) -> None:
        told.ringer.ring(NAME, RING)
        await until(lambda: speaker.heard().seconds > 0.2)
        told.ringer.ring(NAME, tone(800, 0.5, RATE, -30.0).tobytes())
        await until(lambda: speaker.heard().last(0.3).level() < -28)
        assert told.rings == 1

    play(story)


@needs_alsa
def test_a_device_that_goes_is_told_and_one_that_comes_back_rings(speaker: FakeHeadset) -> None:
    async def story(told: Story) -> None:
        told.ringer.ring(NAME, RING)
        await until(lambda: speaker.heard().seconds > 0.2)
        speaker.plug(False)
        await until(lambda: told.problems)
        assert NAME in told.problems[0].found
        told.ringer.ring(NAME, RING)
        await until(lambda: len(told.problems) == 2)
        speaker.plug(True)
        told.ringer.ring(NAME, RING)
        await until(lambda: told.rings == 2)

    play(story)


@needs_alsa
def test_a_name_that_alsa_does_not_know(speaker: FakeHeadset) -> None:
    async def story(told: Story) -> None:
        told.ringer.ring("nowhere", RING)
        await until(lambda: told.problems)
        assert "nowhere" in str(told.problems[0])
        assert "[audio] ringer" in told.problems[0].suggestion

    play(story)


def test_a_mistake_of_ours_ends_the_phone() -> None:
    def broken(_: str, __: int) -> Output:
        raise ZeroDivisionError

    async def story() -> None:
        ringer = Ringer(RATE, connect=broken)
        ringer.ring("any", RING)
        with pytest.raises(ZeroDivisionError):
            await ringer.failed
        ringer.close()

    asyncio.run(story())


def test_no_samples_are_no_ring() -> None:
    opened = []

    def note(name: str, _: int) -> Output:
        opened.append(name)
        raise OSError(name)

    async def story(told: Story) -> None:
        told.ringer.ring("silent", b"")
        told.ringer.ring("loud", RING)
        await until(lambda: told.problems)
        assert opened == ["loud"]

    play(story, connect=note)
