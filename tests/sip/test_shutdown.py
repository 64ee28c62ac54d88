"""The end of the engine, wanted or not: quick and polite, or loud."""

from __future__ import annotations

import asyncio

import pytest

from appliance.errors import EngineError
from appliance.phone.effects import PlaceCall, Register, SetTone
from appliance.phone.events import CallAnswered, CallIncoming, CallProgress
from appliance.sip.engine import Engine
from appliance.sip.settings import AccountSettings, SipSettings
from tests.sip.handset import Handset
from tests.sip.message import sdp
from tests.sip.server import server
from tests.sip.test_hostile import phone_and_server


def test_stop_with_calls_in_every_state_is_quick_and_polite() -> None:
    async def story() -> None:
        async with phone_and_server(lines=6) as (phone, pbx):
            phone.do(PlaceCall(1, 0, "600"), SetTone("dial"))
            pbx.answer(await pbx.next("INVITE"), 200, "OK", body=sdp(4000))
            await phone.next(CallAnswered)
            phone.do(PlaceCall(3, 0, "601"))
            early = await pbx.next("INVITE")
            pbx.answer(early, 180, "Ringing")
            await phone.next(CallProgress, lambda e: e.code > 100)
            ringing = pbx.call()
            ringing.request("INVITE", body=sdp(4000))
            await pbx.next(180, "INVITE")
            begun = asyncio.get_running_loop().time()
            await phone.engine.stop()
            assert asyncio.get_running_loop().time() - begun < 3.0
            kept = [message.start for message in pbx.kept()]
            assert any(start.startswith("BYE ") for start in kept)
            assert any(start.startswith("CANCEL ") for start in kept)
            assert any(start.startswith("SIP/2.0 503 ") for start in kept)
            assert pbx.registrations[-1]["Expires"] == "0"

    asyncio.run(story())


def test_a_call_that_arrives_during_shutdown_is_refused() -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, pbx):
            pbx.registrar = lambda _pbx, _request: None
            stopping = asyncio.ensure_future(phone.engine.stop())
            await asyncio.sleep(0.2)
            pbx.call().request("INVITE", body=sdp(4000))
            assert (await pbx.final()).code in (480, 503)
            await stopping
            assert not phone.seen(CallIncoming)

    asyncio.run(story())


def test_a_sip_thread_that_dies_is_loud() -> None:
    async def story() -> None:
        async with server() as pbx:
            phone = Handset(SipSettings((AccountSettings(0, "1001", (pbx.host,)),)))
            await phone.engine.start()
            await phone.registered()
            phone.engine._do(lambda station: station.nonsense())  # type: ignore[attr-defined]
            with pytest.raises(EngineError, match="nonsense"):
                await asyncio.wait_for(phone.engine.failed, 5.0)
            await asyncio.wait_for(phone.engine.stop(), 3.0)

    asyncio.run(story())


def test_a_callback_that_fails_is_loud(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with server() as pbx:
            phone = Handset(SipSettings((AccountSettings(0, "1001", (pbx.host,)),)))
            await phone.engine.start()
            station = phone.engine._tenant()
            monkeypatch.setattr(station, "registered", None)
            phone.do(Register(0))
            with pytest.raises(EngineError, match="not callable"):
                await asyncio.wait_for(phone.engine.failed, 5.0)
            await phone.engine.stop()

    asyncio.run(story())


def test_a_library_that_hangs_is_left_behind_within_three_seconds() -> None:
    async def story() -> None:
        release = asyncio.Event()
        loop = asyncio.get_running_loop()
        engine = Engine(SipSettings(), lambda _event: None)
        await engine.start()

        def hang(_station: object) -> None:
            asyncio.run_coroutine_threadsafe(release.wait(), loop).result(20.0)

        engine._do(hang)
        begun = loop.time()
        await engine.stop()
        took = loop.time() - begun
        assert not engine._crossing._ended.done()
        assert 2.0 < took <= 3.0
        release.set()
        await asyncio.wait_for(engine._crossing._ended, 5.0)

    asyncio.run(story())
