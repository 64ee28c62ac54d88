"""The telephones that are measured, each behind the same few gestures.

Every gesture returns the moment just before it was made (seconds of the real-time clock), on a
connection that is open already, so that no start of a client program is counted. All phones run at
the same place, know G.722 alone, and have no sound device but one of nothing.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.wire import PASSWORD
from tests.interop.phone import COMMAND, ROOT, configuration, environment
from tests.peers import baresip, namespace
from tests.peers.asterisk_files import Account
from tests.peers.baresip import Control
from tests.peers.process import MissingPeer, PeerFailed, free_port, wait_until

NUMBER = "600"
CONNECT_S = 10.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where phones live: the bench's address and theirs, and what runs a command there."""

    bench: str
    phones: str
    network: namespace.Namespace | None = None

    def command(self, words: Sequence[str]) -> list[str]:
        """The command line that runs `words` at this place."""
        return self.network.command(*words) if self.network else list(words)


class Phone(ABC):
    """A telephone as a process. `why_not` says why it cannot be measured here, or nothing."""

    name = ""
    user = ""

    def __init__(self, place: Place, server: str, folder: Path) -> None:
        self.place = place
        self.server = server
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        self.prepare()

    @classmethod
    @abstractmethod
    def why_not(cls, place: Place) -> str:
        """What is missing; empty when nothing is."""

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments."""

    def prepare(self) -> None:  # noqa: B027 - few have anything to prepare
        """Write what the program reads."""

    def connect(self) -> None:  # noqa: B027 - what speaks on standard input needs none
        """Open what gestures go through."""

    def disconnect(self) -> None:  # noqa: B027
        """Close it again."""

    @abstractmethod
    def dial(self) -> float:
        """Call `NUMBER`; when the last key was pressed or the command given."""

    @abstractmethod
    def answer(self) -> float:
        """Take the call that rings."""

    @abstractmethod
    def hang_up(self) -> float:
        """End the call that is up."""

    def settle(self) -> None:  # noqa: B027
        """Wait until the last gesture is wholly done."""

    def start(self) -> float:
        """Start the program; when."""
        command = self.place.command(self.command())
        with (self.folder / "log").open("ab") as log:
            now = time.time()
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=ROOT, env=environment()
            )
        return now

    @property
    def pid(self) -> int:
        """The process id while it runs."""
        assert self._process is not None
        return self._process.pid

    def ask_to_end(self) -> None:
        """Tell it to end; it may still want to say goodbye to its registrar."""
        self.disconnect()
        if self._process is not None:
            self._process.terminate()

    @property
    def ended(self) -> bool:
        """Whether the program runs no more."""
        return self._process is None or self._process.poll() is not None

    def clear_away(self) -> None:
        """End it by force if it still runs, and let go of it."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._process = None

    def evidence(self) -> str:
        """The last lines it printed."""
        text = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-8:]) or "it printed nothing"


class Deskphone(Phone):
    """Ours, headless, its keys pressed over the control socket."""

    name = "deskphone"
    user = "1001"

    @classmethod
    def why_not(cls, _: Place) -> str:
        return _why_no_pjsua2()

    def prepare(self) -> None:
        text = configuration(
            Account(self.user, PASSWORD), self.server, more='[audio]\ncodecs = ["g722"]'
        )
        (self.folder / "deskphone.toml").write_text(text)
        self._state = self.folder / "state"
        self._connection: socket.socket | None = None
        self._answers = b""
        self._open = 0

    def command(self) -> list[str]:
        return [
            *(*COMMAND, "simulate", "--headless"),
            *("--config", str(self.folder / "deskphone.toml"), "--state", str(self._state)),
        ]

    def connect(self) -> None:
        def look() -> socket.socket | None:
            made = socket.socket(socket.AF_UNIX)
            try:
                made.connect(str(self._state / "control.sock"))
            except OSError:
                made.close()
                return None
            made.settimeout(CONNECT_S)
            return made

        self._connection = wait_until(look, CONNECT_S, "the control socket")
        self._answers, self._open = b"", 0

    def disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def dial(self) -> float:
        self._press(*NUMBER)
        self.settle()
        return self._press("#")

    def answer(self) -> float:
        return self._press("ok")

    def hang_up(self) -> float:
        return self._press("headset")

    def settle(self) -> None:
        assert self._connection is not None
        while self._open:
            received = self._connection.recv(65536)
            if not received:
                raise PeerFailed("the phone closed its control socket")
            *lines, self._answers = (self._answers + received).split(b"\n")
            for line in lines:
                self._open -= 1
                if json.loads(line).get("answer") != "done":
                    raise PeerFailed(f"the phone answered {line.decode()}")

    def _press(self, *keys: str) -> float:
        assert self._connection is not None
        self.settle()
        request = json.dumps({"request": "press", "keys": keys}).encode() + b"\n"
        now = time.time()
        self._connection.sendall(request)
        self._open += 1
        return now


