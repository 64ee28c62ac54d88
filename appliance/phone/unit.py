"""What the phone remembers of the desk unit itself: headset, keys, and parts in trouble."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.phone.events import HeadsetState


@dataclass(frozen=True, slots=True)
class Headset:
    """The headset as last seen."""

    state: HeadsetState = "missing"
    id: str = ""
    name: str = ""


SETTINGS = "settings"
"""The part of the unit that is its configuration."""
BY_HAND = "settings by hand"
"""The same, as somebody has typed it on the phone."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Trouble with a part of the unit (or with its `SETTINGS`), shown until it is mended."""

    part: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class KeyDown:
    """A digit key that is being held down, and when that becomes a long press.

    One that sounds in a `call` (0: none) does so until `due` at most; `press` counts those that
    nobody saw come up.
    """

    key: str
    due: float
    call: int = 0
    press: int = 0
