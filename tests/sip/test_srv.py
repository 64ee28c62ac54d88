from __future__ import annotations

import asyncio
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.sip import targets
from appliance.sip.settings import AccountSettings
from appliance.sip.srv import (
    Service,
    decode_answer,
    encode_query,
    in_order,
    services,
    system_nameservers,
)
from appliance.sip.targets import Target, find

RECORDS = (Service(20, 0, "localhost", 5070), Service(10, 5, "localhost", 5080))


def answer_to(
    question: bytes, records: tuple[Service, ...], flags: int = 0x8180, compressed: bool = False
) -> bytes:
    message = question[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + question[12:]
    for record in records:
        labels = record.host.split(".")
        name = b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"
        data = struct.pack("!HHH", record.priority, record.weight, record.port) + name
        owner = b"\xc0\x0c" if compressed else question[12:-4]
        message += owner + struct.pack("!HHIH", 33, 1, 60, len(data)) + data
    return message


@pytest.mark.parametrize("compressed", [True, False])
def test_records_are_read_with_and_without_compression(compressed: bool) -> None:
    question = encode_query(7, "_sip._udp.example.com")
    assert decode_answer(question, answer_to(question, RECORDS, compressed=compressed)) == list(
        RECORDS
    )


def test_other_answers_are_none_of_ours() -> None:
    question = encode_query(7, "_sip._udp.example.com")
    other = encode_query(8, "_sip._udp.example.com")
    assert decode_answer(question, answer_to(other, RECORDS)) is None
    named = encode_query(7, "_sip._udp.example.org")
    assert decode_answer(question, answer_to(named, RECORDS)) is None
    assert decode_answer(question, question) is None
    assert decode_answer(question, answer_to(question, (), flags=0x8183)) == []


def test_a_name_that_points_to_itself_has_an_end() -> None:
    question = encode_query(7, "a.b")
    message = answer_to(question, ())[:6] + struct.pack("!HHH", 1, 0, 0) + question[12:]
    loop = len(message)
    assert decode_answer(question, message + struct.pack("!H", 0xC000 | loop)) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(noise: bytes) -> None:
    question = encode_query(7, "_sip._udp.example.com")
    decode_answer(question, noise)
    decode_answer(question, answer_to(question, RECORDS)[:40] + noise)


@given(st.binary(min_size=1, max_size=300), st.integers(0, 300))
def test_a_damaged_answer_is_survived(noise: bytes, at: int) -> None:
    question = encode_query(7, "_sip._udp.example.com")
    whole = bytearray(answer_to(question, RECORDS))
    whole[at : at + len(noise)] = noise
    decode_answer(question, bytes(whole))


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64, ".".join(["abcdefgh"] * 32)])
def test_what_is_no_name_is_not_asked(name: str) -> None:
    with pytest.raises(ValueError, match=r"name|label"):
        encode_query(1, name)


def test_records_are_used_by_priority_and_weight() -> None:
    light, heavy = Service(10, 1, "light", 1), Service(10, 99, "heavy", 1)
    late, never = Service(20, 0, "late", 1), Service(30, 9, "never", 1)
    assert in_order([never, late, light, heavy], lambda: 0.5) == [heavy, light, late, never]
    firsts = [in_order([light, heavy])[0] for _ in range(200)]
    assert firsts.count(heavy) > 150


def test_the_systems_name_servers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text("# x\nsearch a\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\nnameserver\n")
    assert system_nameservers(path) == ["192.0.2.1", "fe80::1"]
    assert system_nameservers(tmp_path / "missing") == []


class NameServer(asyncio.DatagramProtocol):
    def __init__(self, records: dict[str, tuple[Service, ...]]) -> None:
        self.records = records
        self.asked: list[bytes] = []
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked.append(data)
        for name, records in self.records.items():
            if encode_query(0, name)[12:] == data[12:]:
                self.transport.sendto(answer_to(data, records), addr)
                return
        self.transport.sendto(answer_to(data, (), flags=0x8183), addr)


def test_a_name_without_a_port_leads_where_its_records_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        transport, dns = await loop.create_datagram_endpoint(
            lambda: NameServer({"_sip._udp.example.test": RECORDS}), local_addr=("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]

        async def ask(name: str, kind: Any, nameservers: Any) -> list[Service]:
            return await services(name, kind, nameservers, port)

        monkeypatch.setattr(targets, "services", ask)
        account = AccountSettings(0, "1001", ("example.test",))
        first = await find(account, 0, ("127.0.0.1",))
        assert isinstance(first, Target)
        assert (first.host, first.port) == ("localhost", 5080)
        second = await find(account, 0, ("127.0.0.1",), failures=1)
        assert isinstance(second, Target)
        assert second.port == 5070
        plain = await find(AccountSettings(0, "1001", ("localhost",)), 0, ("127.0.0.1",))
        assert isinstance(plain, Target)
        assert plain.port == 5060
        assert len(dns.asked) == 3
        literal = await find(AccountSettings(0, "1001", ("127.0.0.1",)), 0, ("127.0.0.1",))
        assert isinstance(literal, Target)
        assert len(dns.asked) == 3
        transport.close()

    asyncio.run(story())


def test_a_name_server_that_is_not_there_is_not_waited_for_long() -> None:
    async def story() -> None:
        begun = asyncio.get_running_loop().time()
        assert await services("example.test", "tls", ["127.0.0.1"], 9) == []
        assert asyncio.get_running_loop().time() - begun < 3.0

    asyncio.run(story())
