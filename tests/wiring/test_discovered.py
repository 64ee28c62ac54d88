"""Who names a unit's server: the card, what is on trial, a stick or the network, what it had."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.clock import SystemClock
from appliance.config.account import Account
from appliance.config.model import Config
from appliance.config.provision import Provisioning
from appliance.loop import PhoneLoop
from appliance.phone.events import NetworkChanged
from appliance.phone.explore import example_settings
from appliance.ports import Muscles
from appliance.provisioning import stick
from appliance.provisioning.candidate import Candidate
from appliance.provisioning.discover import Surroundings
from appliance.provisioning.shelf import File, Offer, Shelf
from appliance.wiring import discovered as wiring
from hw.hotplug import Uevent
from tests.test_loop import Recorder

CARD = Config(provisioning=Provisioning(url="https://card.test/"))
BARE = Config()
OWN = Config(accounts=(Account(user="1001", password="x", server="pbx.test"),))
FORMER = "https://former.test/"


def shelved(state: Path, *, proven: bool) -> Shelf:
    shelf = Shelf(state)
    shelf.put(Offer(FORMER, (File("common.toml", b""),), ("common.toml",)))
    shelf.begin(0.0)
    if proven:
        shelf.prove()
    return shelf


def test_what_is_known_at_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert wiring.named(CARD, shelf) == wiring.Served(CARD, "provisioning.url")
    assert wiring.named(BARE, shelf) is None
    on_trial = wiring.named(BARE, shelved(tmp_path / "trial", proven=False))
    assert on_trial is not None
    assert on_trial.config.provisioning.url == FORMER
    assert wiring.named(BARE, shelved(tmp_path / "kept", proven=True)) is None


def test_who_is_asked(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert wiring.sources(CARD, shelf) == ()
    assert wiring.sources(BARE, shelf) == ("usb", "dhcp", "dns")
    assert wiring.sources(OWN, shelf) == ()
    assert wiring.sources(OWN, shelved(tmp_path / "kept", proven=True)) == ("usb", "dhcp", "dns")
    for some in ((), ("dns",)):
        asked = Config(accounts=OWN.accounts, provisioning=Provisioning(discover=some))
        assert wiring.sources(asked, shelf) == some


def test_it_asks_again_when_the_network_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    around, mounted = Surroundings(tmp_path, tmp_path), tmp_path / "stick"
    monkeypatch.setattr(stick, "MOUNTED", mounted)
    config = Config(provisioning=Provisioning(discover=("usb",)))

    async def story() -> wiring.Served:
        phone = PhoneLoop(example_settings(), SystemClock("UTC"))
        running = asyncio.create_task(phone.run(Muscles(*[Recorder()] * 7)))
        asking = asyncio.create_task(
            wiring.discovered(config, Shelf(tmp_path / "state"), phone, around)
        )
        async with asyncio.timeout(10):
            mounted.mkdir()
            (mounted / "deskphone.toml").write_text("")
            while not asking.done():
                phone.post(NetworkChanged(online=True))
                await asyncio.sleep(0.01)
        assert not phone._listeners
        phone.stop()
        await running
        return asking.result()

    served = asyncio.run(story())
    assert served.config.provisioning.url == f"file://{mounted}/"
    assert served.source == "USB stick"


class News:
    """What the kernel tells, when the test says so."""

    def __init__(self) -> None:
        self.tell: Callable[[Uevent], None] = lambda _: None
        self.closed = False

    def listen(self, on_event: Callable[[Uevent], None]) -> Any:
        self.tell = on_event
        return self

    def close(self) -> None:
        self.closed = True


def test_a_stick_is_seen_without_any_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is mounted a while after the kernel has told of it; until then nobody looks for it."""
    mounted, news, asked = tmp_path / "stick", News(), 0
    monkeypatch.setattr(stick, "MOUNTED", mounted)
    monkeypatch.setattr(wiring, "MOUNT_SECONDS", (0.01, 0.05))
    around = Surroundings(tmp_path / "none", tmp_path / "none")
    seen = stick.named

    def named() -> tuple[Candidate, ...]:
        nonlocal asked
        asked += 1
        if asked == 3:
            mounted.mkdir()
            (mounted / "deskphone.toml").write_text("")
        return seen()

    monkeypatch.setattr(stick, "named", named)
    config = Config(provisioning=Provisioning(discover=("usb",)))

    async def story() -> wiring.Served:
        phone = PhoneLoop(example_settings(), SystemClock("UTC"))
        shelf = Shelf(tmp_path / "state")
        asking = asyncio.create_task(
            wiring.discovered(config, shelf, phone, around, hotplug=news.listen)
        )
        async with asyncio.timeout(10):
            while asked < 1:  # noqa: ASYNC110
                await asyncio.sleep(0)
            news.tell(Uevent("add", "/devices/usb1/sda1", "block", "sda1"))
            return await asking

    assert asyncio.run(story()).config.provisioning.url == f"file://{mounted}/"
    assert asked == 3, "once at the start, and at each moment after the news"
    assert news.closed


def test_a_unit_goes_on_with_the_server_that_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(stick, "MOUNTED", tmp_path / "stick")
    around = Surroundings(tmp_path / "none", tmp_path / "none")
    shelf = shelved(tmp_path / "state", proven=True)

    async def story() -> wiring.Served:
        phone = PhoneLoop(example_settings(), SystemClock("UTC"))
        return await wiring.discovered(BARE, shelf, phone, around)

    served = asyncio.run(story())
    assert served.config.provisioning.url == FORMER
    assert served.source == wiring.FORMER
