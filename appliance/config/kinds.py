"""The vocabulary of the configuration: which values there are, and how a key carries its own words.

`meta` puts all there is to know about a key into its annotation; what is made of it is told in
`model`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

TONE_COUNTRIES = ("us", "gb", "de", "fr", "es", "br", "ph", "in", "au", "mx")
"""ISO 3166-1 codes of the countries whose call-progress tones the phone can play."""

MAX_ACCOUNTS = 6

Country = Literal["us", "gb", "de", "fr", "es", "br", "ph", "in", "au", "mx"]
Language = Literal["en", "es", "fr", "de", "pt", "tl"]
Transport = Literal["udp", "tcp", "tls"]
Srtp = Literal["required", "optional", "off"]
SrtpKeying = Literal["sdes", "dtls"]
TurnTransport = Literal["udp", "tcp"]
AddressFamily = Literal["auto", "ipv4", "ipv6"]
Dtmf = Literal["rfc4733", "info", "inband"]
Ring = Literal["standard", "bellcore-dr1", "bellcore-dr2", "bellcore-dr3", "bellcore-dr4", "silent"]
Codec = Literal["opus", "g722", "pcmu", "pcma", "g729", "gsm", "speex"]
EchoCancellation = Literal["off", "speex", "webrtc"]
AcceptCallsFrom = Literal["registrar", "anyone"]
BlindTransfer = Literal["on-answer", "at-once"]
Driver = Literal["ssd1306", "ssd1309", "sh1106", "none"]
HookClosed = Literal["on-hook", "off-hook"]
Preset = Literal["vicidial"]
Level = Literal["debug", "info", "warning", "error"]
Digit = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
Key = Literal[
    "", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#", "line1", "line2", "hold",
    "mute", "transfer", "conference", "redial", "headset", "speaker", "dnd", "messages",
    "directory", "volume_up", "volume_down", "soft1", "soft2", "soft3", "up", "down", "ok", "back",
]  # fmt: skip


def meta(description: str = "", *, unit: str = "", form: str = "", masked: str = "") -> Meta:
    """What a key says of itself: words, unit, a check in `formats`, and whether it is hidden."""
    extra: dict[str, Any] = {}
    if unit:
        extra["x-unit"] = unit
    if form:
        extra["format"] = form
    if masked:
        extra["x-masked"] = masked
    if masked == "always":
        extra["writeOnly"] = True
    return Meta(description=description or None, extra_json_schema=extra or None)


def derived() -> Any:
    """Stands for a default that depends on another key, until ``__post_init__`` fills it in."""
    return ""


Percent = Annotated[int, Meta(ge=0, le=100)]
Pin = Annotated[int, Meta(ge=0, le=27)]
Pins = Annotated[tuple[Pin, ...], Meta(min_length=1, max_length=28)]
Row = Annotated[tuple[Key, ...], Meta(min_length=1, max_length=28)]
Keys = Annotated[tuple[Row, ...], Meta(min_length=1, max_length=28)]
Line = Annotated[str, Meta(max_length=64)]
Given = Annotated[str, Meta(min_length=1, max_length=128)]
Server = Annotated[str, meta(form="host-port"), Meta(min_length=1, max_length=255)]
UserAgent = Annotated[str, meta(form="user-agent"), Meta(max_length=128)]
Reference = Annotated[str, Meta(min_length=1, max_length=1024)]
Number = Annotated[str, meta(form="dialable"), Meta(min_length=1, max_length=64)]
Code = Annotated[str, meta(form="dialable"), Meta(min_length=1, max_length=16)]
HeaderField = Annotated[str, meta(form="header"), Meta(min_length=1, max_length=128)]
PinCode = Annotated[str, meta(form="digits"), Meta(min_length=4, max_length=12)]
Emergency = Annotated[str, meta(form="digits"), Meta(min_length=1, max_length=15)]


class Section(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all sections have in common: frozen values, and no key that means nothing."""
