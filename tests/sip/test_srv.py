from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import dns.message
import dns.rcode
import dns.rrset
import pytest

from appliance.sip import targets
from appliance.sip.diagnosis import diagnose
from appliance.sip.settings import AccountSettings
from appliance.sip.srv import Service, services
from appliance.sip.targets import Target, find
from appliance.sip.verdict import Attempt

RECORDS = (Service(20, 0, "localhost", 5070), Service(10, 5, "localhost", 5080))
NAME = "_sip._udp.example.test."


class NameServer(asyncio.DatagramProtocol):
    """Answers SRV questions from a table; `spoil` may damage what it sends."""

    def __init__(
        self, records: dict[str, tuple[Service, ...]], spoil: Callable[[bytes], bytes]
    ) -> None:
        self.records = records
        self.spoil = spoil
        self.asked: list[str] = []
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text()
        self.asked.append(name)
        answer = dns.message.make_response(query)
        texts = [f"{r.priority} {r.weight} {r.port} {r.host}." for r in self.records.get(name, ())]
        if texts:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "SRV", *texts))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(self.spoil(answer.to_wire()), addr)


@asynccontextmanager
async def name_server(
    *records: Service, spoil: Callable[[bytes], bytes] = lambda wire: wire
) -> AsyncIterator[tuple[NameServer, int]]:
    """A name server on loopback that knows the records of `NAME`; and its port."""
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: NameServer({NAME: records}, spoil), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


def ask(port: int, name: str = "example.test") -> Any:
    return services(name, "udp", ["127.0.0.1"], port)


async def targets_of(account: AccountSettings) -> tuple[Target, ...]:
    found = await find(account, 0, ("127.0.0.1",))
    assert not isinstance(found, Attempt)
    return found


def test_records_are_used_by_priority_and_weight() -> None:
    light, heavy = Service(10, 1, "light", 1), Service(10, 99, "heavy", 1)
    late, never = Service(20, 0, "late", 1), Service(30, 9, "never", 1)

    async def story() -> None:
        async with name_server(never, late, light, heavy) as (_, port):
            answers = [await ask(port) for _ in range(60)]
        assert all(answer[2:] == [late, never] for answer in answers)
        assert [answer[0] for answer in answers].count(heavy) > 40

    asyncio.run(story())


@pytest.mark.parametrize(
    "spoil",
    [lambda wire: wire[:20], lambda wire: b"noise", lambda wire: wire[:-3] + b"\xc0\xff\xff"],
    ids=["cut", "noise", "wild pointer"],
)
def test_a_damaged_answer_is_no_answer(spoil: Callable[[bytes], bytes]) -> None:
    async def story() -> None:
        async with name_server(*RECORDS, spoil=spoil) as (_, port):
            assert await ask(port) == []

    asyncio.run(story())


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64, ".".join(["abcdefgh"] * 32), "\udc80"])
def test_what_is_no_name_has_no_records(name: str) -> None:
    async def story() -> None:
        async with name_server() as (_, port):
            assert await ask(port, name) == []

    asyncio.run(story())


def test_a_domain_that_says_it_has_no_such_service() -> None:
    async def story() -> None:
        async with name_server(Service(0, 0, "", 0)) as (_, port):
            assert await ask(port) == []

    asyncio.run(story())


def test_a_name_without_a_port_leads_where_its_records_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> None:
        async with name_server(*RECORDS) as (dns_server, port):
            await follow(dns_server, port)

    async def follow(dns_server: NameServer, port: int) -> None:
        async def ask_there(name: str, kind: Any, nameservers: Any) -> list[Service]:
            return await services(name, kind, nameservers, port)

        monkeypatch.setattr(targets, "services", ask_there)
        account = AccountSettings(0, "1001", ("example.test",))
        hosts = await targets_of(account)
        assert {host.host for host in hosts} == {"localhost"}
        assert {host.identity for host in hosts} == {"example.test"}
        assert [(host.port, host.spare) for host in hosts if not host.ipv6] == [
            (5080, False),
            (5070, True),
        ]
        (plain, *_) = await targets_of(AccountSettings(0, "1001", ("localhost",)))
        assert (plain.port, plain.identity, plain.spare) == (5060, "localhost", False)
        assert len(dns_server.asked) == 2
        (literal,) = await targets_of(AccountSettings(0, "1001", ("127.0.0.1",)))
        assert not literal.spares
        assert len(dns_server.asked) == 2

    asyncio.run(story())


def test_a_record_that_names_no_host_is_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with name_server(Service(10, 5, "\\200" * 20, 5080)) as (_, port):

            async def ask_there(name: str, kind: Any, nameservers: Any) -> list[Service]:
                return await services(name, kind, nameservers, port)

            monkeypatch.setattr(targets, "services", ask_there)
            account = AccountSettings(0, "1001", ("example.test",))
            found = await find(account, 0, ("127.0.0.1",))
        assert isinstance(found, Attempt)
        verdict = await diagnose(account, found)
        assert verdict.name == "no-dns"
        assert "200" in verdict.evidence

    asyncio.run(story())


def test_a_name_server_that_is_not_there_is_not_waited_for_long() -> None:
    async def story() -> None:
        begun = asyncio.get_running_loop().time()
        assert await services("example.test", "tls", ["127.0.0.1"], 9) == []
        assert asyncio.get_running_loop().time() - begun < 3.0

    asyncio.run(story())
