"""A unit in QEMU: a copy of the image, its settings on the card as IT would put them, its console.

The image is not changed: the copy is lengthened to the size of a card, which is what the data
partition grows over, and files are written to the partition DESKPHONE, which is there for that.
What the unit is made to do from within is a shell script on that partition, started by a unit that
systemd takes from the kernel's command line (systemd-debug-generator(8)).
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CARD_BYTES = 1 << 30
"""QEMU takes an SD card only of a size that is a power of two."""
HOST = "10.0.2.2"
"""The machine that runs QEMU, as the guest sees it."""

DRIVER = """[Unit]
After=deskphone.service
[Service]
ExecStart=/bin/sh /boot/firmware/boot-test.sh
StandardOutput=tty
TTYPath=/dev/console
"""


class Guest:
    """One emulated unit; use as an asynchronous context manager."""

    def __init__(self, folder: Path, config: str, script: str) -> None:
        self.console: list[str] = []
        self._folder = folder
        self._files = {"deskphone.toml": config, "boot-test.sh": script}
        self._news = asyncio.Event()
        self._began = 0.0

    async def __aenter__(self) -> Guest:
        """Make the card and switch the unit on."""
        self._folder.mkdir(parents=True, exist_ok=True)
        card = self._folder / "card.img"
        await asyncio.to_thread(make_card, card, self._files)
        unit = base64.b64encode(DRIVER.encode()).decode()
        words = (
            f"systemd.set_credential_binary=systemd.extra-unit.boot-test.service:{unit}"
            " systemd.wants=boot-test.service systemd.journald.forward_to_console=1"
            # QEMU's Pi 3 takes the arming of its watchdog for a reset.
            " systemd.watchdog_sec=off"
        )
        self._began = time.monotonic()
        self._process = await asyncio.create_subprocess_exec(
            *(ROOT / "image" / "emulate.sh", self._folder, words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Pull the plug."""
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGTERM)
        await self._process.wait()
        await self._reader

    @property
    def seconds(self) -> float:
        """Since it was switched on."""
        return time.monotonic() - self._began

    async def says(self, words: str, within: float) -> str:
        """The line of the console that contains these words, as soon as it is there."""
        return await self.until(
            lambda: next((line for line in self.console if words in line), ""), within, words
        )

    async def until(self, look: Callable[[], str], within: float, what: str) -> str:
        """What `look` finds on the console; AssertionError if that is nothing in time."""
        try:
            async with asyncio.timeout(within):
                while not (found := look()):
                    if self._process.returncode is not None:
                        break
                    self._news.clear()
                    await self._news.wait()
                return found
        except TimeoutError:
            found = ""
        raise AssertionError(
            f"no {what!r} within {within:.0f} s; the console's end:\n{self.tail()}"
        )

    def tail(self, lines: int = 25) -> str:
        """The console's last lines."""
        return "\n".join(self.console[-lines:])

    async def _read(self) -> None:
        assert self._process.stdout is not None
        with open(self._folder / "console.txt", "w", encoding="utf-8", buffering=1) as kept:  # noqa: ASYNC230 - a line now and then
            while line := await self._process.stdout.readline():
                if b"ssd0303: error" in line:
                    continue  # QEMU's panel is an older one and knows not every command
                self.console.append(line.decode("utf-8", "replace").rstrip())
                print(self.console[-1], file=kept)
                self._news.set()
        self._news.set()


def make_card(card: Path, files: dict[str, str]) -> None:
    """A copy of the image as a card of usual size, with these files on it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    image = cache / "deskphone" / "image" / "work" / "deskphone.img"
    if not image.exists():
        raise SystemExit("boot-test: there is no image yet: run make image")
    subprocess.run(["cp", "--sparse=always", image, card], check=True)
    os.truncate(card, CARD_BYTES)
    mcopy = shutil.which("mcopy")
    assert mcopy is not None, "mcopy is missing: apt-get install mtools"
    for name, text in files.items():
        source = card.with_name(name)
        source.write_text(text, encoding="utf-8")
        subprocess.run(
            [mcopy, "-o", "-i", f"{card}@@{1 << 20}", source, f"::{name}"],
            check=True,
            env=os.environ | {"MTOOLS_SKIP_CHECK": "1"},
        )
