"""A panel that keeps what it is shown, and can be told to block or to fail."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PIL import Image

DEADLINE = 5.0


class PaperPanel:
    """Keeps every picture; while `gate` is closed `show` waits, while `error` is set it raises."""

    def __init__(self) -> None:
        self.pictures: list[Image.Image] = []
        self.brightness: list[int] = []
        self.threads: set[str] = set()
        self.attempts = 0
        self.closed = False
        self.error: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self._changed = threading.Condition()

    def show(self, image: Image.Image, /) -> None:
        self._note()
        assert self.gate.wait(DEADLINE)
        if self.error is not None:
            raise self.error
        with self._changed:
            self.pictures.append(image)
            self._changed.notify_all()

    def set_brightness(self, percent: int, /) -> None:
        self._note()
        with self._changed:
            self.brightness.append(percent)
            self._changed.notify_all()

    def close(self) -> None:
        self._note()
        self.closed = True
        if self.error is not None:
            raise self.error

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, DEADLINE)

    def _note(self) -> None:
        with self._changed:
            self.attempts += 1
            self.threads.add(threading.current_thread().name)
            self._changed.notify_all()
