from __future__ import annotations

import asyncio
import re
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from appliance.phone.effects import AnswerCall, EndCall, PlaceCall
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallMedia,
    ConnectionLost,
)
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from appliance.sip.targets import Target, find, next_hop
from appliance.sip.verdict import Attempt
from tests.peers.certificates import Authority, Kind
from tests.sip.handset import handset
from tests.sip.message import sdp
from tests.sip.server import server, stream_server, wants_password

KEY = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
SUITE = "AES_CM_128_HMAC_SHA1_80"


def phone_at(host: str, **changes: Any) -> SipSettings:
    account = AccountSettings(0, "1001", (host,), password="secret", **changes)
    return SipSettings((account,), AudioSettings(codecs=("pcmu",)))


def secured(port: int, tag: str = "1") -> str:
    return sdp(port).replace("RTP/AVP", "RTP/SAVP") + f"a=crypto:{tag} {SUITE} {KEY}\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def context(authority: Authority, kind: Kind, *addresses: str) -> ssl.SSLContext:
    certificate = authority.issue(kind, *addresses)
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(certificate.chain, certificate.key)
    return found


def test_tcp_registers_calls_and_is_called() -> None:
    async def story() -> None:
        async with (
            stream_server(wants_password("secret")) as pbx,
            handset(phone_at(pbx.host, transport="tcp")) as phone,
        ):
            outcome = await phone.registered()
            assert outcome.server_in_use == f"{pbx.host};transport=tcp"
            assert "transport=TCP" in pbx.contact
            phone.do(PlaceCall(1, 0, "600"))
            invite = await pbx.next("INVITE")
            pbx.answer(invite, 200, "OK", body=sdp(4000))
            await phone.next(CallAnswered)
            phone.do(EndCall(1))
            await pbx.next("BYE")
            dialog = pbx.call()
            dialog.request("INVITE", body=sdp(4000))
            dialog.adopt(await pbx.next(180, "INVITE"))
            incoming = await phone.next(CallIncoming)
            phone.do(EndCall(incoming.call, 486))
            await pbx.next(486, "INVITE")

    asyncio.run(story())


def test_a_lost_connection_is_made_anew(authority: Authority) -> None:
    async def story() -> None:
        tls = context(authority, "valid", "127.0.0.1")
        async with stream_server(tls=tls) as pbx:
            settings = phone_at(pbx.host, transport="tls", ca_file=str(authority.ca_file))
            async with handset(settings) as phone:
                await phone.registered()
                port = pbx.phone[1]
                pbx.hang_up()
                assert await phone.next(ConnectionLost, within=5.0) == ConnectionLost(0)
                assert (await phone.registered()).state == "registered"
                assert pbx.phone[1] != port
                pbx.call().request("INVITE", body=sdp(4000))
                await pbx.next(180, "INVITE")

    asyncio.run(story())


def test_a_server_that_ends_is_noticed_at_once() -> None:
    async def story() -> None:
        async with stream_server() as pbx:
            settings = phone_at(pbx.host, transport="tcp")
            async with handset(settings) as phone:
                await phone.registered()
                pbx.end()
                await phone.next(ConnectionLost, within=8.0)
                failed = await phone.registered()
                assert (failed.state, failed.verdict) == ("failed", "refused")

    asyncio.run(story())


def test_tls_registers_with_a_certificate_that_holds(authority: Authority) -> None:
    async def story() -> None:
        tls = context(authority, "valid", "127.0.0.1")
        tls.minimum_version = ssl.TLSVersion.TLSv1_2
        async with stream_server(wants_password("secret"), tls) as pbx:
            settings = phone_at(pbx.host, transport="tls", ca_file=str(authority.ca_file))
            async with handset(settings) as phone:
                outcome = await phone.registered()
                assert (outcome.state, outcome.verdict) == ("registered", "ok")
                assert outcome.server_in_use == f"{pbx.host};transport=tls"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("expired", "tls-expired"),
        ("not-yet-valid", "tls-not-yet-valid"),
        ("wrong-name", "tls-name-mismatch"),
    ],
)
def test_tls_refuses_a_certificate_that_does_not_hold(
    authority: Authority, kind: Kind, verdict: str
) -> None:
    async def story() -> None:
        async with stream_server(tls=context(authority, kind, "127.0.0.1")) as pbx:
            settings = phone_at(pbx.host, transport="tls", ca_file=str(authority.ca_file))
            async with handset(settings) as phone:
                outcome = await phone.registered()
                assert (outcome.state, outcome.verdict) == ("failed", verdict)
            assert not pbx.registrations

    asyncio.run(story())


def test_tls_refuses_an_authority_that_nobody_named(authority: Authority) -> None:
    async def story() -> None:
        async with stream_server(tls=context(authority, "valid", "127.0.0.1")) as pbx:
            async with handset(phone_at(pbx.host, transport="tls")) as phone:
                outcome = await phone.registered()
                assert (outcome.state, outcome.verdict) == ("failed", "tls-untrusted")
            assert not pbx.registrations

    asyncio.run(story())


def test_tls_1_1_is_too_old(authority: Authority) -> None:
    async def story() -> None:
        tls = context(authority, "valid", "127.0.0.1")
        tls.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        tls.maximum_version = ssl.TLSVersion.TLSv1_1
        tls.set_ciphers("ALL:@SECLEVEL=0")
        async with stream_server(tls=tls) as pbx:
            settings = phone_at(pbx.host, transport="tls", ca_file=str(authority.ca_file))
            async with handset(settings) as phone:
                assert (await phone.registered()).state == "failed"
            assert not pbx.registrations

    with pytest.warns(DeprecationWarning):
        asyncio.run(story())


