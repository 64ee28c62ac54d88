"""A connection that is lost at a site of many phones: whether the server has ended decides."""

from __future__ import annotations

import asyncio
import time

import pytest

from appliance.phone.events import ConnectionLost, HookLifted
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from tests.sip.attended import Attended, attended
from tests.sip.server import stream_server

SITE = {"site_spread": 58.0}


def phone_at(*servers: str) -> SipSettings:
    account = AccountSettings(0, "1001", servers, password="secret", transport="tcp")
    return SipSettings((account,), AudioSettings(codecs=("pcmu",)))


async def lost(phone: Attended) -> float:
    """Seconds until the next attempt after the connection was lost, with the server alive."""
    assert await phone.next(ConnectionLost) == ConnectionLost(0)
    assert phone.registration.lost
    return phone.registration.retry_due - phone.phone.now.monotonic


def test_a_server_that_ends_is_left_for_the_backup_within_five_seconds() -> None:
    async def story() -> None:
        async with (
            stream_server() as first,
            stream_server() as second,
            attended(phone_at(first.host, second.host), **SITE) as phone,
        ):
            await phone.registered(first.host)
            began = time.monotonic()
            first.end()
            assert await phone.next(ConnectionLost) == ConnectionLost(0, dead=True)
            await phone.registered(second.host)
            assert time.monotonic() - began <= 5.0

    asyncio.run(story())


@pytest.mark.parametrize("servers", [1, 2])
def test_one_that_closes_the_connection_and_lives_is_asked_in_turn_or_when_it_is_needed(
    servers: int,
) -> None:
    async def story() -> None:
        async with stream_server() as first, stream_server() as second:
            hosts = (first.host, second.host)[:servers]
            async with attended(phone_at(*hosts), **SITE) as phone:
                await phone.registered(first.host)
                first.hang_up()
                assert await lost(phone) > 2.0
                phone.loop.post(HookLifted())
                await phone.registered(first.host)
                assert not second.registrations
                assert len(first.registrations) == 2

    asyncio.run(story())


def test_who_has_nowhere_else_to_turn_asks_nobody_whether_the_server_has_ended() -> None:
    """Five hundred connections that nobody needs are no help to a server that is restarting."""

    async def story() -> None:
        async with stream_server() as pbx, attended(phone_at(pbx.host), **SITE) as phone:
            await phone.registered(pbx.host)
            pbx.hang_up()
            await lost(phone)
            assert len(pbx.writers) == 1

    asyncio.run(story())


def test_a_registration_that_was_renewed_during_the_look_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("appliance.sip.pursuit.CLOSED_SECONDS", 2.0)

    async def story() -> None:
        async with (
            stream_server() as first,
            stream_server() as second,
            attended(phone_at(first.host, second.host), **SITE) as phone,
        ):
            await phone.registered(first.host)
            station = phone.engine._crossing.tenant()
            assert station is not None
            first.hang_up()
            async with asyncio.timeout(5.0):
                while station._lines[0]._connection:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            phone.engine._do(lambda station: station.renew(0))
            await phone.registered(first.host)
            with pytest.raises(TimeoutError):
                await phone.next(ConnectionLost, within=3.0)

    asyncio.run(story())
