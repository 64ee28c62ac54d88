"""Files by TFTP: dnsmasq's server, and ones that are hacked, broken or none."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config.unit import Unit
from appliance.provisioning import tftp
from appliance.provisioning.collect import Place, Trust, collect
from appliance.provisioning.fetch import (
    Absent,
    Access,
    Answer,
    Fetcher,
    FetchFailed,
    Got,
    Limits,
    Unchanged,
)
from appliance.provisioning.seal import Identity
from appliance.provisioning.shelf import Offer
from appliance.provisioning.stamp import NO_STAMP, Stamp
from appliance.provisioning.tftp import BLOCK, Reading
from tests.peers import dnsmasq
from tests.peers.dnsmasq import Dnsmasq
from tests.peers.namespace import Namespace, why_not

FLOOR = Path("nowhere")
ALLOWED = Access(clear_text=True)
QUICK = Limits(seconds=2.0, octets=1 << 20)
UNIT = Unit("001122334455", "")
OWN = "001122334455.toml"
Where = tuple[str, int]
Say = Callable[["Server", bytes, Where], None]
"""Answers a datagram to the well-known port."""


def data(number: int, content: bytes) -> bytes:
    return struct.pack("!HH", 3, number) + content


def oack(*words: bytes) -> bytes:
    return b"\0\x06" + b"".join(word + b"\0" for word in words)


def error(code: int, words: bytes) -> bytes:
    return struct.pack("!HH", 5, code) + words + b"\0"


class Server(asyncio.DatagramProtocol):
    """A server of the test's own: `door` is its well-known port, `line` that of the transfer."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self.asked: list[bytes] = []
        self.told: list[bytes] = []
        self.heard = asyncio.Event()
        """That something was said to the transfer's port."""

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        at = ("127.0.0.1", 0)
        self.door, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=at)
        self.line, _ = await loop.create_datagram_endpoint(lambda: _Line(self), local_addr=at)
        self.other, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=at)

    @property
    def url(self) -> str:
        return f"tftp://127.0.0.1:{self.door.get_extra_info('sockname')[1]}/file"

    async def has_heard(self, count: int) -> list[bytes]:
        """The first `count` datagrams to the transfer's port."""
        async with asyncio.timeout(5):
            while len(self.told) < count:
                self.heard.clear()
                await self.heard.wait()
        return self.told[:count]

    def datagram_received(self, octets: bytes, who: Where) -> None:
        self.asked.append(octets)
        self._say(self, octets, who)


class _Line(asyncio.DatagramProtocol):
    def __init__(self, server: Server) -> None:
        self._server = server

    def datagram_received(self, octets: bytes, who: Where) -> None:
        self._server.told.append(octets)
        self._server.heard.set()


@asynccontextmanager
async def serves(say: Say) -> AsyncIterator[Server]:
    server = Server(say)
    await server.open()
    try:
        yield server
    finally:
        for way in (server.door, server.line, server.other):
            way.close()
        await asyncio.sleep(0)


def ask(say: Say, limits: Limits = QUICK, stamp: Stamp = NO_STAMP) -> Answer:
    async def story() -> Answer:
        async with serves(say) as server, Fetcher(ALLOWED, FLOOR, limits) as fetcher:
            return await fetcher.get(server.url, stamp)

    return asyncio.run(story())


def refused(say: Say, limits: Limits = QUICK) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        ask(say, limits)
    failure = caught.value
    assert 0 < len(failure.agent) <= 21
    assert 0 < len(failure.it) <= 2000
    assert failure.it.isprintable()
    return failure


def says(*datagrams: bytes) -> Say:
    """At once, whatever is asked, all from the port of one transfer."""

    def say(server: Server, octets: bytes, who: Where) -> None:
        for datagram in datagrams:
            server.line.sendto(datagram, who)

    return say


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
        loop = asyncio.get_running_loop()
        async with serves(say) as server, Fetcher(ALLOWED, FLOOR, Limits(10.0, 65536)) as fetcher:
            asking = asyncio.create_task(fetcher.get(server.url))
            last = loop.time()
            while not asking.done():
                await asyncio.sleep(0.005)
                longest, last = max(longest, loop.time() - last), loop.time()
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


NOISE = st.one_of(
    st.binary(max_size=600),
    st.builds(data, st.integers(0, 5), st.binary(max_size=600)),
    st.builds(oack, st.sampled_from([b"tsize", b"blksize", b""]), st.binary(max_size=12)),
    st.builds(error, st.integers(0, 65535), st.binary(max_size=40)),
)


@given(st.lists(NOISE, max_size=12))
def test_nothing_but_a_refusal_or_an_answer_comes_of_noise(datagrams: list[bytes]) -> None:
    reading = Reading("tftp://h/file", b"file", 1000)
    try:
        for datagram in datagrams:
            if reading.complete:
                break
            answer = reading.take(datagram)
            assert answer == b"" or (len(answer), answer[:2]) == (4, b"\0\x04")
            assert len(reading.content) <= 1000
    except FetchFailed as failure:
        assert failure.it.isprintable()
    except FileNotFoundError:
        assert b"\0\x05\0\x01" in [datagram[:4] for datagram in datagrams]


