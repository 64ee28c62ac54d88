"""A `Screen` as a 1-bit picture, and the same as words and as PNG."""

from __future__ import annotations

import io

from PIL import Image

from appliance.phone.screen import Screen
from appliance.screens.compose import SMALLEST, compose
from appliance.screens.pieces import Size


def render(screen: Screen, size: Size = SMALLEST, page: int = 0) -> Image.Image:
    """The picture, mode ``1``: lit dots are True.

    `page` is that of a message too long for one (`page_count`). Raises `HardwareError` if the
    typeface is not installed, `ValueError` for a panel smaller than 128x64.
    """
    picture = Image.new("1", size)
    for piece in compose(screen, size, page):
        piece.draw(picture)
    return picture


def text_of(screen: Screen) -> str:
    """Every word on the screen, one line each, whole even where the picture has an ellipsis."""
    return "\n".join(screen.text())


def png(picture: Image.Image, scale: int = 4) -> bytes:
    """A picture of the display as PNG, every dot `scale` times as wide and as high."""
    large = picture.resize(
        (picture.width * scale, picture.height * scale), Image.Resampling.NEAREST
    )
    file = io.BytesIO()
    large.save(file, "PNG", optimize=True)
    return file.getvalue()
