"""Flows and routes that a server keeps for us: RFC 5626, RFC 3327, RFC 3608; and the TLS name."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from appliance.phone.effects import PlaceCall
from appliance.sip import targets
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from appliance.sip.srv import Service
from tests.peers.certificates import SERVER_NAME, Authority
from tests.sip.handset import handset
from tests.sip.message import Message
from tests.sip.server import Server, server, stream_server


def phone_at(host: str, **changes: Any) -> SipSettings:
    account = AccountSettings(0, "1001", (host,), password="secret", **changes)
    return SipSettings((account,), AudioSettings(codecs=("pcmu",)), mark="0a1b2c3d")


def supported(request: Message) -> set[str]:
    """The option tags of a request."""
    return {tag.strip() for value in request.all("Supported") for tag in value.split(",")}


def with_flow(pbx: Server, request: Message) -> None:
    """A registrar that takes the flow, and has a route for what we send."""
    pbx.answer(
        request,
        200,
        "OK",
        f"Contact: {request['Contact']};expires=300",
        "Require: outbound",
        f"Service-Route: <sip:edge.test:{pbx.address[1]};lr>",
    )


def test_a_flow_is_offered_over_tcp_and_the_service_route_used() -> None:
    async def story() -> None:
        async with (
            stream_server(with_flow) as pbx,
            handset(phone_at(pbx.host, transport="tcp")) as phone,
        ):
            assert (await phone.registered()).state == "registered"
            (request, *_) = pbx.registrations
            assert {"outbound", "path"} <= supported(request)
            assert "reg-id=1" in request["Contact"]
            assert '+sip.instance="<urn:uuid:' in request["Contact"]
            phone.do(PlaceCall(1, 0, "600"))
            invite = await pbx.next("INVITE")
            assert any("edge.test" in route for route in invite.all("Route"))

    asyncio.run(story())


def test_the_unit_is_the_same_instance_after_a_restart() -> None:
    instances = {SipSettings(mark=mark).instance for mark in ("0a1b2c3d", "0a1b2c3d", "ffffffff")}
    assert len(instances) == 2


def test_a_path_is_welcome_over_udp_too() -> None:
    async def story() -> None:
        async with server() as pbx, handset(phone_at(pbx.host)) as phone:
            await phone.registered()
            assert "path" in supported(pbx.registrations[0])
            assert "+sip.instance" not in pbx.registrations[0]["Contact"]

    asyncio.run(story())


@pytest.mark.parametrize(("domain", "verdict"), [(SERVER_NAME, "ok"), ("other.test", None)])
def test_the_certificate_names_what_is_configured_not_the_host_of_a_record(
    domain: str, verdict: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    certificate = authority.issue("valid")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)

    async def story() -> None:
        async with stream_server(tls=context) as pbx:

            async def services(*_: Any) -> list[Service]:
                return [Service(10, 0, "localhost", pbx.address[1])]

            monkeypatch.setattr(targets, "services", services)
            settings = phone_at(domain, transport="tls", ca_file=str(authority.ca_file))
            async with handset(settings) as phone:
                outcome = await phone.registered()
                assert outcome.verdict == (verdict or "tls-name-mismatch")
            assert bool(pbx.registrations) == (verdict == "ok")

    asyncio.run(story())
