"""The far end of every phone that is measured: registrar, caller and called, on one UDP socket.

What matters is when: a datagram that arrives carries the kernel's own time stamp (SO_TIMESTAMPNS),
so that it does not count how busy the bench is; one that leaves is stamped just before it is sent.
All times are seconds of the real-time clock. It speaks as little SIP as the measurements need:
digest registration (RFC 2617 without qop), calls with one stream of G.722.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import select
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.sip.message import Address, Message

PATIENCE_S = 5.0
LOOK_S = 0.02
"""How often a condition is looked at that no datagram brings about."""
SO_TIMESTAMPNS = 35
"""Linux, asm-generic/socket.h; Python has no name for it."""
_TIMESPEC = struct.Struct("@ll")
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size)
REALM = "bench"
PASSWORD = secrets.token_hex(8)


class Silence(RuntimeError):
    """A phone did not say what was expected of it in time."""


def stamped_socket(address: str) -> socket.socket:
    """A UDP socket at `address` whose datagrams are stamped by the kernel as they arrive.

    The first socket of a machine that asks for stamps has Linux begin to stamp a little later, from
    a work queue; until then a datagram is stamped as it is read. So this one writes to itself until
    a stamp is older than the reading.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((address, 0))
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        made.sendto(b"", made.getsockname())
        select.select([made], [], [], PATIENCE_S)
        reading = time.time()
        found = receive(made)
        if found is not None and found[2] < reading:
            return made
    made.close()
    raise Silence(f"the kernel stamped no datagram at {address} as it arrived")


def receive(source: socket.socket) -> tuple[bytes, Address, float] | None:
    """The next datagram, where from, and when it arrived; None when there is none."""
    try:
        data, ancillary, _, sender = source.recvmsg(65535, _ANCILLARY)
    except BlockingIOError:
        return None
    for level, kind, value in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = _TIMESPEC.unpack(value[: _TIMESPEC.size])
            return data, sender[:2], seconds + nanoseconds / 1e9
    raise RuntimeError("the kernel stamps no datagrams: expected Linux")


@dataclass(frozen=True, slots=True)
class Registration:
    """Where a phone is, and when it was told that it is registered."""

    contact: str
    source: Address
    at: float


