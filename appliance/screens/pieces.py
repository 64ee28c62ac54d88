"""What a picture is put together from: pieces, each with the box that it may not leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image

from appliance.phone.screen import Icon
from appliance.screens import icons, qr
from appliance.screens.fonts import Face, strip

LIT, DARK = 255, 0

Size = tuple[int, int]
"""Width and height in dots."""


class Box(NamedTuple):
    """A rectangle of dots; `right` and `bottom` lie just outside of it."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The column after the last."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The row after the last."""
        return self.top + self.height

    def meets(self, other: Box) -> bool:
        """Whether the two have a dot in common."""
        across = max(self.left, other.left) < min(self.right, other.right)
        return across and max(self.top, other.top) < min(self.bottom, other.bottom)


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text, as `shown`; the row `first` of the characters' cells is the box's top."""

    box: Box
    face: Face
    shown: str
    first: int = 0
    dark: bool = False
    """Dark letters: they stand on a `Block`."""

    def draw(self, picture: Image.Image) -> None:
        """Add the letters to what is there."""
        letters = strip(self.face, self.shown)
        part = letters.crop((0, self.first, self.box.width, self.first + self.box.height))
        picture.paste(DARK if self.dark else LIT, self.box[:2], part)


@dataclass(frozen=True, slots=True)
class Symbol:
    """An icon, or the three dots of those that have no room (None)."""

    box: Box
    icon: Icon | None
    dark: bool = False

    def draw(self, picture: Image.Image) -> None:
        """Add the icon to what is there."""
        dots = icons.picture(self.icon) if self.icon else icons.more()
        picture.paste(DARK if self.dark else LIT, self.box[:2], dots)


@dataclass(frozen=True, slots=True)
class Block:
    """A lit rectangle: a cursor, a scroll bar's thumb, or what dark letters stand on."""

    box: Box
    cut: Sequence[tuple[int, int]] = ()
    """Corners that are rounded off: 0 or -1 for left and right, and for top and bottom."""

    def draw(self, picture: Image.Image) -> None:
        """Fill the box."""
        left, top, width, height = self.box
        picture.paste(LIT, (left, top, left + width, top + height))
        for across, down in self.cut:
            picture.putpixel((left + across % width, top + down % height), DARK)


@dataclass(frozen=True, slots=True)
class Rule:
    """A dotted line one dot high."""

    box: Box

    def draw(self, picture: Image.Image) -> None:
        """Light every second dot."""
        for column in range(self.box.left, self.box.right, 2):
            picture.putpixel((column, self.box.top), LIT)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A QR code: dark modules of `scale` dots each way on a lit square, which is its quiet zone."""

    box: Box
    said: str
    scale: int

    def draw(self, picture: Image.Image) -> None:
        """Light the square, and darken the modules in its middle."""
        left, top, side, _ = self.box
        picture.paste(LIT, (left, top, left + side, top + side))
        modules = qr.modules(self.said)
        dots = modules.width * self.scale
        border = (side - dots) // 2
        mask = modules.resize((dots, dots), Image.Resampling.NEAREST)
        picture.paste(DARK, (left + border, top + border), mask)


Piece = Words | Symbol | Block | Rule | Matrix
