"""What a call centre runs: Asterisk 22, over every transport, with measured voice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.phone.effects import (
    AnswerCall,
    EndCall,
    HoldCall,
    PlaceCall,
    SendDigits,
    SetAudio,
)
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallMedia,
    CallProgress,
)
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from tests.peers.asterisk import Asterisk
from tests.peers.asterisk_files import Account
from tests.peers.audio import read_wav, tone, wait_for_tone, write_wav
from tests.peers.process import wait_until
from tests.sip.handset import Handset, handset

pytestmark = pytest.mark.peers

PHONE_HZ = 440.0


@asynccontextmanager
async def phone_at(
    pbx: Asterisk,
    folder: Path,
    user: str,
    server: str = "",
    codecs: tuple[str, ...] = ("opus", "g722", "pcmu", "pcma"),
    **changes: Any,
) -> AsyncIterator[Handset]:
    account: Account = pbx.accounts[user]
    settings = AccountSettings(
        0, user, (server or pbx.address,), password=account.password, **changes
    )
    mic = write_wav(folder / "mic.wav", tone(PHONE_HZ, 1.0, 16000), 16000)
    audio = AudioSettings(
        microphone_wav=str(mic), earpiece_wav=str(folder / "ear.wav"), codecs=codecs
    )
    async with handset(SipSettings((settings,), audio)) as phone:
        outcome = await phone.registered()
        assert outcome.state == "registered", outcome
        yield phone


async def echoes(pbx: Asterisk, phone: Handset, user: str) -> CallMedia:
    """Call 600, and hear oneself; the server must have heard the same."""
    phone.do(PlaceCall(1, 0, "600"), SetAudio(1, False))
    await phone.next(CallAnswered)
    await phone.hears(lambda r: r.share(PHONE_HZ) > 0.9)
    await asyncio.to_thread(wait_for_tone, pbx.heard(user), PHONE_HZ)
    return phone.seen(CallMedia)[-1]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_register_and_echo(pbx: Asterisk, tmp_path: Path, transport: str) -> None:
    async def story() -> None:
        async with phone_at(pbx, tmp_path, "1001", transport=transport) as phone:
            media = await echoes(pbx, phone, "1001")
            assert media == CallMedia(1, "opus")
            phone.do(EndCall(1))
            await phone.next(CallEnded)
            assert "1001/sip:" in await asyncio.to_thread(pbx.command, "pjsip show contacts")
        assert "1001/sip:" not in await asyncio.to_thread(pbx.command, "pjsip show contacts")

    asyncio.run(story())


def test_tls_and_srtp(pbx: Asterisk, tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_at(
            pbx,
            tmp_path,
            "1005",
            f"{pbx.address}:{pbx.tls_port}",
            transport="tls",
            srtp="required",
            ca_file=str(pbx.ca_file),
        ) as phone:
            media = await echoes(pbx, phone, "1005")
            assert media == CallMedia(1, "opus", secure=True)

    asyncio.run(story())


def test_ipv6(pbx: Asterisk, tmp_path: Path) -> None:
    if not pbx.address6:
        pytest.skip("this machine has no IPv6")

    async def story() -> None:
        async with phone_at(pbx, tmp_path, "1001", f"[{pbx.address6}]") as phone:
            await echoes(pbx, phone, "1001")

    asyncio.run(story())


@pytest.mark.parametrize(
    ("user", "codec"), [("1010", "opus"), ("1011", "g722"), ("1012", "pcmu"), ("1013", "pcma")]
)
def test_every_codec(pbx: Asterisk, tmp_path: Path, user: str, codec: str) -> None:
    async def story() -> None:
        async with phone_at(pbx, tmp_path, user) as phone:
            assert (await echoes(pbx, phone, user)).codec == codec

    asyncio.run(story())


def test_busy_early_media_and_a_hang_up_from_there(pbx: Asterisk, tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_at(pbx, tmp_path, "1001") as phone:
            phone.do(PlaceCall(1, 0, "602"))
            assert (await phone.next(CallEnded)).code == 486
            phone.do(PlaceCall(3, 0, "607"), SetAudio(3, False))
            await phone.next(CallProgress, lambda e: e.early_media)
            await phone.hears(lambda r: r.share(850) > 0.9)
            assert (await phone.next(CallEnded)).code == 486
            phone.do(PlaceCall(5, 0, "608"))
            await phone.next(CallAnswered)
            assert (await phone.next(CallEnded)).code == 0
            phone.do(PlaceCall(7, 0, "999"))
            assert (await phone.next(CallEnded)).code == 404
            phone.do(PlaceCall(9, 0, "603"))
            await phone.next(CallProgress, lambda e: e.code == 180)
            phone.do(EndCall(9))
            await phone.next(CallEnded)

    asyncio.run(story())


def test_the_server_reads_our_digits(pbx: Asterisk, tmp_path: Path) -> None:
    async def story() -> None:
        since = pbx.manager.mark()
        async with phone_at(pbx, tmp_path, "1001") as phone:
            phone.do(PlaceCall(1, 0, "606"), SetAudio(1, False))
            await phone.next(CallAnswered)
            for digit in "407*1":
                phone.do(SendDigits(1, digit))
            phone.do(SendDigits(1, "#"))
            found = await asyncio.to_thread(pbx.wait_for_digits, "1001", 15.0, since)
            assert found == "407*1"

    asyncio.run(story())


def test_hold_and_resume(pbx: Asterisk, tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_at(pbx, tmp_path, "1001") as phone:
            await echoes(pbx, phone, "1001")
            phone.do(HoldCall(1, True), SetAudio(0, False))
            await phone.next(CallMedia, lambda e: e.held)
            await phone.hears(lambda r: r.level() < -60)
            phone.do(HoldCall(1, False), SetAudio(1, False))
            await phone.next(CallMedia, lambda e: not e.held)
            await phone.hears(lambda r: r.share(PHONE_HZ) > 0.9)

    asyncio.run(story())


def test_the_server_calls_the_agent_into_a_conference(pbx: Asterisk, tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_at(pbx, tmp_path, "1001") as phone:
            ringing = asyncio.create_task(
                asyncio.to_thread(pbx.originate, "1001", "ConfBridge", "605,tests,agent")
            )
            incoming = await phone.next(CallIncoming)
            phone.do(AnswerCall(incoming.call), SetAudio(incoming.call, False))
            await phone.next(CallAnswered)
            await ringing
            await asyncio.to_thread(pbx.wait_for_conference, 1)
            quality = None
            async with asyncio.timeout(10.0):
                while quality is None or quality.rx < 20:
                    await asyncio.sleep(0.1)
                    quality = await phone.engine.quality(incoming.call)
            phone.do(EndCall(incoming.call))
            await phone.next(CallEnded)

    asyncio.run(story())


def test_the_recording_of_a_call_is_a_file_like_any_other(pbx: Asterisk, tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_at(pbx, tmp_path, "1001") as phone:
            await echoes(pbx, phone, "1001")

    asyncio.run(story())
    assert read_wav(tmp_path / "ear.wav").last(0.3).share(PHONE_HZ) > 0.5


def test_a_wrong_password(pbx: Asterisk) -> None:
    async def story() -> None:
        account = AccountSettings(0, "1001", (pbx.address,), password="wrong")
        async with handset(SipSettings((account,))) as phone:
            outcome = await phone.registered()
            assert (outcome.state, outcome.verdict) == ("failed", "wrong-password")

    asyncio.run(story())


def test_options_keeps_the_phone_reachable(pbx: Asterisk, tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_at(pbx, tmp_path, "1007"):
            await asyncio.to_thread(
                wait_until,
                lambda: "Avail" in pbx.command("pjsip show aor 1007"),
                10.0,
                "the server to find the phone reachable",
            )

    asyncio.run(story())
