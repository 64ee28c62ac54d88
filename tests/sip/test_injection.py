"""Strangers who spray RTP at the port of a call: they are not heard, and nothing is sent to them.

The far end's voice is 1000 Hz, the phone's 440 Hz, a stranger's 700 Hz. What far ends behind a NAT
do looks alike, and still has to work.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from appliance.phone.effects import PlaceCall, SetAudio
from appliance.phone.events import CallAnswered
from tests.peers.rtp import RtpPort
from tests.sip.handset import Handset
from tests.sip.message import sdp
from tests.sip.server import Server
from tests.sip.sprayer import STRANGER_HZ, Sprayer
from tests.sip.talking import FAR_HZ, phone_and_server

MEDIA_SERVER, NOWHERE = "127.0.0.77", "127.0.0.88"
DISCARD = 9


@contextlib.contextmanager
def voices(far: str = "127.0.0.1") -> Iterator[tuple[RtpPort, Sprayer]]:
    """The far end, which is silent for the phone until told to speak to it, and a stranger."""
    with RtpPort(FAR_HZ, far) as friend, Sprayer() as stranger:
        friend.speak_to(NOWHERE, DISCARD)
        yield friend, stranger


@contextlib.asynccontextmanager
async def call(
    folder: Path, port: int, named: str = "127.0.0.1"
) -> AsyncIterator[tuple[Handset, Server, tuple[str, int]]]:
    """A call that the server answers with this description, and the phone's place for RTP."""
    async with phone_and_server(folder) as (phone, pbx):
        phone.do(PlaceCall(1, 0, "600"), SetAudio(1, False))
        invite = await pbx.next("INVITE")
        body = sdp(port).replace("c=IN IP4 127.0.0.1", f"c=IN IP4 {named}")
        pbx.answer(invite, 200, "OK", body=body)
        await phone.next(CallAnswered)
        yield phone, pbx, invite.media


async def hears(phone: Handset, hz: float) -> None:
    await phone.hears(lambda heard: heard.share(hz) > 0.9)


def test_bursts_into_a_call_are_not_heard_and_steal_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        with voices() as (friend, stranger):
            async with call(tmp_path, friend.port) as (phone, _, place):
                friend.speak_to(*place)
                await hears(phone, FAR_HZ)
                stranger.speak_to(*place)
                for _ in range(20):
                    stranger.spray(*place)
                    await hears(phone, FAR_HZ)
                await asyncio.to_thread(friend.wait_for_packets, 100)
                assert stranger.packets == 0

    asyncio.run(story())


def test_a_server_behind_a_nat_is_heard_and_answered_where_it_sends_from(tmp_path: Path) -> None:
    async def story() -> None:
        with voices() as (friend, stranger):
            async with call(tmp_path, 4000, named=NOWHERE) as (phone, _, place):
                friend.speak_to(*place)
                await hears(phone, FAR_HZ)
                await asyncio.to_thread(friend.wait_for_packets, 20)
                stranger.speak_to(*place)
                stranger.spray(*place)
                await hears(phone, FAR_HZ)
                await asyncio.to_thread(friend.wait_for_packets, 100)
                assert stranger.packets == 0

    asyncio.run(story())


def test_a_phone_behind_a_nat_is_heard_after_a_while(tmp_path: Path) -> None:
    async def story() -> None:
        with voices(MEDIA_SERVER) as (friend, stranger):
            async with call(tmp_path, 4000, named=NOWHERE) as (phone, _, place):
                friend.speak_to(*place)
                await hears(phone, FAR_HZ)
                await asyncio.to_thread(friend.wait_for_packets, 20)
                stranger.speak_to(*place)
                stranger.spray(*place)
                await hears(phone, FAR_HZ)
                await asyncio.to_thread(friend.wait_for_packets, 100)
                assert stranger.packets == 0

    asyncio.run(story())


@pytest.mark.parametrize("far", [MEDIA_SERVER, "127.0.0.1"], ids=["another host", "the server"])
def test_what_a_stranger_took_while_nobody_spoke_the_far_end_gets_back_at_once(
    tmp_path: Path, far: str
) -> None:
    async def story() -> None:
        with voices(far) as (friend, stranger):
            async with call(tmp_path, friend.port, named=far) as (phone, _, place):
                stranger.speak_to(*place)
                await hears(phone, STRANGER_HZ)
                friend.speak_to(*place)
                await hears(phone, FAR_HZ)
                before = stranger.packets
                await asyncio.to_thread(friend.wait_for_packets, 50)
                assert stranger.packets - before < 10

    asyncio.run(story())


def test_a_server_that_sends_from_another_of_its_addresses_is_heard(tmp_path: Path) -> None:
    """It has several networks: its description names the one that it is known by."""

    async def story() -> None:
        with voices(MEDIA_SERVER) as (friend, _):
            async with call(tmp_path, friend.port) as (phone, _, place):
                friend.speak_to(*place)
                await hears(phone, FAR_HZ)
                await asyncio.to_thread(friend.wait_for_packets, 20)

    asyncio.run(story())
