"""The loop: one way through, timers that ring, and deaths that are heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from appliance.clock import SystemClock
from appliance.loop import PhoneLoop
from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.calllog import Record
from appliance.phone.explore import example_settings
from appliance.phone.preferences import Preferences
from appliance.phone.screen import Screen
from appliance.ports import Muscles


class Recorder:
    """Plays every muscle and notes what it was told."""

    def __init__(self) -> None:
        self.effects: list[fx.Effect] = []
        self.screens: list[Screen] = []
        self.lamps: dict[str, str] = {}
        self.brightness = -1
        self.stopped = False
        self.kept: Preferences | None = None
        self.logged: tuple[Record, ...] = ()
        self.seen = 0
        self.tested: list[bool] = []
        self.typed: list[fx.SetUpByHand] = []
        self.told_headset: fx.SetHeadset | None = None
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        """Start at once."""

    def perform(self, effect: fx.Effect) -> None:
        """Note a command."""
        self.effects.append(effect)

    async def stop(self) -> None:
        """Note the end."""
        self.stopped = True

    def show(self, screen: Screen) -> None:
        """Note a screen."""
        self.screens.append(screen)

    def set_brightness(self, percent: int) -> None:
        """Note the brightness."""
        self.brightness = percent

    def set(self, name: str, state: fx.LampState) -> None:
        """Note a lamp."""
        self.lamps[name] = state

    def indicate(self, effect: fx.SetHeadset) -> None:
        """Note what the headset is told."""
        self.told_headset = effect

    def facts(self) -> ev.FactsRead:
        """Pretend a network."""
        return ev.FactsRead(("eth0: 192.0.2.20",))

    def keep(self, preferences: Preferences) -> None:
        """Note what is kept."""
        self.kept = preferences

    def keep_call(self, record: Record) -> None:
        """Note what is logged."""
        self.logged = (*self.logged, record)

    def see_missed(self) -> None:
        """Note that it was seen."""
        self.seen += 1

    def set_up(self, account: fx.SetUpByHand) -> None:
        """Note what was typed."""
        self.typed.append(account)

    def test_headset(self, *, running: bool) -> None:
        """Note what is tested."""
        self.tested.append(running)

    def step_volume(self, which: str, steps: int) -> int:
        """Pretend a level."""
        return 50 + 10 * steps


Story = Callable[[PhoneLoop, Recorder], Coroutine[Any, Any, None]]


def _live(story: Story, **settings: Any) -> Recorder:
    """Run a phone for as long as the story lasts; raises what killed the phone."""

    async def life() -> Recorder:
        recorder = Recorder()
        loop = PhoneLoop(example_settings(**settings), SystemClock("Europe/Berlin"))

        async def tell() -> None:
            await story(loop, recorder)
            loop.stop()

        _ = loop.spawn("story", tell())
        async with asyncio.timeout(20):
            await loop.run(Muscles(*[recorder] * 7))
        return recorder

    return asyncio.run(life())


async def _until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


def test_a_phone_starts_registers_and_says_every_standing_order() -> None:
    async def story(loop: PhoneLoop, recorder: Recorder) -> None:
        await _until(lambda: loop.phone.started)

    recorder = _live(story)
    assert fx.Register(0) in recorder.effects
    assert fx.SetTone("none") in recorder.effects
    assert recorder.lamps == {"call": "off", "message": "off", "mute": "off"}
    assert recorder.brightness == 100
    assert recorder.screens[0].title == "Starting up"
    assert recorder.stopped


def test_the_display_speaks_the_configured_language() -> None:
    async def story(loop: PhoneLoop, recorder: Recorder) -> None:
        await _until(lambda: loop.phone.started)
        loop.post(ev.CallIncoming(1, 0, "2001", "Busy"))
        await _until(lambda: "Busy" in recorder.screens[-1].text())
        assert recorder.screens[-1].title == loop.screen.title == "Ankommender Ruf"

    recorder = _live(story, language="de")
    assert recorder.screens[0].title == "Startet"


def test_the_display_speaks_the_language_that_the_agent_chooses() -> None:
    async def story(loop: PhoneLoop, recorder: Recorder) -> None:
        await _until(lambda: loop.phone.started)
        for key in ("soft2", "6", "4"):
            loop.post(ev.KeyPressed(key))
        await _until(lambda: "Sprache" in recorder.screens[-1].title)

    _live(story)


def test_the_interdigit_timer_places_the_call() -> None:
    async def story(loop: PhoneLoop, recorder: Recorder) -> None:
        await _until(lambda: loop.phone.started)
        loop.post(ev.HookLifted())
        for key in "23":
            loop.post(ev.KeyPressed(key))
        await _until(lambda: fx.PlaceCall(1, 0, "23") in recorder.effects)

    _live(story, interdigit_timeout=0.05)


def test_volume_comes_back_as_an_event_after_the_one_that_asked() -> None:
    heard: list[ev.Event] = []

    async def story(loop: PhoneLoop, recorder: Recorder) -> None:
        await _until(lambda: loop.phone.started)
        end = loop.subscribe(heard.append)
        loop.post(ev.KeyPressed("volume_up"))
        end()
        end()
        loop.post(ev.KeyPressed("volume_up"))
        await _until(lambda: "Volume 60 %" in recorder.screens[-1].text())
        assert recorder.kept == Preferences(earpiece=60)

    _live(story)
    assert heard == [ev.KeyPressed("volume_up"), ev.VolumeChanged("earpiece", 60)]


def test_the_menu_asks_the_unit_and_tests_the_headset_until_somebody_calls() -> None:
    async def story(loop: PhoneLoop, recorder: Recorder) -> None:
        await _until(lambda: loop.phone.started)
        for key in ("soft2", "5", "2"):
            loop.post(ev.KeyPressed(key))
        await _until(lambda: "eth0: 192.0.2.20" in recorder.screens[-1].text())
        for key in ("back", "back", "4", "6"):
            loop.post(ev.KeyPressed(key))
        assert recorder.tested == [True]
        loop.post(ev.CallIncoming(2, 0, "100"))
        assert recorder.tested == [True, False]

    _live(story)


def test_many_events_are_drawn_once() -> None:
    async def story(loop: PhoneLoop, recorder: Recorder) -> None:
        await _until(lambda: loop.phone.started)
        await asyncio.sleep(0)
        drawn = len(recorder.screens)
        for _ in range(10_000):
            loop.post(ev.KeyPressed("5"))
        await asyncio.sleep(0)  # one turn of the loop; in the next one timers may ring
        assert len(recorder.screens) == drawn + 1

    _live(story)


def test_a_task_that_dies_takes_the_phone_with_it() -> None:
    async def dies() -> None:
        raise LookupError("gone")

    async def story(loop: PhoneLoop, recorder: Recorder) -> None:
        _ = loop.spawn("dies", dies())
        await asyncio.sleep(10)

    with pytest.raises(LookupError, match="gone"):
        _live(story)


def test_an_engine_that_fails_takes_the_phone_with_it() -> None:
    async def story(loop: PhoneLoop, recorder: Recorder) -> None:
        recorder.failed.set_exception(RuntimeError("the sip thread died"))
        await asyncio.sleep(10)

    with pytest.raises(RuntimeError, match="the sip thread died"):
        _live(story)


def test_timers_do_not_outlive_the_phone() -> None:
    loops: list[PhoneLoop] = []

    async def story(loop: PhoneLoop, recorder: Recorder) -> None:
        loops.append(loop)
        await _until(lambda: loop.phone.started)

    _live(story)
    assert not loops[0]._timers


def test_local_time_is_the_configured_zones() -> None:
    moment = SystemClock("Pacific/Kiritimati").now()
    assert len(moment.clock) == 5 and moment.clock[2] == ":"
    assert moment.utc.endswith("Z") and 0 <= moment.second < 60
    assert moment.date.split()[1].isdigit()
