"""The watchdog is fed only while every part answers; the service manager is a real socket."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from appliance.system.heartbeat import ServiceManager, keep_beating, silent_parts
from tests.hw.waiting import until

DEADLINE = 10.0


class Manager:
    """A service manager that notes what it is told."""

    def __init__(self, address: str) -> None:
        self.door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.door.bind(address)
        self.door.setblocking(False)

    async def heard(self) -> str:
        async with asyncio.timeout(DEADLINE):
            return (await asyncio.get_running_loop().sock_recv(self.door, 100)).decode()

    def silent(self) -> bool:
        try:
            self.door.recv(100)
        except BlockingIOError:
            return True
        return False


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    found = Manager(str(tmp_path / "notify"))
    yield found
    found.door.close()


async def answers() -> None:
    """A part that works."""


async def hangs() -> None:
    """A part whose thread never answers."""
    await asyncio.get_running_loop().create_future()


class TestWhoIsTold:
    def test_nobody_without_a_service_manager(self) -> None:
        assert ServiceManager.of({}) is None
        assert ServiceManager.of({"NOTIFY_SOCKET": "vsock:2:1"}) is None

    def test_the_watchdogs_time_is_read(self) -> None:
        environ = {"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "30000000"}
        assert ServiceManager.of(environ) == ServiceManager("/run/notify", 30.0)
        mine = environ | {"WATCHDOG_PID": str(os.getpid())}
        assert ServiceManager.of(mine) == ServiceManager("/run/notify", 30.0)

    def test_another_process_s_watchdog_is_not_ours(self) -> None:
        environ = {"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}
        assert ServiceManager.of(environ) == ServiceManager("@n", 0.0)

    def test_an_abstract_socket_is_reached(self) -> None:
        name = f"deskphone-test-{os.getpid()}"
        manager = Manager(f"\0{name}")
        ServiceManager(f"@{name}").say("READY=1")
        assert asyncio.run(manager.heard()) == "READY=1"
        manager.door.close()

    def test_a_service_manager_that_is_gone_is_survived(self, tmp_path: Path) -> None:
        ServiceManager(str(tmp_path / "none")).say("READY=1")


class TestBeating:
    def test_ready_then_fed(self, manager: Manager, tmp_path: Path) -> None:
        async def run() -> list[str]:
            speaker = ServiceManager(str(tmp_path / "notify"), 0.03)
            task = asyncio.create_task(keep_beating(speaker, {"sip": answers, "display": answers}))
            heard = [await manager.heard() for _ in range(3)]
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            return heard

        assert asyncio.run(run()) == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]

    def test_without_a_watchdog_it_says_once_that_it_is_ready(
        self, manager: Manager, tmp_path: Path
    ) -> None:
        async def run() -> str:
            speaker = ServiceManager(str(tmp_path / "notify"))
            async with asyncio.timeout(DEADLINE):
                await keep_beating(speaker, {"sip": answers})
            return await manager.heard()

        assert asyncio.run(run()) == "READY=1"
        assert manager.silent()

    def test_one_hung_part_is_enough_to_starve_the_watchdog(
        self, manager: Manager, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        hung = asyncio.Event()

        async def part() -> None:
            if hung.is_set():
                await hangs()

        async def run() -> None:
            speaker = ServiceManager(str(tmp_path / "notify"), 0.03)
            task = asyncio.create_task(keep_beating(speaker, {"sip": part, "display": answers}))
            assert await manager.heard() == "READY=1"
            assert await manager.heard() == "WATCHDOG=1"
            hung.set()
            await until(lambda: "no answer from: sip;" in caplog.text)
            while not manager.silent():
                pass
            seen = caplog.text.count("no answer")
            await until(lambda: caplog.text.count("no answer") >= seen + 3)
            assert manager.silent()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        asyncio.run(run())

    def test_the_silent_are_named(self) -> None:
        parts = {"sip": answers, "display": hangs}
        assert asyncio.run(silent_parts(parts, 0.05)) == ["display"]

    def test_what_a_part_raises_is_not_swallowed(self) -> None:
        async def dies() -> None:
            raise RuntimeError("no more")

        with pytest.raises(RuntimeError, match="no more"):
            asyncio.run(silent_parts({"sip": dies}, 1.0))
