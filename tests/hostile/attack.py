"""The attacker: the phone's own server gone mad, for the gate would turn anybody else away.

It registers the phone, takes its call, speaks 1000 Hz into it, and then sends whatever it is given.
After every few messages it asks for OPTIONS: an answer shows that everything before it has been
dealt with and that nothing hangs. It acknowledges what the phone answers, as any client does. Calls
of the phone other than its first are answered as `retort` says.
"""

from __future__ import annotations

import collections
import contextlib
import os
import queue
import random
import re
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.peers.audio import tone, write_wav
from tests.peers.process import PeerFailed
from tests.peers.rtp import RtpPort
from tests.sip.message import sdp

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0
ASK_AGAIN_S = 0.5
ANSWER_S = 0.05
REST_S = 8.0
"""After which the phone has forgotten what was asked (64 times `T1_MS` of target.py)."""
TRIES = 10
VOICE_HZ, PHONE_HZ = 1000.0, 440.0
SALVO = 40
"""Messages between two questions: what a socket's buffer holds for sure."""
PAGE = os.sysconf("SC_PAGE_SIZE")

_HEADER = re.compile(rb"^(Via|From|To|Call-ID|CSeq|Contact)[ \t]*:[ \t]*(.*?)\r?$", re.MULTILINE)


class Attack:
    """A phone in a call, and everything that may be done to it. A context.

    The phone is run by `wrapper`, a command before its own.
    """

    def __init__(self, folder: Path, wrapper: Sequence[str] = ()) -> None:
        self._folder = folder
        self._wrapper = wrapper
        self.retort: Callable[[bytes], Iterable[bytes]] | None = None
        """What is sent instead of a good answer to a call that does not matter."""
        self.acknowledges = True
        """Whether it says ACK, as any client does."""
        self.retorts = 0
        """How many calls have been answered so."""
        self.tally: collections.Counter[bytes] = collections.Counter()
        """Final answers of the phone to what was asked inside its call, by method and status."""
        self._stack = contextlib.ExitStack()
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._said: list[str] = []
        self._dialog: dict[bytes, bytes] = {}
        self._answered: set[bytes] = set()
        self._agreed = b""
        """The last description of the call by the phone."""
        self._verdict = b""
        self._cseq = 0
        self._questions = 0
        self.sent = 0
        self.phone = ("", 0)

    def __enter__(self) -> Self:
        with self._stack:
            self._voice = self._stack.enter_context(RtpPort(VOICE_HZ))
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._stack.callback(self._socket.close)
            self._socket.bind(("127.0.0.1", 0))
            self._socket.setblocking(False)
            self.host = f"127.0.0.1:{self._socket.getsockname()[1]}"
            microphone = write_wav(self._folder / "mic.wav", tone(PHONE_HZ, 1.0, 16000), 16000)
            words = (self.host, str(microphone), str(self._folder / "ear.wav"))
            errors = self._stack.enter_context((self._folder / "stderr").open("wb"))
            self._target = subprocess.Popen(
                [*self._wrapper, sys.executable, "-m", "tests.hostile.target", *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=ROOT,
            )
            self._stack.callback(self._end)
            self._reader = threading.Thread(target=self._listen, name="target", daemon=True)
            self._reader.start()
            self.wait_for("registered")
            self.order("call")
            self.wait_for("answered")
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._stack:
            if error is None:
                self._finish()

    @property
    def memory(self) -> float:
        """What the phone's process has resident, in MB."""
        pages = Path(f"/proc/{self._target.pid}/statm").read_text("ascii").split()[1]
        return int(pages) * PAGE / 1e6

    def at_rest(self) -> int:
        """Octets that the phone has allocated when it has nothing to do but talk."""
        deadline = time.monotonic() + REST_S
        while time.monotonic() < deadline:
            self._pump(deadline - time.monotonic())
        return int(self.ask_for("heap"))

    def order(self, words: str) -> None:
        """Have the phone do something."""
        assert self._target.stdin is not None
        self._target.stdin.write(words + "\n")
        self._target.stdin.flush()

    def ask_for(self, word: str) -> str:
        """Order it, and return what the phone says after the word."""
        self.order(word)
        return self.wait_for(f"{word} ").partition(" ")[2]

    def wait_for(self, words: str) -> str:
        """The next line of the phone that begins so."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            self._pump(0.01)
            while self._said:
                line = self._said.pop(0)
                if line.startswith(words):
                    return line
        raise self._failure(f"the phone has not said {words!r} within {PATIENCE_S:g} s")

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Deal with what comes until the condition holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > deadline:
                raise self._failure(f"nothing of what was expected came within {PATIENCE_S:g} s")
            self._pump(0.01)

    def fire(self, messages: Iterable[bytes]) -> None:
        """Send them all; raises `PeerFailed` when the phone dies, hangs or loses its call.

        An INVITE inside the call is given time to be answered: two at a time are refused unread.
        """
        for number, message in enumerate(messages, 1):
            before = self.tally.total()
            self._send(message[:65000] or b"\0")
            self.sent += 1
            if message.startswith(b"INVITE") and self._dialog[b"Call-ID"] in message:
                deadline = time.monotonic() + ANSWER_S
                while self.tally.total() == before and time.monotonic() < deadline:
                    self._pump(deadline - time.monotonic())
            if number % SALVO == 0:
                self.ask()
        self.ask()

    def ask(self) -> None:
        """OPTIONS, until answered."""
        self._questions += 1
        name = b"question-%d" % self._questions
        deadline = time.monotonic() + PATIENCE_S
        while name not in self._answered:
            if time.monotonic() > deadline:
                raise self._failure(f"no answer to OPTIONS within {PATIENCE_S:g} s: it hangs")
            self._send(self._request(b"OPTIONS", name))
            again = time.monotonic() + ASK_AGAIN_S
            while name not in self._answered and time.monotonic() < again:
                self._pump(again - time.monotonic())
        self._answered.clear()

    def still_talks(self) -> None:
        """The call lives: it can be agreed upon anew, and the voice is heard."""
        heard = ""
        for _ in range(TRIES):
            self._send(self.inside(b"INVITE", b"", self._offer()))
            self.ask()
            if port := re.search(rb"^m=audio (\d+)", self._agreed, re.MULTILINE):
                self._voice.speak_to("127.0.0.1", int(port[1]))
            deadline = time.monotonic() + PATIENCE_S / TRIES
            while time.monotonic() < deadline:
                self.order(f"heard {VOICE_HZ}")
                heard = self.wait_for("heard")
                if float(heard.split()[1]) > 0.5:
                    return
                self._pump(0.1)
        raise self._failure(
            f"the phone does not hear its call any more: {heard}, {self._verdict.decode()}"
        )

    def _offer(self) -> bytes:
        """Our voice, and as many refused streams as the call has collected (RFC 3264 section 8)."""
        good = sdp(self._voice.port).encode()
        return good + b"".join(
            b"m=%s 0 RTP/AVP 0\r\n" % kind
            for kind in re.findall(rb"^m=(\w+) ", self._agreed, re.MULTILINE)[1:]
        )

    def inside(self, method: bytes, headers: bytes, body: bytes) -> bytes:
        """A request of our own in the phone's call; the headers are whole lines."""
        self._cseq += 1
        dialog = self._dialog
        fixed = (
            b"Via: SIP/2.0/UDP %s;rport;branch=z9hG4bK%s\r\nMax-Forwards: 70\r\n"
            b"From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:server@%s>\r\n"
        ) % (
            *(self.host.encode(), random.randbytes(6).hex().encode(), dialog[b"To"]),
            *(dialog[b"From"], dialog[b"Call-ID"], self._cseq, method, self.host.encode()),
        )
        if body and b"Content-Type" not in headers:
            headers += b"Content-Type: application/sdp\r\n"
        length = b"Content-Length: %d\r\n\r\n" % len(body)
        start = b"%s sip:1001@%s:%d SIP/2.0\r\n" % (method, self.phone[0].encode(), self.phone[1])
        return start + fixed + headers + length + body

    def _request(self, method: bytes, call: bytes) -> bytes:
        host = self.host.encode()
        return (
            b"%s sip:1001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s;rport;branch=z9hG4bK%s\r\n"
            b"Max-Forwards: 70\r\nFrom: <sip:s@%s>;tag=1\r\nTo: <sip:1001@127.0.0.1>\r\n"
            b"Call-ID: %s\r\nCSeq: 1 %s\r\nContact: <sip:s@%s>\r\nContent-Length: 0\r\n\r\n"
        ) % (method, host, random.randbytes(6).hex().encode(), host, call, method, host)

    def _send(self, data: bytes) -> None:
        while True:
            try:
                self._socket.sendto(data, self.phone)
            except BlockingIOError:
                self._pump(0.01)
            else:
                return

    def _pump(self, seconds: float) -> None:
        """Deal with all that has come, having waited for something for so long at most."""
        if self._target.poll() is not None:
            raise self._failure(f"the phone died ({self._target.returncode})")
        select.select([self._socket], [], [], max(0.0, seconds))
        while True:
            try:
                data, source = self._socket.recvfrom(65535)
            except (BlockingIOError, ConnectionError):
                break
            self._receive(data, source)
        while not self._lines.empty():
            line = self._lines.get()
            if line.startswith("ended"):
                raise self._failure(f"the call has ended: {line}")
            self._said.append(line)

    def _receive(self, data: bytes, source: tuple[str, int]) -> None:
        headers = dict(reversed(_HEADER.findall(data)))
        if data.startswith(b"SIP/2.0 "):
            self._answered.add(headers.get(b"Call-ID", b""))
            if headers.get(b"Call-ID") == self._dialog.get(b"Call-ID"):
                self._verdict = data.partition(b"\r\n")[0]
                if data[8:9] > b"1":
                    self.tally[headers.get(b"CSeq", b"").split()[-1] + b" " + data[8:11]] += 1
                self._agreed = data.partition(b"\r\n\r\n")[2] or self._agreed
            if data[8:9] >= b"2" and headers.get(b"CSeq", b"").endswith(b" INVITE"):
                self._acknowledge(data, headers)
            return
        method = data.partition(b" ")[0]
        if method == b"ACK" or not {b"Via", b"From", b"To", b"Call-ID", b"CSeq"} <= headers.keys():
            return
        body = b""
        if method == b"REGISTER":
            if b"Contact" not in headers:
                return
            self.phone = source
        if method == b"INVITE":
            if not self._dialog:
                to = headers[b"To"] + b";tag=attacker"
                self._dialog = {**headers, b"To": to}
            body = sdp(self._voice.port).encode()
        if method == b"CANCEL":
            number = headers[b"CSeq"].split()[0] + b" INVITE"
            gone = self._answer(data, {**headers, b"CSeq": number}, b"")
            self._send(gone.replace(b"200 OK", b"487 Request Terminated", 1))
        good = self._answer(data, headers, body)
        ours = headers[b"Call-ID"] == self._dialog.get(b"Call-ID")
        if method == b"INVITE" and not ours and self.retort is not None:
            for message in self.retort(good):
                self._send(message[:65000] or b"\0")
            self.retorts += 1
        else:
            self._socket.sendto(good, source)

    def _answer(self, data: bytes, headers: dict[bytes, bytes], body: bytes) -> bytes:
        tagged = headers[b"To"] + (b"" if b"tag=" in headers[b"To"] else b";tag=attacker")
        contact = headers[b"Contact"] if data.startswith(b"REGISTER") else b""
        lines = [
            b"SIP/2.0 200 OK",
            *(b"Via: " + value for name, value in _HEADER.findall(data) if name == b"Via"),
            b"From: " + headers[b"From"],
            b"To: " + tagged,
            b"Call-ID: " + headers[b"Call-ID"],
            b"CSeq: " + headers[b"CSeq"],
            b"Contact: " + (contact or b"<sip:server@%s>" % self.host.encode()),
            *([b"Content-Type: application/sdp"] if body else [b"Expires: 3600"]),
            b"Content-Length: %d" % len(body),
        ]
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    def _acknowledge(self, data: bytes, headers: dict[bytes, bytes]) -> None:
        if not self.acknowledges or not {b"Via", b"From", b"To", b"Call-ID"} <= headers.keys():
            return
        if data[8:9] == b"2":
            via = b"SIP/2.0/UDP %s;rport;branch=z9hG4bKack" % self.host.encode()
        else:
            via = re.sub(rb";(received|rport)=[^;]*", b"", headers[b"Via"])
        self._send(
            b"ACK sip:1001@127.0.0.1 SIP/2.0\r\nVia: %s\r\nMax-Forwards: 70\r\n"
            b"From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s ACK\r\nContent-Length: 0\r\n\r\n"
            % (
                *(via, headers[b"From"], headers[b"To"], headers[b"Call-ID"]),
                headers[b"CSeq"].split()[0],
            )
        )

    def _listen(self) -> None:
        assert self._target.stdout is not None
        for line in self._target.stdout:
            self._lines.put(line.strip())

    def _finish(self) -> None:
        """The phone can still be switched off in good order."""
        assert self._target.stdin is not None
        self._target.stdin.close()
        deadline = time.monotonic() + PATIENCE_S
        while self._target.poll() is None and time.monotonic() < deadline:
            select.select([self._socket], [], [], 0.05)
            with contextlib.suppress(BlockingIOError, ConnectionError):
                self._receive(*self._socket.recvfrom(65535))
        if self._target.poll() != 0:
            raise self._failure(f"the phone did not end well ({self._target.poll()})")

    def _end(self) -> None:
        if self._target.poll() is None:
            self._target.kill()
            self._target.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        for pipe in (self._target.stdin, self._target.stdout):
            if pipe is not None:
                pipe.close()

    def _failure(self, what: str) -> PeerFailed:
        errors = (self._folder / "stderr").read_text(errors="replace")
        return PeerFailed(f"{what}, after {self.sent} messages\n{errors[-3000:]}")
