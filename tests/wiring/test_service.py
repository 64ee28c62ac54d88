"""The unit as the menu asks it: facts, and a self-test that lets go at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from appliance.audio import selftest
from appliance.clock import SystemClock
from appliance.config.unit import Unit
from appliance.loop import PhoneLoop
from appliance.phone.events import Event, FactsRead, HeadsetTested, NetworkChanged, PhoneStarted
from appliance.phone.explore import example_settings
from appliance.phone.settings import Settings
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
UNIT = Unit("b827eb010203", "10000000e1a2b3c4")
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
    network: Network = NETWORK,
    unit: Unit = UNIT,
) -> None:
    async def life() -> None:
        phone = PhoneLoop(example_settings(), SystemClock("Europe/Berlin"))
        examiner, heard, recorder = Examiner(), list[Event](), Recorder()
        service = UnitService(
            phone,
            headset,
            "1a2b3c4d",
            examiner.lent.append,
            lambda _: None,
            network=lambda: network,
            unit=lambda: unit,
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


def facts_of(network: Network = NETWORK, unit: Unit = UNIT) -> FactsRead:
    told: list[FactsRead] = []

    async def story(service: UnitService, examiner: Examiner, heard: list[Event]) -> None:
        told.append(service.facts())

    live(story, network=network, unit=unit)
    return told[0]


def test_the_facts_are_who_the_unit_is() -> None:
    facts = facts_of()
    assert (facts.mac, facts.serial) == ("b827eb010203", "10000000e1a2b3c4")
    facts = facts_of(unit=Unit("000000000000", "0"))
    assert (facts.mac, facts.serial) == ("", ""), "zeros stand for what the machine does not tell"


def test_a_unit_out_of_its_box_shows_who_it_is_and_the_address_it_gets() -> None:
    links = [Network((Interface("eth0"),)), NETWORK]
    settings = Settings(accounts=())

    async def story() -> None:
        phone, recorder = PhoneLoop(settings, SystemClock("UTC")), Recorder()
        service = UnitService(
            phone,
            None,
            "1",
            lambda _: None,
            lambda _: None,
            network=lambda: links[0],
            unit=lambda: UNIT,
        )
        seen: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
        phone.subscribe(lambda event: seen.put_nowait(phone.screen.text()))

        async def shown(words: str) -> tuple[str, ...]:
            async with asyncio.timeout(10):
                while words not in (text := await seen.get()):
                    pass
            return text

        async def tell() -> None:
            phone.post(PhoneStarted())
            await shown("B8:27:EB:01:02:03")
            assert "No address" in phone.screen.text()
            del links[0]
            phone.post(NetworkChanged(online=True))
            assert await shown("192.0.2.20") == (
                "Setup",
                "B8:27:EB:01:02:03",
                "192.0.2.20",
                "Serial no. 10000000e1a2b3c4",
                "Menu",
            )
            service.close()
            phone.stop()

        _ = phone.spawn("story", tell())
        async with asyncio.timeout(20):
            desk = (recorder, recorder, recorder, recorder, recorder)
            await phone.run(Muscles(*desk, service, recorder))

    asyncio.run(story())


def test_its_address_is_that_of_the_link_that_leads_out() -> None:
    assert facts_of().address == "192.0.2.20"
    both = (
        Interface("eth0", addresses=("169.254.7.7", "2001:db8::20")),
        Interface("wlan0", wireless=True, addresses=("192.0.2.30", "2001:db8::30")),
    )
    assert facts_of(Network(both, (("wlan0", "192.0.2.1"),))).address == "192.0.2.30"
    assert facts_of(Network(both)).address == "2001:db8::20"
    assert facts_of(Network(both[:1])).address == "2001:db8::20"
    assert facts_of(Network((Interface("eth0", addresses=("169.254.7.7",)),))).address == ""


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
