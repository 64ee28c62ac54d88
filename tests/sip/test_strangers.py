"""What a stranger asks for is not done, nor answered; the server is told what it may not ask for.

A stranger here is everybody at another address, whoever they say they are and whatever they know of
a call; over TLS, everybody with another name in their certificate.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from appliance.phone.effects import EndCall, PlaceCall, Register, SetAudio
from appliance.phone.events import CallAnswered, CallEnded, CallIncoming, RegistrationChanged
from appliance.sip.settings import AccountSettings, SipSettings
from tests.peers.certificates import Authority
from tests.sip.handset import Handset, handset
from tests.sip.message import Message, sdp
from tests.sip.server import Dialog, Server, refuses, server, stream_server
from tests.sip.test_hostile import METHODS, phone_and_server, still_works

HEADERS = {
    "NOTIFY": ("Event: talk", "Subscription-State: active"),
    "SUBSCRIBE": ("Event: dialog", "Expires: 300"),
    "PUBLISH": ("Event: presence", "Expires: 300"),
    "REFER": ("Refer-To: <sip:900@127.0.0.2>",),
    "PRACK": ("RAck: 1 1 INVITE",),
}
ASKED_OUT_OF_NOWHERE = {
    "BYE": 481,
    "CANCEL": 481,
    "INFO": 481,
    "PRACK": 481,
    "UPDATE": 481,
    "NOTIFY": 481,
    "REFER": 403,
    "PUBLISH": 403,
    "REGISTER": 403,
    "SUBSCRIBE": 489,
    "BREW": 501,
}


def ask(dialog: Dialog, method: str) -> None:
    """A request with what its method needs."""
    body = sdp(4002) if method in ("INVITE", "UPDATE") else ""
    dialog.request(method, *HEADERS.get(method, ()), body=body)


async def in_a_call(phone: Handset, pbx: Server) -> Message:
    """The phone calls the server, which answers: the INVITE."""
    phone.do(PlaceCall(1, 0, "600"), SetAudio(1, False))
    invite = await pbx.next("INVITE")
    pbx.answer(invite, 200, "OK", body=sdp(4000))
    await phone.next(CallAnswered)
    return invite


@pytest.mark.parametrize("method", METHODS)
def test_who_knows_a_call_but_is_not_the_server_changes_nothing(method: str) -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, pbx):
            ours = Dialog(pbx, of=await in_a_call(phone, pbx))
            async with server(address=("127.0.0.2", 0)) as stranger:
                stranger.phone, stranger.contact = pbx.phone, pbx.contact
                before = await phone.engine.turned_away()
                theirs = Dialog(stranger)
                theirs.local, theirs.remote, theirs.call_id = ours.local, ours.remote, ours.call_id
                theirs.target, theirs.cseq = ours.target, 10
                ask(theirs, method)
                ask(stranger.call(), method)
                await still_works(phone, pbx)
                after = await phone.engine.turned_away()
                assert after.strangers - before.strangers == 2
                assert not stranger.kept()
            assert not any(ended.call == 1 for ended in phone.seen(CallEnded))
            ours.request("BYE")
            await phone.next(CallEnded, lambda e: e.call == 1)

    asyncio.run(story())


@pytest.mark.parametrize(("method", "code"), ASKED_OUT_OF_NOWHERE.items())
def test_the_server_is_told_what_it_may_not_ask_out_of_nowhere(method: str, code: int) -> None:
    async def story() -> None:
        async with phone_and_server() as (_, pbx):
            dialog = pbx.call()
            ask(dialog, method)
            assert (await pbx.final(method)).code == code

    asyncio.run(story())


@pytest.mark.parametrize("method", [*ASKED_OUT_OF_NOWHERE, "OPTIONS", "MESSAGE", "INVITE"])
def test_no_answer_is_longer_than_what_it_answers(method: str) -> None:
    async def story() -> None:
        async with phone_and_server() as (phone, pbx):
            dialog = pbx.call()
            dialog.request(method, body=sdp(4000) if method == "INVITE" else "")
            question = dialog.last
            if method == "INVITE":
                incoming = await phone.next(CallIncoming)
                phone.do(EndCall(incoming.call, 486))
            answers = [await pbx.answer_of(method)]
            while answers[-1].code < 200:
                answers.append(await pbx.answer_of(method))
            assert all(len(answer.text) <= len(question) for answer in answers)

    asyncio.run(story())


def test_a_host_whose_certificate_is_not_the_servers_gets_nothing(tmp_path: Path) -> None:
    """The server names another host as its contact: where the ACK would go, it does not."""

    async def story() -> None:
        authority = Authority(tmp_path)
        async with (
            stream_server(tls=_context(authority, "127.0.0.1")) as pbx,
            stream_server(tls=_context(authority, "127.0.0.6"), address="127.0.0.6") as thief,
            handset(_secured(authority, pbx.host)) as phone,
        ):
            assert (await phone.registered()).state == "registered"
            phone.do(PlaceCall(1, 0, "600"), SetAudio(1, False))
            invite = await pbx.next("INVITE")
            contact = f"Contact: <sip:thief@{thief.host};transport=tls>"
            pbx.answer(invite, 200, "OK", contact, body=sdp(4000))
            await phone.next(CallAnswered)
            await still_works(phone, pbx)
            phone.do(EndCall(1))
            await phone.next(CallEnded, lambda e: e.call == 1)
            assert not thief.kept()

    asyncio.run(story())


def test_a_server_that_was_left_is_a_stranger_on_the_connection_that_it_still_has(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        authority = Authority(tmp_path)
        async with (
            stream_server(
                refuses(503, "Busy"), _context(authority, "127.0.0.6"), "127.0.0.6"
            ) as left,
            stream_server(tls=_context(authority, "127.0.0.1")) as pbx,
            handset(_secured(authority, left.host, pbx.host)) as phone,
        ):
            assert (await phone.registered()).state == "failed"
            phone.do(Register(0, server=1))
            await phone.next(RegistrationChanged, lambda e: e.state == "registered")
            before = await phone.engine.turned_away()
            left.contact = pbx.contact
            for method in METHODS:
                ask(left.call(), method)
            await still_works(phone, pbx)
            after = await phone.engine.turned_away()
            assert after.strangers - before.strangers == len(METHODS)
            assert after.last_from == f"127.0.0.6:{left.address[1]}"
            assert not [kept for kept in left.kept() if not kept.start.startswith("REGISTER")]
            assert len(phone.seen(CallIncoming)) == 1

    asyncio.run(story())


def test_a_request_behind_an_answer_is_heard_from_the_server_alone(tmp_path: Path) -> None:
    """In one TLS record, so that both arrive at once; answers are let in from whom we called."""

    async def story() -> None:
        authority = Authority(tmp_path)
        async with (
            stream_server(
                refuses(503, "Busy"), _context(authority, "127.0.0.6"), "127.0.0.6"
            ) as left,
            stream_server(tls=_context(authority, "127.0.0.1")) as pbx,
            handset(_secured(authority, left.host, pbx.host)) as phone,
        ):
            assert (await phone.registered()).state == "failed"
            phone.do(Register(0, server=1))
            await phone.next(RegistrationChanged, lambda e: e.state == "registered")
            left.contact = pbx.contact
            before = await phone.engine.turned_away()
            for method in METHODS:
                left.send(_answer_and(left.call(), method))
            pbx.send(_answer_and(pbx.call(), "INVITE"))
            await pbx.next(180, "INVITE")
            phone.do(EndCall((await phone.next(CallIncoming)).call, 486))
            await still_works(phone, pbx)
            assert (await phone.engine.turned_away()).strangers == before.strangers
            assert not [kept for kept in left.kept() if not kept.start.startswith("REGISTER")]
            assert len(phone.seen(CallIncoming)) == 2  # the server's, and that of still_works

    asyncio.run(story())


def _answer_and(dialog: Dialog, method: str) -> str:
    """An answer that nobody waits for, with a request behind it."""
    body = sdp(4000) if method == "INVITE" else ""
    request = dialog.text(method, *HEADERS.get(method, ()), body=body)
    answer = dialog.text("OPTIONS").partition("\r\n")[2]
    return f"SIP/2.0 200 OK\r\n{answer}{request}"


def _secured(authority: Authority, *servers: str) -> SipSettings:
    account = AccountSettings(0, "1001", servers, transport="tls", ca_file=str(authority.ca_file))
    return SipSettings((account,))


def _context(authority: Authority, address: str) -> ssl.SSLContext:
    certificate = authority.issue("valid", address)
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(certificate.chain, certificate.key)
    return found