class FarEnd:
    """The registrar that all phones share; does nothing but while it is waited on."""

    def __init__(self, address: str) -> None:
        self.socket = stamped_socket(address)
        self.address = address
        self.port = int(self.socket.getsockname()[1])
        self.host = f"{address}:{self.port}"
        self.registrations: dict[str, Registration] = {}
        self._received: list[Message] = []
        self._poll = select.poll()
        self._poll.register(self.socket, select.POLLIN)

    def close(self) -> None:
        """Be gone."""
        self.socket.close()

    def pump(self, seconds: float) -> None:
        """Answer what comes for so long."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._wait(left)

    def wait_until(self, condition: Callable[[], object], what: str, seconds: float) -> None:
        """Answer what comes until something is so; raises `Silence`."""
        deadline = time.monotonic() + seconds
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                raise Silence(f"waited {seconds:g} s for {what}")
            self._wait(min(left, LOOK_S))

    def expect(self, wanted: Callable[[Message], bool], what: str) -> Message:
        """The first message that is wanted, since the last `forget`; raises `Silence`."""
        found: list[Message] = []

        def look() -> bool:
            found[:] = [message for message in self._received if wanted(message)]
            return bool(found)

        try:
            self.wait_until(look, what, PATIENCE_S)
        except Silence as silence:
            seen = ", ".join(message.start for message in self._received)
            raise Silence(f"{silence}; seen: {seen or 'nothing'}") from None
        return found[0]

    def expect_request(self, method: str, source: Address) -> Message:
        """The first such request of the phone at `source`."""
        return self.expect(
            lambda message: message.start.startswith(f"{method} ") and message.source == source,
            f"{method} from {source[0]}:{source[1]}",
        )

    def forget(self) -> None:
        """Let go of what was received so far."""
        self.take()
        self._received.clear()

    def take(self) -> None:
        """Answer what has arrived, without waiting."""
        while (datagram := receive(self.socket)) is not None:
            data, source, at = datagram
            text = data.decode("utf-8", "replace")
            if text.strip():
                self._handle(Message(text, source, at))

    def send(self, lines: list[str], body: str, to: Address) -> float:
        """Send a message; the time just before."""
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body)}")
        data = ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
        now = time.time()
        self.socket.sendto(data, to)
        return now

    def respond(
        self, request: Message, code: int, reason: str, *headers: str, body: str = ""
    ) -> float:
        """Answer a request; the time just before."""
        to = request["To"]
        if code > 100 and "tag=" not in to:
            to += f";tag={_md5(request['Call-ID'])[:8]}"
        lines = [f"SIP/2.0 {code} {reason}", *(f"Via: {via}" for via in request.all("Via"))]
        lines += [f"From: {request['From']}", f"To: {to}", f"Call-ID: {request['Call-ID']}"]
        lines += [f"CSeq: {request['CSeq']}", *headers]
        return self.send(lines, body, request.source)

    def _wait(self, seconds: float) -> None:
        if self._poll.poll(seconds * 1000):
            self.take()

    def _handle(self, message: Message) -> None:
        method = message.start.partition(" ")[0]
        if method == "REGISTER":
            self._register(message)
            return
        if method in {"BYE", "CANCEL", "OPTIONS"}:
            self.respond(message, 200, "OK")
        elif method in {"SUBSCRIBE", "PUBLISH", "NOTIFY", "MESSAGE"}:
            self.respond(message, 501, "Not Implemented")
        self._received.append(message)

    def _register(self, request: Message) -> None:
        credentials = dict(re.findall(r'(\w+)="?([^",]+)"?', request["Authorization"]))
        if not credentials or credentials["response"] != _digest(credentials):
            self.respond(
                request,
                *(401, "Unauthorized"),
                f'WWW-Authenticate: Digest realm="{REALM}", nonce="{secrets.token_hex(8)}",'
                " algorithm=MD5",
            )
            return
        user = re.split("[:@]", request["To"].partition("sip:")[2])[0]
        expires = re.search(r"expires=(\d+)", request["Contact"])
        seconds = expires[1] if expires else request["Expires"] or "300"
        if seconds == "0" or request["Contact"] == "*":
            self.respond(request, 200, "OK")
            self.registrations.pop(user, None)
            return
        contact = f"Contact: <{request.contact}>;expires={seconds}"
        at = self.respond(request, 200, "OK", contact, f"Expires: {seconds}")
        self.registrations[user] = Registration(request.contact, request.source, at)


class Call:
    """A dialog between the far end and one phone, begun by either."""

    def __init__(self, far_end: FarEnd, phone: Registration, media_port: int) -> None:
        self._far_end = far_end
        self._phone = phone
        self._media_port = media_port
        self._target = phone.contact
        self._local = f'"Bench" <sip:600@{far_end.address}>;tag={secrets.token_hex(4)}'
        self._remote = f"<{phone.contact}>"
        self._call_id = secrets.token_hex(8)
        self._cseq = 0
        self.media: Address = ("", 0)

    def invite(self) -> float:
        """Call the phone; when the INVITE was sent."""
        return self._request("INVITE", body=self._description())

    def ringing(self) -> Message:
        """The phone's 180."""
        return self._response(180)

    def answered(self) -> Message:
        """The phone's 200, which is acknowledged."""
        response = self._response(200)
        self._remote = response["To"]
        self._target = response.contact
        self.media = response.media
        self._request("ACK")
        return response

    def accept(self) -> Message:
        """Wait for the phone's call, answer it at once and wait for its ACK; the INVITE."""
        invite = self._far_end.expect_request("INVITE", self._phone.source)
        self._far_end.respond(
            invite,
            *(200, "OK"),
            f"Contact: <sip:600@{self._far_end.host}>",
            body=self._description(),
        )
        self.media = invite.media
        self._far_end.expect_request("ACK", self._phone.source)
        return invite

    def ended(self) -> Message:
        """The phone's BYE."""
        return self._far_end.expect_request("BYE", self._phone.source)

    def _response(self, code: int) -> Message:
        return self._far_end.expect(
            lambda message: message.code == code and message["Call-ID"] == self._call_id,
            f"{code} from {self._phone.contact}",
        )

    def _request(self, method: str, body: str = "") -> float:
        self._cseq += method != "ACK"
        far_end = self._far_end
        lines = [
            f"{method} {self._target} SIP/2.0",
            f"Via: SIP/2.0/UDP {far_end.host};rport;branch=z9hG4bK{secrets.token_hex(6)}",
            *("Max-Forwards: 70", f"From: {self._local}", f"To: {self._remote}"),
            *(f"Call-ID: {self._call_id}", f"CSeq: {self._cseq} {method}"),
            f"Contact: <sip:600@{far_end.host}>",
        ]
        return far_end.send(lines, body, self._phone.source)

    def _description(self) -> str:
        address = self._far_end.address
        return (
            f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
            f"m=audio {self._media_port} RTP/AVP 9 101\r\na=rtpmap:9 G722/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n"
        )


def _digest(credentials: dict[str, str]) -> str:
    secret = _md5(f"{credentials['username']}:{REALM}:{PASSWORD}")
    request = _md5(f"REGISTER:{credentials['uri']}")
    return _md5(f"{secret}:{credentials['nonce']}:{request}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
