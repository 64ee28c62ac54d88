"""Verdicts that the engine comes to: from what a registrar lists, and on the way to a proxy."""

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
from tests.sip.server import (
    Registrar,
    Server,
    refuses,
    refuses_the_password,
    says_yes,
    server,
    stream_server,
)

OTHER = "<sip:1001@192.0.2.77:5062;unit=other>;expires=200"


def phone_at(*servers: str, **changes: Any) -> SipSettings:
    account = AccountSettings(0, "1001", servers, password="secret", **changes)
    return SipSettings(accounts=(account,))


def lists(change: Any) -> Registrar:
    """A registrar that answers 200 with the contacts that `change` makes of ours."""

    def answer(pbx: Server, request: Message) -> None:
        contacts = change(request["Contact"])
        pbx.answer(request, 200, "OK", *(f"Contact: {contact}" for contact in contacts))

    return answer


def moved(contact: str) -> str:
    """Our contact as an ALG on the way leaves it: another address, the rest as it was."""
    return re.sub(r"@[^;>]+", "@203.0.113.9:40001", contact) + ";expires=300"


def test_a_contact_that_was_rewritten_on_the_way_is_told() -> None:
    async def story() -> None:
        async with (
            server(lists(lambda contact: [moved(contact)])) as pbx,
            handset(phone_at(pbx.host)) as phone,
        ):
            outcome = await phone.registered()
            assert (outcome.state, outcome.verdict) == ("registered", "nat-rewritten")
            assert "203.0.113.9 port 40001" in outcome.evidence
            assert "127.0.0.1" in outcome.evidence
            assert outcome.text
            assert outcome.next_step

    asyncio.run(story())


def test_an_extension_that_only_another_unit_holds() -> None:
    async def story() -> None:
        async with (
            server(lists(lambda _: [OTHER])) as pbx,
            handset(phone_at(pbx.host)) as phone,
        ):
            outcome = await phone.registered()
            assert (outcome.state, outcome.verdict) == ("failed", "moved-elsewhere")
            assert "192.0.2.77 port 5062" in outcome.evidence

    asyncio.run(story())


def test_an_extension_that_several_units_share_is_fine() -> None:
    async def story() -> None:
        both = lists(lambda contact: [OTHER, f"{contact};expires=300"])
        async with server(both) as pbx, handset(phone_at(pbx.host)) as phone:
            outcome = await phone.registered()
            assert (outcome.state, outcome.verdict) == ("registered", "ok")

    asyncio.run(story())


def full(*held: str) -> Registrar:
    """A registrar that lets no second unit in, and tells who asks without a Contact who is in."""

    def answer(pbx: Server, request: Message) -> None:
        if request["Contact"]:
            pbx.answer(request, 403, "Forbidden")
        else:
            pbx.answer(request, 200, "OK", *(f"Contact: {contact}" for contact in held))

    return answer


def test_a_403_is_looked_behind() -> None:
    async def story() -> None:
        async with server(full(OTHER)) as pbx, handset(phone_at(pbx.host)) as phone:
            outcome = await phone.registered()
            assert (outcome.state, outcome.code) == ("failed", 403)
            assert outcome.verdict == "moved-elsewhere"
            assert "403 Forbidden" in outcome.evidence
            assert len(pbx.queries) == 1

    asyncio.run(story())


def test_a_403_to_the_credentials_is_a_wrong_password() -> None:
    async def story() -> None:
        async with server(refuses_the_password) as pbx, handset(phone_at(pbx.host)) as phone:
            outcome = await phone.registered()
            assert (outcome.code, outcome.verdict, outcome.offers) == (403, "wrong-password", 2)
            assert "1001" in outcome.evidence
            again = await phone.registered()
            assert (again.verdict, again.offers) == ("wrong-password", 1)
            assert len([query for query in pbx.queries if query["Authorization"]]) == 1

    asyncio.run(story())


def test_what_a_lost_query_would_have_told_is_asked_again() -> None:
    lost: list[Message] = []

    def loses_the_first(pbx: Server, request: Message) -> None:
        if not request["Contact"] and not lost[1:]:
            lost.append(request)  # with its repetition
        else:
            refuses_the_password(pbx, request)

    async def story() -> None:
        async with server(loses_the_first) as pbx, handset(phone_at(pbx.host)) as phone:
            verdicts = [(await phone.registered()).verdict for _ in range(3)]
            assert verdicts == ["forbidden", "wrong-password", "wrong-password"]

    asyncio.run(story())


