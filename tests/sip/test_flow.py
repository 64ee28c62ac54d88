"""A connection that stands to a server that hangs: pings, pongs, and what their absence means."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from appliance.phone.events import ConnectionLost
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from tests.sip.attended import attended
from tests.sip.message import Address, Message
from tests.sip.server import Server, stream_server

PING = b"\r\n\r\n"


def phone_at(*servers: str) -> SipSettings:
    account = AccountSettings(0, "1001", servers, password="secret", transport="tcp")
    return SipSettings((account,), AudioSettings(codecs=("pcmu",)))


@pytest.fixture(autouse=True)
def short_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hanging server is told sooner than on a desk."""
    monkeypatch.setattr("appliance.sip.flow.LEAST_SECONDS", 0.4)
    monkeypatch.setattr("appliance.sip.flow.PONG_SECONDS", 0.3)
    monkeypatch.setattr("appliance.phone.registration.PATIENCE_SECONDS", 1.0)


def with_flow_timer(pbx: Server, request: Message) -> None:
    """A registrar that wants to hear from its flows every second."""
    granted = f"Contact: {request['Contact']};expires=300"
    pbx.answer(request, 200, "OK", granted, "Require: outbound", "Flow-Timer: 1")


class Edge:
    """A proxy in front of a server: it passes everything on and answers pings, until it hangs."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.pings = 0
        self.answers = True
        self.asks = False
        """It sends pings of its own behind each that it gets."""
        self.hangs = False
        self.news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        behind, onward = await asyncio.open_connection(*self.server.address)
        back = asyncio.create_task(self._pass_back(behind, writer))
        self._tasks.add(back)
        while data := await reader.read(65536):
            self.news.set()
            if data.startswith(PING):
                self.pings += 1
                if self.answers and not self.hangs:
                    writer.write(b"\r\n")
                if self.asks and self.pings % 2:
                    writer.write(PING)
                data = data.lstrip(b"\r\n")
            if data and not self.hangs:
                onward.write(data)
        back.cancel()
        onward.close()

    async def _pass_back(self, behind: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await behind.read(65536):
            if not self.hangs:
                writer.write(data)

    async def pinged(self, times: int) -> None:
        """It has had so many pings."""
        async with asyncio.timeout(20.0):
            while self.pings < times:
                self.news.clear()
                await self.news.wait()


def play(story: Any) -> None:
    async def told() -> None:
        async with stream_server(with_flow_timer) as first, stream_server() as second:
            edge = Edge(first)
            async with await asyncio.start_server(edge.serve, "127.0.0.1", 0) as listener:
                host = "{}:{}".format(*listener.sockets[0].getsockname()[:2])
                async with attended(phone_at(host, second.host)) as phone:
                    await phone.registered(host)
                    await story(phone, edge, second)

    asyncio.run(told())


def test_a_server_that_answered_and_hangs_is_left_for_the_backup() -> None:
    async def story(phone: Any, edge: Edge, backup: Server) -> None:
        await edge.pinged(2)
        assert not phone.engine.failed.done()
        edge.hangs = True
        assert await phone.next(ConnectionLost) == ConnectionLost(0, dead=True)
        await phone.registered(backup.host)

    play(story)


def test_of_one_that_answers_no_ping_silence_says_nothing() -> None:
    async def story(phone: Any, edge: Edge, backup: Server) -> None:
        edge.answers = False
        await edge.pinged(4)
        assert phone.registration.state == "registered"
        assert not backup.registrations
        assert not [event for _, event in phone.events if isinstance(event, ConnectionLost)]

    play(story)


def test_one_that_answers_is_kept() -> None:
    async def story(phone: Any, edge: Edge, backup: Server) -> None:
        await edge.pinged(5)
        assert phone.registration.state == "registered"
        assert not [event for _, event in phone.events if isinstance(event, ConnectionLost)]

    play(story)


def test_a_ping_of_the_servers_own_is_no_answer() -> None:
    """As an Asterisk sends: who never answers a ping is not dead for not answering the next."""

    async def story(phone: Any, edge: Edge, backup: Server) -> None:
        edge.answers, edge.asks = False, True
        await edge.pinged(6)
        assert phone.registration.state == "registered"
        assert not [event for _, event in phone.events if isinstance(event, ConnectionLost)]

    play(story)


def test_a_connection_that_swallows_what_is_sent_is_left_for_a_new_one() -> None:
    """The kernel at the other end is well, the program behind this one connection is not."""

    async def story() -> None:
        async with stream_server() as pbx:
            edge = Edge(pbx)
            swallowed: list[asyncio.StreamWriter] = []

            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                if len(swallowed) < 2:
                    swallowed.append(writer)
                    while await reader.read(65536):
                        pass
                else:
                    await edge.serve(reader, writer)

            async with await asyncio.start_server(serve, "127.0.0.1", 0) as listener:
                host = "{}:{}".format(*listener.sockets[0].getsockname()[:2])
                async with attended(phone_at(host)) as phone:
                    await phone.registered(host, 60.0)
                    assert len(swallowed) == 2
                    for writer in swallowed:
                        writer.close()

    asyncio.run(story())


def test_who_shares_a_connection_that_is_given_up_registers_over_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its calls would go another way than the one that the server knows it by."""
    monkeypatch.setattr("appliance.sip.lines.RENEWAL_PATIENCE_SECONDS", 1.0)
    asked: dict[str, list[Address]] = {"1001": [], "1002": []}
    both = asyncio.Event()

    def registrar(pbx: Server, request: Message) -> None:
        user = "1001" if "sip:1001@" in request["From"] else "1002"
        asked[user].append(request.source)
        if user == "1001" and len(asked[user]) > 1:
            return
        seconds = 7 if user == "1001" else 300
        pbx.answer(request, 200, "OK", f"Contact: {request['Contact']};expires={seconds}")
        if len(set(asked["1002"])) > 1:
            both.set()

    async def story() -> None:
        async with stream_server(registrar) as pbx:
            accounts = tuple(
                AccountSettings(n, f"100{n + 1}", (pbx.host,), password="secret", transport="tcp")
                for n in range(2)
            )
            async with attended(SipSettings(accounts, AudioSettings(codecs=("pcmu",)))) as phone:
                await phone.registered(pbx.host)
                async with asyncio.timeout(20.0):
                    await both.wait()
                assert asked["1001"][0] == asked["1002"][0]

    asyncio.run(story())
