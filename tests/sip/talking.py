"""A registered phone and its server, and how a call between them begins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.phone.effects import PlaceCall
from appliance.phone.events import CallAnswered, CallIncoming
from appliance.sip.settings import AcceptCallsFrom, AccountSettings, AudioSettings, SipSettings
from tests.peers.audio import tone, write_wav
from tests.sip.handset import Handset, handset
from tests.sip.message import Message, sdp
from tests.sip.server import Dialog, Server, server

PHONE_HZ, FAR_HZ = 440.0, 1000.0


@asynccontextmanager
async def phone_and_server(
    folder: Path,
    accept_calls_from: AcceptCallsFrom = "registrar",
    *,
    takes_subscriptions: bool = False,
    codecs: tuple[str, ...] = ("pcmu",),
    at: str = "127.0.0.1",
    **changes: object,
) -> AsyncIterator[tuple[Handset, Server]]:
    """A phone that is registered at a server (its address: `at`), and speaks 440 Hz."""
    mic = write_wav(folder / "mic.wav", tone(PHONE_HZ, 1.0, 16000), 16000)
    audio = AudioSettings(
        microphone_wav=str(mic),
        earpiece_wav=str(folder / "ear.wav"),
        codecs=codecs,
        earpiece_volume=80,
    )
    async with server(address=(at, 0)) as pbx:
        pbx.takes_subscriptions = takes_subscriptions
        account = AccountSettings(0, "1001", (pbx.host,), **changes)  # type: ignore[arg-type]
        settings = SipSettings((account,), audio, lines=2, accept_calls_from=accept_calls_from)
        async with handset(settings) as phone:
            assert (await phone.registered()).state == "registered"
            yield phone, pbx


async def answered(phone: Handset, pbx: Server, port: int) -> tuple[Dialog, Message]:
    """The phone places call 1, the server answers."""
    phone.do(PlaceCall(1, 0, "600"))
    invite = await pbx.next("INVITE")
    pbx.answer(invite, 200, "OK", body=sdp(port))
    await phone.next(CallAnswered, lambda e: e.call == 1)
    await pbx.next("ACK")
    return Dialog(pbx, of=invite), invite


async def ringing(phone: Handset, pbx: Server, port: int) -> tuple[Dialog, CallIncoming]:
    """The server calls, the phone rings."""
    dialog = pbx.call()
    dialog.request("INVITE", body=sdp(port))
    dialog.adopt(await pbx.next(180, "INVITE"))
    return dialog, await phone.next(CallIncoming)
