"""SIP messages as text: read by their headers, and put together."""

from __future__ import annotations

import re
from dataclasses import dataclass

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Message:
    """A SIP message as it came, and from where."""

    text: str
    source: Address
    at: float

    @property
    def start(self) -> str:
        """The request line or status line."""
        return self.text.partition("\r\n")[0]

    @property
    def code(self) -> int:
        """The status; 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The method, of a response that of its request."""
        return self["CSeq"].split()[1]

    @property
    def body(self) -> str:
        """What follows the headers."""
        return self.text.partition("\r\n\r\n")[2]

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        head = self.text.partition("\r\n\r\n")[0]
        return re.findall(rf"^{name}[ \t]*:[ \t]*(.*?)\r?$", head, re.MULTILINE | re.IGNORECASE)

    def __getitem__(self, name: str) -> str:
        """The first value of a header, or nothing."""
        return next(iter(self.all(name)), "")

    @property
    def contact(self) -> str:
        """The URI in the Contact header."""
        found = re.search(r"<([^>]+)>", self["Contact"])
        assert found is not None, self.text
        return found[1]

    @property
    def media(self) -> Address:
        """Where the sender wants its audio."""
        address = re.search(r"^c=IN IP[46] (\S+)", self.body, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", self.body, re.MULTILINE)
        assert address is not None, self.text
        assert port is not None, self.text
        return address[1], int(port[1])

    @property
    def direction(self) -> str:
        """sendrecv, sendonly, recvonly or inactive."""
        found = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)", self.body, re.MULTILINE)
        return found[1] if found else "sendrecv"


def sdp(
    port: int,
    direction: str = "sendrecv",
    formats: str = "0 101",
    version: int = 1,
    address: str = "127.0.0.1",
) -> str:
    """An offer or answer of PCMU on loopback."""
    here = f"IN {'IP6' if ':' in address else 'IP4'} {address}"
    return (
        f"v=0\r\no=- 1 {version} {here}\r\ns=-\r\nc={here}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP {formats}\r\na=rtpmap:0 PCMU/8000\r\n"
        f"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na={direction}\r\n"
    )


def assemble(lines: list[str], body: str) -> str:
    if body and not any(line.lower().startswith("content-type") for line in lines):
        lines.append("Content-Type: application/sdp")
    lines.append(f"Content-Length: {len(body.encode())}")
    return "\r\n".join(lines) + "\r\n\r\n" + body
