"""A power cut in the middle of a step: a process of its own that kills itself at the n-th change.

``python -m tests.provisioning.cut FOLDER STEP`` takes the step on a copy of FOLDER/base for each n
until it survives; the copies are FOLDER/0, FOLDER/1 and so on, the last of them the survivor's.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.provisioning.shelf import File, Offer, Shelf
from appliance.provisioning.stamp import Stamp

CHANGES = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir")
"""Audit events of what a power cut may fall before; writing lies between two of them."""
CHANGING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_DIRECTORY
"""A file is opened with one of these to be changed, a folder to be put on the medium."""
LAYERS = ("common.toml", "001122334455.toml")

NOW = 1_764_547_200.0


def offer(word: str, version: int = 0) -> Offer:
    """Two layers and a file that they refer to, all about `word`."""
    files = [
        File(LAYERS[0], f"# {word}\n".encode(), Stamp(f'"{word}"')),
        File(LAYERS[1], f'[phone]\nname = "{word}"\n'.encode(), Stamp(), f"{LAYERS[1]}.age"),
        File("contacts.csv", word.encode()),
    ]
    return Offer("https://h/", tuple(files), LAYERS, version, LAYERS, Stamp(f'"m-{word}"'))


STEPS: dict[str, Callable[[Shelf], None]] = {
    "put": lambda shelf: shelf.put(offer("new", 9)),
    "begin": lambda shelf: shelf.begin(NOW),
    "prove": lambda shelf: shelf.prove(),
    "fail": lambda shelf: shelf.fail("nobody answered", NOW),
}


def hooked(folder: Path, reached: Callable[[], None]) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook that calls `reached` before each change below `folder`."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in CHANGES or not str(arguments[0]).startswith(str(folder)):
            return
        if event != "open" or arguments[2] & CHANGING:
            reached()

    return hook


def _take(folder: Path, step: str, number: int) -> None:
    count = 0

    def reached() -> None:
        nonlocal count
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1

    shelf = Shelf(folder)
    sys.addaudithook(hooked(folder, reached))
    STEPS[step](shelf)


def main(root: Path, step: str) -> None:
    """Cut at every change there is."""
    for number in range(1000):
        folder = root / str(number)
        shutil.copytree(root / "base", folder)
        child = os.fork()
        if child == 0:
            _take(folder, step, number)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(os.WEXITSTATUS(status))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
