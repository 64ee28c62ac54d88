from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import Any

import pytest

from appliance.phone.effects import Register
from appliance.sip.diagnosis import diagnose
from appliance.sip.engine import Engine
from appliance.sip.names import look_up
from appliance.sip.settings import AccountSettings, AddressFamily, SipSettings
from appliance.sip.targets import find
from appliance.sip.verdict import Attempt


def test_a_silent_resolver_delays_neither_others_nor_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, asked, release = socket.getaddrinfo, threading.Event(), threading.Event()

    def blocking(host: str, *rest: Any, **options: Any) -> Any:
        if host == "silent.test":
            asked.set()
            release.wait(20)
        return real(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", blocking)

    async def story() -> float:
        settings = SipSettings((AccountSettings(0, "1001", ("silent.test:5060",)),))
        engine = Engine(settings, lambda event: None)
        await engine.start()
        engine.perform(Register(0, 0))
        assert await asyncio.to_thread(asked.wait, 10)
        async with asyncio.timeout(2):
            assert (await look_up("127.0.0.1", 5060))[0][1] == ("127.0.0.1", 5060)
        begun = time.monotonic()
        await engine.stop()
        return begun

    try:
        begun = asyncio.run(story())
        assert time.monotonic() - begun < 3.0
    finally:
        release.set()


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".test", "\udc80.test", "nul\0.test"])
def test_what_is_no_name_is_a_verdict(name: str) -> None:
    async def story() -> None:
        account = AccountSettings(0, "1001", (f"{name}:5060",))
        found = await find(account, 0)
        assert isinstance(found, Attempt)
        verdict = await diagnose(account, found)
        assert verdict.name == "no-dns"
        assert verdict.evidence

    asyncio.run(story())


@pytest.mark.parametrize(
    ("family", "server", "addresses"),
    [
        ("auto", "both.test", ["192.0.2.1", "2001:db8::1"]),
        ("ipv4", "both.test", ["192.0.2.1"]),
        ("ipv6", "both.test", ["2001:db8::1"]),
        ("ipv6", "four.test", []),
        ("ipv6", "192.0.2.1", []),
        ("ipv4", "[2001:db8::1]", []),
    ],
)
def test_the_addresses_of_a_family(
    family: AddressFamily, server: str, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    names = {"both.test": ["2001:db8::1", "192.0.2.1"], "four.test": ["192.0.2.1"]}

    def zone(host: str, port: int, kind: int, *rest: Any, **options: Any) -> Any:
        found = []
        for address in names.get(host, [host]):
            try:
                found += real(address, port, kind, *rest, **options)
            except OSError:
                continue
        if not found:
            raise socket.gaierror(socket.EAI_NODATA, "No address associated with hostname")
        return found

    monkeypatch.setattr(socket, "getaddrinfo", zone)
    monkeypatch.setattr("appliance.sip.targets.local_address", lambda *_: "192.0.2.99")

    async def story() -> None:
        account = AccountSettings(0, "1001", (f"{server}:5060",), address_family=family)
        found = await find(account, 0)
        if addresses:
            assert not isinstance(found, Attempt)
            assert [target.address for target in found] == addresses
            return
        assert isinstance(found, Attempt)
        verdict = await diagnose(account, found)
        assert verdict.name == "no-dns"
        assert "address_family" in verdict.evidence
        assert "address_family" in verdict.next_step

    asyncio.run(story())


def test_an_address_without_a_way_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(family, 1, 6, "", (address, 5060)) for family, address in (
        (socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))]  # fmt: skip
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: both)
    monkeypatch.setattr(
        "appliance.sip.targets.local_address", lambda to, _: "2001:db8::9" if ":" in to else ""
    )

    async def story() -> None:
        found = await find(AccountSettings(0, "1001", ("both.test:5060",)), 0)
        assert not isinstance(found, Attempt)
        assert [target.address for target in found] == ["2001:db8::1", "192.0.2.1"]

    asyncio.run(story())
