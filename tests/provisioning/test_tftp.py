"""Files by TFTP from servers that are hacked, broken, slow or none."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time

import pytest

from appliance.provisioning import tftp
from appliance.provisioning.fetch import (
    Absent,
    Access,
    Fetcher,
    FetchFailed,
    Got,
    Limits,
    Unchanged,
)
from tests.provisioning.tftp_server import (
    ALLOWED,
    FLOOR,
    Server,
    Where,
    ask,
    data,
    error,
    oack,
    refused,
    says,
    serves,
)


def test_a_question_as_the_standards_have_it() -> None:
    async def story() -> None:
        async with (
            serves(says(data(1, b"content"))) as server,
            Fetcher(ALLOWED, FLOOR) as fetcher,
        ):
            answer = await fetcher.get(server.url)
            assert isinstance(answer, Got) and answer.content == b"content"
            assert server.asked == [b"\0\x01file\0octet\0blksize\0001428\0tsize\0000\0"]
            assert await server.has_heard(1) == [b"\0\x04\0\x01"]

    asyncio.run(story())


def test_what_has_not_changed_is_known_by_its_content() -> None:
    answer = ask(says(data(1, b"content")))
    assert isinstance(answer, Got)
    assert ask(says(data(1, b"content")), stamp=answer.stamp) == Unchanged()
    changed = ask(says(data(1, b"Content")), stamp=answer.stamp)
    assert isinstance(changed, Got) and changed.stamp != answer.stamp


def test_a_server_that_answers_from_the_port_that_was_asked() -> None:
    def say(server: Server, octets: bytes, who: Where) -> None:
        if octets[:2] == b"\0\x01":
            server.door.sendto(oack(b"blksize", b"8"), who)
        else:
            number = struct.unpack("!HH", octets)[1]
            server.door.sendto(data(number + 1, b"12345678" if number < 3 else b"9"), who)

    answer = ask(say)
    assert isinstance(answer, Got) and answer.content == b"12345678" * 3 + b"9"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"\0\x03\0", "no-tftp"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no-tftp"),
        (b"\0\x01file\0octet\0", "no-tftp"),
        (data(1, bytes(513)), "no-tftp"),
        (data(1, bytes(60_000)), "no-tftp"),
        (error(2, b"Access violation"), "tftp-2"),
        (error(0, b"\xff\n\x1b[2J" * 300), "tftp-0"),
        (error(65535, b""), "tftp-65535"),
        (oack(b"tsize", b"10000000000"), "no-tftp"),
        (oack(b"tsize", b"9999999999"), "too-big"),
        (oack(b"tsize", b"-1"), "no-tftp"),
        (oack(b"blksize", b"65464"), "no-tftp"),
        (oack(b"blksize", b"7"), "no-tftp"),
        (oack(b"blksize", b"1429"), "no-tftp"),
        (oack(b"blksize", "²".encode()), "no-tftp"),
        (oack(b"windowsize", b"64"), "no-tftp"),
        (oack(b"blksize"), "no-tftp"),
        (oack(b"a" * 60_000, b"1"), "no-tftp"),
        (oack(*[b"tsize", b"1"] * 100), "no-tftp"),
        (b"\0\x06tsize", "no-tftp"),
    ],
)
def test_answers_that_are_refused(said: bytes, kind: str) -> None:
    assert refused(says(said)).kind == kind


def test_who_is_refused_is_told_to_stop() -> None:
    async def story() -> None:
        async with serves(says(data(1, bytes(600)))) as server, Fetcher(ALLOWED, FLOOR) as fetcher:
            with pytest.raises(FetchFailed):
                await fetcher.get(server.url)
            assert await server.has_heard(1) == [error(0, b"not wanted")]

    asyncio.run(story())


def test_a_file_that_is_not_there() -> None:
    assert ask(says(error(1, b"File not found"))) == Absent()


def test_a_file_that_is_shorter_than_was_announced() -> None:
    def say(server: Server, octets: bytes, who: Where) -> None:
        server.line.sendto(oack(b"tsize", b"9"), who)
        server.line.sendto(data(1, b"short"), who)

    assert refused(say).kind == "broken"


def test_strangers_are_neither_heard_nor_answered() -> None:
    """From another address, from another port, and before the block that is due."""
    heard: list[bytes] = []
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.bind(("127.0.0.2", 0))
    stranger.setblocking(False)

    def say(server: Server, octets: bytes, who: Where) -> None:
        stranger.sendto(data(1, b"stranger"), who)
        server.line.sendto(data(1, b"a" * 512), who)
        server.other.sendto(data(2, b"other"), who)
        server.other.sendto(error(0, b"other"), who)
        stranger.sendto(error(0, b"stranger"), who)
        for number in (2, 0, 3, 65535):
            server.line.sendto(data(number, b"b" * (512 if number != 2 else 3)), who)

    with stranger:
        answer = ask(say)
        with contextlib.suppress(BlockingIOError):
            heard.append(stranger.recv(100))
    assert isinstance(answer, Got) and answer.content == b"a" * 512 + b"bbb"
    assert not heard


def test_what_was_lost_is_said_again() -> None:
    def say(server: Server, octets: bytes, who: Where) -> None:
        if len(server.asked) == 2:
            for datagram in (oack(b"blksize", b"8"),) * 2 + (data(1, b"a" * 8),) * 3:
                server.line.sendto(datagram, who)
            server.line.sendto(data(2, b""), who)

    async def story() -> None:
        async with serves(say) as server, Fetcher(ALLOWED, FLOOR) as fetcher:
            answer = await fetcher.get(server.url)
            assert isinstance(answer, Got) and answer.content == b"a" * 8
            assert server.asked[0] == server.asked[1]
            told = await server.has_heard(6)
        assert [struct.unpack("!HH", octets)[1] for octets in told] == [0, 0, 1, 1, 1, 2]

    asyncio.run(story())


def test_who_says_nothing_of_use_is_not_taken_for_the_server() -> None:
    """A late datagram of an earlier transfer comes first, from a port of its own."""

    def say(server: Server, octets: bytes, who: Where) -> None:
        server.other.sendto(data(7, b"late"), who)
        if len(server.asked) == 2:
            server.line.sendto(data(1, b"content"), who)

    answer = ask(say)
    assert isinstance(answer, Got) and answer.content == b"content"


def test_silence_ends_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tftp, "SILENT_SECONDS", 0.5)
    monkeypatch.setattr(tftp, "_AGAIN_SECONDS", 0.1)
    failure = refused(says(), Limits(seconds=20.0))
    assert (failure.kind, failure.agent) == ("silent", "Server silent")
    assert "not answered at all" in failure.it
    failure = refused(says(data(1, bytes(512))), Limits(seconds=20.0))
    assert failure.kind == "silent" and "after 512 octets" in failure.it


def test_slow_servers_have_so_much_time_in_all() -> None:
    """A block whenever nearly all patience is spent."""
    number = 0

    def say(server: Server, octets: bytes, who: Where) -> None:
        def drip() -> None:
            nonlocal number
            number += 1
            if not server.line.is_closing():
                server.line.sendto(data(number, bytes(512)), who)
                asyncio.get_running_loop().call_later(0.05, drip)

        if len(server.asked) == 1:
            drip()

    began = time.monotonic()
    failure = refused(say, Limits(seconds=0.5))
    assert (failure.kind, failure.agent) == ("silent", "Server too slow")
    assert time.monotonic() - began < 3.0
    assert number > 3


def test_blocks_without_end_take_no_memory_and_no_breath() -> None:
    """The breath is measured by the thread's own time: another's is no fault of the reader."""
    longest = 0.0
    sent = 0

    def say(server: Server, octets: bytes, who: Where) -> None:
        def flood() -> None:
            nonlocal sent
            for _ in range(20):
                sent += 1
                server.line.sendto(data(sent % 0x10000, bytes(512)), who)
            if not server.line.is_closing():
                asyncio.get_running_loop().call_later(0.001, flood)

        flood()

    async def story() -> FetchFailed:
        nonlocal longest
        async with serves(say) as server, Fetcher(ALLOWED, FLOOR, Limits(10.0, 65536)) as fetcher:
            asking = asyncio.create_task(fetcher.get(server.url))
            last = time.thread_time()
            while not asking.done():
                await asyncio.sleep(0.005)
                longest, last = max(longest, time.thread_time() - last), time.thread_time()
            with pytest.raises(FetchFailed) as caught:
                await asking
            return caught.value

    assert asyncio.run(story()).kind == "too-big"
    assert longest < 0.5


def test_addresses_and_who_may_have_them() -> None:
    async def kind(access: Access, url: str) -> str:
        async with Fetcher(access, FLOOR) as fetcher:
            with pytest.raises(FetchFailed) as caught:
                await fetcher.get(url)
        return caught.value.kind

    for url in ("tftp://127.0.0.1/x", "TFTP://127.0.0.1/x"):
        assert asyncio.run(kind(Access(), url)) == "clear-text"
    names = ("", "%00", "a" * 401)
    urls = [f"tftp://127.0.0.1/{name}" for name in names]
    for url in (*urls, "tftp://me@127.0.0.1/x", "tftp://127.0.0.1:0/x", "tftp:///x"):
        assert asyncio.run(kind(ALLOWED, url)) == "bad-address", url
