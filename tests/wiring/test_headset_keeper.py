"""Headsets that come late, go and come back: cards of a made-up sysfs, and a headset of files."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from appliance.audio.tones import TONE_NAMES, tone
from appliance.clock import SystemClock
from appliance.config.model import Audio
from appliance.loop import PhoneLoop
from appliance.phone import events as ev
from appliance.phone.explore import example_settings
from appliance.ports import Muscles
from appliance.sip.engine import Engine
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from appliance.wiring import sound as wiring
from appliance.wiring.ring import HeadsetRinger
from appliance.wiring.sound import HeadsetKeeper, find_sound
from hw.hotplug import Hotplug, Uevent
from hw.soundcard import SoundCard
from tests.hw.test_hotplug import message
from tests.hw.test_soundcard import Machine
from tests.sip.headset import NAME, FakeHeadset, why_not
from tests.test_loop import Recorder

USB = "plughw:CARD=Headset,DEV=0"
FAILED = ev.ProblemFound("headset", "AUDIO-01", "Headset does not open")
MENDED = ev.ProblemFound("headset", "", "")
CALL = ev.CallIncoming(2, 0, "600")


class Bridge:
    """Notes which headset it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def set_headset(self, pcm: str) -> None:
        self.given.append(pcm)

    def set_level(self, which: str, percent: int) -> None:
        """No sound, no level."""

    def step_volume(self, which: str, steps: int) -> int:
        return 50 + 10 * steps


