from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from appliance.phone.effects import Register
from appliance.phone.events import RegistrationChanged
from appliance.sip.settings import AccountSettings, SipSettings
from tests.sip.handset import handset
from tests.sip.message import Message
from tests.sip.server import Server, refuses, says_yes, server, wants_password


def account(*servers: str, **changes: Any) -> AccountSettings:
    return AccountSettings(0, "1001", servers, password="secret", **changes)


def phone_at(*servers: str, **changes: Any) -> SipSettings:
    return SipSettings(accounts=(account(*servers, **changes),))


def test_registers_with_digest_and_says_where() -> None:
    async def story() -> None:
        async with server(wants_password("secret")) as pbx, handset(phone_at(pbx.host)) as phone:
            outcome = await phone.registered()
            assert (outcome.state, outcome.code, outcome.verdict) == ("registered", 200, "ok")
            assert outcome.expires_in == 300
            assert outcome.server_in_use == f"{pbx.host};transport=udp"
            assert phone.events[0] == RegistrationChanged(0, "trying", server_in_use=pbx.host)
            assert 'username="1001"' in pbx.registrations[-1]["Authorization"]
            assert "secret" not in "".join(message.text for message in pbx.registrations)

    asyncio.run(story())


def test_auth_user_and_display_name_go_where_they_belong() -> None:
    async def story() -> None:
        async with server(wants_password("secret")) as pbx:
            settings = phone_at(pbx.host, auth_user="login-7", display_name='Ann "A" Other')
            async with handset(settings) as phone:
                assert (await phone.registered()).state == "registered"
            assert 'username="login-7"' in pbx.registrations[1]["Authorization"]
            assert pbx.registrations[0]["From"].startswith('"Ann \\"A\\" Other" <sip:1001@')

    asyncio.run(story())


def test_a_wrong_password_is_offered_once() -> None:
    async def story() -> None:
        async with server(wants_password("other")) as pbx, handset(phone_at(pbx.host)) as phone:
            outcome = await phone.registered()
            assert (outcome.state, outcome.verdict) == ("failed", "wrong-password")
            assert outcome.code in (401, 403)
            assert outcome.text
            assert outcome.next_step
            offered = [message for message in pbx.registrations if message["Authorization"]]
            assert len(offered) <= 2

    asyncio.run(story())


@pytest.mark.parametrize(
    ("code", "reason", "verdict"),
    [
        (403, "Forbidden", "forbidden"),
        (404, "Not Found", "unknown-extension"),
        (500, "Server Internal Error", "server-error"),
        (503, "Service Unavailable", "server-error"),
    ],
)
def test_a_refusal_is_explained(code: int, reason: str, verdict: str) -> None:
    async def story() -> None:
        async with server(refuses(code, reason)) as pbx, handset(phone_at(pbx.host)) as phone:
            outcome = await phone.registered()
            assert (outcome.state, outcome.code, outcome.verdict) == ("failed", code, verdict)
            assert len(pbx.registrations) == 1

    asyncio.run(story())


def test_an_interval_too_brief_is_lengthened() -> None:
    def answer(pbx: Server, request: Message) -> None:
        if int(request["Expires"]) < 900:
            pbx.answer(request, 423, "Interval Too Brief", "Min-Expires: 900")
        else:
            says_yes(pbx, request)

    async def story() -> None:
        async with server(answer) as pbx, handset(phone_at(pbx.host)) as phone:
            outcome = await phone.registered()
            assert (outcome.state, outcome.expires_in) == ("registered", 900)

    asyncio.run(story())


def test_nobody_there_is_told_long_before_timer_f() -> None:
    async def story() -> None:
        async with (
            server(lambda _pbx, _request: None) as pbx,
            handset(phone_at(pbx.host)) as phone,
        ):
            begun = asyncio.get_running_loop().time()
            outcome = await phone.registered()
            assert asyncio.get_running_loop().time() - begun < 14.0
            assert (outcome.state, outcome.verdict) == ("failed", "silent")
            pbx.registrar = says_yes
            assert (await phone.registered()).state == "registered"

    asyncio.run(story())


def test_who_was_given_up_is_asked_no_more() -> None:
    async def story() -> None:
        async with (
            server(lambda _pbx, _request: None) as pbx,
            handset(phone_at(pbx.host)) as phone,
        ):
            phone.do(Register(0, patience=1.4))
            outcome = await phone.next(RegistrationChanged, lambda e: e.state == "failed")
            assert outcome.verdict == "silent"
            asked = len(pbx.registrations)
            assert asked >= 2, "within its patience it repeats, as RFC 3261 section 17.1.2.2 says"
            await asyncio.sleep(3.0)  # timer E would have fired after 1.5 and 3.5 s
            assert len(pbx.registrations) == asked

    asyncio.run(story())


def test_an_answer_that_is_late_is_heard_all_the_same() -> None:
    asked: list[Message] = []

    async def story() -> None:
        async with (
            server(lambda _pbx, request: asked.append(request)) as pbx,
            handset(phone_at(pbx.host)) as phone,
        ):
            phone.do(Register(0, patience=0.4))
            _ = await phone.next(RegistrationChanged, lambda e: e.state == "failed")
            says_yes(pbx, asked[-1])
            outcome = await phone.next(RegistrationChanged)
            assert (outcome.state, outcome.verdict) == ("registered", "ok")

    asyncio.run(story())


