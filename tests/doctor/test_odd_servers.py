"""The walk at what is no registrar, or one that talks without end."""

from __future__ import annotations

import asyncio
import time

import pytest

from appliance.doctor.findings import Walk
from appliance.doctor.walk import Circumstances, walk
from appliance.sip.settings import AccountSettings
from appliance.system.links import read_network
from tests.sip.message import Message
from tests.sip.server import Registrar, Server, server, stream_server

AROUND = Circumstances(read_network(), time.time(), 0.0, None, "abcd1234")


def account(host: str, transport: str) -> AccountSettings:
    return AccountSettings(0, "1001", (host,), password="secret", transport=transport)  # type: ignore[arg-type]


def walked(registrar: Registrar) -> Walk:
    async def story() -> Walk:
        async with server(registrar) as pbx:
            return await walk(account(pbx.host, "udp"), pbx.host, AROUND)

    return asyncio.run(story())


@pytest.mark.parametrize(
    ("greeting", "answer", "named"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n", b"", "SSH-2.0-OpenSSH_9.2p1"),
        (b"", b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n", "HTTP/1.1 400 Bad Request"),
    ],
)
def test_another_service_on_the_port_is_named(greeting: bytes, answer: bytes, named: str) -> None:
    class Service(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport = transport
            open_ones.append(transport)
            transport.write(greeting)

        def data_received(self, data: bytes) -> None:
            self.transport.write(answer)

    open_ones: list[asyncio.Transport] = []

    async def story() -> Walk:
        loop = asyncio.get_running_loop()
        async with await loop.create_server(Service, "127.0.0.1", 0) as listener:
            host = "{}:{}".format(*listener.sockets[0].getsockname()[:2])
            found = await walk(account(host, "tcp"), host, AROUND)
            for transport in open_ones:
                transport.abort()
            await asyncio.sleep(0)
        return found

    found = asyncio.run(story())
    assert found.verdict == "silent"
    assert "no SIP server" in found.evidence
    assert named in found.evidence
    assert found.seconds < 3.0, "it is told at once, not when the patience is over"


def test_answers_without_end_are_not_all_kept() -> None:
    def rings(pbx: Server, request: Message) -> None:
        for _ in range(40):
            pbx.answer(request, 180, "Ringing", f"X-Long: {'x' * 20_000}")

    found = walked(rings)
    assert found.verdict == "silent"
    assert "no answer but provisional ones" in found.evidence
    answers = [message for message in found.exchange if message.startswith("SIP/2.0 180")]
    assert 1 <= len(answers) <= 4
    assert max(map(len, answers)) <= 8_192


def test_an_answer_in_pieces_is_one_answer() -> None:
    async def story() -> Walk:
        async with stream_server() as pbx:
            whole = pbx.send

            def in_pieces(text: str, to: object = None) -> None:
                for start in range(0, len(text), 7):
                    whole(text[start : start + 7])

            pbx.send = in_pieces  # type: ignore[method-assign]
            found = await walk(account(pbx.host, "tcp"), pbx.host, AROUND)
            pbx.end()
        return found

    assert asyncio.run(story()).verdict == "ok"
