"""Behind a router that translates addresses: what is heard, and with whose help."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.phone.effects import AnswerCall, HoldCall, PlaceCall, SetAudio
from appliance.phone.events import CallAnswered, CallIncoming, CallMedia
from appliance.sip.relays import Relays
from appliance.sip.settings import AccountSettings, AudioSettings, NatSettings, SipSettings
from tests.hw.waiting import until
from tests.peers import asterisk, coturn, namespace, nat
from tests.peers.asterisk import Asterisk
from tests.peers.audio import tone, wait_for_tone, write_wav
from tests.peers.coturn import Coturn
from tests.peers.nat import Nat
from tests.sip.handset import Handset, handset

pytestmark = pytest.mark.peers

PHONE_HZ = 440.0


@pytest.fixture(scope="module")
def router() -> Iterator[Nat]:
    """The way to the servers."""
    for lacking in (namespace.why_not(), nat.why_not(), asterisk.why_not(), coturn.why_not()):
        if lacking:
            pytest.skip(lacking)
    with Nat() as made:
        yield made


@pytest.fixture(scope="module")
def far(router: Nat) -> Iterator[Asterisk]:
    """A server that has no way to the phone but back through the router."""
    with Asterisk(router) as booted:
        yield booted


@pytest.fixture(scope="module")
def helper(router: Nat) -> Iterator[Coturn]:
    """STUN and TURN, beside the server."""
    with Coturn(router) as started:
        yield started


@asynccontextmanager
async def phone_at(
    far: Asterisk, folder: Path, user: str, helpers: NatSettings, *, answering: bool = True
) -> AsyncIterator[Handset]:
    account = AccountSettings(0, user, (far.address,), password=far.accounts[user].password)
    mic = write_wav(folder / "mic.wav", tone(PHONE_HZ, 1.0, 16000), 16000)
    audio = AudioSettings(microphone_wav=str(mic), earpiece_wav=str(folder / "ear.wav"))
    async with handset(SipSettings((account,), audio, helpers)) as phone:
        outcome = await phone.registered()
        assert outcome.state == "registered", outcome
        if answering:
            wanted = Relays(helpers.stun_server, helpers.turn_server)
            await until(lambda: phone.engine._tenant().relays == wanted)
        yield phone


async def hears_itself(far: Asterisk, phone: Handset, user: str) -> None:
    """Echo there and back, also after a hold."""
    phone.do(PlaceCall(1, 0, "600"), SetAudio(1, False))
    await phone.next(CallAnswered)
    await phone.hears(lambda r: r.share(PHONE_HZ) > 0.9)
    await asyncio.to_thread(wait_for_tone, far.heard(user), PHONE_HZ, share=0.5)
    phone.do(HoldCall(1, True))
    await phone.next(CallMedia, lambda e: e.held)
    await phone.hears(lambda r: r.level() < -60)
    phone.do(HoldCall(1, False))
    await phone.next(CallMedia, lambda e: not e.held)
    await phone.hears(lambda r: r.share(PHONE_HZ) > 0.9)


def test_rport_and_symmetric_rtp_need_no_helper(far: Asterisk, router: Nat, tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_at(far, tmp_path, "1022", NatSettings()) as phone:
            contact = await asyncio.to_thread(far.wait_for_registration, "1022")
            assert router.host_address not in contact, "the server knows the private address"
            await hears_itself(far, phone, "1022")

    asyncio.run(story())


def test_the_server_calls_through_the_router(far: Asterisk, tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_at(far, tmp_path, "1022", NatSettings()) as phone:
            ringing = asyncio.create_task(asyncio.to_thread(far.originate, "1022", "Echo"))
            incoming = await phone.next(CallIncoming)
            phone.do(AnswerCall(incoming.call), SetAudio(incoming.call, False))
            await phone.next(CallAnswered)
            await phone.hears(lambda r: r.share(PHONE_HZ) > 0.9)
            await ringing

    asyncio.run(story())


def test_a_stun_server_tells_the_public_address(
    far: Asterisk, helper: Coturn, tmp_path: Path
) -> None:
    async def story() -> None:
        helpers = NatSettings(stun_server=helper.server)
        async with phone_at(far, tmp_path, "1021", helpers) as phone:
            await hears_itself(far, phone, "1021")

    asyncio.run(story())


@pytest.mark.parametrize("symmetric", [False, True], ids=["keeps ports", "symmetric"])
@pytest.mark.parametrize("stun", [False, True], ids=["no helper", "stun"])
def test_ice_without_a_relay(
    far: Asterisk, helper: Coturn, router: Nat, tmp_path: Path, stun: bool, symmetric: bool
) -> None:
    """The server's answer to a check tells the phone its address: a way through any NAT."""
    router.randomise(symmetric)

    async def story() -> None:
        helpers = NatSettings(ice=True, stun_server=helper.server if stun else "")
        async with phone_at(far, tmp_path, "1021", helpers) as phone:
            await hears_itself(far, phone, "1021")

    try:
        asyncio.run(story())
    finally:
        router.randomise(False)
    assert "ALLOCATE processed" not in helper.log


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_turn_where_no_other_way_leads(
    far: Asterisk, helper: Coturn, router: Nat, tmp_path: Path, transport: str
) -> None:
    if transport == "udp":
        router.forbid("-p", "udp", "--dport", "10000:10999")

    async def story() -> None:
        helpers = NatSettings(
            ice=True,
            turn_server=helper.server,
            turn_transport="udp" if transport == "udp" else "tcp",
            turn_user=helper.user,
            turn_password=helper.password,
        )
        async with phone_at(far, tmp_path, "1021", helpers) as phone:
            await hears_itself(far, phone, "1021")

    before = helper.log.count("ALLOCATE processed, success")
    asyncio.run(story())
    assert helper.log.count("ALLOCATE processed, success") > before
    assert "CREATE_PERMISSION processed, success" in helper.log


def test_a_dead_helper_keeps_no_call_waiting(far: Asterisk, router: Nat, tmp_path: Path) -> None:
    """It is found out while the phone registers, and not when somebody calls."""

    async def story() -> None:
        nobody = f"{router.server_address}:9"
        helpers = NatSettings(stun_server=nobody, turn_server=nobody, turn_user="x")
        async with phone_at(far, tmp_path, "1022", helpers, answering=False) as phone:
            phone.do(PlaceCall(1, 0, "600"))
            await phone.next(CallAnswered, within=3.0)

    asyncio.run(story())
