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
from appliance.sip.settings import AccountSettings, SipSettings
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
