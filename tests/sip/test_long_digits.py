"""A key that is held down, on the wire and in the ear: events, requests and tones that last."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from tests.peers.rtp import RtpPort
from tests.sip.events_port import events_port
from tests.sip.message import Message, sdp
from tests.sip.talking import FAR_HZ, PHONE_HZ, answered, phone_and_server

FIVE = (770.0, 1336.0)
"""The frequencies of the digit 5, ITU-T Q.23."""
HALF_A_SECOND, TWO_SECONDS = 4000, 16000
"""In samples."""


def test_events_go_on_for_as_long_as_the_key_is_held_and_so_does_the_tone_in_the_ear(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx), events_port() as far:
            await answered(phone, pbx, far.port)
            phone.do(fx.SetAudio(1, True), fx.SetDigit(1, "5"))
            await phone.hears(lambda r: sum(map(r.share, FIVE)) > 0.9)
            await far.until(lambda p: p.duration >= HALF_A_SECOND)
            assert not any(packet.end for packet in far.packets)
            phone.do(fx.SetDigit())
            await far.until(lambda p: p.end)
            await phone.hears(lambda r: r.level() < -60)
            phone.do(fx.SetDigit(1, "6"), fx.SetDigit())
            await far.until(lambda p: p.key == "6" and p.end)
            long, short = far.segments()
            assert [packet.marker for packet in long] == [True] + [False] * (len(long) - 1)
            steps = [b.duration - a.duration for a, b in pairwise(long) if not b.end]
            assert set(steps) == {160}
            ends = [packet for packet in long if packet.end]
            assert len(ends) == 3 and ends == long[-3:]
            assert len({packet.duration for packet in ends}) == 1
            assert 0 <= ends[0].duration - long[-4].duration <= 160
            assert 8 * 160 <= short[-1].duration < TWO_SECONDS
            assert short[0].stamp - long[0].stamp >= ends[0].duration

    asyncio.run(story())


def test_a_long_event_at_a_high_rate_goes_on_in_segments(tmp_path: Path) -> None:
    """RFC 4733 section 2.5.1.3: with Opus 65535 samples are 1.4 s."""

    async def story() -> None:
        codecs = ("opus",)
        async with phone_and_server(tmp_path, codecs=codecs) as (phone, pbx), events_port() as far:
            phone.do(fx.PlaceCall(1, 0, "600"))
            invite = await pbx.next("INVITE")
            far.event_type = payload_type(invite, "telephone-event/48000")
            types = f"{payload_type(invite, 'opus/48000/2')} {far.event_type}"
            maps = "".join(f"{line}\r\n" for line in rtpmaps(invite))
            pbx.answer(invite, 200, "OK", body=sdp(far.port, formats=types) + maps)
            await phone.next(ev.CallAnswered)
            phone.do(fx.SetAudio(1, True), fx.SetDigit(1, "5"))
            await far.until(lambda p: p.stamp != far.packets[0].stamp and p.duration > 9600)
            phone.do(fx.SetDigit())
            await far.until(lambda p: p.end)
            first, second = far.segments()
            assert first[-1].duration == 65535
            assert second[0].stamp - first[0].stamp == 65535
            assert not any(packet.end for packet in first)
            assert [packet.marker for packet in (*first, *second)].count(True) == 1
            assert second[-1].end and far.digits == "55"

    asyncio.run(story())


def rtpmaps(invite: Message) -> list[str]:
    """What stands in an offer of its codecs."""
    return [line for line in invite.body.splitlines() if line.startswith("a=rtpmap:")]


def payload_type(invite: Message, codec: str) -> int:
    """The RTP payload type that an offer gives to a codec."""
    (found,) = [line for line in rtpmaps(invite) if line.endswith(f" {codec}")]
    return int(found.removeprefix("a=rtpmap:").split()[0])


def test_a_request_says_how_long_the_key_was_held(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path, dtmf="info") as (phone, pbx):
            await answered(phone, pbx, 4000)
            phone.do(fx.SetAudio(1, True), fx.SetDigit(1, "5"))
            await phone.hears(lambda r: sum(map(r.share, FIVE)) > 0.9)
            assert not [kept for kept in pbx.kept() if kept.method == "INFO"]
            phone.do(fx.SetDigit())
            info = await pbx.next("INFO")
            lines = dict(line.split("=") for line in info.body.splitlines() if line)
            assert lines["Signal"] == "5"
            assert 500 <= int(lines["Duration"]) <= 9000

    asyncio.run(story())


@pytest.mark.parametrize("joined", [True, False])
def test_a_tone_lasts_as_long_in_place_of_the_voice(tmp_path: Path, joined: bool) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path, dtmf="inband") as (phone, pbx):
            with RtpPort(FAR_HZ) as far:
                await answered(phone, pbx, far.port)
                phone.do(fx.SetAudio(1 if joined else 0, False), fx.SetDigit(1, "5"))
                if joined:
                    await hears(far, *FIVE)
                    far.wait_for_packets(25)
                    await hears(far, *FIVE)
                phone.do(fx.SetDigit(), fx.SetAudio(1, False))
                await hears(far, PHONE_HZ)

    asyncio.run(story())


async def hears(far: RtpPort, *tones: float) -> None:
    """These are what the far end hears, and nothing else."""
    async with asyncio.timeout(10):
        while sum(map(far.heard().last(0.3).share, tones)) < 0.9:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
