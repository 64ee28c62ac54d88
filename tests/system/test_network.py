"""The kernel's word of a changed network: real links, made for the test."""

from __future__ import annotations

import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.phone.events import NetworkChanged
from appliance.system.network import Facts, watch, way_to
from tests.peers.namespace import Namespace, why_not
from tests.peers.process import run

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
ANOTHER = "192.0.2.77"


class Watched:
    """What the watcher told, awaited one by one."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[NetworkChanged] = asyncio.Queue()

    async def next(self, within: float = 10.0) -> NetworkChanged:
        async with asyncio.timeout(within):
            return await self.told.get()


def test_a_cable_that_is_pulled_and_plugged_in_is_told() -> None:
    async def story() -> None:
        with Namespace() as network:
            watched = Watched()
            ways = {network.server_address: network.host_address}
            task = asyncio.create_task(watch(watched.told.put_nowait, lambda: ways))
            await asyncio.sleep(0)
            network.disconnect()
            assert not (await watched.next()).online
            network.reconnect()
            assert (await watched.next()).online
            run("ip", "addr", "add", f"{ANOTHER}/32", "dev", network.host_link)
            run("ip", "addr", "del", f"{network.host_address}/30", "dev", network.host_link)
            await watched.next()
            task.cancel()

    asyncio.run(story())


def test_what_happens_elsewhere_is_no_news() -> None:
    async def story() -> None:
        with Namespace() as network, Namespace() as other:
            watched = Watched()
            ways = {network.server_address: network.host_address}
            task = asyncio.create_task(watch(watched.told.put_nowait, lambda: ways))
            await asyncio.sleep(0)
            other.disconnect()
            run("ip", "addr", "replace", f"{network.host_address}/30", "dev", network.host_link)
            with pytest.raises(TimeoutError):
                await watched.next(0.5)
            network.disconnect()
            assert not (await watched.next()).online
            task.cancel()

    asyncio.run(story())


def test_the_way_to_a_server_is_the_kernels() -> None:
    with Namespace() as network:
        way = way_to(network.server_address)
        assert way is not None
        assert way.own == network.host_address
        loopback = way_to("127.0.0.1")
        assert loopback is not None
        assert loopback.own == "127.0.0.1"


@given(st.sampled_from([16, 17, 20, 21, 24, 25, 99]), st.binary(max_size=80))
def test_cut_or_senseless_messages_are_harmless(kind: int, body: bytes) -> None:
    facts = Facts()
    try:
        facts.take(kind, body)
    except struct.error:
        assert len(body) < 16
    assert not facts.online or facts.view
