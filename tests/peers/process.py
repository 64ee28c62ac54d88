"""Child processes of the tests: started with a log, waited for by condition, ended by their id.

Nothing here knows a protocol. No function sleeps a fixed time and hopes: `wait_until` asks a
condition again and again until a deadline, and says what it waited for when that passes.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.peers.patience import Patience

T = TypeVar("T")

POLL_S = 0.01


class MissingPeer(RuntimeError):
    """A program or a right that a peer needs is not on this machine; the text says what to do."""


class PeerFailed(AssertionError):
    """A peer did not do what the test needs of it; the text carries the evidence."""


def wait_until(condition: Callable[[], T | None], timeout_s: float, what: str) -> T:
    """Ask until the answer is something true, and return that; `PeerFailed` at the deadline."""
    patience = Patience(timeout_s)
    pause = threading.Event()
    while True:
        found = condition()
        if found:
            return found
        if patience.over:
            raise PeerFailed(f"waited {timeout_s:g} s for {what}")
        pause.wait(POLL_S)


def wait_for_end(process: subprocess.Popen[Any], timeout_s: float) -> int:
    """Wait for the program's own end, and give its exit code; `PeerFailed` at the deadline."""
    wait_until(lambda: process.poll() is not None, timeout_s, f"the end of process {process.pid}")
    return int(process.returncode)


def free_port(address: str = "127.0.0.1", kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """A port that nobody on `address` uses at this moment, even for RTP's sake."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    while True:
        with socket.socket(family, kind) as probe:
            probe.bind((address, 0))
            port = int(probe.getsockname()[1])
        if port % 2 == 0 and port < 65000:
            return port


class Child:
    """A program with its output in a log file; leaving the context ends it."""

    def __init__(
        self,
        argv: Sequence[str | os.PathLike[str]],
        log: Path,
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.argv = [os.fspath(word) for word in argv]
        self.log = log
        with log.open("wb") as output:
            try:
                self._process = subprocess.Popen(
                    self.argv,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=cwd,
                    env=None if env is None else {**os.environ, **env},
                    start_new_session=True,
                )
            except FileNotFoundError:
                raise MissingPeer(
                    f"the program {self.argv[0]} is missing: run tests/peers/setup.sh"
                ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id, valid until the child has been stopped."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: ended by that signal."""
        return self._process.poll()

    def text(self) -> str:
        """Everything the program has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def tail(self, lines: int = 25) -> str:
        """The last lines printed, for a message."""
        return "\n".join(self.text().splitlines()[-lines:])

    def wait_for_text(self, pattern: str, timeout_s: float = 5.0) -> re.Match[str]:
        """The first match of a regular expression in the output; fails at once if it ends."""

        def look() -> re.Match[str] | None:
            over = self.exit_code is not None
            found = re.search(pattern, self.text(), re.MULTILINE)
            if over and not found:
                raise PeerFailed(f"{self.argv[0]} ended ({self.exit_code}):\n{self.tail()}")
            return found

        try:
            return wait_until(look, timeout_s, f"{pattern!r} from {self.argv[0]}")
        except PeerFailed as failure:
            raise PeerFailed(f"{failure}; its last output:\n{self.tail()}") from None

    def wait(self, timeout_s: float) -> int:
        """Wait for the program's own end and give its exit code."""
        try:
            return wait_for_end(self._process, timeout_s)
        except PeerFailed:
            raise PeerFailed(
                f"{self.argv[0]} still runs after {timeout_s:g} s; its last output:\n{self.tail()}"
            ) from None

    def stop(self, grace_s: float = 3.0) -> None:
        """SIGTERM, and SIGKILL if that is not heard within `grace_s`; harmless once ended."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                wait_for_end(self._process, grace_s)
            except PeerFailed:
                self._process.kill()
                wait_for_end(self._process, grace_s)


def run(*argv: str | os.PathLike[str]) -> str:
    """Run a short command to its end and give what it printed; `PeerFailed` if it fails."""
    words = [os.fspath(word) for word in argv]
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=30
        )
    except FileNotFoundError:
        raise MissingPeer(f"the program {words[0]} is missing: run tests/peers/setup.sh") from None
    if done.returncode != 0:
        raise PeerFailed(f"{' '.join(words)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout
