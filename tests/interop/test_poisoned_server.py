"""A phone in a call is told to look at a server that is poisoned: it says so, and nothing else.

Each poison is as large, as slow or as false as it claims to be. Whatever is served, the look ends
in its time with a verdict; the call goes on, the phone stays registered, answers at once and keeps
its memory and the configuration that it had.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import json
import re
import threading
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.control.status import ProvisioningStatus
from appliance.provisioning.fetch import LIMITS
from tests.interop.phone import VOICE_HZ, Phone, configuration
from tests.interop.test_provisioning import looked, registered, until
from tests.peers.asterisk import Asterisk
from tests.peers.certificates import Authority
from tests.peers.process import wait_until
from tests.provisioning.servers import Hostile, answer, context, serves
from tests.provisioning.test_trust import Key

pytestmark = pytest.mark.peers

HUGE = 10 << 30
PIECE = bytes(1 << 16)
OK = b"HTTP/1.1 200 OK\r\n"
MOST_AT_ONCE_KIB, MOST_LEFT_KIB = 8 << 10, 6 << 10
"""What a look may take (a manifest may have 4 MiB), and what all of them may leave behind."""
LONGEST_LOOK_S = LIMITS.seconds + 3
LONGEST_ANSWER_S = 2.0
"""For the phone to say how it is, in the middle of a look."""
GOOD = '[phone]\nname = "Served"\n'
Poison = Callable[["Server", asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Server:
    """An HTTPS server with files; with a `poison`, every answer is that."""

    files: dict[str, bytes]
    poison: Poison | None = None
    sent: int = 0
    """Octets of a poison that the phone was given, since `look` set it to 0."""
    questions: int = 0
    hostile: Hostile = field(default_factory=Hostile)
    clear: Hostile = field(default_factory=Hostile)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.hostile.port}/"

    async def say(self, writer: asyncio.StreamWriter, _: int) -> None:
        self.questions += 1
        if self.poison is not None:
            await self.poison(self, writer)
            return
        name = self.hostile.heads[-1].split(" ")[1].removeprefix("/")
        found = self.files.get(name)
        tag = f'ETag: "{hashlib.sha256(found or b"").hexdigest()}"'
        writer.write(answer(b"", "404 Gone") if found is None else answer(found, "200 OK", tag))

    async def stream(self, writer: asyncio.StreamWriter, *pieces: bytes, pause: float = 0) -> None:
        """Send them as fast as they are taken, or with a pause behind each."""
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            self.sent += len(piece)
            await asyncio.sleep(pause)
            if writer.is_closing():
                raise ConnectionResetError


@contextmanager
def running(server: Server, authority: Authority) -> Iterator[Server]:
    """In a thread of its own, until the context ends."""
    loop = asyncio.new_event_loop()

    @asynccontextmanager
    async def both() -> AsyncIterator[None]:
        tls = context(authority.issue("valid", "127.0.0.1"))
        async with serves(server.say, tls) as server.hostile, serves(answer(b"")) as server.clear:
            yield

    async def life() -> None:
        async with both():
            ready.set()
            await ended.wait()

    ready, ended = threading.Event(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(life(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield server
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()


async def with_its_length(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"Content-Length: %d\r\n\r\n" % HUGE)
    for _ in range(HUGE // len(PIECE)):
        await server.stream(writer, PIECE)


async def in_chunks(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(HUGE // len(PIECE)):
        await server.stream(writer, b"%x\r\n%s\r\n" % (len(PIECE), PIECE))


async def in_gzip(server: Server, writer: asyncio.StreamWriter) -> None:
    """Ten megabytes that unpack to ten gigabytes."""
    member = gzip.compress(bytes(16 << 20))
    head = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % (640 * len(member))
    await server.stream(writer, OK + head, *[member] * 640)


async def in_gzip_of_the_transfer(server: Server, writer: asyncio.StreamWriter) -> None:
    member = gzip.compress(bytes(16 << 20))
    writer.write(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n")
    await server.stream(writer, *[b"%x\r\n%s\r\n" % (len(member), member)] * 640)


def zip_bomb() -> bytes:
    """Small enough to be taken for a file; it unpacks to 200 MB."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("common.toml", bytes(200 << 20))
    return packed.getvalue()


async def to_clear_text(server: Server, writer: asyncio.StreamWriter) -> None:
    where = f"Location: http://127.0.0.1:{server.clear.port}/common.toml"
    await server.stream(writer, answer(b"", "302 Found", where))


async def in_a_circle(server: Server, writer: asyncio.StreamWriter) -> None:
    other = f"Location: /{'ab'[server.questions % 2]}"
    await server.stream(writer, answer(b"", "302 Found", other))


async def onwards(server: Server, writer: asyncio.StreamWriter) -> None:
    where = f"Location: /{server.questions}"
    await server.stream(writer, answer(b"", "301 Moved Permanently", where))


async def a_slow_head(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"X-Slow: ")
    while True:
        await server.stream(writer, b"a", pause=1.0)


async def a_slow_body(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"Content-Length: 1000\r\n\r\n")
    while True:
        await server.stream(writer, b"a", pause=1.0)


