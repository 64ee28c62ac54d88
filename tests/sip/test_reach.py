"""A look at a UDP port: refused, answered or silent, though datagrams get lost."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest

from appliance.sip.reach import DATAGRAMS, KEEP_ALIVE, Hop, Reached, reach
from appliance.sip.settings import AccountSettings

ACCOUNT = AccountSettings(0, "1001", ("127.0.0.1",))
Reaction = Callable[[socket.socket, int, tuple[str, int]], None]


def looked_at(reaction: Reaction) -> tuple[Reached, int]:
    """What a port was found to be whose owner does this with each datagram, and their number."""

    async def look() -> tuple[Reached, int]:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            server.setblocking(False)
            count = 0

            def readable() -> None:
                nonlocal count
                data, sender = server.recvfrom(100)
                assert data == KEEP_ALIVE
                count += 1
                reaction(server, count, sender)
                if server.fileno() < 0:
                    loop.remove_reader(watched)

            watched = server.fileno()
            loop.add_reader(watched, readable)
            hop = Hop("127.0.0.1", "127.0.0.1", server.getsockname()[1], "udp")
            try:
                return await reach(hop, ACCOUNT), count
            finally:
                loop.remove_reader(watched)

    return asyncio.run(look())


def close(server: socket.socket, _count: int, _sender: tuple[str, int]) -> None:
    server.close()


def answer_the_last(server: socket.socket, count: int, sender: tuple[str, int]) -> None:
    if count == DATAGRAMS:
        server.sendto(b"\r\n", sender)


def say_nothing(_server: socket.socket, _count: int, _sender: tuple[str, int]) -> None:
    pass


@pytest.mark.parametrize(
    ("reaction", "trouble", "words", "datagrams"),
    [
        (close, "refused", "the connection was refused", 1),
        (answer_the_last, None, "answers", DATAGRAMS),
        (say_nothing, None, "not refused, and nothing came back", DATAGRAMS),
    ],
)
def test_one_lost_datagram_decides_nothing(
    reaction: Reaction, trouble: str | None, words: str, datagrams: int
) -> None:
    found, count = looked_at(reaction)
    assert (found.trouble, found.words, count) == (trouble, words, datagrams)