@given(st.binary(max_size=200), st.integers(8, 16), st.booleans())
def test_a_file_comes_as_it_is(content: bytes, block: int, told: bool) -> None:
    """Whatever its length, also one that ends with a block; and beyond block 65535."""
    reading = Reading("tftp://h/file", b"file", 1 << 20)
    options = [b"blksize", b"%d" % block, *([b"tsize", b"%d" % len(content)] if told else [])]
    assert reading.take(oack(*options)) == b"\0\x04\0\0"
    number = 0
    while not reading.complete:
        piece = content[number * block : (number + 1) * block]
        number += 1
        assert reading.take(data(number, piece)) == struct.pack("!HH", 4, number)
    assert reading.content == content


def test_blocks_are_counted_anew_after_65535() -> None:
    reading = Reading("tftp://h/file", b"file", 1 << 20)
    reading.take(oack(b"blksize", b"8"))
    for number in range(1, 65540):
        reading.take(data(number % 0x10000, b"12345678"))
    assert reading.take(data(65540 % 0x10000, b"9")) and reading.complete
    assert len(reading.content) == 65539 * 8 + 1


@pytest.fixture(scope="module")
def network() -> Iterator[Namespace]:
    if lacking := why_not() or dnsmasq.why_not():
        pytest.skip(lacking)
    with Namespace() as made:
        yield made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "served" / "units").mkdir(parents=True)
    return tmp_path / "served" / "units"


def dnsmasq_of(network: Namespace, root: Path, *options: str) -> Dnsmasq:
    words = ("--port=0", "--enable-tftp", f"--tftp-root={root.parent}", *options)
    return Dnsmasq(network, *words, link_local=False)


@pytest.mark.parametrize("option", ["--log-dhcp", "--tftp-no-blocksize", "--tftp-mtu=600"])
def test_dnsmasq_serves_files_of_all_lengths(network: Namespace, root: Path, option: str) -> None:
    lengths = (0, 1, 511, 512, 1024, BLOCK - 1, BLOCK, 2 * BLOCK, 400_000)
    files = {f"f{length}": (b"\r\n\0x" * length)[:length] for length in lengths}
    for name, content in files.items():
        (root / name).write_bytes(content)

    async def story() -> None:
        url = f"tftp://{network.server_address}/units/"
        async with Fetcher(ALLOWED, FLOOR) as fetcher:
            for name, content in files.items():
                answer = await fetcher.get(f"{url}{name}")
                assert isinstance(answer, Got) and answer.content == content
                assert await fetcher.get(f"{url}{name}", answer.stamp) == Unchanged()
            assert await fetcher.get(f"{url}none") == Absent()
            with pytest.raises(FetchFailed) as caught:
                await fetcher.get(f"{url}f400000", octets=399_999)
            assert caught.value.kind == "too-big"

    with dnsmasq_of(network, root, option):
        asyncio.run(story())


def test_a_folder_by_tftp_and_its_secrets(network: Namespace, root: Path, tmp_path: Path) -> None:
    trust = Trust(Identity(tmp_path))
    url = f"tftp://{network.server_address}/units"

    def collected(known: Offer | None = None, *, secrets: bool = False) -> Offer:
        async def story() -> Offer:
            access = Access(clear_text=True, clear_text_secrets=secrets)
            async with Fetcher(access, FLOOR) as fetcher:
                return await collect(url, Place(UNIT), fetcher, trust, known)

        return asyncio.run(story())

    def bars(words: str) -> None:
        with pytest.raises(FetchFailed) as caught:
            collected()
        assert (caught.value.kind, caught.value.agent) == ("clear-text", "Secret without TLS")
        assert words in caught.value.it
        assert "provisioning.clear_text_secrets" in caught.value.it
        assert collected(secrets=True).files

    common, own = root / "common.toml", root / OWN
    with dnsmasq_of(network, root):
        common.write_text('[directory]\nfiles = ["a.csv"]\n')
        (root / "a.csv").write_text("Anna,123\n" * 9000)
        offer = collected()
        assert [file.name for file in offer.files] == ["common.toml", "a.csv"]
        again = collected(offer)
        assert again == offer
        assert all(one is other for one, other in zip(again.files, offer.files, strict=True))
        (root / "a.csv").write_text("Anna,124\n" * 9000)
        assert collected(offer) != offer

        own.write_text('[[account]]\nuser = "1"\npassword = "geheim"\n')
        bars(f"{OWN}: it has `password`")
        own.write_text('[nat]\nturn_password_file = "turn"\n')
        (root / "turn").write_text("geheim")
        bars("a file with a secret, turn")
        own.write_text('[[account]]\ncertificate_file = "both.pem"\n')
        (root / "both.pem").write_text("-----BEGIN EC PRIVATE KEY-----\n")
        bars("a private key")
        own.unlink()
        recipient = pyrage.x25519.Recipient.from_str(trust.identity.recipient)
        sealed = bytes(pyrage.encrypt(b'[[account]]\npassword = "geheim"\n', [recipient]))
        (root / f"{OWN}.age").write_bytes(sealed)
        assert collected().layers == ("common.toml", OWN)
