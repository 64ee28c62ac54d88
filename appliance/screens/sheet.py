"""Many screens drawn at once: each page of each, and a contact sheet of all."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from appliance.phone.screen import Screen
from appliance.screens.compose import page_count
from appliance.screens.render import png, render


def pages(screens: dict[str, Screen]) -> dict[str, Image.Image]:
    """A picture of each; further pages of a long message have ``-2`` and so on behind the name."""
    pictures = {}
    for name, screen in screens.items():
        for page in range(page_count(screen)):
            pictures[f"{name}-{page + 1}" if page else name] = render(screen, page=page)
    return pictures


def contact_sheet(pictures: list[Image.Image], across: int = 3, margin: int = 6) -> Image.Image:
    """All of them on one, `across` in a row, with a frame around each."""
    width, height = pictures[0].size
    down = -(-len(pictures) // across)
    sheet = Image.new("1", (across * (width + margin) + margin, down * (height + margin) + margin))
    for place, picture in enumerate(pictures):
        left = margin + place % across * (width + margin)
        top = margin + place // across * (height + margin)
        sheet.paste(255, (left - 2, top - 2, left + width + 2, top + height + 2))
        sheet.paste(0, (left - 1, top - 1, left + width + 1, top + height + 1))
        sheet.paste(picture, (left, top))
    return sheet


def write(screens: dict[str, Screen], folder: Path, scale: int, *, golden: bool) -> None:
    """Write them as PNG, and a sheet of all; a `golden` folder holds nothing else afterwards.

    Raises `OSError` where the folder cannot be written.
    """
    pictures = pages(screens)
    if not golden:
        pictures["contact-sheet"] = contact_sheet(list(pictures.values()))
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        (folder / f"{name}.png").write_bytes(png(picture, scale))
    if golden:
        for path in folder.glob("*.png"):
            if path.stem not in pictures:
                path.unlink()