async def nothing(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def memory(phone: Phone, row: str) -> int:
    """KiB of the phone's process: `VmRSS` now, `VmHWM` at most since `forget_peak`."""
    text = Path(f"/proc/{phone.process.pid}/status").read_text()
    found = re.search(rf"^{row}:\s+(\d+) kB$", text, re.MULTILINE)
    assert found is not None
    return int(found[1])


def forget_peak(phone: Phone) -> None:
    Path(f"/proc/{phone.process.pid}/clear_refs").write_text("5")


@dataclass(frozen=True, slots=True)
class Desk:
    """A phone in a call, its server for files and its PBX."""

    phone: Phone
    server: Server
    pbx: Asterisk

    def look(self, poison: Poison | None, outcome: str, reason: str = "") -> ProvisioningStatus:
        """Have it look, by a NOTIFY of its PBX; this is what comes of it, and of it alone."""
        phone, said = self.phone, len(self.phone.journal)
        self.server.poison, self.server.sent = poison, 0
        forget_peak(phone)
        before, heard = memory(phone, "VmRSS"), self._heard()
        told = f"provisioning={reason or outcome}\n"
        slow = 0

        def has_looked() -> bool:
            nonlocal slow
            began = time.monotonic()
            status = phone.status()
            slow += time.monotonic() - began > LONGEST_ANSWER_S
            assert [call.state for call in status.calls] == ["talking"]
            assert status.accounts[0].registration.state == "registered"
            return told in phone.journal[said:]

        self.pbx.command("pjsip send notify check-sync endpoint 1001")
        wait_until(has_looked, LONGEST_LOOK_S, f"a look with {told!r}")
        assert slow <= 1, "and that one may have been the machine's"
        assert phone.journal[said:].count("provisioning=") == 1
        found = phone.status().provisioning
        assert found is not None and (found.outcome, found.reason) == (outcome, reason)
        assert memory(phone, "VmHWM") - before < MOST_AT_ONCE_KIB
        phone.until(lambda s: s.calls[0].rtp.rx > heard, "more of the other's voice")
        phone.hears(VOICE_HZ)
        return found

    def _heard(self) -> int:
        return self.phone.status().calls[0].rtp.rx


@contextmanager
def in_a_call(
    pbx: Asterisk, folder: Path, files: Mapping[str, bytes], keys: str = ""
) -> Iterator[Desk]:
    """A phone that has had these files, is registered, and talks to the echo."""
    authority = Authority(folder / "authority")
    with running(Server(dict(files)), authority) as server:
        card = (
            f'[provisioning]\nurl = "{server.url}"\nca_file = "{authority.ca_file}"\n'
            f"trial = 10\n{keys}"
        )
        account = configuration(pbx.accounts["1001"], pbx.address)
        with Phone(folder / "unit", account + card) as phone:
            until(phone, lambda s: s.name == "Served", "the files that are served")
            registered(phone)
            looked(phone, "unchanged")
            phone.lift()
            phone.type("600")
            phone.call("talking", "600")
            phone.hears(VOICE_HZ)
            desk = Desk(phone, server, pbx)
            desk.look(nothing, "failed", "broken")  # it has loaded all that a look needs
            begun = memory(phone, "VmRSS")
            yield desk
            assert memory(phone, "VmRSS") - begun < MOST_LEFT_KIB
            assert phone.status().name == "Served"
            assert not phone.status().config.trial
            phone.replace()
            phone.no_call()


def test_bodies_and_ways_without_end(pbx: Asterisk, tmp_path: Path) -> None:
    with in_a_call(pbx, tmp_path, {"common.toml": GOOD.encode()}) as desk:
        server = desk.server
        assert "longer than" in desk.look(with_its_length, "failed", "too-big").detail
        assert server.sent < 8 << 20
        desk.look(in_chunks, "failed", "too-big")
        assert server.sent < 8 << 20
        assert "no packing was asked for" in desk.look(in_gzip, "failed", "packed").detail
        desk.look(in_gzip_of_the_transfer, "failed", "no-http")
        server.files["common.toml"] = zip_bomb()
        assert "UTF-8" in desk.look(None, "refused", "mistakes").detail
        server.files["common.toml"] = GOOD.encode()
        assert "away from HTTPS" in desk.look(to_clear_text, "failed", "clear-text").detail
        assert not server.clear.heads, "nobody was asked in clear text"
        assert "a circle of" in desk.look(in_a_circle, "failed", "redirect").detail
        assert "more than 5" in desk.look(onwards, "failed", "redirect").detail
        limit = LIMITS.seconds
        slow = desk.look(a_slow_body, "failed", "silent")
        assert f"within {limit:g} s" in slow.detail and limit - 3 < server.sent <= limit + 3
        desk.look(None, "unchanged")


def signed(key: Key, version: int, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """A folder with its manifest."""
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = json.dumps({"version": version, "files": listed}).encode()
    return {**files, "manifest.json": manifest, "manifest.json.sig": key.sign(manifest)}


def test_files_that_nobody_has_signed(pbx: Asterisk, tmp_path: Path) -> None:
    key, other = Key(tmp_path / "it", "ed25519"), Key(tmp_path / "other", "ed25519")
    good = {"common.toml": GOOD.encode()}
    bad = {"common.toml": b'[phone]\nname = "Poisoned"\n'}
    keys = f'signing_keys = ["{key.public.strip()}"]\n'
    with in_a_call(pbx, tmp_path, signed(key, 7, good), keys) as desk:
        server = desk.server

        def serve(files: Mapping[str, bytes]) -> None:
            server.files = dict(files)

        serve(signed(other, 8, bad))
        assert "no signature by a known key" in desk.look(None, "failed", "not-signed").detail
        serve(bad)
        desk.look(None, "failed", "not-signed")
        serve(signed(key, 6, bad))
        replayed = desk.look(None, "failed", "replayed").detail
        assert "version 6" in replayed and "has had 7" in replayed
        newer = {"common.toml": b'[phone]\nname = "Newer"\n'}
        serve({**signed(key, 8, newer), **bad})
        desk.look(None, "failed", "altered")
        desk.look(in_chunks, "failed", "too-big")
        assert server.sent < 16 << 20
        desk.look(a_slow_head, "failed", "silent")
        serve(signed(key, 8, good))
        desk.look(None, "unchanged")
