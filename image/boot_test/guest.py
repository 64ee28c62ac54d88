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
from typing import Self

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


class Machine:
    """An emulated Pi 3 and its console; use as an asynchronous context manager.

    `kind` is one of ``emulate.sh``; the card lies in `folder` already.
    """

    def __init__(self, kind: str, folder: Path, words: str = "") -> None:
        self.console: list[str] = []
        self.unfinished = ""
        self._kind = kind
        self._folder = folder
        self._words = words
        self._news = asyncio.Event()
        self._began = 0.0

    async def __aenter__(self) -> Self:
        """Switch it on."""
        self._began = time.monotonic()
        self._process = await asyncio.create_subprocess_exec(
            *(ROOT / "image" / "emulate.sh", self._kind, self._folder, self._words),
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
            while some := await self._process.stdout.read(1 << 16):
                *lines, rest = (self.unfinished + some.decode("utf-8", "replace")).split("\n")
                # QEMU's panel is an older one and knows not every command.
                lines = [line.rstrip() for line in lines if "ssd0303: error" not in line]
                for line in lines:
                    print(line, file=kept)
                self.console += lines
                self.unfinished = rest
                self._news.set()
        self._news.set()


class Guest(Machine):
    """A unit with this configuration on its card, in which this shell script runs."""

    def __init__(self, folder: Path, config: str, script: str) -> None:
        unit = base64.b64encode(DRIVER.encode()).decode()
        super().__init__(
            "raspi3b",
            folder,
            f"systemd.set_credential_binary=systemd.extra-unit.boot-test.service:{unit}"
            " systemd.wants=boot-test.service"
            # QEMU's Pi 3 takes the arming of its watchdog for a reset.
            " systemd.watchdog_sec=off",
        )
        self._files = {"deskphone.toml": config, "boot-test.sh": script}

    async def __aenter__(self) -> Self:
        """Make the card and switch the unit on."""
        self._folder.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(make_card, self._folder / "card.img", self._files)
        return await super().__aenter__()


class Debian(Machine):
    """Debian as it comes, on the same emulated Pi."""

    def __init__(self, folder: Path) -> None:
        super().__init__("debian", folder)

    async def __aenter__(self) -> Self:
        """Make the card, which takes minutes the first time, and switch it on."""
        await asyncio.to_thread(
            subprocess.run, [ROOT / "image" / "debian.sh", self._folder], check=True
        )
        return await super().__aenter__()

    async def login(self, within: float) -> float:
        """Seconds from its first program to its prompt, which ends no line."""
        await self.says("user space begins", within)
        began = self.seconds
        await self.until(
            lambda: self.unfinished if "login:" in self.unfinished else "", within, "login:"
        )
        return self.seconds - began


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
