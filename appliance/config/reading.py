"""Reading files that people name: never raises, never waits, never reads without end.

What is handed in as a file may be a directory, a pipe or a device; the answer is then a few words
without the file's name, which the caller may have to keep to itself.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Read:
    """What was read, and the file's mode bits."""

    content: bytes = field(repr=False)
    mode: int


def read_regular(path: Path, most: int) -> Read | str:
    """A regular file of at most `most` bytes, or the words for what it is instead."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        return reason(error)
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            return "a directory"
        if not stat.S_ISREG(status.st_mode):
            return "no regular file"
        if status.st_size > most:
            return f"{status.st_size} bytes"
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return Read(file.read(most), stat.S_IMODE(status.st_mode))
    except OSError as error:
        return reason(error)
    finally:
        os.close(descriptor)


def reason(error: OSError | ValueError) -> str:
    """Why a file cannot be read, without its name."""
    if isinstance(error, ValueError):
        return "a path that no file can have"
    if error.errno == errno.ENOENT:
        return "no such file"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "a file that this user may not read"
    return os.strerror(error.errno) if error.errno else "a file that cannot be read"