class Bare(Phone):
    """The bare pjsua2 script of `bare`."""

    name = "bare pjsua2"
    user = "1002"

    @classmethod
    def why_not(cls, _: Place) -> str:
        return _why_no_pjsua2()

    def command(self) -> list[str]:
        words = (self.user, PASSWORD, self.server, self.place.phones)
        return [sys.executable, "-m", "tests.bench.bare", *words]

    def dial(self) -> float:
        return self._say(f"dial sip:{NUMBER}@{self.server}")

    def answer(self) -> float:
        return self._say("answer")

    def hang_up(self) -> float:
        return self._say("hangup")

    def _say(self, line: str) -> float:
        assert self._process is not None
        assert self._process.stdin is not None
        now = time.time()
        os.write(self._process.stdin.fileno(), line.encode() + b"\n")
        return now


class Baresip(Phone):
    """baresip over its ``ctrl_tcp`` module."""

    name = "baresip"
    user = "1003"

    @classmethod
    def why_not(cls, place: Place) -> str:
        if place.network is None:
            return f"baresip uses no loopback interface, and {namespace.why_not()}"
        return baresip.why_not() or ""

    def prepare(self) -> None:
        self._port = free_port()
        self._stack = contextlib.ExitStack()
        self._control: Control | None = None
        assert self.place.network is not None
        names = ("g722", "aubridge", "menu", "ctrl_tcp", "account")
        lines = [
            "poll_method epoll",
            f"net_interface {self.place.network.server_link}",
            f"module_path {baresip.modules()}",
            *(f"module {name}.so" for name in names),
            f"ctrl_tcp_listen {self.place.phones}:{self._port}",
            *("audio_source aubridge,nothing", "audio_player aubridge,nothing"),
            *("audio_alert aubridge,alert", "audio_level no", "rtp_stats no"),
            "statmode_default off",
        ]
        (self.folder / "config").write_text("\n".join(lines) + "\n")
        account = (
            f"<sip:{self.user}@{self.server};transport=udp>;auth_pass={PASSWORD};regint=300;"
            "answermode=manual;audio_codecs=G722/16000/1\n"
        )
        (self.folder / "accounts").write_text(account)

    def command(self) -> list[str]:
        program = shutil.which("baresip")
        if program is None:
            raise MissingPeer("baresip is missing")
        return [program, "-f", str(self.folder)]

    def connect(self) -> None:
        def look() -> socket.socket | None:
            try:
                return socket.create_connection((self.place.phones, self._port), timeout=2)
            except OSError:
                return None

        found = wait_until(look, CONNECT_S, "baresip's control port")
        self._control = self._stack.enter_context(Control(found))

    def disconnect(self) -> None:
        self._stack.close()
        self._control = None

    def dial(self) -> float:
        return self._command("dial", f"sip:{NUMBER}@{self.server}")

    def answer(self) -> float:
        return self._command("accept")

    def hang_up(self) -> float:
        return self._command("hangup")

    def _command(self, *words: str) -> float:
        assert self._control is not None
        now = time.time()
        self._control.command(*words)
        return now


def _why_no_pjsua2() -> str:
    return "" if importlib.util.find_spec("pjsua2") else "pjsua2 is not installed: make bench"


KINDS: tuple[type[Phone], ...] = (Deskphone, Bare, Baresip)
"""Everything that can be measured; the first is ours."""
