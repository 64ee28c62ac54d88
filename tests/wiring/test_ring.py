"""Where it rings: the loudspeaker that was asked for, or the headset when that one is not there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from appliance.audio.tones import RINGS, tone
from appliance.config.model import Audio
from appliance.phone.effects import Effect, SetRinger
from appliance.phone.events import Event, ProblemFound
from appliance.wiring.ring import DeviceRinger, HeadsetRinger
from hw.soundcard import SoundCard
from tests.hw.waiting import until
from tests.sip.headset import NAME, RATE, FakeHeadset, why_not

needs_alsa = pytest.mark.skipif(why_not() is not None, reason=why_not() or "")
TROUBLE = ProblemFound("ringer", "AUDIO-06", "Ringer does not sound")
MENDED = ProblemFound("ringer", "", "")


class Engine:
    """Notes what it was told, and steps a level."""

    def __init__(self) -> None:
        self.told: list[Effect] = []
        self.percent = 100

    def perform(self, effect: Effect) -> None:
        self.told.append(effect)

    def set_level(self, which: str, percent: int) -> None:
        assert which == "ringer"
        self.percent = percent

    def step_volume(self, which: str, steps: int) -> int:
        assert which == "ringer"
        self.percent = max(0, min(100, self.percent + 10 * steps))
        return self.percent


class Desk:
    """A ringer of this name on a machine with these cards."""

    def __init__(self, ringer: str, cards: list[SoundCard]) -> None:
        self.engine = Engine()
        self.posted: list[Event] = []
        self.cards = cards
        self.ringer = DeviceRinger(
            Audio(ringer=ringer, ringer_volume=100),
            {name: tone("us", name) for name in RINGS},
            self.engine,
            self.posted.append,
            cards=lambda: self.cards,
            rate=RATE,
        )


def play(story: Callable[[Desk], Coroutine[Any, Any, None]], ringer: str = NAME) -> None:
    async def life() -> None:
        desk = Desk(ringer, [])
        try:
            await story(desk)
        finally:
            desk.ringer.close()

    asyncio.run(life())


@pytest.fixture
def speaker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHeadset:
    fake = FakeHeadset(tmp_path)
    fake.build(440.0)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(fake.configuration))
    return fake


def warbles(speaker: FakeHeadset) -> bool:
    heard = speaker.heard().last(0.4)
    return heard.share(800) + heard.share(1000) > 0.8


@needs_alsa
def test_it_rings_on_its_device_and_not_in_the_headset(speaker: FakeHeadset) -> None:
    async def story(desk: Desk) -> None:
        desk.ringer.perform(SetRinger(True))
        await until(lambda: warbles(speaker))
        loud = speaker.heard().last(0.3).level()
        assert desk.ringer.step_volume("ringer", -2) == 80
        await until(lambda: speaker.heard().last(0.3).level() < loud - 5)
        desk.ringer.perform(SetRinger(False))
        assert SetRinger(True) not in desk.engine.told
        assert not desk.posted

    play(story)


@needs_alsa
def test_a_ringer_that_goes_leaves_the_ring_to_the_headset(speaker: FakeHeadset) -> None:
    async def story(desk: Desk) -> None:
        desk.ringer.perform(SetRinger(True))
        await until(lambda: warbles(speaker))
        speaker.plug(False)
        await until(lambda: desk.posted == [TROUBLE])
        assert desk.engine.told == [SetRinger(True)]
        desk.ringer.perform(SetRinger(False))
        assert desk.engine.told == [SetRinger(True), SetRinger(False)]
        speaker.plug(True)
        desk.ringer.perform(SetRinger(True))
        await until(lambda: desk.posted == [TROUBLE, MENDED])
        assert desk.engine.told == [SetRinger(True), SetRinger(False)]

    play(story)


def test_a_ringer_that_is_not_plugged_in_is_told_once() -> None:
    async def story(desk: Desk) -> None:
        for _ in range(2):
            desk.ringer.perform(SetRinger(True))
            desk.ringer.perform(SetRinger(False))
        assert desk.engine.told == 2 * [SetRinger(True), SetRinger(False)]
        assert desk.posted == [TROUBLE]
        assert desk.ringer.step_volume("ringer", -1) == 90

    play(story, "usb:0d8c:0014@1-1")


@needs_alsa
def test_one_that_comes_late_is_found_by_its_id(speaker: FakeHeadset) -> None:
    async def story(desk: Desk) -> None:
        desk.ringer.perform(SetRinger(True))
        assert desk.posted == [TROUBLE]
        desk.ringer.perform(SetRinger(False))
        desk.cards = [Card("card:Speaker", "Speaker", "Speaker", True, False)]
        desk.ringer.perform(SetRinger(True))
        await until(lambda: warbles(speaker))
        await until(lambda: desk.posted == [TROUBLE, MENDED])

    play(story, "card:Speaker")


class Card(SoundCard):
    """A card whose PCM is the file's."""

    __slots__ = ()

    @property
    def alsa_name(self) -> str:
        return NAME


def test_without_a_ringer_the_headset_rings() -> None:
    engine = Engine()
    ringer = HeadsetRinger(engine)
    ringer.perform(SetRinger(True))
    assert engine.told == [SetRinger(True)]
    assert ringer.step_volume("ringer", -1) == 90
    ringer.close()
