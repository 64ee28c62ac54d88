"""Offers and answers for the PBX's own extensions (RFC 4566, RFC 3264).

Pure: text in, text out. Calls between two phones do not pass here; their descriptions travel
through the PBX untouched. What cannot be understood raises SdpError and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Literal, cast

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]

MIRRORED: dict[Direction, Direction] = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}
"""What to answer to a direction (RFC 3264 section 6.1)."""

STATIC_PAYLOADS = {0: "PCMU/8000", 3: "GSM/8000", 8: "PCMA/8000", 9: "G722/8000", 18: "G729/8000"}
"""Payload types that need no rtpmap (RFC 3551 table 4), as far as phones offer them."""

_SIDE_FORMATS = frozenset({"telephone-event", "cn", "red"})


class SdpError(Exception):
    """A session description that cannot be understood or holds nothing to talk with."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One format of an audio stream: `name` and `clock` from its rtpmap."""

    payload_type: int
    name: str
    clock: int


@dataclass(frozen=True, slots=True)
class Media:
    """One ``m=`` section with what applies to it from the session level."""

    kind: str
    port: int
    transport: str
    formats: tuple[str, ...]
    address: str
    direction: Direction
    attributes: tuple[str, ...] = ()

    def codecs(self) -> tuple[Codec, ...]:
        """The formats in the order of preference; unnamed dynamic ones are left out."""
        maps = dict(self._numbered("rtpmap"))
        codecs = []
        for text in self.formats:
            if not (text.isascii() and text.isdigit()) or int(text) > 127:
                continue
            encoding = maps.get(int(text)) or STATIC_PAYLOADS.get(int(text), "")
            match = re.fullmatch(r"([\w.-]+)/([0-9]{1,6})(?:/[0-9]+)?", encoding, re.ASCII)
            if match is not None:
                codecs.append(Codec(int(text), match[1], int(match[2])))
        return tuple(codecs)

    def lines_for(self, payload_type: int) -> tuple[str, ...]:
        """The rtpmap and fmtp attributes of one format, to be repeated in an answer."""
        return tuple(
            f"a={name}:{number} {value}"
            for name in ("rtpmap", "fmtp")
            for number, value in self._numbered(name)
            if number == payload_type
        )

    def _numbered(self, name: str) -> list[tuple[int, str]]:
        found = []
        for attribute in self.attributes:
            match = re.fullmatch(rf"{name}:([0-9]{{1,3}}) (.+)", attribute, re.ASCII)
            if match is not None:
                found.append((int(match[1]), match[2].strip()))
        return found


@dataclass(frozen=True, slots=True)
class Description:
    """A whole session description; `timing` is its ``t=`` line's value."""

    media: tuple[Media, ...]
    timing: str = "0 0"


def parse(text: str) -> Description:
    """Read a session description; unknown lines are passed over (RFC 4566 section 5)."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    if not lines or lines[0] != "v=0":
        raise SdpError("a session description begins with v=0")
    sections: list[list[str]] = [[]]
    for line in lines[1:]:
        if len(line) < 2 or line[1] != "=":
            raise SdpError(f"not a line of a session description: {line[:40]!r}")
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    session = sections[0]
    timing = next((line[2:] for line in session if line.startswith("t=")), "0 0")
    return Description(tuple(_media(section, session) for section in sections[1:]), timing)


def _media(section: list[str], session: list[str]) -> Media:
    match = re.fullmatch(
        r"m=([\w.-]+) ([0-9]{1,5})(?:/[0-9]+)? ([\w/.-]+) (.+)", section[0], re.ASCII
    )
    if match is None or int(match[2]) > 65535:
        raise SdpError(f"not a media line: {section[0][:60]!r}")
    attributes = tuple(line[2:] for line in section if line.startswith("a="))
    return Media(
        kind=match[1],
        port=int(match[2]),
        transport=match[3],
        formats=tuple(match[4].split()),
        address=_connection(section) or _connection(session),
        direction=_direction(section) or _direction(session) or "sendrecv",
        attributes=attributes,
    )


def _connection(lines: list[str]) -> str:
    for line in lines:
        if line.startswith("c=IN IP4 "):
            return line[9:].split("/")[0].strip()
    return ""


def _direction(lines: list[str]) -> Direction | None:
    for line in lines:
        if line.startswith("a=") and line[2:] in MIRRORED:
            return cast(Direction, line[2:])
    return None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What one audio stream came to: where the far end listens, and what we may do."""

    address: str
    port: int
    codec: Codec
    direction: Direction
    """Ours, as answered: ``sendrecv`` and ``sendonly`` let us send."""

    @property
    def may_send(self) -> bool:
        """Whether the far end expects packets from us."""
        return self.direction in ("sendrecv", "sendonly")


