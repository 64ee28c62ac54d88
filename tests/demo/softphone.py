"""A telephone made of sockets, for asking the embedded PBX questions no real phone would ask.

It builds its messages by hand and shares no code with what it tests, digest and RTP included. All
waiting is for a message with a deadline; what comes in between is kept for the next question.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

PATIENCE = 5.0
"""Seconds to wait for a message before the test fails."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """What identifies a request's dialog: To with its tag if any, our tag, Call-ID."""

    to: str
    tag: str
    call_id: str


@dataclass(frozen=True, slots=True)
class Message:
    """A SIP message as received."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @property
    def code(self) -> int:
        """The status code; 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The request's method, for a response the one it answers."""
        return self.header("CSeq").split()[1]

    def header(self, name: str) -> str:
        """The first header of that name, or an empty string."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        """Every header of that name."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def attributes(self) -> list[str]:
        """The ``a=`` lines of the session description."""
        return [line[2:] for line in self.body.splitlines() if line.startswith("a=")]

    def media_port(self) -> int:
        """Where the far end wants its audio."""
        match = re.search(r"^m=audio (\d+)", self.body, re.MULTILINE)
        assert match is not None, self.body
        return int(match[1])


def parse(data: bytes) -> Message:
    """Read a message."""
    head, _, body = data.decode().partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    headers = tuple((n.strip(), v.strip()) for n, _, v in (line.partition(":") for line in lines))
    return Message(start, headers, body)


