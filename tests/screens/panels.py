"""A panel that keeps what it is shown, and can be told to fail."""

from __future__ import annotations

import asyncio

from PIL import Image

DEADLINE = 5.0


class PaperPanel:
    """Keeps every picture; while `error` is set it raises that instead. To be made on a loop."""

    def __init__(self) -> None:
        self.pictures: list[Image.Image] = []
        self.brightness: list[int] = []
        self.closed = 0
        self.attempts = 0
        self.error: Exception | None = None
        self._news = asyncio.Event()

    def show(self, image: Image.Image, /) -> None:
        self.attempts += 1
        self._fail_if_told()
        self.pictures.append(image)
        self._news.set()

    def set_brightness(self, percent: int, /) -> None:
        self._fail_if_told()
        self.brightness.append(percent)

    def close(self) -> None:
        self.closed += 1
        self._fail_if_told()

    async def has_shown(self, count: int) -> None:
        async with asyncio.timeout(DEADLINE):
            while len(self.pictures) < count:
                self._news.clear()
                await self._news.wait()

    def _fail_if_told(self) -> None:
        if self.error is not None:
            raise self.error