Chooser = Callable[[tuple[Codec, ...]], Codec | None]
"""Picks one codec out of an offer's, or none."""


def any_speech(codecs: tuple[Codec, ...]) -> Codec | None:
    """The first codec that is not a companion of another (events, comfort noise)."""
    return next((codec for codec in codecs if codec.name.lower() not in _SIDE_FORMATS), None)


def g711_only(codecs: tuple[Codec, ...]) -> Codec | None:
    """The first of PCMU and PCMA that is offered."""
    return next((codec for codec in codecs if codec.name.upper() in ("PCMU", "PCMA")), None)


@dataclass(slots=True)
class Session:
    """Our side of one call's descriptions: its identity and its version (RFC 3264 section 8)."""

    address: str
    port: int
    identity: int
    version: int = field(default=0)
    _last: str = ""

    def offer(self) -> str:
        """An offer of both laws of G.711 and telephone events."""
        return self._described(
            "0 0",
            [
                f"m=audio {self.port} RTP/AVP 0 8 101",
                "a=rtpmap:0 PCMU/8000",
                "a=rtpmap:8 PCMA/8000",
                "a=rtpmap:101 telephone-event/8000",
                "a=fmtp:101 0-16",
                "a=ptime:20",
                "a=sendrecv",
            ],
        )

    def answer(self, offer: Description, choose: Chooser) -> tuple[str, Agreement]:
        """Answer with one codec, the events that go with it and the mirrored direction.

        Raises SdpError where no stream of the offer can be used.
        """
        agreement: Agreement | None = None
        lines: list[str] = []
        for media in offer.media:
            codec = _usable(media, choose) if agreement is None else None
            if codec is None:
                lines.append(f"m={media.kind} 0 {media.transport} {' '.join(media.formats)}")
                continue
            agreement = _agreement(media, codec, MIRRORED[_effective(media)])
            chosen = [codec, *_events_for(media, codec)]
            numbers = " ".join(str(each.payload_type) for each in chosen)
            lines.append(f"m=audio {self.port} {media.transport} {numbers}")
            for each in chosen:
                lines.extend(media.lines_for(each.payload_type))
            lines.extend(["a=ptime:20", f"a={agreement.direction}"])
        if agreement is None:
            raise SdpError("no plain RTP audio stream with a codec that this extension has")
        return self._described(offer.timing, lines), agreement

    def agreed(self, answer: Description, choose: Chooser) -> Agreement:
        """What the far end made of our offer; raises SdpError where it refused the stream."""
        for media in answer.media:
            codec = _usable(media, choose)
            if codec is not None:
                return _agreement(media, codec, MIRRORED[_effective(media)])
        raise SdpError("the answer accepts no audio")

    def _described(self, timing: str, media: list[str]) -> str:
        body = [f"c=IN IP4 {self.address}", f"t={timing}", *media]
        text = "\r\n".join(body) + "\r\n"
        if text != self._last:
            self.version += 1
            self._last = text
        origin = f"o=- {self.identity} {self.version} IN IP4 {self.address}"
        return f"v=0\r\n{origin}\r\ns=deskphone demo\r\n{text}"


def _usable(media: Media, choose: Chooser) -> Codec | None:
    if media.kind != "audio" or media.port == 0 or media.transport != "RTP/AVP":
        return None
    try:
        IPv4Address(media.address)
    except ValueError:
        return None
    return choose(media.codecs())


def _effective(media: Media) -> Direction:
    """Direction as meant: a connection of 0.0.0.0 is the hold of RFC 2543 (RFC 3264, 8.4)."""
    if IPv4Address(media.address).is_unspecified and media.direction == "sendrecv":
        return "sendonly"
    return media.direction


def _agreement(media: Media, codec: Codec, direction: Direction) -> Agreement:
    return Agreement(media.address, media.port, codec, direction)


def _events_for(media: Media, codec: Codec) -> list[Codec]:
    events = [each for each in media.codecs() if each.name.lower() == "telephone-event"]
    same_clock = [each for each in events if each.clock == codec.clock]
    return (same_clock or events)[:1]