class Desk:
    """A phone and the cards of its machine.

    Where it is deaf to the kernel, its keeper looks every 20 ms instead of 2 s.
    """

    def __init__(self, folder: Path, headset: str = "auto", *, deaf: bool = True) -> None:
        self.deaf = deaf
        self.mouth, self.ear = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ear.setblocking(False)
        self.machine = Machine(folder)
        self.audio = Audio(headset=headset)
        self.bridge = Bridge()
        self.looks = 0
        self.news = 0
        self.phone: PhoneLoop

    def cards(self) -> list[SoundCard]:
        self.looks += 1
        return self.machine.cards()

    def plug(self, number: int = 1, card: str = "Headset", port: str = "1-1.2") -> None:
        self.machine.card(number, card, "0p 0c", self.machine.usb(port, "A1"))

    def unplug(self, number: int = 1) -> None:
        (self.machine.sysfs / f"class/sound/card{number}").unlink()

    def say(self, action: str, card: str = "card1") -> None:
        """What the kernel says of a card."""
        self.mouth.send(message(action, f"/devices/usb1/sound/{card}", "sound"))

    def hotplug(self, on_event: Callable[[Uevent], None]) -> Hotplug:
        def connect() -> socket.socket:
            if self.deaf:
                raise PermissionError(1, "Operation not permitted")
            return self.ear

        def hear(event: Uevent) -> None:
            on_event(event)
            self.news += 1

        return Hotplug({"sound"}, hear, connect=connect)

    @property
    def headset(self) -> str:
        return self.phone.phone.headset.state

    def live(self, story: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def life() -> None:
            self.phone = PhoneLoop(example_settings(), SystemClock("Europe/Berlin"))
            sound = find_sound(self.audio, self.machine.cards)
            keeper = self.keeper = HeadsetKeeper(
                sound, self.audio, self.phone, self.bridge, cards=self.cards, hotplug=self.hotplug
            )
            self.phone.post(sound.found)

            async def tell() -> None:
                await story()
                keeper.close()
                assert keeper._timer is None
                self.phone.stop()

            _ = self.phone.spawn("story", tell())
            recorder = Recorder()
            async with asyncio.timeout(20):
                await self.phone.run(Muscles(recorder, recorder, recorder, keeper, *[recorder] * 3))

        try:
            asyncio.run(life())
        finally:
            self.mouth.close()
            self.ear.close()


async def becomes(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10.0):
        while not holds():  # noqa: ASYNC110 - cards and files do not ring
            await asyncio.sleep(0.02)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(wiring, "LOOK_SECONDS", 0.02)
    return Desk(tmp_path)


@pytest.fixture
def hearing(tmp_path: Path) -> Desk:
    return Desk(tmp_path, deaf=False)


def test_the_kernel_says_when_it_is_plugged_in_and_pulled_out(hearing: Desk) -> None:
    async def story() -> None:
        hearing.plug()
        hearing.say("add")
        await becomes(lambda: hearing.headset == "ready")
        assert hearing.bridge.given == [USB]
        hearing.unplug()
        hearing.say("remove")
        await becomes(lambda: hearing.headset == "missing")
        assert hearing.bridge.given == [USB, ""]

    hearing.live(story)


def test_a_call_outlives_its_headset_and_gets_it_back_from_another_port(hearing: Desk) -> None:
    hearing.plug()

    async def story() -> None:
        hearing.phone.post(CALL)
        hearing.phone.post(ev.KeyPressed("headset"))
        hearing.phone.post(ev.CallAnswered(2))
        hearing.unplug()
        hearing.say("remove")
        await becomes(lambda: hearing.headset == "missing")
        phone = hearing.phone
        assert [call.phase for call in phone.phone.calls] == ["talking"]
        assert "Headset unplugged" in phone.screen.text()
        hearing.plug(2, "Headset_1", "1-1.4")
        hearing.say("add", "card2")
        await becomes(lambda: hearing.headset == "ready")
        assert hearing.bridge.given == ["", "plughw:CARD=Headset_1,DEV=0"]
        assert [call.phase for call in phone.phone.calls] == ["talking"]

    hearing.live(story)


def test_a_headset_in_use_is_not_left_for_another(hearing: Desk) -> None:
    hearing.plug(2, "Second", "1-1.4")

    async def story() -> None:
        looks = hearing.looks
        hearing.plug(1, "First", "1-1.2")
        hearing.say("add")
        await becomes(lambda: hearing.looks > looks)
        assert hearing.bridge.given == []
        hearing.unplug(2)
        hearing.say("remove", "card2")
        await becomes(lambda: bool(hearing.bridge.given))
        assert hearing.bridge.given == ["", "plughw:CARD=First,DEV=0"]
        assert hearing.headset == "ready"

    hearing.live(story)


def test_a_pcm_that_is_no_card_is_not_missed_when_cards_go(tmp_path: Path) -> None:
    desk = Desk(tmp_path, NAME, deaf=False)
    desk.plug()

    async def story() -> None:
        desk.unplug()
        desk.say("remove")
        await becomes(lambda: desk.news > 0)
        assert desk.headset == "ready"
        assert desk.bridge.given == []

    desk.live(story)


def test_no_timer_runs_where_the_kernel_tells(hearing: Desk) -> None:
    async def story() -> None:
        hearing.phone.post(ev.HookLifted())
        assert hearing.headset == "missing"
        assert hearing.keeper._timer is None

    hearing.live(story)


@pytest.mark.parametrize("moment", [ev.HookLifted(), CALL, ev.KeyPressed("headset")])
def test_a_headset_that_was_late_is_found_when_it_matters(desk: Desk, moment: ev.Event) -> None:
    async def story() -> None:
        assert desk.headset == "missing"
        desk.plug()
        desk.phone.post(moment)
        assert desk.headset == "ready"
        assert desk.phone.phone.headset.name == "Acme Headset 9"
        assert desk.bridge.given == [USB]

    desk.live(story)


def test_it_is_looked_for_while_the_phone_is_in_use_and_not_at_rest(desk: Desk) -> None:
    async def story() -> None:
        await asyncio.sleep(0.1)
        assert desk.looks == 0
        desk.phone.post(ev.HookLifted())
        await becomes(lambda: desk.looks > 3)
        desk.phone.post(ev.HookReplaced())
        await asyncio.sleep(0.05)
        looks = desk.looks
        await asyncio.sleep(0.1)
        assert desk.looks == looks
        desk.phone.post(ev.HookLifted())
        desk.plug()
        await becomes(lambda: desk.headset == "ready")

    desk.live(story)


def test_a_headset_that_went_comes_back_under_another_name(desk: Desk) -> None:
    desk.plug()

    async def story() -> None:
        assert desk.headset == "ready"
        desk.phone.post(CALL)
        desk.unplug()
        desk.phone.post(FAILED)
        assert desk.headset == "missing"
        desk.plug(2, "Headset_1", "1-1.4")
        await becomes(lambda: desk.headset == "ready")
        assert desk.bridge.given == ["plughw:CARD=Headset_1,DEV=0"]

    desk.live(story)


def test_a_card_that_alsa_refuses_is_missing_until_it_opens(desk: Desk) -> None:
    desk.plug()

    async def story() -> None:
        desk.phone.post(ev.HookLifted())
        desk.phone.post(FAILED)
        assert desk.headset == "missing"
        looks = desk.looks
        await becomes(lambda: desk.looks > looks + 2)
        assert desk.headset == "missing"
        desk.phone.post(MENDED)
        assert desk.headset == "ready"

    desk.live(story)


def test_a_usb_headset_takes_the_place_of_what_served_without_one(desk: Desk) -> None:
    desk.machine.card(0, "PCH", "0p 0c")

    async def story() -> None:
        assert desk.headset == "ready"
        desk.plug()
        desk.phone.post(ev.HookLifted())
        assert desk.bridge.given == [USB]
        desk.unplug()
        desk.phone.post(FAILED)
        assert desk.headset == "ready"
        assert desk.bridge.given[1:] not in ([], [USB])

    desk.live(story)


@pytest.mark.skipif(why_not() is not None, reason=why_not() or "")
def test_the_status_follows_a_real_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    headset = FakeHeadset(tmp_path)
    headset.build(440.0)
    headset.plug(False)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(headset.configuration))
    tones = tuple((name, tone("us", name)) for name in TONE_NAMES)

    async def life() -> None:
        phone = PhoneLoop(example_settings(), SystemClock("Europe/Berlin"))
        audio = Audio(headset=NAME)
        lines = tuple(
            AccountSettings(number, "1001", ("127.0.0.1:9",))
            for number in range(len(phone.phone.settings.accounts))
        )
        settings = SipSettings(lines, AudioSettings("alsa", NAME, NAME, tones=tones))
        engine = Engine(settings, phone.post)
        sound = find_sound(audio)
        keeper = HeadsetKeeper(sound, audio, phone, engine)
        phone.post(sound.found)

        async def story() -> None:
            phone.post(ev.PhoneStarted())
            phone.post(CALL)
            await becomes(lambda: phone.phone.headset.state == "missing")
            headset.plug(True)
            await becomes(lambda: phone.phone.headset.state == "ready")
            await becomes(lambda: headset.heard().seconds > 0.2)
            headset.plug(False)
            await becomes(lambda: phone.phone.headset.state == "missing")
            headset.plug(True)
            played = headset.heard().seconds
            await becomes(lambda: headset.heard().seconds > played + 0.2)
            await becomes(lambda: phone.phone.headset.state == "ready")
            assert not [it for it in phone.phone.problems if it.part == "headset"]
            keeper.close()
            phone.stop()

        _ = phone.spawn("story", story())
        recorder = Recorder()
        async with asyncio.timeout(30):
            await phone.run(
                Muscles(engine, recorder, recorder, keeper, HeadsetRinger(engine), *[recorder] * 2)
            )

    asyncio.run(life())