def test_what_one_server_means_by_403_says_nothing_of_another() -> None:
    async def story() -> None:
        async with (
            server(refuses_the_password) as first,
            server(refuses(403, "No")) as second,
            handset(phone_at(first.host, second.host)) as phone,
        ):
            assert (await phone.registered()).verdict == "wrong-password"
            phone.do(Register(0, 1))
            failed = await phone.next(
                RegistrationChanged, lambda e: e.server_in_use == second.host and e.code == 403
            )
            assert failed.verdict == "forbidden"

    asyncio.run(story())


def test_a_403_that_means_no_is_asked_about_once() -> None:
    def answer(pbx: Server, request: Message) -> None:
        pbx.answer(request, 403, "Forbidden")

    async def story() -> None:
        async with server(answer) as pbx, handset(phone_at(pbx.host)) as phone:
            for _ in range(3):
                assert (await phone.registered()).verdict == "forbidden"
            assert len(pbx.queries) == 1
            pbx.registrar = says_yes
            assert (await phone.registered()).state == "registered"
            pbx.registrar = full(OTHER)
            assert (await phone.registered()).verdict == "moved-elsewhere"

    asyncio.run(story())


def test_an_interval_that_no_number_mends_is_told() -> None:
    def answer(pbx: Server, request: Message) -> None:
        pbx.answer(request, 423, "Interval Too Brief")

    async def story() -> None:
        async with server(answer) as pbx, handset(phone_at(pbx.host)) as phone:
            outcome = await phone.registered()
            assert (outcome.state, outcome.verdict) == ("failed", "interval-too-brief")
            assert "'expires'" in outcome.next_step

    asyncio.run(story())


@pytest.mark.parametrize("code", [503, 480])
def test_what_a_server_says_beside_its_code_is_evidence(code: int) -> None:
    def answer(pbx: Server, request: Message) -> None:
        pbx.answer(request, code, "No", "Retry-After: 17", 'Warning: 399 pbx "database is away"')

    async def story() -> None:
        async with server(answer) as pbx, handset(phone_at(pbx.host)) as phone:
            outcome = await phone.registered()
            assert outcome.verdict == "server-error"
            assert "Retry-After: 17" in outcome.evidence
            assert "database is away" in outcome.evidence

    asyncio.run(story())


def test_a_redirection_names_where_to() -> None:
    def answer(pbx: Server, request: Message) -> None:
        pbx.answer(request, 302, "Moved", "Contact: <sip:pbx2.example.com>")

    async def story() -> None:
        async with server(answer) as pbx, handset(phone_at(pbx.host)) as phone:
            outcome = await phone.registered()
            assert outcome.verdict == "server-error"
            assert "sip:pbx2.example.com" in outcome.evidence
            assert "'server'" in outcome.next_step

    asyncio.run(story())


def test_a_digest_that_this_phone_cannot_answer_is_named() -> None:
    def answer(pbx: Server, request: Message) -> None:
        challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=AKAv1-MD5'
        pbx.answer(request, 401, "Unauthorized", challenge)

    async def story() -> None:
        async with server(answer) as pbx, handset(phone_at(pbx.host)) as phone:
            outcome = await phone.registered()
            assert outcome.verdict == "server-error"
            assert "AKAV1-MD5" in outcome.evidence.upper()

    asyncio.run(story())


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_the_evidence_speaks_of_the_proxy_that_was_contacted(transport: str) -> None:
    async def story() -> None:
        async with server() as gone:
            closed = gone.host
        proxy = f"sip:{closed};transport={transport}"
        async with handset(phone_at("pbx.test", outbound_proxy=proxy)) as phone:
            outcome = await phone.registered()
            assert (outcome.state, outcome.verdict) == ("failed", "refused")
            assert f"{transport} 127.0.0.1 port {closed.rpartition(':')[2]}" in outcome.evidence
            assert outcome.server_in_use == closed

    asyncio.run(story())


def test_a_connection_that_stands_but_brings_no_answer_is_silent() -> None:
    async def story() -> None:
        async with (
            stream_server(lambda _pbx, _request: None) as pbx,
            handset(phone_at(pbx.host, transport="tcp")) as phone,
        ):
            outcome = await phone.registered()
            assert (outcome.state, outcome.verdict) == ("failed", "silent")
            assert "the connection stands" in outcome.evidence

    asyncio.run(story())
