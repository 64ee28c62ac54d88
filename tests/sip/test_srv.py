from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import dns.message
import dns.rcode
import dns.resolver
import pytest

from appliance.sip import targets
from appliance.sip.diagnosis import diagnose
from appliance.sip.settings import AccountSettings
from appliance.sip.srv import Service, UnansweredError, services
from appliance.sip.targets import Target, find
from appliance.sip.verdict import Attempt
from tests.peers.names import NameServer, Zone, name_server

RECORDS = (Service(20, 0, "localhost", 5070), Service(10, 5, "localhost", 5080))
NAME = "_sip._udp.example.test"


def zone(*records: Service) -> Zone:
    """These records for `NAME`."""
    lines = (f"{r.priority} {r.weight} {r.port} {r.host}." for r in records)
    return {(NAME, "SRV"): tuple(lines)} if records else {}


def server_failure(wire: bytes) -> bytes:
    """The answer of a name server that cannot find out (SERVFAIL)."""
    answer = dns.message.from_wire(wire)
    answer.set_rcode(dns.rcode.SERVFAIL)
    answer.answer.clear()
    return answer.to_wire()


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
        async with name_server(zone(never, late, light, heavy)) as names:
            answers = [await ask(names.port) for _ in range(60)]
        assert all(answer[2:] == [late, never] for answer in answers)
        assert [answer[0] for answer in answers].count(heavy) > 40

    asyncio.run(story())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda wire: wire[:20],
        lambda wire: b"noise",
        lambda wire: wire[:-3] + b"\xc0\xff\xff",
        server_failure,
    ],
    ids=["cut", "noise", "wild pointer", "server failure"],
)
def test_a_damaged_answer_is_no_answer(spoil: Callable[[bytes], bytes]) -> None:
    async def story() -> None:
        async with name_server(zone(*RECORDS), spoil=spoil) as names:
            with pytest.raises(UnansweredError, match="answer for SRV"):
                await ask(names.port)

    asyncio.run(story())


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64, ".".join(["abcdefgh"] * 32), "\udc80"])
def test_what_is_no_name_has_no_records(name: str) -> None:
    async def story() -> None:
        async with name_server(zone()) as names:
            assert await ask(names.port, name) == []

    asyncio.run(story())


def test_a_domain_that_says_it_has_no_such_service() -> None:
    async def story() -> None:
        async with name_server(zone(Service(0, 0, "", 0))) as names:
            assert await ask(names.port) == []

    asyncio.run(story())


def test_a_name_without_a_port_leads_where_its_records_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> None:
        async with name_server(zone(*RECORDS)) as names:
            await follow(names)

    async def follow(names: NameServer) -> None:
        async def ask_there(name: str, kind: Any, nameservers: Any) -> list[Service]:
            return await services(name, kind, nameservers, names.port)

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
        assert len(names.asked) == 2
        (literal,) = await targets_of(AccountSettings(0, "1001", ("127.0.0.1",)))
        assert not literal.spares
        assert len(names.asked) == 2

    asyncio.run(story())


def test_a_record_that_names_no_host_is_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with name_server(zone(Service(10, 5, "\\200" * 20, 5080))) as names:

            async def ask_there(name: str, kind: Any, nameservers: Any) -> list[Service]:
                return await services(name, kind, nameservers, names.port)

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
        with pytest.raises(UnansweredError, match="answer for SRV"):
            await services("example.test", "tls", ["127.0.0.1"], 9)
        assert asyncio.get_running_loop().time() - begun < 3.0

    asyncio.run(story())


def test_a_domain_without_records_is_an_answer() -> None:
    async def story() -> None:
        async with name_server({("_sip._tcp.example.test", "SRV"): ("1 0 5060 pbx.",)}) as names:
            assert await ask(names.port) == []
            assert await ask(names.port, "other.test") == []

    asyncio.run(story())


def test_no_name_server_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any) -> Any:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr("appliance.sip.srv._resolver", none)
    with pytest.raises(UnansweredError, match="no name server is configured"):
        asyncio.run(services("example.test", "udp"))
