"""Digits in a call, in each of the three ways in which servers want them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from appliance.phone.effects import SendDigits, SetAudio
from tests.peers.audio import Recording
from tests.peers.rtp import RtpPort
from tests.sip.talking import FAR_HZ, answered, phone_and_server


def test_digits_are_sent_as_rfc_4733(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            with RtpPort(FAR_HZ) as far:
                await answered(phone, pbx, far.port)
                phone.do(SetAudio(1, False))
                far.wait_for_packets(10)
                heard = len(far.heard().samples) // 160
                packets = far.packets
                phone.do(SendDigits(1, "5#"))
                far.wait_for_packets(50)
                others = (far.packets - packets) - (len(far.heard().samples) // 160 - heard)
                assert others >= 10

    asyncio.run(story())


def test_digits_are_sent_as_info_where_the_account_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path, dtmf="info") as (phone, pbx):
            await answered(phone, pbx, 4000)
            phone.do(SendDigits(1, "5"))
            info = await pbx.next("INFO")
            assert "dtmf-relay" in info["Content-Type"]
            assert "Signal=5" in info.body.replace(" ", "")
            pbx.answer(info, 200, "OK")

    asyncio.run(story())


def test_digits_are_tones_in_the_voice_where_the_account_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path, dtmf="inband") as (phone, pbx):
            with RtpPort(FAR_HZ) as far:
                await answered(phone, pbx, far.port)
                phone.do(SetAudio(1, True), SendDigits(1, "55555"))
                far.wait_for_packets(45)
                heard = far.heard()
                pieces = [
                    Recording(heard.rate, heard.samples[at : at + 400])
                    for at in range(0, len(heard.samples) - 400, 400)
                ]
                assert any(p.share(770) + p.share(1336) > 0.9 for p in pieces)

    asyncio.run(story())
