"""Letters by a telephone's twelve keys: the same key again within a second means its next letter.

The digits come first, for what is typed here is mostly addresses and extensions, and there is no
mode to be in. ``1`` has the signs of addresses and passwords; ``*`` is a dot, as on every telephone
that asks for an address, and pressed again takes back: the dot with what stood before it, then
letter by letter. Which letters a key has is ITU-T E.161's matter.
"""

from __future__ import annotations

from dataclasses import dataclass

TAP_SECONDS = 1.0
"""Within this time the same key means its next letter, and not another one."""
MOST = 64
"""Letters in all."""
ERASER = "*"
_LETTERS = {
    "1": "1-_@:/.!?#*+&%$=~^'\"(),;<>[]{}|\\`",
    "2": "2abcABC",
    "3": "3defDEF",
    "4": "4ghiGHI",
    "5": "5jklJKL",
    "6": "6mnoMNO",
    "7": "7pqrsPQRS",
    "8": "8tuvTUV",
    "9": "9wxyzWXYZ",
    "0": "0 ",
}


@dataclass(frozen=True, slots=True)
class Tap:
    """The key that was pressed last: how often in a row, and when (seconds, monotonic)."""

    key: str = ""
    times: int = 0
    at: float = 0.0

    def then(self, key: str, now: float) -> Tap:
        """The next press."""
        again = key == self.key and now - self.at <= TAP_SECONDS
        return Tap(key, self.times + 1 if again else 1, now)


NO_TAP = Tap()
"""No key was pressed yet."""


def typed(text: str, tap: Tap) -> str:
    """What stands there after this press; a key that has no letters changes nothing."""
    if tap.key == ERASER:
        if tap.times == 1:
            return f"{text}."[:MOST]
        return text[:-2] if tap.times == 2 else text[:-1]
    letters = _LETTERS.get(tap.key, "")
    if not letters:
        return text
    letter = letters[(tap.times - 1) % len(letters)]
    if tap.times > 1:
        return text[:-1] + letter
    return text + letter if len(text) < MOST else text
