"""Behind an edge proxy: flows (RFC 5626), Path, Service-Route and GRUU with two real Kamailios."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from appliance.phone.effects import AnswerCall, EndCall, PlaceCall
from appliance.phone.events import CallAnswered, CallEnded, CallIncoming
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings, Transport
from tests.peers import kamailio, namespace
from tests.peers.kamailio import Kamailio
from tests.peers.namespace import Namespace
from tests.peers.process import free_port
from tests.sip.handset import Handset, handset
from tests.sip.message import Message, sdp
from tests.sip.server import Server, server

pytestmark = pytest.mark.peers

MARK = "0a1b2c3d"


@pytest.fixture(scope="module")
def edge() -> Iterator[tuple[Kamailio, tuple[str, int]]]:
    """The servers, and where 2001 leads to."""
    for lacking in (namespace.why_not(), kamailio.why_not()):
        if lacking:
            pytest.skip(lacking)
    with Namespace() as network:
        trunk = (network.host_address, free_port(network.host_address))
        with Kamailio(network, f"{trunk[0]}:{trunk[1]}") as both:
            yield both, trunk


@asynccontextmanager
async def behind(
    edge: tuple[Kamailio, tuple[str, int]], transport: Transport, gruu: bool = True
) -> AsyncIterator[tuple[Handset, Server]]:
    """A registered phone, and the far end of a trunk."""
    both, trunk = edge
    account = AccountSettings(0, "1001", (both.edge,), transport=transport, gruu=gruu)
    settings = SipSettings((account,), AudioSettings(codecs=("pcmu",)), mark=MARK)
    async with server(address=trunk) as far, handset(settings) as phone:
        outcome = await phone.registered()
        assert outcome.state == "registered", outcome
        far.phone = both.registrar
        yield phone, far


def is_gruu(message: Message) -> bool:
    return re.search(r";gr=urn:uuid:", message["Contact"]) is not None


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_call_goes_out_by_the_service_route_and_bears_the_gruu(
    edge: tuple[Kamailio, tuple[str, int]], transport: Transport
) -> None:
    """The edge refuses what does not come by the Service-Route."""

    async def story() -> None:
        async with behind(edge, transport) as (phone, far):
            phone.do(PlaceCall(1, 0, "2001"))
            invite = await far.next("INVITE")
            assert is_gruu(invite), invite.text
            routes = [f"Record-Route: {route}" for route in invite.all("Record-Route")]
            far.answer(invite, 200, "OK", *routes, body=sdp(4000))
            await phone.next(CallAnswered)
            await far.next("ACK")
            phone.do(EndCall(1))
            await far.next("BYE")

    asyncio.run(story())


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_call_comes_in_by_the_path_and_its_dialog_by_the_gruu(
    edge: tuple[Kamailio, tuple[str, int]], transport: Transport
) -> None:
    """Over TCP by the flow that the phone holds open: no port listens there."""

    async def story() -> None:
        async with behind(edge, transport) as (phone, far):
            dialog = far.call()
            dialog.remote = dialog.target = f"sip:1001@{edge[0].address}"
            dialog.request("INVITE", body=sdp(4000))
            incoming = await phone.next(CallIncoming)
            phone.do(AnswerCall(incoming.call))
            answer = await far.next(200, "INVITE")
            assert is_gruu(answer), answer.text
            dialog.adopt(answer)
            routes = [f"Route: {route}" for route in reversed(answer.all("Record-Route"))]
            dialog.request("ACK", *routes)
            await phone.next(CallAnswered)
            dialog.request("BYE", *routes)
            await far.next(200, "BYE")
            ended = await phone.next(CallEnded)
            assert ended.call == incoming.call

    asyncio.run(story())


def test_an_account_that_wants_no_gruu_bears_its_contact(
    edge: tuple[Kamailio, tuple[str, int]],
) -> None:
    async def story() -> None:
        async with behind(edge, "tcp", gruu=False) as (phone, far):
            phone.do(PlaceCall(1, 0, "2001"))
            invite = await far.next("INVITE")
            assert not is_gruu(invite)
            assert f";unit={MARK}" in invite.contact

    asyncio.run(story())
