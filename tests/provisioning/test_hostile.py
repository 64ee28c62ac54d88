"""A server that is hacked, broken or none: whatever it does, a refusal with words comes of it."""

from __future__ import annotations

import asyncio
import gzip
import resource
import ssl
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.provisioning.fetch import (
    Access,
    Answer,
    Fetcher,
    FetchFailed,
    Got,
    Limits,
    Unchanged,
)
from appliance.provisioning.stamp import Stamp
from tests.peers.certificates import Authority
from tests.provisioning.servers import Say, answer, context, serves

QUICK = Limits(seconds=0.3, octets=1 << 20)
CLEAR = Access(clear_text=True, user="unit", password="secret")
FLOOR = Path("nowhere")
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def ask(say: Say | bytes, limits: Limits = QUICK, stamp: Stamp | None = None) -> Answer:
    async def story() -> Answer:
        async with serves(say) as server, Fetcher(CLEAR, FLOOR, limits) as fetcher:
            return await fetcher.get(server.url, stamp or Stamp())

    return asyncio.run(story())


def refused(say: Say | bytes, limits: Limits = QUICK) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        ask(say, limits)
    error = caught.value
    assert 0 < len(error.agent) <= 21
    assert 0 < len(error.it) <= 2000
    assert error.it.isprintable()
    return error


def moved(where: bytes) -> bytes:
    return b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + where + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"", "broken"),
        (b"<html>hello</html>", "no-http"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no-http"),
        (b"\x00\xff" * 5000, "no-http"),
        (HEAD + b"X: " + b"a" * 100_000 + b"\r\n\r\n", "no-http"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 50_000, "no-http"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "no-http"),
        (b"HTTP/1.1 000 OK\r\n\r\n", "no-http"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "status-204"),
        (answer(b"a", "206 Partial Content", "Content-Range: bytes 0-0/5"), "status-206"),
        (answer(b"a", "500 Oh"), "status-500"),
        (answer(b"a", "503 \xfc\xff"), "status-503"),
        (answer(b"", "304 Not Modified"), "no-http"),
        (answer(b"", "302 Found"), "status-302"),
        (answer(gzip.compress(bytes(10 << 20)), "200 OK", "Content-Encoding: gzip"), "packed"),
        (HEAD + b"Content-Length: 10\r\n\r\nshort", "no-http"),
        (HEAD + b"Content-Length: 10000000000\r\n\r\n", "too-big"),
        (HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", "no-http"),
        (HEAD + b"Content-Length: -1\r\n\r\n", "no-http"),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "no-http"),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "no-http"),
        (HEAD + b"\r\nuntil the connection ends", "no-length"),
        (CHUNKED + b"5\r\nshort\r\n", "no-http"),
        (CHUNKED + b"zz\r\n", "no-http"),
        (CHUNKED + b"1;" + b"x" * 100_000, "no-http"),
        (CHUNKED + b"0\r\n" + b"X: y\r\n" * 100_000, "no-http"),
        (moved(b"//[x"), "redirect"),
        (moved(b"https://me:secret@127.0.0.1/"), "bad-address"),
        (moved(b"https://127.0.0.1:0/"), "bad-address"),
        (moved(b"file:///etc/passwd"), "bad-address"),
        (moved(b"https://\xc3\xbc\xff/"), "bad-address"),
        (moved(b"/" + b"a" * 9000), "bad-address"),
        (b"HTTP/1.1 302 Found\r\nLocation: /a\rX: y\r\n\r\n", "no-http"),
        (moved(b"/file"), "redirect"),
    ],
)
def test_answers_that_are_refused(said: bytes, kind: str) -> None:
    assert refused(said).kind == kind


def test_slow_servers_have_so_much_time_in_all() -> None:
    async def drips(writer: asyncio.StreamWriter, start: bytes) -> None:
        writer.write(start)
        while True:
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0.01)

    for start in (HEAD + b"X: ", HEAD + b"Content-Length: 9999\r\n\r\n", b""):

        async def say(writer: asyncio.StreamWriter, number: int, start: bytes = start) -> None:
            await drips(writer, start)

        began = time.monotonic()
        assert refused(say).kind == "silent"
        assert time.monotonic() - began < 3.0


def test_redirects_do_not_make_time() -> None:
    async def slow(writer: asyncio.StreamWriter, number: int) -> None:
        await asyncio.sleep(0.2)
        writer.write(moved(f"/{number}-{time.monotonic_ns()}".encode()))

    assert refused(slow).kind == "silent"


def test_too_many_redirects() -> None:
    async def on(writer: asyncio.StreamWriter, number: int) -> None:
        writer.write(moved(f"/{time.monotonic_ns()}".encode()))

    error = refused(on, Limits())
    assert (error.kind, error.agent) == ("redirect", "Redirects in circles")


