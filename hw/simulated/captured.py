"""A display that keeps the last picture: for headless runs and for tests. No thread, no device."""

from __future__ import annotations

from PIL import Image


class CapturedDisplay:
    """Has the interface of every display of this package, and remembers what it was told."""

    def __init__(self) -> None:
        self.image: Image.Image | None = None
        self.drawn = 0
        self.brightness = 100
        self.closed = False

    def show(self, image: Image.Image) -> None:
        """Keep a copy of `image` as the latest picture."""
        self.image = image.copy()
        self.drawn += 1

    def set_brightness(self, percent: int) -> None:
        """0 to 100; 0 is dark, and keeps the picture."""
        self.brightness = percent

    def close(self) -> None:
        """End; the picture stays readable."""
        self.closed = True
