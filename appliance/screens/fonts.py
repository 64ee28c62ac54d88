"""Terminus, the display's only typeface: where its files are, and its glyphs as 1-bit pictures.

Terminus (SIL Open Font License) is a bitmap typeface, so each size is drawn dot by dot and nothing
is ever smoothed. Its files belong to the operating system (Debian's ``fonts-terminus-otb``), not to
this project. Every strike is of fixed width, which makes fitting a text a matter of counting.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from appliance.errors import HardwareError

PACKAGE = "fonts-terminus-otb"
FONT_ROOTS = (Path("/usr/local/share/fonts"), Path("/usr/share/fonts"))
_USUAL = Path("opentype", "terminus")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_NOT_A_CHARACTER = "\U0010fffe"


@dataclass(frozen=True, slots=True)
class Face:
    """One strike: the cell of a character and, within it, the rows of capitals and digits.

    `cap_top` is the first row of a capital, `baseline` the row below its last.
    """

    width: int
    height: int
    cap_top: int
    baseline: int
    bold: bool = False

    def columns(self, pixels: int) -> int:
        """How many characters stand side by side in so many pixels."""
        return max(0, pixels // self.width)


SMALL = Face(6, 12, 2, 10)
"""For everything else; at this size Terminus has no bold of its own."""
BIG_FACES = (
    Face(16, 32, 6, 26, bold=True),
    Face(14, 28, 4, 22, bold=True),
    Face(12, 24, 4, 19, bold=True),
    Face(11, 22, 3, 17, bold=True),
    Face(10, 20, 3, 16, bold=True),
    Face(8, 16, 2, 12, bold=True),
)
"""For what is read at arm's length, the largest first."""


def find_font(bold: bool, roots: Iterable[Path] = FONT_ROOTS) -> Path:
    """The file of Terminus; raises `HardwareError` if it is not installed."""
    name = f"terminus-{'bold' if bold else 'normal'}.otb"
    roots = tuple(roots)
    for root in roots:
        usual = root / _USUAL / name
        if usual.is_file():
            return usual
    for root in roots:
        for found in sorted(root.rglob(name)):
            return found
    places = " and ".join(str(root) for root in roots)
    raise HardwareError(
        "SCREEN-01",
        "Display font missing",
        f"the typeface of the display, {name}, is not below {places}; "
        f"install it with: sudo apt-get install {PACKAGE}",
    )


@lru_cache(maxsize=256)
def strip(face: Face, text: str) -> Image.Image:
    """`text` on one line, one character a cell, as a 1-bit picture; not to be drawn on.

    Expects what `clean` leaves.
    """
    picture = Image.new("1", (face.width * len(text), face.height))
    draw = ImageDraw.Draw(picture)
    draw.fontmode = "1"
    draw.text((0, 0), text, fill=255, font=_load(face))
    return picture


@lru_cache(maxsize=256)
def rows(face: Face, text: str) -> tuple[int, int]:
    """First row of the cell that `text` needs, and the row below the last.

    Never less than the rows of capitals, so that words of a kind stand on one line.
    """
    inked = strip(face, text).getbbox()
    if inked is None:
        return face.cap_top, face.baseline
    return min(face.cap_top, inked[1]), max(face.baseline, inked[3])


def clean(text: str) -> str:
    """`text` in characters that Terminus has, each one cell wide, on one line.

    Accents are joined with their letters and dropped if the typeface has no such letter; white
    space and control characters become single spaces; what cannot be shown becomes U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    joined = unicodedata.normalize("NFC", text)
    return " ".join("".join(map(_shown, joined)).split())


@cache
def _load(face: Face) -> ImageFont.FreeTypeFont:
    path = find_font(face.bold)
    return ImageFont.truetype(path, face.height, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1024)
def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace() or category == "Cc":
        return " "
    if category in {"Cf", "Mn", "Me"}:
        return ""
    if _has_glyph(character):
        return character
    plain = unicodedata.normalize("NFKD", character)[0]
    if plain != character and _has_glyph(plain):
        return plain
    return _REPLACEMENT


def _has_glyph(character: str) -> bool:
    if unicodedata.category(character) in {"Cn", "Co", "Cs", "Mc"}:
        return False
    return _dots(character) != _dots(_NOT_A_CHARACTER)


def _dots(character: str) -> bytes:
    return strip(SMALL, character).tobytes()
