"""A USB stick with configuration files: a folder that is read as a server's is.

This is a reader of folders: whoever mounts a stick's file system mounts it at `MOUNTED`, readable
for the phone's user. What a stick says is taken as what a server says: judged, tried, kept, and it
stays in force when the stick is gone.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from appliance.provisioning.candidate import Candidate

MOUNTED = Path("/run/media/deskphone")
FILE = "deskphone.toml"
FOLDER = "deskphone"
SOURCE = "USB stick"
_SCHEME = "file"


def named() -> tuple[Candidate, ...]:
    """The folder of a stick that has one: `deskphone/`, else the one with `deskphone.toml`.

    It reads the stick.
    """
    mounted = MOUNTED
    if (mounted / FOLDER).is_dir():
        folder = mounted / FOLDER
    elif (mounted / FILE).is_file():
        folder = mounted
    else:
        return ()
    return (Candidate(f"{_SCHEME}://{quote(str(folder))}/", SOURCE),)


def is_stick(url: str) -> bool:
    """Whether this is the address of a stick's folder, or of a file in it; no other file is."""
    return url.startswith(f"{_SCHEME}://{quote(str(MOUNTED))}/") and ".." not in unquote(url)


def content(url: str, most: int) -> bytes | None:
    """A file of a stick; None if it is not there. Reads at most one octet more than `most`.

    Raises OSError, also for what is no plain file: a stick may have links that lead elsewhere.
    """
    path = unquote(urlsplit(url).path)
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise IsADirectoryError(f"{path}: no plain file")
        return file.read(most + 1)


def is_out(url: str) -> bool:
    """Whether the folder of this file has no configuration at all: the stick is not in any more."""
    folder = Path(unquote(urlsplit(url).path)).parent
    return next(folder.glob("*.toml"), None) is None