class Softphone:
    """One phone with a SIP port and a pair of ears."""

    def __init__(self, pbx_port: int, user: str, password: str) -> None:
        self.user, self.password = user, password
        self.pbx = ("127.0.0.1", pbx_port)
        self.sip = _udp()
        self.rtp = _udp()
        self.port: int = self.sip.getsockname()[1]
        self.rtp_port: int = self.rtp.getsockname()[1]
        self._kept: list[Message] = []
        self._seen: set[bytes] = set()
        self._cseq = 0

    def close(self) -> None:
        """Vanish without a word."""
        self.sip.close()
        self.rtp.close()

    @property
    def contact(self) -> str:
        """Where this phone is."""
        return f"sip:{self.user}@127.0.0.1:{self.port};ob"

    def sdp(self, direction: str = "sendrecv", formats: str = "0 8 101", version: int = 1) -> str:
        """A description of this phone's audio."""
        return (
            f"v=0\r\no=- 7 {version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self.rtp_port} RTP/AVP {formats}\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=rtpmap:96 opus/48000/2\r\n"
            f"a={direction}\r\n"
        )

    def send(self, text: str) -> None:
        """Any text at all."""
        self.sip.sendto(text.encode(), self.pbx)

    def request(
        self,
        method: str,
        uri: str,
        dialog: Dialog,
        cseq: int,
        *,
        extra: str = "",
        body: str = "",
        branch: str = "",
        contact: bool = True,
    ) -> str:
        """Send a request; its branch."""
        branch = branch or "z9hG4bK" + secrets.token_hex(8)
        kind = "Content-Type: application/sdp\r\n" if body else ""
        where = f"Contact: <{self.contact}>\r\n" if contact else ""
        self.send(
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};rport;branch={branch}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{self.user}@127.0.0.1>;tag={dialog.tag}\r\n"
            f"To: {dialog.to}\r\nCall-ID: {dialog.call_id}\r\nCSeq: {cseq} {method}\r\n"
            f"{where}{extra}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        )
        return branch

    def register(
        self, *, expires: int = 60, query: bool = False, authenticate: bool = True, extra: str = ""
    ) -> Message:
        """Register with a digest; the final response. A query only asks what is registered."""
        uri = f"sip:127.0.0.1:{self.pbx[1]}"
        to = f"<sip:{self.user}@127.0.0.1>"
        dialog = Dialog(to, secrets.token_hex(4), f"register-{self.port}")
        extra = extra or f"Expires: {expires}\r\n"
        answer = ""
        while True:
            self._cseq += 1
            self.request(
                "REGISTER",
                uri,
                dialog,
                self._cseq,
                extra=extra + answer,
                contact=not query,
            )
            response = self.response("REGISTER")
            if response.code != 401 or answer or not authenticate:
                return response
            answer = self.digest(response, "REGISTER", uri)

    def digest(self, challenge: Message, method: str, uri: str, *, qop: bool = True) -> str:
        """An Authorization header in answer to a 401."""
        fields = dict(re.findall(r'(\w+)="([^"]*)"', challenge.header("WWW-Authenticate")))
        realm, nonce = fields["realm"], fields["nonce"]
        ha1 = _md5(f"{self.user}:{realm}:{self.password}")
        ha2 = _md5(f"{method}:{uri}")
        head = f'Digest username="{self.user}", realm="{realm}", nonce="{nonce}", uri="{uri}"'
        if not qop:
            return f'Authorization: {head}, response="{_md5(f"{ha1}:{nonce}:{ha2}")}"\r\n'
        response = _md5(f"{ha1}:{nonce}:00000001:f00d:auth:{ha2}")
        return (
            f'Authorization: {head}, response="{response}", algorithm=MD5, '
            'qop=auth, nc=00000001, cnonce="f00d"\r\n'
        )

    def response(self, method: str, *, call_id: str = "", final: bool = True) -> Message:
        """The next response to a request of that method, 100 Trying left out."""
        floor = 200 if final else 101

        def fits(message: Message) -> bool:
            mine = call_id in ("", message.header("Call-ID"))
            return mine and message.code >= floor and message.method == method

        return self.next(fits, f"answer to {method}")

    def incoming(self, method: str, within: float = PATIENCE) -> Message:
        """The next request of that method."""
        return self.next(lambda m: m.start.startswith(f"{method} "), f"a {method}", within)

    def next(
        self, wanted: Callable[[Message], bool], what: str, within: float = PATIENCE
    ) -> Message:
        """The first message that fits, from among the kept ones or the wire."""
        deadline = time.monotonic() + within
        while True:
            for message in self._kept:
                if wanted(message):
                    self._kept.remove(message)
                    return message
            self.sip.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self.sip.recv(65535)
            except TimeoutError:
                kept = [message.start for message in self._kept]
                raise AssertionError(f"{self.user}: no {what} in {within} s, but {kept}") from None
            if data not in self._seen:
                self._seen.add(data)
                self._kept.append(parse(data))

    def respond(self, request: Message, status: str, body: str = "", tag: str = "far") -> None:
        """Answer a request from the PBX."""
        copied = "".join(
            f"{name}: {value}\r\n"
            for name, value in request.headers
            if name.lower() in ("via", "from", "call-id", "cseq")
        )
        to = request.header("To")
        to = to if ";tag=" in to else f"{to};tag={tag}"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        self.send(
            f"SIP/2.0 {status}\r\n{copied}To: {to}\r\nContact: <{self.contact}>\r\n{kind}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def hear(self, within: float = PATIENCE) -> bytes:
        """The next RTP packet."""
        self.rtp.settimeout(within)
        return self.rtp.recv(2048)

    def heard_so_far(self) -> list[bytes]:
        """The RTP packets that wait unread."""
        packets = []
        self.rtp.settimeout(0.0)
        with suppress(BlockingIOError):
            while True:
                packets.append(self.rtp.recv(2048))
        return packets


class Call:
    """A call from a softphone, from INVITE to BYE."""

    def __init__(self, phone: Softphone, number: str, body: str | None = None) -> None:
        self.phone = phone
        self.number_uri = self.target = f"sip:{number}@127.0.0.1:{phone.pbx[1]}"
        self.dialog = Dialog(
            f"<sip:{number}@127.0.0.1>", secrets.token_hex(4), secrets.token_hex(8)
        )
        self.cseq = 0
        self.branch = ""
        body = phone.sdp() if body is None else body
        self.propose(body)
        refused = phone.response("INVITE", call_id=self.dialog.call_id)
        assert refused.code == 401, refused.start
        self._ack_refusal(refused)
        self.propose(body, phone.digest(refused, "INVITE", self.number_uri))

    def propose(self, body: str, extra: str = "") -> None:
        """Send an INVITE or re-INVITE."""
        self.cseq += 1
        self.branch = self.phone.request(
            "INVITE", self.target, self.dialog, self.cseq, extra=extra, body=body
        )

    def _ack_refusal(self, response: Message) -> None:
        dialog = replace(self.dialog, to=response.header("To"))
        self.phone.request("ACK", self.target, dialog, self.cseq, branch=self.branch)

    def progress(self) -> Message:
        """The next response but 100, provisional or not."""
        return self.phone.response("INVITE", call_id=self.dialog.call_id, final=False)

    def outcome(self, ack_body: str = "") -> Message:
        """The final response, acknowledged."""
        response = self.phone.response("INVITE", call_id=self.dialog.call_id)
        if response.code >= 300:
            self._ack_refusal(response)
            return response
        self.dialog = replace(self.dialog, to=response.header("To"))
        self.target = re.sub(r".*<(.*)>.*", r"\1", response.header("Contact"))
        self.phone.request("ACK", self.target, self.dialog, self.cseq, body=ack_body)
        return response

    def cancel(self) -> Message:
        """Give up; the answer to the CANCEL."""
        self.phone.request("CANCEL", self.target, self.dialog, self.cseq, branch=self.branch)
        return self.phone.response("CANCEL", call_id=self.dialog.call_id)

    def change(self, body: str) -> Message:
        """A re-INVITE; its final response."""
        self.propose(body)
        return self.outcome()

    def ask(self, method: str, body: str = "") -> Message:
        """Any other request in the dialog; its final response."""
        self.cseq += 1
        self.phone.request(method, self.target, self.dialog, self.cseq, body=body)
        return self.phone.response(method, call_id=self.dialog.call_id)

    def hang_up(self) -> Message:
        """BYE; its response."""
        return self.ask("BYE")


def rtp(sequence: int, timestamp: int, payload: bytes, payload_type: int = 0) -> bytes:
    """A packet from source 0x1234."""
    return struct.pack("!BBHII", 0x80, payload_type, sequence, timestamp, 0x1234) + payload


def _udp() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    return sock


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
