"""A local socket that exactly one phone listens on.

Who holds the lock beside the socket owns its name: a socket that is found while one holds the lock
was left by a phone that has died, and is replaced. The kernel drops the lock with the process,
however that ends. Never TCP: who may speak to a phone is decided by the mode of a file.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from appliance.errors import ControlError

MODE = 0o660
LONGEST_NAME = 107
"""Bytes that fit a ``sockaddr_un`` (unix(7): 108 with the final zero)."""


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """A name for `path` that fits a socket address, however deep the directory lies.

    A name that is too long is reached through its opened directory (proc(5), ``/proc/self/fd``).
    """
    if len(os.fsencode(path)) <= LONGEST_NAME:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)


def connect(path: Path, seconds: float) -> socket.socket:
    """A connection to the phone at `path`; every later wait on it is limited to `seconds`.

    Raises `ControlError` when nobody listens there or this user may not speak to it.
    """
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(seconds)
    try:
        with reachable(path) as name:
            line.connect(name)
    except PermissionError as error:
        line.close()
        raise ControlError(
            "CTL-06",
            "Not allowed",
            f"{path}: this user may not speak to the phone; its socket is open to its owner and"
            " group only. Become one of them, or use sudo",
        ) from error
    except OSError as error:
        line.close()
        found = "no socket there" if isinstance(error, FileNotFoundError) else "nobody listens"
        raise ControlError(
            "CTL-01",
            "No phone",
            f"{path}: {found if error.errno in _ABSENT else os.strerror(error.errno or 0)};"
            " expected a running phone. Start one with `deskphone run` or `deskphone simulate`, or"
            " name the directory of another with --state",
        ) from error
    return line


class Claim:
    """The sole right to a socket path, and the listening socket; `release` gives both up."""

    def __init__(self, path: Path) -> None:
        """Raises `ControlError` if a phone is already running there, or nothing can be made."""
        self.path = path
        self._held = ExitStack()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._held.callback(os.close, self._take_lock())
            self.socket = self._listen(self._held.enter_context(reachable(path)))
        except OSError as error:
            self._held.close()
            if isinstance(error, ControlError):
                raise
            raise _cannot(path, error) from error

    def release(self) -> None:
        """Take the name away and let another phone have it; closing the socket is the caller's."""
        self.path.unlink(missing_ok=True)
        self._held.close()

    def _take_lock(self) -> int:
        path = self.path.with_suffix(".lock")
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, MODE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.read(lock, 20).decode("ascii", "replace").strip()
            os.close(lock)
            raise _taken(self.path, f"process {owner}" if owner else "another process") from error
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        return lock

    def _listen(self, name: str) -> socket.socket:
        self._clear(name)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            listening.bind(name)
            Path(name).chmod(MODE)
            listening.listen()
        except OSError:
            listening.close()
            raise
        return listening

    def _clear(self, name: str) -> None:
        try:
            mode = Path(name).lstat().st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(mode):
            raise FileExistsError(errno.EEXIST, "something that is not a socket has this name")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.setblocking(False)
            if probe.connect_ex(name) in (0, errno.EAGAIN):
                raise _taken(self.path, "another program")
        Path(name).unlink()


_ABSENT = (errno.ENOENT, errno.ECONNREFUSED, errno.ENOTDIR)


def _taken(path: Path, owner: str) -> ControlError:
    return ControlError(
        "CTL-02",
        "Already running",
        f"{path}: already running; {owner} is the phone there. Stop it, or give this one a"
        " directory of its own with --state",
    )


def _cannot(path: Path, error: OSError) -> ControlError:
    return ControlError(
        "CTL-03",
        "No control socket",
        f"{path}: the control socket cannot be made: {error.strerror or error}; expected a"
        " directory that this user may write. Choose one with --state",
    )