def test_srtp_required_is_offered_and_shown(authority: Authority) -> None:
    async def story() -> None:
        tls = context(authority, "valid", "127.0.0.1")
        async with stream_server(tls=tls) as pbx:
            settings = phone_at(
                pbx.host, transport="tls", srtp="required", ca_file=str(authority.ca_file)
            )
            async with handset(settings) as phone:
                await phone.registered()
                phone.do(PlaceCall(1, 0, "600"))
                invite = await pbx.next("INVITE")
                assert "RTP/SAVP" in invite.body
                offered = re.search(rf"^a=crypto:(\d+) {SUITE} ", invite.body, re.MULTILINE)
                assert offered is not None, invite.body
                pbx.answer(invite, 200, "OK", body=secured(4000, offered[1]))
                media = await phone.next(CallMedia)
                assert media == CallMedia(1, "pcmu", secure=True)

    asyncio.run(story())


def test_srtp_required_takes_no_plain_call() -> None:
    async def story() -> None:
        async with server() as pbx, handset(phone_at(pbx.host, srtp="required")) as phone:
            await phone.registered()
            pbx.call().request("INVITE", body=sdp(4000))
            assert (await pbx.final()).code in (406, 488, 606)
            assert len(phone.seen(CallIncoming)) == len(phone.seen(CallEnded))

    asyncio.run(story())


@pytest.mark.parametrize(("offer", "secure"), [(secured(4000), True), (sdp(4000), False)])
def test_srtp_optional_takes_what_comes(offer: str, secure: bool) -> None:
    async def story() -> None:
        async with server() as pbx, handset(phone_at(pbx.host, srtp="optional")) as phone:
            await phone.registered()
            dialog = pbx.call()
            dialog.request("INVITE", body=offer)
            dialog.adopt(await pbx.next(180, "INVITE"))
            incoming = await phone.next(CallIncoming)
            phone.do(AnswerCall(incoming.call))
            await pbx.next(200, "INVITE")
            dialog.request("ACK")
            assert (await phone.next(CallMedia)).secure is secure

    asyncio.run(story())


def test_ipv6_registers_and_calls() -> None:
    if not socket.has_ipv6 or not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")

    async def story() -> None:
        async with server(address=("::1", 0)) as pbx, handset(phone_at(pbx.host)) as phone:
            outcome = await phone.registered()
            assert outcome.state == "registered"
            assert "[::1]" in pbx.contact
            phone.do(PlaceCall(1, 0, "600"))
            invite = await pbx.next("INVITE")
            assert "IN IP6 ::1" in invite.body
            pbx.answer(invite, 200, "OK", body=sdp(4000).replace("IP4 127.0.0.1", "IP6 ::1"))
            await phone.next(CallAnswered)

    asyncio.run(story())


@pytest.mark.parametrize("proxy", ["sips:{}", "sips:{};transport=tcp", "sip:{};transport=tls"])
def test_a_proxy_over_tls_outranks_the_accounts_transport(authority: Authority, proxy: str) -> None:
    async def story() -> None:
        tls = context(authority, "valid", "127.0.0.1")
        async with stream_server(tls=tls) as edge:
            settings = phone_at(
                "pbx.test", outbound_proxy=proxy.format(edge.host), ca_file=str(authority.ca_file)
            )
            async with handset(settings) as phone:
                outcome = await phone.registered()
                assert outcome.server_in_use == f"{edge.host};transport=tls"
                assert "transport=TLS" in edge.contact
                phone.do(PlaceCall(1, 0, "600"))
                assert (await edge.next("INVITE")).start.startswith("INVITE sip:600@pbx.test ")

    asyncio.run(story())


def account(server_name: str, **changes: Any) -> AccountSettings:
    return AccountSettings(0, "1001", (server_name,), **changes)


@pytest.mark.parametrize(
    ("settings", "hop"),
    [
        (account("pbx.test"), ("pbx.test", 0, "udp")),
        (account("pbx.test:5070", transport="tcp"), ("pbx.test", 5070, "tcp")),
        (account("pbx.test", transport="tls"), ("pbx.test", 0, "tls")),
        (account("[::1]:5070"), ("::1", 5070, "udp")),
        (account("p", outbound_proxy="sip:edge.test"), ("edge.test", 0, "udp")),
        (
            account("p", outbound_proxy="<sip:edge.test;transport=TCP;lr>"),
            ("edge.test", 0, "tcp"),
        ),
        (account("p", outbound_proxy="sips:edge.test:5081"), ("edge.test", 5081, "tls")),
        (account("p", outbound_proxy="sips:edge.test;transport=tcp"), ("edge.test", 0, "tls")),
    ],
)
def test_the_next_hop(settings: AccountSettings, hop: tuple[str, int, str]) -> None:
    assert next_hop(settings, settings.servers[0]) == hop


@pytest.mark.parametrize("proxy", ["tel:1", "sip:", "sip:edge:99999999"])
def test_a_proxy_that_is_none_is_reported(proxy: str) -> None:
    found = asyncio.run(find(account("pbx.test", outbound_proxy=proxy), 0))
    assert isinstance(found, Attempt)
    assert found.error


def test_a_literal_address_is_its_own() -> None:
    found = asyncio.run(find(account("127.0.0.1:5070"), 0))
    assert found == (
        Target(
            "127.0.0.1:5070", "127.0.0.1", 5070, "udp", "127.0.0.1", ("127.0.0.1",), "127.0.0.1"
        ),
    )
