"""Answers that are odd, or that nobody can read whole: the phone never says that none came."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import pytest

from appliance.phone.events import RegistrationChanged
from appliance.sip.settings import AccountSettings, SipSettings
from tests.sip.handset import handset
from tests.sip.message import Message
from tests.sip.server import Registrar, Server, refuses, server

DIGEST = "PBX ask for a digest"


def outcome(registrar: Registrar) -> RegistrationChanged:
    """What comes of registering there."""

    async def story() -> RegistrationChanged:
        async with server(registrar) as pbx:
            account = AccountSettings(0, "1001", (pbx.host,), password="secret")
            async with handset(SipSettings(accounts=(account,))) as phone:
                return await phone.registered()

    return asyncio.run(story())


@pytest.mark.parametrize(
    "header",
    [
        "Retry-After: Mon, 23 Nov 2026 10:00:00 GMT",
        "Retry-After: -4",
        "Retry-After: 99999999999999999999",
        "Min-Expires: soon",
        "Accept: ;;;",
        "Contact: <>",
        "Warning:",
    ],
)
def test_a_refusal_with_a_header_that_cannot_be_read_is_a_refusal(header: str) -> None:
    event = outcome(refuses(503, "Service Unavailable", header))
    assert (event.code, event.verdict) == (503, "server-error")
    assert "503 Service Unavailable" in event.evidence


@pytest.mark.parametrize(
    "header", ['WWW-Authenticate: Basic realm="x"', "WWW-Authenticate: Bearer", "Server: x"]
)
def test_a_server_that_asks_for_no_digest_is_told_apart_from_a_wrong_password(header: str) -> None:
    event = outcome(refuses(401, "Unauthorized", header))
    assert (event.code, event.verdict) == (401, "server-error")
    assert "it asks for no digest" in event.evidence
    assert "credentials" not in event.evidence, "none were offered"
    assert DIGEST in event.next_step


@pytest.mark.parametrize(
    ("minimum", "step"),
    [("7200", "accept 3600 s or less"), ("99999999999", "accept 3600 s or less"), ("-5", "Raise")],
)
def test_an_interval_that_cannot_be_configured_is_the_servers_to_mend(
    minimum: str, step: str
) -> None:
    event = outcome(refuses(423, "Interval Too Brief", f"Min-Expires: {minimum}"))
    assert (event.code, event.verdict) == (423, "interval-too-brief")
    assert step in event.next_step


def test_a_contact_that_is_taken_back_at_once_is_no_registration() -> None:
    def takes_back(pbx: Server, request: Message) -> None:
        pbx.answer(request, 200, "OK", f"Contact: {request['Contact']};expires=0")

    event = outcome(takes_back)
    assert event.state == "failed"
    assert "registered for 0 s" in event.evidence


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("left", [0, 4, 15])
def test_a_contact_that_was_left_behind_takes_nothing_from_the_one_of_now(
    left: int, last: bool
) -> None:
    """As after a power cut, at a registrar that keeps several contacts."""

    def keeps_both(pbx: Server, request: Message) -> None:
        now = request["Contact"]
        port = int(re.search(r"@[^:>]*:(\d+)", now)[1])  # type: ignore[index]
        before = now.replace(f":{port}", f":{port ^ 1}")
        listed = [f"Contact: {before};expires={left}", f"Contact: {now};expires=300"]
        pbx.answer(request, 200, "OK", *(listed[::-1] if last else listed))

    event = outcome(keeps_both)
    assert (event.state, event.expires_in) == ("registered", 300)


def test_another_units_contact_that_cannot_be_read_is_passed_over() -> None:
    def lists_it(pbx: Server, request: Message) -> None:
        ours = f"Contact: {request['Contact']};expires=300"
        pbx.answer(request, 200, "OK", "Contact: <>;expires=60", ours)

    assert outcome(lists_it).state == "registered"


def test_an_answer_without_what_says_whose_it_is_is_none() -> None:
    def broken(pbx: Server, request: Message) -> None:
        text = f"SIP/2.0 200 OK\r\nVia: {request['Via']}\r\nCSeq: what\r\n\r\n"
        pbx.send(text, request.source)

    assert outcome(broken).verdict == "silent"


def test_a_contact_that_is_a_star_is_no_contact() -> None:
    assert outcome(refuses(200, "OK", "Contact: *", "Expires: 300")).state == "registered"


@pytest.mark.parametrize("raises", [lambda asked: asked + 1, lambda _: 4294967295])
def test_a_server_that_is_never_content_with_the_interval_is_asked_twice_at_most(
    raises: Callable[[int], int],
) -> None:
    asked: list[int] = []

    def registrar(pbx: Server, request: Message) -> None:
        asked.append(int(request["Expires"]))
        minimum = raises(asked[-1])
        pbx.answer(request, 423, "Interval Too Brief", f"Min-Expires: {minimum}")

    assert outcome(registrar).verdict == "interval-too-brief"
    assert len(asked) <= 2


@pytest.mark.parametrize("realm", ["test", "test-{}"])
def test_a_wrong_password_is_offered_once_an_attempt_whatever_is_new_in_the_challenge(
    realm: str,
) -> None:
    offered: list[str] = []

    def registrar(pbx: Server, request: Message) -> None:
        offered.append(request["Authorization"])
        where = realm.format(len(offered))
        challenge = f'WWW-Authenticate: Digest realm="{where}", nonce="{len(offered)}"'
        pbx.answer(request, 401, "Unauthorized", challenge)

    assert outcome(registrar).verdict == "wrong-password"
    assert len(offered) == 2 and not offered[0]


def test_what_a_server_says_cannot_steer_a_terminal() -> None:
    event = outcome(refuses(503, "\x1b[2J\x07\u202eecivreS"))
    assert event.evidence.isprintable()
    assert "ecivreS" in event.evidence