def test_a_closed_port_is_told_from_silence() -> None:
    async def story() -> None:
        async with server() as pbx:
            closed = pbx.host
        async with handset(phone_at(closed)) as phone:
            outcome = await phone.registered()
            assert (outcome.state, outcome.verdict) == ("failed", "refused")

    asyncio.run(story())


def test_a_closed_tcp_port_is_refused_at_once() -> None:
    async def story() -> None:
        async with server() as pbx:
            closed = pbx.host
        async with handset(phone_at(closed, transport="tcp")) as phone:
            outcome = await phone.registered()
            assert (outcome.state, outcome.verdict) == ("failed", "refused")

    asyncio.run(story())


def test_a_name_without_address_is_no_dns() -> None:
    async def story() -> None:
        async with handset(phone_at("no-such-host.invalid")) as phone:
            outcome = await phone.registered()
            assert (outcome.state, outcome.verdict) == ("failed", "no-dns")

    asyncio.run(story())


def test_the_backup_server_is_used_when_asked_for() -> None:
    async def story() -> None:
        async with (
            server(refuses(503, "No")) as first,
            server() as second,
            handset(phone_at(first.host, second.host)) as phone,
        ):
            assert (await phone.registered()).state == "failed"
            phone.do(Register(0, server=1))
            outcome = await phone.next(RegistrationChanged, lambda e: e.state == "registered")
            assert outcome.server_in_use.startswith(second.host)
            assert second.registrations[0].start == f"REGISTER sip:{second.host} SIP/2.0"

    asyncio.run(story())


def test_the_registration_is_refreshed_before_it_ends() -> None:
    def briefly(pbx: Server, request: Message) -> None:
        granted = "0" if request["Expires"] == "0" else "7"
        contact = f"Contact: {request['Contact']};expires={granted}"
        pbx.answer(request, 200, "OK", contact)

    async def story() -> None:
        async with server(briefly) as pbx, handset(phone_at(pbx.host)) as phone:
            assert (await phone.registered()).expires_in == 7
            again = await phone.next(RegistrationChanged, lambda e: e.state == "registered")
            assert again.expires_in == 7
            assert len(pbx.registrations) == 2

    asyncio.run(story())


def test_a_refresh_that_fails_is_reported() -> None:
    def once(pbx: Server, request: Message) -> None:
        if len(pbx.registrations) == 1:
            pbx.answer(request, 200, "OK", f"Contact: {request['Contact']};expires=7")
        else:
            pbx.answer(request, 403, "Forbidden")

    async def story() -> None:
        async with server(once) as pbx, handset(phone_at(pbx.host)) as phone:
            assert (await phone.registered()).state == "registered"
            failed = await phone.next(RegistrationChanged, lambda e: e.state == "failed")
            assert (failed.code, failed.verdict) == (403, "forbidden")

    asyncio.run(story())


def test_stop_unregisters() -> None:
    async def story() -> None:
        async with server() as pbx:
            async with handset(phone_at(pbx.host)) as phone:
                await phone.registered()
            assert pbx.registrations[-1]["Expires"] == "0"
            contact = re.sub(";.*", "", pbx.registrations[-1]["Contact"])
            assert contact == re.sub(";.*", "", pbx.registrations[0]["Contact"])

    asyncio.run(story())


def test_stop_is_quick_when_the_registrar_has_gone() -> None:
    async def story() -> None:
        async with server() as pbx, handset(phone_at(pbx.host)) as phone:
            await phone.registered()
            pbx.registrar = lambda _pbx, _request: None
            begun = asyncio.get_running_loop().time()
            await phone.engine.stop()
            assert asyncio.get_running_loop().time() - begun < 3.0

    asyncio.run(story())


def test_an_outbound_proxy_receives_what_is_for_the_server() -> None:
    async def story() -> None:
        async with server() as proxy:
            settings = phone_at("pbx.test", outbound_proxy=f"sip:{proxy.host}")
            async with handset(settings) as phone:
                assert (await phone.registered()).state == "registered"
            assert proxy.registrations[0].start == "REGISTER sip:pbx.test SIP/2.0"
            assert proxy.host in proxy.registrations[0]["Route"]

    asyncio.run(story())


def grants(seconds: int) -> Any:
    def answer(pbx: Server, request: Message) -> None:
        contact = f"Contact: {request['Contact']};expires={seconds}"
        pbx.answer(request, 200, "OK", contact, f"Expires: {seconds}")

    return answer


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_registration_too_short_to_keep_has_failed(seconds: int) -> None:
    async def story() -> None:
        async with server(grants(seconds)) as pbx, handset(phone_at(pbx.host)) as phone:
            outcome = await phone.registered()
            assert (outcome.state, outcome.code) == ("failed", 200)
            assert outcome.verdict == "server-error"
            assert f"registered for {seconds} s" in outcome.evidence
            with pytest.raises(TimeoutError):
                await phone.next(RegistrationChanged, within=3.0)
            assert len(pbx.registrations) <= 2

    asyncio.run(story())


def test_a_registration_for_years_is_shown_as_a_day() -> None:
    async def story() -> None:
        async with server(grants(2_000_000_000)) as pbx, handset(phone_at(pbx.host)) as phone:
            assert (await phone.registered()).expires_in == 86_400

    asyncio.run(story())
