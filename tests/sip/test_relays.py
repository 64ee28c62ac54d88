"""STUN and TURN servers are heard before they are used; nonsense is not taken for an answer."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.phone.effects import PlaceCall, Register
from appliance.phone.events import RegistrationChanged
from appliance.sip.relays import ALLOCATE, BINDING, Relays, answers, find_relays, request
from appliance.sip.settings import AccountSettings, NatSettings, SipSettings, Transport
from tests.hw.waiting import until
from tests.sip.handset import handset
from tests.sip.message import Message
from tests.sip.server import Server, says_yes, server, stream_server

SUCCESS, ERROR = 0x0100, 0x0110


MAPPED = "203.0.113.7"


def answer(asked: bytes, kind: int) -> bytes:
    method = struct.unpack_from("!H", asked)[0]
    return struct.pack("!HH", method | kind, 0) + asked[4:20]


def mapping(asked: bytes) -> bytes:
    """A success that says that we are seen at `MAPPED`, RFC 8489 section 14.2."""
    cookie = asked[4:8]
    seen = bytes(a ^ b for a, b in zip(socket.inet_aton(MAPPED), cookie, strict=True))
    attribute = struct.pack("!HHxBH", 0x0020, 8, 1, 40000 ^ 0x2112) + seen
    return struct.pack("!HH", BINDING | SUCCESS, len(attribute)) + asked[4:20] + attribute


class Far(asyncio.DatagramProtocol):
    """Answers after `deaf` requests, in its own manner."""

    def __init__(self, kind: int, deaf: int = 0) -> None:
        self.kind, self.deaf = kind, deaf
        self.asked: list[bytes] = []
        self.heard = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.host = "{}:{}".format(*transport.get_extra_info("sockname")[:2])

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.asked.append(data)
        if len(self.asked) > self.deaf:
            self.heard = True
            self.transport.sendto(b"\0" * 20, addr)
            binding = data[:2] == BINDING.to_bytes(2) and self.kind == SUCCESS
            self.transport.sendto(mapping(data) if binding else answer(data, self.kind), addr)


@asynccontextmanager
async def far(kind: int, deaf: int = 0) -> AsyncIterator[Far]:
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Far(kind, deaf), local_addr=("127.0.0.1", 0)
    )
    try:
        yield protocol
    finally:
        transport.close()


def test_servers_that_answer_are_used() -> None:
    async def story() -> None:
        async with far(SUCCESS, deaf=1) as stun, far(ERROR) as turn:
            nat = NatSettings(stun_server=stun.host, turn_server=turn.host)
            assert await find_relays(nat) == Relays(stun.host, turn.host)
            assert stun.asked[0] == stun.asked[1], "a request is sent again as it was"

    asyncio.run(story())


def test_silence_and_nonsense_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with far(SUCCESS, deaf=100) as silent:
            nat = NatSettings(stun_server=silent.host, turn_server="127.0.0.1:9")
            assert await find_relays(nat) == Relays()
            assert await find_relays(NatSettings(stun_server="stun.invalid")) == Relays()

    asyncio.run(story())
    assert all(word in caplog.text for word in ("127.0.0.1:9 is not used", "stun.invalid is not"))


def test_turn_over_tcp_has_to_speak_turn() -> None:
    async def story() -> None:
        async def speaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(answer(await reader.readexactly(28), ERROR))
            writer.close()

        async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
            writer.close()

        for talk, used in ((speaks, True), (greets, False)):
            async with await asyncio.start_server(talk, "127.0.0.1", 0) as listener:
                host = "{}:{}".format(*listener.sockets[0].getsockname()[:2])
                nat = NatSettings(turn_server=host, turn_transport="tcp")
                assert await find_relays(nat) == Relays(turn=host if used else "")

    asyncio.run(story())


def test_registration_waits_for_no_helper() -> None:
    """The helper is heard after the registration, and helps the next call."""

    async def story() -> None:
        async with far(SUCCESS, deaf=1000) as stun, server() as pbx:
            nat = NatSettings(ice=True, stun_server=stun.host)
            account = AccountSettings(0, "1001", (pbx.host,))
            async with handset(SipSettings((account,), nat=nat)) as phone:
                assert (await phone.registered()).state == "registered"
                assert not stun.heard and phone.engine._tenant().relays == Relays()
                stun.deaf = 0
                await until(lambda: phone.engine._tenant().relays == Relays(stun.host))
                await phone.settled()
                phone.do(PlaceCall(1, 0, "600"))
                invite = await pbx.next("INVITE")
                assert MAPPED in invite.body and "typ srflx" in invite.body
                assert len(pbx.registrations) == 1

    asyncio.run(story())


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("ice", [True, False], ids=["ice", "plain"])
def test_a_helper_is_heard_while_a_registrar_thinks(transport: Transport, ice: bool) -> None:
    """The REGISTER under way is none the worse for it, and the next says the same of the phone."""

    async def story() -> None:
        asked: list[tuple[Server, Message]] = []
        made = server if transport == "udp" else stream_server
        async with (
            far(SUCCESS) as stun,
            far(ERROR) as turn,
            made(lambda pbx, request: asked.append((pbx, request))) as pbx,
        ):
            nat = NatSettings(ice, stun.host, turn.host, turn_user="1001", turn_password="secret")
            account = AccountSettings(0, "1001", (pbx.host,), transport=transport)
            async with handset(SipSettings((account,), nat=nat)) as phone:
                phone.do(Register(0))
                await until(lambda: asked)
                wanted = Relays(stun.host, turn.host)
                await until(lambda: phone.engine._tenant().relays == wanted)
                await phone.settled()
                says_yes(*asked[0])
                outcome = await phone.next(RegistrationChanged, lambda e: e.state != "trying")
                assert outcome.state == "registered"
                phone.do(Register(0, fresh=True))
                await until(lambda: len(asked) > 1)
                for _, request in asked:
                    assert ("+sip.ice" in request["Contact"]) is ice

    asyncio.run(story())


def test_nothing_is_asked_where_nothing_is_configured() -> None:
    assert asyncio.run(find_relays(NatSettings(ice=True))) == Relays()


@given(st.binary(max_size=40), st.sampled_from([BINDING, ALLOCATE]))
def test_only_a_response_to_this_request_is_an_answer(data: bytes, method: int) -> None:
    asked = request(method)
    assert not answers(data, asked)
    assert answers(answer(asked, SUCCESS), asked) and answers(answer(asked, ERROR), asked)
    assert not answers(answer(request(method), SUCCESS), asked)
    assert not answers(asked, asked)
