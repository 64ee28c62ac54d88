"""What the display says, in words and icons; how it looks is the screens' affair.

A `Screen` is one of a few layouts with everything on it as text, so that the same value can be
drawn as pixels, read out by ``ctl screen --text`` and matched by a scenario's ``expect screen``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Layout = Literal["idle", "entry", "call", "message", "menu", "setup"]
Icon = Literal[
    "registered",
    "partly-registered",
    "unregistered",
    "registering",
    "headset",
    "no-headset",
    "secure",
    "muted",
    "held",
    "remote-held",
    "incoming",
    "outgoing",
    "dnd",
    "warning",
    "messages",
    "waiting",
    "talking",
    "handset",
]


@dataclass(frozen=True, slots=True)
class Screen:
    """One picture in words.

    ``idle``: `title` is the phone's name, `big` the clock, `lines` the date and further words.
    ``entry``: `title` says what is being typed, `big` the digits, with a cursor when `cursor`.
    ``call``: `title` is the state ("Ringing", "Talking 1:23"), `big` the number or name, `lines`
    the rest. ``message``: `title` and `lines` of running text that is wrapped, `code` set apart.
    ``menu``: `lines` to choose from, of which the one at `chosen` (from 0) is marked.
    ``setup``: `title`, `lines` of which each is told whole, and beside them what `qr` says, as a QR
    code.
    Icons stand in the status bar at the top, in the order given; soft-key labels at the bottom
    (an empty string leaves its place free).
    """

    layout: Layout
    title: str = ""
    big: str = ""
    lines: tuple[str, ...] = ()
    code: str = ""
    icons: tuple[Icon, ...] = ()
    soft_keys: tuple[str, str, str] = ("", "", "")
    cursor: bool = False
    chosen: int = 0
    qr: str = ""

    def text(self) -> tuple[str, ...]:
        """Every word on the screen, top to bottom, one string a line, without empty ones.

        What `qr` says is for scanners, and no words.
        """
        soft = " | ".join(label for label in self.soft_keys if label)
        every = (self.title, self.big, *self.lines, self.code, soft)
        return tuple(str(line) for line in every if line)
