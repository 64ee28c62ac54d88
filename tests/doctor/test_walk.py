"""The walk, at servers of the test's own that answer as real ones do when something is wrong."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.control.status import AccountStatus, CallStatus, RegistrationStatus, RtpStatus
from appliance.doctor import behind
from appliance.doctor.findings import LAYERS, Finding, Layer, Walk
from appliance.doctor.walk import Circumstances, walk
from appliance.sip.reach import Hop
from appliance.sip.settings import AccountSettings
from appliance.sip.words import verdict
from appliance.system.links import read_network
from tests.sip.message import Message
from tests.sip.server import (
    NONCE,
    REALM,
    Registrar,
    Server,
    StreamServer,
    refuses,
    refuses_the_password,
    server,
    stream_server,
    wants_password,
)

MARK = "abcd1234"
AROUND = Circumstances(read_network(), time.time(), 0.0, None, MARK)
PASSWORD = "hidden-secret"


def status(verdict_name: str = "ok", **changes: Any) -> AccountStatus:
    """What a running phone says of account 1001."""
    state = "registered" if verdict_name == "ok" else "failed"
    usual: dict[str, Any] = {
        "state": state,
        "code": 200,
        "verdict": verdict_name,
        "text": "Text",
        "next_step": "Step",
        "expires_in": 100,
        "server_in_use": "",
    }
    registration = RegistrationStatus(**(usual | changes))
    return AccountStatus(user="1001", server="pbx", transport="udp", registration=registration)


def walked(
    registrar: Registrar,
    around: Circumstances = AROUND,
    transport: Any = "udp",
    check: Any = None,
    **changes: Any,
) -> Walk:
    """Walk to a server that does so."""

    async def story() -> Walk:
        own = server(registrar) if transport == "udp" else stream_server(registrar)
        async with own as pbx:
            account = AccountSettings(
                0, "1001", (pbx.host,), password=PASSWORD, transport=transport, **changes
            )
            found = await walk(account, pbx.host, around)
            assert pbx.registrations == [], "a walk must not change a registration"
            assert pbx.queries
            if check:
                check(pbx)
            if isinstance(pbx, StreamServer):
                pbx.end()
        return found

    found = asyncio.run(story())
    text = msgspec.json.encode(found).decode()
    assert PASSWORD not in text
    assert not re.search(r"response=\\\"[0-9a-f]", text)
    assert tuple(finding.layer for finding in found.findings) == LAYERS
    return found


def at(found: Walk, layer: Layer) -> Finding:
    return next(finding for finding in found.findings if finding.layer == layer)


def lists(*contacts: str) -> Registrar:
    return lambda pbx, request: pbx.answer(
        request, 200, "OK", *(f"Contact: {contact}" for contact in contacts), "Expires: 60"
    )


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_all_is_well(transport: str) -> None:
    found = walked(wants_password(PASSWORD), transport=transport)
    assert (found.verdict, found.text) == ("ok", "Registered")
    assert [f.state for f in found.findings if f.layer in ("dns", "transport", "register")] == [
        *("ok", "ok", "ok")
    ]
    assert f"realm '{REALM}', algorithm MD5" in at(found, "register").evidence
    assert [message.partition(" ")[0] for message in found.exchange] == [
        *("REGISTER", "SIP/2.0", "REGISTER", "SIP/2.0")
    ]


@pytest.mark.parametrize(
    ("registrar", "name"),
    [
        (wants_password("another"), "wrong-password"),
        (refuses(403, "Forbidden"), "forbidden"),
        (refuses(404, "Not Found"), "unknown-extension"),
        (refuses(423, "Interval Too Brief"), "interval-too-brief"),
        (refuses(503, "Service Unavailable", "Retry-After: 30"), "server-error"),
        (refuses(302, "Moved", "Contact: <sip:there.test>"), "server-error"),
        (refuses(401, "Who", 'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=X'),
         "server-error"),
        (refuses(401, "Who"), "wrong-password"),
    ],
)  # fmt: skip
def test_each_refusal_has_its_verdict(registrar: Registrar, name: str) -> None:
    found = walked(registrar)
    assert found.verdict == name
    assert at(found, "register").state == "failed"
    assert at(found, "contact").state == "skipped"
    assert found.next_step


def test_a_wrong_password_is_offered_once() -> None:
    def once(pbx: Server) -> None:
        assert len([query for query in pbx.queries if query["Authorization"]]) == 1

    assert walked(wants_password("another"), check=once).verdict == "wrong-password"


def test_sha_256_is_preferred_where_the_server_offers_it_first() -> None:
    def answer(pbx: Server, request: Message) -> None:
        if "algorithm=SHA-256" in request["Authorization"]:
            pbx.answer(request, 200, "OK")
            return
        pbx.answer(
            request,
            401,
            "Unauthorized",
            f'WWW-Authenticate: Digest realm="r", nonce="{NONCE}", algorithm=SHA-256, qop="auth"',
            f'WWW-Authenticate: Digest realm="r", nonce="{NONCE}", algorithm=MD5, qop="auth"',
        )

    found = walked(answer)
    assert found.verdict == "ok"
    assert "algorithm SHA-256" in at(found, "register").evidence


def stale(times: int) -> Registrar:
    """A server whose nonces are stale at once, that many times."""

    def answer(pbx: Server, request: Message) -> None:
        if request["Authorization"] and len(pbx.queries) > times + 1:
            pbx.answer(request, 200, "OK")
            return
        again = ", stale=TRUE" if request["Authorization"] else ""
        challenge = f'WWW-Authenticate: Digest realm="r", nonce="n{len(pbx.queries)}"{again}'
        pbx.answer(request, 401, "Unauthorized", challenge)

    return answer


def test_a_stale_nonce_is_no_wrong_password() -> None:
    assert walked(stale(2)).verdict == "ok"
    found = walked(stale(100))
    assert found.verdict == "server-error"
    assert "stale" in found.evidence


def test_an_answer_whose_via_was_rewritten() -> None:
    def answer(pbx: Server, request: Message) -> None:
        via = re.sub(r"UDP [^;]+", "UDP 203.0.113.9:40000", request["Via"])
        text = (
            f"SIP/2.0 200 OK\r\nVia: {via}\r\nFrom: {request['From']}\r\nTo: {request['To']}\r\n"
            f"Call-ID: {request['Call-ID']}\r\nCSeq: {request['CSeq']}\r\n\r\n"
        )
        pbx.send(text, request.source)

    found = walked(answer)
    assert found.verdict == "nat-rewritten"
    assert "203.0.113.9:40000" in found.evidence


def test_a_registrar_that_swallows_the_request() -> None:
    found = walked(lambda pbx, request: None, transport="tcp")
    assert found.verdict == "silent"
    assert at(found, "transport").state == "ok"


def test_a_server_that_hangs_up_on_the_request() -> None:
    found = walked(lambda pbx, request: pbx.hang_up(), transport="tcp")  # type: ignore[attr-defined]
    assert "closed the connection" in found.evidence


RUNNING = replace(AROUND, phone=(status(last_request="OPTIONS", last_request_age_s=7),))


def mine(place: str = "127.0.0.1:5070") -> str:
    return f"<sip:1001@{place};unit={MARK}>;expires=60"


OTHER = "<sip:1001@192.0.2.77:5062;unit=other>;expires=50"


@pytest.mark.parametrize(
    ("contacts", "around", "state", "name"),
    [
        ((mine(),), RUNNING, "ok", ""),
        ((mine(), OTHER), RUNNING, "ok", ""),
        (("<sip:1001@127.0.0.1:5070>",), RUNNING, "ok", ""),
        ((mine("203.0.113.9:40000"),), RUNNING, "failed", "nat-rewritten"),
        ((OTHER,), RUNNING, "failed", "moved-elsewhere"),
        ((), RUNNING, "failed", "server-error"),
        ((OTHER,), AROUND, "note", "moved-elsewhere"),
        ((), AROUND, "ok", ""),
    ],
)
def test_who_has_the_extension(
    contacts: tuple[str, ...], around: Circumstances, state: str, name: str
) -> None:
    bare = lists(*contacts) if contacts else _nobody
    found = walked(bare, around)
    contact = at(found, "contact")
    assert (contact.state, contact.verdict) == (state, name)
    assert found.verdict == (name or "ok")
    if OTHER in contacts:
        assert "192.0.2.77 port 5062" in contact.evidence


@pytest.mark.parametrize("contacts", [(), (OTHER,)])
def test_a_server_that_the_phone_is_not_at_has_forgotten_nobody(contacts: tuple[str, ...]) -> None:
    """It is registered at its backup, and this one is back."""
    away = replace(AROUND, phone=(status(server_in_use="192.0.2.9:5060;transport=udp"),))
    found = walked(lists(*contacts) if contacts else _nobody, away)
    assert at(found, "contact").state == ("note" if contacts else "ok")
    for layer in ("reached", "media"):
        assert "registered at 192.0.2.9:5060, not here" in at(found, layer).evidence


def test_a_server_that_srv_records_lead_to_is_known_by_what_the_phone_calls_it() -> None:
    used = "sip1.example.test:5060"
    answer = f"SIP/2.0 200 OK\r\nContact: {mine()}\r\n\r\n"
    phone = status(server_in_use=f"{used};transport=udp", last_request="OPTIONS")
    hop = Hop("example.test", "192.0.2.1", 5060, "udp", used)
    found = {f.layer: f.state for f in behind.the_answer(answer, MARK, phone, (), hop)}
    assert found["reached"] == "ok"


def test_a_403_after_the_credentials_is_about_them() -> None:
    found = walked(refuses_the_password)
    assert found.verdict == "wrong-password"


def _nobody(pbx: Server, request: Message) -> None:
    lines = ["SIP/2.0 200 OK", *(f"Via: {via}" for via in request.all("Via"))]
    lines += [f"{name}: {request[name]}" for name in ("From", "To", "Call-ID", "CSeq")]
    pbx.send("\r\n".join((*lines, "Content-Length: 0", "", "")), request.source)


def test_that_the_server_reaches_the_phone_is_known_by_its_requests() -> None:
    seen = at(walked(lists(mine()), RUNNING), "reached")
    assert (seen.state, seen.evidence) == ("ok", "OPTIONS from the server 7 s ago")
    unseen = at(walked(lists(mine()), replace(AROUND, phone=(status(),))), "reached")
    assert unseen.state == "note"
    assert "qualify_frequency" in unseen.next_step
    old = replace(AROUND, phone=(status(last_request="OPTIONS", last_request_age_s=4000),))
    assert at(walked(lists(mine()), old), "reached").state == "note"
    assert at(walked(lists(mine()), AROUND), "reached").state == "skipped"


def test_the_media_path_is_told_from_a_call_that_is_up() -> None:
    def call(rx: int) -> CallStatus:
        return CallStatus(
            id=1,
            account="1001",
            direction="out",
            state="talking",
            number="600",
            rtp=RtpStatus(rx, 500, 2),
        )

    heard = at(walked(lists(mine()), replace(RUNNING, calls=(call(490),))), "media")
    assert heard.state == "ok"
    assert "490 packets received, 500 sent, 2 lost" in heard.evidence
    deaf = at(walked(lists(mine()), replace(RUNNING, calls=(call(0),))), "media")
    assert (deaf.state, deaf.text) == ("note", "No audio arrives")
    assert "rtp" in deaf.next_step


@pytest.mark.parametrize("name", ["interval-too-brief", "banned-likely", "wrong-password"])
def test_what_only_the_phone_knows_counts_where_the_walk_finds_nothing(name: str) -> None:
    around = replace(AROUND, phone=(status(name, evidence="what it saw"),))
    found = walked(lists(), around)
    assert found.verdict == name
    assert "the running phone says: what it saw" in found.evidence


def test_a_ban_that_the_phone_suspects_explains_the_silence() -> None:
    async def story() -> Walk:
        async with server() as pbx:
            closed = pbx.host
        around = replace(AROUND, phone=(status("banned-likely", evidence="401, 401, silence"),))
        account = AccountSettings(0, "1001", (closed,), password=PASSWORD)
        return await walk(account, closed, around)

    found = asyncio.run(story())
    assert found.verdict == "banned-likely"
    assert found.text == verdict("banned-likely", "").text
    assert "401, 401, silence" in found.evidence and "refused" in found.evidence


@pytest.mark.parametrize("server_name", ["", "pbx:99999", "[::1", "user@pbx"])
def test_a_server_that_is_none_is_bad_configuration(server_name: str) -> None:
    account = AccountSettings(0, "1001", (server_name,), password=PASSWORD)
    assert asyncio.run(walk(account, server_name, AROUND)).verdict == "bad-config"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_server_on_ipv6(transport: Any) -> None:
    async def story() -> Walk:
        registrar = wants_password(PASSWORD)
        own = (
            server(registrar, ("::1", 0))
            if transport == "udp"
            else stream_server(registrar, address="::1")
        )
        async with own as pbx:
            account = AccountSettings(
                0, "1001", (pbx.host,), password=PASSWORD, transport=transport
            )
            found = await walk(account, pbx.host, AROUND)
            if isinstance(pbx, StreamServer):
                pbx.end()
            return found

    if not Path("/proc/net/if_inet6").exists():
        pytest.skip("this kernel has no IPv6")
    found = asyncio.run(story())
    assert found.verdict == "ok", found
    assert "::1 port" in at(found, "transport").evidence


@pytest.mark.parametrize("layer", ["transport", "register"])
def test_what_a_walk_waited_for_when_time_was_up_has_failed(layer: Layer) -> None:
    """A silent UDP server is still looked at then; over TCP it takes the connection at once."""

    async def story() -> Walk:
        deaf = server(lambda *_: None) if layer == "transport" else stream_server(lambda *_: None)
        async with deaf as pbx:
            transport: Any = "udp" if layer == "transport" else "tcp"
            account = AccountSettings(0, "1001", (pbx.host,), PASSWORD, transport=transport)
            found = await walk(account, pbx.host, AROUND, 0.3)
            if isinstance(pbx, StreamServer):
                pbx.end()
            return found

    found = asyncio.run(story())
    assert (found.verdict, at(found, layer).state) == ("silent", "failed")
    assert "given up after 0.3 s" in found.evidence


def test_the_way_through_a_proxy() -> None:
    async def story() -> Walk:
        async with server(wants_password(PASSWORD)) as proxy:
            account = AccountSettings(
                0, "1001", ("pbx.test",), PASSWORD, outbound_proxy=f"sip:{proxy.host}"
            )
            found = await walk(account, "pbx.test", AROUND)
            assert proxy.host in proxy.queries[0]["Route"]
            assert proxy.queries[0].start == "REGISTER sip:pbx.test SIP/2.0"
            return found

    found = asyncio.run(story())
    assert found.verdict == "ok"
