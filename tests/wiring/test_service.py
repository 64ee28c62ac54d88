"""The unit as the menu asks it: facts, and a self-test that lets go at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from appliance.audio import selftest
from appliance.clock import SystemClock
from appliance.loop import PhoneLoop
from appliance.phone.events import Event, HeadsetTested
from appliance.phone.explore import example_settings
from appliance.ports import Muscles
from appliance.system.links import Interface, Network
from appliance.wiring import examine
from appliance.wiring.service import UnitService
from tests.test_loop import Recorder

NETWORK = Network(
    (
        Interface("lo", loopback=True, addresses=("127.0.0.1",)),
        Interface("eth0", addresses=("192.0.2.20", "fe80::1", "2001:db8::20")),
        Interface("wlan0", running=False),
    )
)
FOUND = examine.Tested(
    verdict="ok",
    text=selftest.OK.text,
    next_step="",
    evidence="speech -20 dBFS",
    device="usb:1:1:a",
    name="Headset",
)


class Examiner:
    """A self-test that ends when it is let, or told to."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.done = threading.Event()
        self.released = threading.Event()
        self.asked: list[str] = []
        self.lent: list[bool] = []

    def __call__(self, wanted: str, ended: Callable[[], bool]) -> examine.Tested:
        """Test."""
        self.asked.append(wanted)
        self.begun.set()
        while not (ended() or self.done.wait(0.01)):
            pass
        self.released.set()
        return FOUND


def live(
    story: Callable[[UnitService, Examiner, list[Event]], Coroutine[Any, Any, None]],
    headset: str | None = "auto",
) -> None:
    async def life() -> None:
        phone = PhoneLoop(example_settings(), SystemClock("Europe/Berlin"))
        examiner, heard, recorder = Examiner(), list[Event](), Recorder()
        service = UnitService(
            phone,
            headset,
            "1a2b3c4d",
            examiner.lent.append,
            network=lambda: NETWORK,
            examine=examiner,
        )
        phone.subscribe(heard.append)

        async def tell() -> None:
            await story(service, examiner, heard)
            service.close()
            phone.stop()

        _ = phone.spawn("story", tell())
        async with asyncio.timeout(20):
            desk = (recorder, recorder, recorder, recorder, recorder)
            await phone.run(Muscles(*desk, service, recorder))

    asyncio.run(life())


async def verdict(heard: list[Event]) -> HeadsetTested:
    async with asyncio.timeout(10):
        while True:
            for event in heard:
                if isinstance(event, HeadsetTested):
                    return event
            await asyncio.sleep(0.01)


def test_the_facts_are_addresses_that_lead_somewhere_and_versions() -> None:
    async def story(service: UnitService, examiner: Examiner, heard: list[Event]) -> None:
        facts = service.facts()
        assert facts.network == ("eth0: 192.0.2.20", "eth0: 2001:db8::20")
        names = [line.split()[0] for line in facts.versions]
        assert names == ["Deskphone", "PJSIP", "Linux", "deskphone.toml"]
        assert facts.versions[-1] == "deskphone.toml 1a2b3c4d"

    live(story)


def test_what_the_test_has_found_is_told() -> None:
    async def story(service: UnitService, examiner: Examiner, heard: list[Event]) -> None:
        service.test_headset(running=True)
        examiner.done.set()
        assert await verdict(heard) == HeadsetTested("Headset works", "Headset")
        assert examiner.asked == ["auto"]
        service.test_headset(running=False)

    live(story)


def test_a_test_that_is_ended_has_let_go_on_return_and_tells_nothing() -> None:
    async def story(service: UnitService, examiner: Examiner, heard: list[Event]) -> None:
        service.test_headset(running=True)
        await asyncio.to_thread(examiner.begun.wait, 10)
        service.test_headset(running=False)
        assert examiner.released.is_set()
        assert examiner.lent == [True, False]
        examiner.done.set()
        service.test_headset(running=True)
        await verdict(heard)
        assert sum(isinstance(event, HeadsetTested) for event in heard) == 1

    live(story)


def test_a_unit_without_sound_says_so() -> None:
    async def story(service: UnitService, examiner: Examiner, heard: list[Event]) -> None:
        service.test_headset(running=True)
        assert (await verdict(heard)).text == "This unit has no sound device"
        assert examiner.asked == []

    live(story, headset=None)
