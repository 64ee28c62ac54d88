"""The name server of our own, asked as the SIP library asks it and as a fool would."""

from __future__ import annotations

import asyncio
import socket

import dns.message
import dns.rcode
import pytest

from appliance.sip.resolver import LOOPBACK, Resolver


async def ask(port: int, *queries: bytes) -> dns.message.Message:
    """The answer to the last of these."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.setblocking(False)
        wire.connect((LOOPBACK, port))
        for query in queries:
            await loop.sock_sendall(wire, query)
        async with asyncio.timeout(10):
            return dns.message.from_wire(await loop.sock_recv(wire, 4096))


@pytest.mark.parametrize(
    ("name", "kind", "address"),
    [
        ("PBX.test", "A", "192.0.2.7"),
        ("pbx.test", "AAAA", ""),
        ("six.test", "AAAA", "2001:db8::7"),
        ("localhost", "A", "127.0.0.1"),
        ("pbx.test", "SRV", ""),
    ],
)
def test_names_in_use_lead_to_the_host_in_use(name: str, kind: str, address: str) -> None:
    async def story() -> None:
        resolver = Resolver()
        await resolver.open()
        resolver.known |= {"pbx.test": "192.0.2.7", "six.test": "2001:db8::7"}
        query = dns.message.make_query(name, kind)
        answer = await ask(resolver.port, query.to_wire())
        assert query.is_response(answer)
        assert answer.rcode() == dns.rcode.NOERROR
        found = [record.to_text() for rrset in answer.answer for record in rrset]
        assert found == ([address] if address else [])
        resolver.close()

    asyncio.run(story())


def test_a_name_without_address_and_senseless_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says is given here: the machine's own name server may be out of reach."""

    async def unknown(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("appliance.sip.resolver.look_up", unknown)

    async def story() -> None:
        resolver = Resolver()
        await resolver.open()
        query = dns.message.make_query("no-such-host.invalid", "A")
        noise = (b"", b"x", b"\0" * 11, b"\0" * 12 + b"\xff" * 9, b"\0" * 12 + b"\x02\xff\xfe\0")
        answer = await ask(resolver.port, *noise, query.to_wire())
        assert answer.rcode() == dns.rcode.NXDOMAIN
        resolver.close()

    asyncio.run(story())


def test_a_name_that_nobody_can_tell_is_not_one_that_does_not_exist(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def silent(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", silent)

    async def story() -> None:
        resolver = Resolver()
        await resolver.open()
        answer = await ask(resolver.port, dns.message.make_query("pbx.test", "A").to_wire())
        assert answer.rcode() == dns.rcode.SERVFAIL
        resolver.close()

    asyncio.run(story())
