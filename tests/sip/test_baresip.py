"""A telephone of another make, directly and without a server in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.phone.effects import AnswerCall, EndCall, HoldCall, PlaceCall, Register, SetAudio
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallMedia,
    CallProgress,
    RegistrationChanged,
)
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from tests.peers.asterisk_files import Account
from tests.peers.audio import tone, wait_for_tone, write_wav
from tests.peers.baresip import Answer, Baresip
from tests.peers.namespace import Namespace
from tests.sip.handset import Handset, handset
from tests.sip.server import Server, server

pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("needs_baresip")]

PHONE_HZ, FAR_HZ = 440.0, 1000.0


@asynccontextmanager
async def phone_and_baresip(
    network: Namespace, folder: Path, codec: str, sdes: bool, answer: Answer, **changes: Any
) -> AsyncIterator[tuple[Handset, Baresip, Server]]:
    """Account 0 is registered at a server of the test's own; account 1 leads to baresip."""
    mic = write_wav(folder / "mic.wav", tone(PHONE_HZ, 1.0, 16000), 16000)
    audio = AudioSettings(microphone_wav=str(mic), earpiece_wav=str(folder / "ear.wav"))
    account = Account("2001", "x", (codec,), srtp=sdes)
    with Baresip(network, account, None, answer=answer, speaks=FAR_HZ) as far:
        async with server(address=(network.host_address, 0)) as pbx:
            accounts = (
                AccountSettings(0, "1001", (pbx.host,), **changes),
                AccountSettings(1, "1001", (f"{far.address}:{far.port}",), **changes),
            )
            settings = SipSettings(accounts, audio, accept_calls_from="anyone")
            async with handset(settings) as phone:
                await phone.registered()
                yield phone, far, pbx


async def both_hear(phone: Handset, far: Baresip) -> None:
    await phone.hears(lambda r: r.share(FAR_HZ) > 0.9)
    await asyncio.to_thread(wait_for_tone, far.recording, PHONE_HZ)


@pytest.mark.parametrize("codec", ["ulaw", "g722", "opus"])
def test_baresip_calls_and_holds(network: Namespace, tmp_path: Path, codec: str) -> None:
    async def story() -> None:
        async with phone_and_baresip(network, tmp_path, codec, False, "manual") as found:
            phone, far, pbx = found
            far.dial(pbx.contact)
            incoming = await phone.next(CallIncoming)
            assert incoming.number == "2001"
            phone.do(AnswerCall(incoming.call), SetAudio(incoming.call, False))
            await phone.next(CallAnswered)
            await both_hear(phone, far)
            far.hold()
            await phone.next(CallMedia, lambda e: e.remote_held)
            far.resume()
            await phone.next(CallMedia, lambda e: not e.remote_held)
            await phone.hears(lambda r: r.share(FAR_HZ) > 0.9)
            since = far.mark()
            phone.do(EndCall(incoming.call))
            await asyncio.to_thread(far.wait_for, "CALL_CLOSED", 10.0, since)

    asyncio.run(story())


@pytest.mark.parametrize("srtp", [False, True])
def test_baresip_is_called_and_held(network: Namespace, tmp_path: Path, srtp: bool) -> None:
    async def story() -> None:
        wanted = "required" if srtp else "off"
        async with phone_and_baresip(
            network, tmp_path, "opus", srtp, "manual", srtp=wanted
        ) as found:
            phone, far, _ = found
            phone.do(Register(1))
            await phone.next(RegistrationChanged, lambda e: e.account == 1 and e.state == "failed")
            phone.do(PlaceCall(1, 1, "2001"), SetAudio(1, False))
            await phone.next(CallProgress, lambda e: e.code == 180)
            far.accept()
            await phone.next(CallAnswered)
            await both_hear(phone, far)
            assert phone.seen(CallMedia)[-1] == CallMedia(1, "opus", secure=srtp)
            phone.do(HoldCall(1, True), SetAudio(0, False))
            await phone.next(CallMedia, lambda e: e.held)
            phone.do(HoldCall(1, False), SetAudio(1, False))
            await phone.next(CallMedia, lambda e: not e.held)
            await phone.hears(lambda r: r.share(FAR_HZ) > 0.9)
            far.hang_up()
            assert (await phone.next(CallEnded)).code == 0

    asyncio.run(story())


def test_baresip_refuses(network: Namespace, tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_baresip(network, tmp_path, "ulaw", False, "manual") as found:
            phone, far, _ = found
            phone.do(Register(1))
            await phone.next(RegistrationChanged, lambda e: e.account == 1 and e.state == "failed")
            phone.do(PlaceCall(1, 1, "2001"))
            await phone.next(CallProgress, lambda e: e.code > 100)
            far.hang_up()
            assert (await phone.next(CallEnded)).code in (486, 603)

    asyncio.run(story())