@pytest.mark.parametrize("chunk", [1, 1 << 16])
def test_a_body_without_end_takes_no_memory_and_no_breath(chunk: int) -> None:
    async def endless(writer: asyncio.StreamWriter, number: int) -> None:
        piece = b"%x\r\n%s\r\n" % (chunk, b"a" * chunk)
        writer.write(CHUNKED)
        while True:
            writer.write(piece * max(1, (1 << 16) // len(piece)))
            await writer.drain()

    gaps: list[float] = []

    async def watch() -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.001)
            gaps.append(time.monotonic() - began)

    async def story() -> None:
        limits = Limits(seconds=20.0, octets=1 << 17)
        async with serves(endless) as server, Fetcher(CLEAR, FLOOR, limits) as fetcher:
            breath = asyncio.create_task(watch())
            with pytest.raises(FetchFailed) as caught:
                await fetcher.get(server.url)
            breath.cancel()
        assert caught.value.kind == "too-big"

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    asyncio.run(story())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 << 10
    assert max(gaps, default=0.0) < 1.0


def test_a_redirect_to_clear_text_is_refused(authority: Authority) -> None:
    async def story() -> None:
        tls = context(authority.issue("valid", "127.0.0.1"))
        access = Access(str(authority.ca_file), user="unit", password="x", clear_text=True)
        async with (
            serves(answer(b"a")) as clear,
            serves(moved(clear.url.encode()), tls) as server,
            Fetcher(access, FLOOR, QUICK) as fetcher,
        ):
            with pytest.raises(FetchFailed) as caught:
                await fetcher.get(server.url)
        assert caught.value.kind == "clear-text"
        assert len(server.heads) == 1
        assert not clear.heads

    asyncio.run(story())


def test_a_password_does_not_follow_to_another_server() -> None:
    async def story() -> None:
        async with (
            serves(answer(b"a")) as other,
            serves(moved(other.url.encode())) as server,
            Fetcher(CLEAR, FLOOR, QUICK) as fetcher,
        ):
            assert isinstance(await fetcher.get(server.url), Got)
        assert "Authorization: Basic" in server.heads[0]
        assert "Authorization" not in other.heads[0]

    asyncio.run(story())


def test_a_certificate_of_the_unit_does_not_follow_either(authority: Authority) -> None:
    async def story() -> None:
        own = authority.issue("valid", "127.0.0.1")
        tls, asking = context(own), context(own)
        asking.load_verify_locations(authority.ca_file)
        asking.verify_mode = ssl.CERT_OPTIONAL
        shown: list[object] = []

        async def looks(writer: asyncio.StreamWriter, number: int) -> None:
            shown.append(writer.get_extra_info("peercert"))
            writer.write(answer(b"a"))

        access = Access(str(authority.ca_file), str(own.chain), str(own.key))
        async with (
            serves(looks, asking) as other,
            serves(moved(other.url.encode()), tls) as first,
            Fetcher(access, FLOOR, Limits()) as fetcher,
        ):
            assert isinstance(await fetcher.get(first.url), Got)
            assert isinstance(await fetcher.get(other.url), Got)
        assert [bool(one) for one in shown] == [False, True]

    asyncio.run(story())


def test_a_page_that_says_absent_may_be_long_or_broken() -> None:
    for body in (b"a" * 100_000, b"a"):
        said = answer(body, "404 Not Found")
        for whole in (said, said[:-1]):
            assert type(ask(whole)).__name__ == "Absent"


def test_an_unchanged_file_is_one_that_was_asked_for_so() -> None:
    said = answer(b"", "304 Not Modified")
    assert ask(said, stamp=Stamp('"1"')) == Unchanged()


def test_an_endless_stamp_is_not_kept() -> None:
    assert ask(answer(b"a", "200 OK", f'ETag: "{"a" * 5000}"')) == Got(b"a")


def test_a_connection_is_kept_and_made_anew_where_the_server_closed_it() -> None:
    async def twice(writer: asyncio.StreamWriter, number: int) -> None:
        writer.write(answer(b"a"))
        if len(server_heads) % 3 == 2:
            writer.close()

    server_heads: list[str] = []

    async def story() -> None:
        async with serves(twice) as server, Fetcher(CLEAR, FLOOR, QUICK) as fetcher:
            server_heads_of = server.heads
            for _ in range(6):
                assert isinstance(await fetcher.get(server.url), Got)
                server_heads[:] = server_heads_of
            assert server.connections < 6

    asyncio.run(story())


def test_a_kept_connection_that_dies_at_the_next_question_is_tried_once_anew() -> None:
    async def first_only(writer: asyncio.StreamWriter, number: int) -> None:
        asked[number] = asked.get(number, 0) + 1
        if number == 2 or (number == 0 and asked[0] == 2):
            writer.transport.abort()
        else:
            writer.write(answer(b"a"))
            if number == 1:
                last.append(writer)

    asked: dict[int, int] = {}
    last: list[asyncio.StreamWriter] = []

    async def story() -> None:
        async with serves(first_only) as server, Fetcher(CLEAR, FLOOR, QUICK) as fetcher:
            for _ in range(2):
                assert isinstance(await fetcher.get(server.url), Got)
            assert asked == {0: 2, 1: 1}
            last[0].transport.abort()
            with pytest.raises(FetchFailed) as caught:
                await fetcher.get(server.url)
            assert caught.value.kind == "broken"
            assert server.connections == 3

    asyncio.run(story())


BEGINNINGS = st.sampled_from(
    [
        b"",
        b"HTTP/1.1 ",
        HEAD,
        HEAD + b"Content-Length: ",
        CHUNKED,
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: ",
        b"HTTP/1.1 304 Not Modified\r\nETag: ",
    ]
)


@settings(max_examples=150)
@given(BEGINNINGS, st.binary(max_size=60), st.sampled_from([b"", b"\r\n\r\n", b"\r\n\r\nabc"]))
def test_nothing_but_a_refusal_comes_of_noise(start: bytes, noise: bytes, end: bytes) -> None:
    limits = Limits(seconds=2.0)
    if b"//" in noise:
        return  # it might name a host of somebody's
    try:
        ask(start + noise + end, limits)
    except FetchFailed as error:
        assert error.it.isprintable()
