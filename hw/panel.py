"""The picture as the panel's controller keeps it, and the least that must be sent to change it.

Pure: bytes in, areas out. SSD1306-family controllers keep 1-bit pictures as pages of eight rows;
a byte is a column of eight pixels, the uppermost in bit 0 (SSD1306 data sheet, 8.7, figure 8-14).
An area is written by saying where (that is its overhead) and then sending its bytes, so what lies
between two changes is sent along when that is cheaper than to say where once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

PAGE = 8
"""Pixel rows of a page."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of pages and columns; the last ones are part of it."""

    first_page: int
    last_page: int
    first_column: int
    last_column: int

    @property
    def size(self) -> int:
        """Bytes in it."""
        pages = self.last_page - self.first_page + 1
        return pages * (self.last_column - self.first_column + 1)

    def joined(self, other: Area) -> Area:
        """The smallest area that contains both."""
        return Area(
            min(self.first_page, other.first_page),
            max(self.last_page, other.last_page),
            min(self.first_column, other.first_column),
            max(self.last_column, other.last_column),
        )


def pack(image: Image.Image, rotation: int = 0) -> bytes:
    """A picture as pages, the upper page first, in each the left column first.

    `rotation` is how the panel is mounted: 0 or 180 degrees. The height must be a multiple of 8.
    """
    picture = image if image.mode == "1" else image.convert("1", dither=Image.Dither.NONE)
    if rotation == 180:
        picture = picture.transpose(Image.Transpose.ROTATE_180)
    columns = picture.transpose(Image.Transpose.ROTATE_270).tobytes()
    pages = picture.height // PAGE
    return b"".join(columns[pages - 1 - page :: pages] for page in range(pages))


def cut(pages: bytes, width: int, area: Area) -> bytes:
    """The bytes of an area, page by page."""
    return b"".join(
        pages[page * width + area.first_column : page * width + area.last_column + 1]
        for page in range(area.first_page, area.last_page + 1)
    )


def changed_bytes(old: bytes, new: bytes) -> int:
    """How many bytes differ: what no way of sending can go below."""
    return sum(before != after for before, after in zip(old, new, strict=True))


def plan(old: bytes | None, new: bytes, width: int, overhead: int, *, tall: bool) -> list[Area]:
    """The areas to write so that a panel that shows `old` shows `new`; all of it if `old` is None.

    `overhead` is what it costs, in bytes, to say where an area is; `tall` whether an area may span
    pages (SSD1306, horizontal addressing) or not (SH1106, page addressing).
    """
    last = len(new) // width - 1
    pages = [Area(page, page, 0, width - 1) for page in range(last + 1)]
    whole = [Area(0, last, 0, width - 1)] if tall else pages
    if old is None:
        return whole
    areas: list[Area] = []
    for page in range(last + 1):
        start = page * width
        runs = _runs(old[start : start + width], new[start : start + width], overhead)
        for first, final in runs:
            _add(areas, Area(page, page, first, final), overhead if tall else -1)
    return areas if _cost(areas, overhead) < _cost(whole, overhead) else whole


def _cost(areas: list[Area], overhead: int) -> int:
    return sum(area.size + overhead for area in areas)


def _runs(old: bytes, new: bytes, overhead: int) -> Iterator[tuple[int, int]]:
    """First and last column of each stretch worth writing; short gaps are bridged."""
    if old == new:
        return
    changed = [column for column in range(len(new)) if old[column] != new[column]]
    first = final = changed[0]
    for column in changed[1:]:
        if column - final - 1 > overhead:
            yield first, final
            first = column
        final = column
    yield first, final


def _add(areas: list[Area], run: Area, overhead: int) -> None:
    """Append a run, or let an area that ends on the page above grow over it where that is cheaper.

    A negative overhead forbids growing.
    """
    best, saved = -1, 0
    for index, area in enumerate(areas):
        if overhead >= 0 and area.last_page == run.first_page - 1:
            saving = area.size + run.size + overhead - area.joined(run).size
            if saving > saved:
                best, saved = index, saving
    if best < 0:
        areas.append(run)
    else:
        areas[best] = areas[best].joined(run)
