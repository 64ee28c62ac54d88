"""Pictures as text: a 1-bit picture in Braille patterns or half blocks. Pure.

A Braille cell holds 2 × 4 pixels, so 128 × 64 fit into 64 × 16 cells of any terminal; a half block
holds 1 × 2 and needs four times the room, but its pixels touch, and letters look like letters.
"""

from __future__ import annotations

from PIL import Image

BRAILLE = 0x2800
"""The empty Braille pattern; Unicode, block 2800–28FF: each dot is a bit of its code point."""

DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of the left and right column of a cell, from the top."""

HALVES = " ▀▄█"


def braille(image: Image.Image) -> list[str]:
    """Lines of Braille patterns, two pixels wide and four high each."""
    rows = _rows(image)
    return [
        "".join(
            chr(
                BRAILLE
                + sum(
                    DOTS[dx][dy]
                    for dx in range(min(2, image.width - x))
                    for dy in range(min(4, image.height - y))
                    if rows[y + dy][x + dx]
                )
            )
            for x in range(0, image.width, 2)
        )
        for y in range(0, image.height, 4)
    ]


def half_blocks(image: Image.Image) -> list[str]:
    """Lines of half blocks, one pixel wide and two high each."""
    rows = [*_rows(image), bytes(image.width)]
    return [
        "".join(
            HALVES[bool(upper) + 2 * bool(lower)]
            for upper, lower in zip(rows[y], rows[y + 1], strict=True)
        )
        for y in range(0, image.height, 2)
    ]


def _rows(image: Image.Image) -> list[bytes]:
    """Rows of pixels, a byte each: 0 is dark."""
    pixels = image.convert("1", dither=Image.Dither.NONE).convert("L").tobytes()
    return [pixels[y * image.width : (y + 1) * image.width] for y in range(image.height)]
