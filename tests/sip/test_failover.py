"""A phone that never gives up: servers that die, lie, come back, ask for peace or shut us out."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from appliance.phone.effects import Register
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    ClockSet,
    ConnectionLost,
    RegistrationChanged,
    ServerFound,
)
from appliance.phone.standing import Standing
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from tests.peers.certificates import Authority, Kind
from tests.sip.attended import Attended, attended
from tests.sip.handset import handset
from tests.sip.message import Message, sdp
from tests.sip.server import (
    Server,
    StreamServer,
    refuses,
    refuses_the_password,
    says_yes,
    server,
    stream_server,
    wants_password,
)


def phone_at(*servers: str, **changes: Any) -> SipSettings:
    account = AccountSettings(0, "1001", servers, password="secret", **changes)
    return SipSettings((account,), AudioSettings(codecs=("pcmu",)))


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is told sooner than on a desk, or these tests would take minutes."""
    monkeypatch.setattr("appliance.phone.registration.PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr("appliance.sip.lines.RENEWAL_PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr("appliance.phone.registration.FIRST_PAUSE_SECONDS", 0.3)


def silent(_: Server, __: Message) -> None:
    """A registrar that has died."""


def test_a_dead_primary_is_left_for_the_backup_at_boot() -> None:
    async def story() -> None:
        async with (
            server(silent) as first,
            server(wants_password("secret")) as second,
            attended(phone_at(first.host, second.host)) as phone,
        ):
            await phone.failed("silent")
            assert (await phone.registered()).server_in_use.startswith(second.host)
            assert phone.registration.seek_due

    asyncio.run(story())


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_primary_that_ends_is_left_and_found_again(
    transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.phone.registration.SEEK_SECONDS", 0.5)
    monkeypatch.setattr("appliance.sip.lines.BRISK_SECONDS", 0.5)

    def kind() -> AbstractAsyncContextManager[Server]:
        return server() if transport == "udp" else stream_server()

    async def story() -> None:
        async with (
            kind() as first,
            kind() as second,
            attended(phone_at(first.host, second.host, transport=transport)) as phone,
        ):
            await phone.registered(first.host)
            first.registrar = silent
            first.answers_options = False
            if isinstance(first, StreamServer):
                first.hang_up()
            await phone.registered(second.host)
            await phone.registered(second.host) if transport == "udp" else None
            first.registrar = says_yes
            first.answers_options = True
            await phone.next(ServerFound)
            await phone.registered(first.host)
            assert not phone.registration.seek_due

    asyncio.run(story())


def test_nothing_leads_back_during_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.phone.registration.SEEK_SECONDS", 0.3)

    async def story() -> None:
        async with (
            server(refuses(503, "No")) as first,
            server() as second,
            attended(phone_at(first.host, second.host)) as phone,
        ):
            await phone.registered(second.host)
            phone.dial("600")
            invite = await second.next("INVITE")
            second.answer(invite, 200, "OK", body=sdp(4000))
            await phone.next(CallAnswered)
            first.registrar = says_yes
            asked = len(first.registrations)
            with pytest.raises(TimeoutError):
                await phone.registered(first.host, within=1.5)
            assert len(first.registrations) == asked
            phone.hang_up()
            await phone.next(CallEnded)
            await phone.registered(first.host)

    asyncio.run(story())


def test_a_server_that_wants_peace_gets_it() -> None:
    async def story() -> None:
        async with (
            server(refuses(503, "Busy", "Retry-After: 4 (soon);duration=9")) as first,
            attended(phone_at(first.host)) as phone,
        ):
            failed = await phone.failed()
            assert failed.retry_after == 4
            pause = phone.registration.retry_due - phone.phone.now.monotonic
            assert 4.0 <= pause <= 6.0
            first.registrar = says_yes
            await phone.registered()
            assert first.registrations[1].at - first.registrations[0].at >= 4.0

    asyncio.run(story())


def test_a_server_that_refuses_and_falls_silent_has_probably_banned_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("appliance.sip.suspicion.RESTART_SECONDS", 1.0)

    async def story() -> None:
        async with server(wants_password("other")) as pbx, attended(phone_at(pbx.host)) as phone:
            await phone.failed("wrong-password")
            await phone.failed("wrong-password")
            pbx.registrar = silent
            banned = await phone.failed("banned-likely")
            assert "refused 2 times" in banned.evidence
            assert banned.text and banned.next_step
            assert phone.registration.retry_due - phone.phone.now.monotonic > 600

    asyncio.run(story())


def test_what_a_server_says_too_late_is_not_said_of_the_next() -> None:
    """An overloaded primary refuses for an hour, when the phone has turned to the backup."""

    async def story() -> None:
        async with (
            server(silent) as first,
            server() as second,
            attended(phone_at(first.host, second.host)) as phone,
        ):
            await phone.failed("silent")
            first.answer(first.registrations[0], 503, "Busy", "Retry-After: 3600")
            await phone.registered(second.host)
            assert all(s.barred < phone.phone.now.monotonic + 60 for s in _standings(phone))

    asyncio.run(story())


def _standings(phone: Attended) -> tuple[Standing, ...]:
    return phone.registration.standings


def test_a_password_that_is_refused_with_403_is_offered_three_times() -> None:
    async def story() -> None:
        async with server(refuses_the_password) as pbx, attended(phone_at(pbx.host)) as phone:
            await phone.failed("wrong-password")
            await phone.failed("wrong-password")
            assert phone.registration.retry_due == 0.0
            offered = [m for m in (*pbx.registrations, *pbx.queries) if m["Authorization"]]
            assert len(offered) == 3

    asyncio.run(story())


def test_who_is_to_register_while_the_library_refreshes_does() -> None:
    """The library sends one REGISTER at a time, and would refuse ours."""

    def briefly(pbx: Server, request: Message) -> None:
        pbx.answer(request, 200, "OK", f"Contact: {request['Contact']};expires=7")

    async def story() -> None:
        async with server(briefly) as pbx, attended(phone_at(pbx.host)) as phone:
            await phone.registered()
            pbx.registrar = silent
            asked = len(pbx.registrations)
            async with asyncio.timeout(10.0):
                while len(pbx.registrations) == asked:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            unanswered = pbx.registrations[-1]["CSeq"]

            def but_to_that(pbx: Server, request: Message) -> None:
                if request["CSeq"] != unanswered:
                    says_yes(pbx, request)

            pbx.registrar = but_to_that
            phone.engine.perform(Register(0))
            await phone.registered()
            failed = [e for _, e in phone.events if getattr(e, "state", "") == "failed"]
            assert not failed

    asyncio.run(story())


def test_silence_alone_is_no_ban() -> None:
    async def story() -> None:
        async with server(silent) as pbx, attended(phone_at(pbx.host)) as phone:
            await phone.failed("silent")
            await phone.failed("silent")

    asyncio.run(story())


def test_a_storm_of_nonces_is_not_taken_for_a_wrong_password() -> None:
    challenge = 'WWW-Authenticate: Digest realm="test", nonce="{}", stale=TRUE, algorithm=MD5'

    def storm(pbx: Server, request: Message) -> None:
        nonce = f"{len(pbx.registrations):032x}"
        pbx.answer(request, 401, "Unauthorized", challenge.format(nonce))

    async def story() -> None:
        async with server(storm) as pbx, attended(phone_at(pbx.host)) as phone:
            for _ in range(3):
                await phone.failed("server-error")
                assert phone.registration.standings[0].refusals == 0
                assert phone.registration.retry_due
            assert len(pbx.registrations) <= 3 * 4, (
                "the library takes three fresh nonces and no more"
            )
            pbx.registrar = wants_password("secret")
            await phone.registered()

    asyncio.run(story())


@pytest.mark.parametrize("code", [404, 403])
def test_a_server_that_has_forgotten_everybody_is_asked_again(
    code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.phone.registration.PATIENT_PAUSE_SECONDS", 1.0)

    async def story() -> None:
        async with server() as pbx, attended(phone_at(pbx.host)) as phone:
            await phone.registered()
            pbx.registrar = refuses(code, "Who?")
            phone.engine.perform(Register(0))
            await phone.failed()
            await phone.failed()
            pbx.registrar = says_yes
            await phone.registered()

    asyncio.run(story())


def test_a_server_proves_itself_anew_when_the_clock_is_set(tmp_path: Path) -> None:
    """Its certificate has expired meanwhile, which the old connection would never have told."""
    authority = Authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def show(kind: Kind) -> ssl.SSLContext:
        certificate = authority.issue(kind, "127.0.0.1")
        context.load_cert_chain(certificate.chain, certificate.key)
        return context

    async def story() -> None:
        async with stream_server(tls=show("valid")) as first:
            settings = phone_at(first.host, transport="tls", ca_file=str(authority.ca_file))
            async with attended(settings) as phone:
                await phone.registered(first.host)
                phone.loop.post(ClockSet())
                await phone.registered(first.host)
                assert len(first.writers) == 2, "the certificate was shown twice"
                show("expired")
                phone.loop.post(ClockSet())
                assert (await phone.failed()).verdict == "tls-expired"
                show("valid")
                phone.loop.post(ClockSet())
                await phone.registered(first.host)

    asyncio.run(story())


def test_over_udp_a_server_that_ends_is_noticed_long_before_the_renewal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("appliance.sip.vigil.PAUSE_SECONDS", 0.2)

    async def story() -> None:
        async with (
            server() as first,
            server() as second,
            attended(phone_at(first.host, second.host)) as phone,
        ):
            await phone.registered(first.host)
            first.close()
            assert await phone.next(ConnectionLost) == ConnectionLost(0, dead=True)
            await phone.registered(second.host)
            assert len(first.registrations) == 1
            assert all("REGISTER" in one.start for one in second.registrations)

    asyncio.run(story())


def test_nobody_keeps_an_eye_on_the_only_server() -> None:
    async def story() -> None:
        async with server() as pbx, attended(phone_at(pbx.host)) as phone:
            await phone.registered(pbx.host)
            assert not phone.engine._vigil._eyes

    asyncio.run(story())


def test_only_the_account_whose_connection_it_was_registers_anew() -> None:
    async def story() -> None:
        async with stream_server() as first, stream_server() as second:
            accounts = tuple(
                AccountSettings(index, f"100{index}", (pbx.host,), transport="tcp")
                for index, pbx in enumerate((first, second))
            )
            async with attended(SipSettings(accounts)) as phone:
                await phone.registered(first.host)
                while phone.phone.registrations[1].state != "registered":
                    await phone.next(RegistrationChanged)
                second.hang_up()
                assert await phone.next(ConnectionLost) == ConnectionLost(1)
                await phone.registered(second.host)
            assert len([m for m in first.registrations if m["Expires"] != "0"]) == 1

    asyncio.run(story())


def test_a_stranger_who_comes_and_goes_moves_nothing() -> None:
    async def story() -> None:
        async with (
            stream_server() as pbx,
            handset(phone_at(pbx.host, transport="tcp")) as phone,
        ):
            await phone.registered()
            station = phone.engine._tenant()
            station.connection_lost(0x1234, 0)
            station.connection_lost(0, 0)
            await phone.settled()
            assert not phone.seen(ConnectionLost)

    asyncio.run(story())
