"""baresip 1.0, a telephone of another make, inside a test's network namespace.

It is driven over its ``ctrl_tcp`` module (netstrings of JSON, baresip's own vocabulary of events),
speaks a sine or a WAV file and writes what it hears to WAV files. It has no loopback interface to
speak through (baresip refuses it), hence the namespace; ``stdio.so`` stays out, for standard input
is closed, and so does ``mwi.so``, which never stops asking after a 401.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from .asterisk_files import Account
from .audio import Recording, read_wav
from .namespace import Namespace
from .process import Child, MissingPeer, PeerFailed, wait_until

Event = dict[str, Any]
Answer = Literal["auto", "manual", "early"]
Transport = Literal["udp", "tcp", "tls"]

CODECS = {
    "opus": "opus/48000/2",
    "g722": "G722/16000/1",
    "ulaw": "PCMU/8000/1",
    "alaw": "PCMA/8000/1",
}
PORTS = itertools.cycle(range(24440, 25440, 4))
CONTROL = 2
NO_JITTER_BUFFER = "jitter_buffer_delay 0-0"
"""The buffer of 1.0 outlives a re-INVITE and drops all of a new stream with smaller numbers."""

MODULES = (
    *("g711", "g722", "opus", "srtp"),
    *("ausine", "aufile", "aubridge", "sndfile"),
    *("menu", "ctrl_tcp"),
)


def why_not() -> str | None:
    """What is missing for baresip to run here, besides a namespace; None if nothing."""
    found = shutil.which("baresip") and modules()
    return None if found else "baresip is missing: run tests/peers/setup.sh"


def modules() -> Path | None:
    """The folder of baresip's modules, wherever the distribution puts it."""
    for folder in Path("/usr/lib").glob("**/baresip/modules"):
        return folder
    return None


class Baresip:
    """A running baresip with one account; leaving the context ends it.

    `speaks` is a frequency in Hz or a WAV file (mono, 16 bit, at the codec's rate); `server` is
    where the account registers (``host[:port]``), or None to live without a registrar.
    """

    def __init__(
        self,
        namespace: Namespace,
        account: Account,
        server: str | None,
        *,
        transport: Transport = "udp",
        ca_file: Path | None = None,
        answer: Answer = "manual",
        speaks: float | Path = 440.0,
    ) -> None:
        self.account = account
        self.address = namespace.server_address
        self._namespace = namespace
        self._server = server
        self._transport = transport
        self._ca_file = ca_file
        self._answer = answer
        self._speaks = speaks
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        lacking = why_not()
        if lacking:
            raise MissingPeer(lacking)
        with self._stack:
            self.folder = Path(tempfile.mkdtemp(prefix="deskphone-baresip-"))
            self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.port = next(PORTS)
            (self.folder / "config").write_text(self._config())
            (self.folder / "recorded").mkdir()
            self.child = self._stack.enter_context(
                Child(
                    self._namespace.command("baresip", "-f", self.folder, "-v"),
                    self.folder / "log",
                )
            )
            self.control = self._stack.enter_context(Control(self._connect()))
            self.control.command("uanew", self._account_line())
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def dial(self, number_or_uri: str) -> None:
        """Call; a bare number is completed with the account's server."""
        self.control.command("dial", number_or_uri)

    def accept(self) -> None:
        """Answer the call that rings."""
        self.control.command("accept")

    def hang_up(self) -> None:
        """End the current call, or reject it while it rings."""
        self.control.command("hangup")

    def hold(self) -> None:
        """Put the current call on hold by a re-INVITE (sendonly)."""
        self.control.command("hold")

    def resume(self) -> None:
        """Take the current call off hold."""
        self.control.command("resume")

    def transfer(self, uri: str) -> None:
        """Give the current call away, blindly (REFER)."""
        self.control.command("transfer", uri)

    def wait_for(self, kind: str, timeout_s: float = 10.0, since: int = 0) -> Event:
        """The first event of that type (``CALL_ESTABLISHED``, ``REGISTER_OK`` …) from a mark on."""
        try:
            return self.control.wait_for(lambda event: event.get("type") == kind, timeout_s, since)
        except PeerFailed as failure:
            raise PeerFailed(f"{failure}, for {kind}; its log:\n{self.child.tail(40)}") from None

    def mark(self) -> int:
        """A place in the stream of events, for `wait_for`."""
        return len(self.control.events)

    def heard(self) -> Path | None:
        """The recording of what the newest call has received so far; it grows while it talks."""
        found = sorted((self.folder / "recorded").glob("*-dec.wav"))
        return found[-1] if found else None

    def recording(self) -> Recording:
        """What the newest file holds; a re-INVITE that starts the audio anew begins another file.

        `PeerFailed` while there is none, or none with a sound in it.
        """
        newest = self.heard()
        if newest is None:
            raise PeerFailed("baresip has recorded nothing yet")
        return read_wav(newest)

    @property
    def uri(self) -> str:
        """Where to call it directly, past any server."""
        return f"sip:{self.account.user}@{self.address}:{self.port}"

    def _config(self) -> str:
        folder = modules()
        kind, device = (
            ("aufile", str(self._speaks))
            if isinstance(self._speaks, Path)
            else ("ausine", f"{self._speaks:g}")
        )
        lines = [
            "poll_method epoll",
            f"net_interface {self._namespace.server_link}",
            f"module_path {folder}",
            *(f"module {name}.so" for name in MODULES),
            f"ctrl_tcp_listen {self.address}:{self.port + CONTROL}",
            f"sip_listen {self.address}:{self.port}",
            f"audio_source {kind},{device}",
            "ausrc_srate 48000",
            f"ausrc_channels {1 if kind == 'aufile' else 2}",
            "audio_player aubridge,sink",
            "audio_alert aubridge,alert",
            "audio_level no",
            "rtp_ports 20000-20999",
            NO_JITTER_BUFFER,
            "rtp_stats no",
            "statmode_default off",
            f"snd_path {self.folder / 'recorded'}",
        ]
        if self._ca_file:
            lines.append(f"sip_cafile {self._ca_file}")
        return "\n".join(lines) + "\n"

    def _account_line(self) -> str:
        account = self.account
        host = self._server or self.address
        fields = [
            f"<sip:{account.user}@{host};transport={self._transport}>",
            f"auth_pass={account.password}",
            f"regint={300 if self._server else 0}",
            f"answermode={self._answer}",
            "audio_codecs=" + ",".join(CODECS[codec] for codec in account.codecs),
        ]
        if account.srtp:
            fields.append("mediaenc=srtp-mand")
        return ";".join(fields)

    def _connect(self) -> socket.socket:
        def look() -> socket.socket | None:
            if self.child.exit_code is not None:
                raise PeerFailed(f"baresip ended while starting:\n{self.child.tail()}")
            try:
                return socket.create_connection((self.address, self.port + CONTROL), timeout=2)
            except OSError:
                return None

        return wait_until(look, 10.0, "baresip's control port")


class Control:
    """A session with baresip's ``ctrl_tcp`` module; its reader thread is named ``ctrl_tcp``."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(None)
        self._socket = connection
        self._numbers = itertools.count(1)
        self._arrived = threading.Condition()
        self._responses: dict[str, Event] = {}
        self.events: list[Event] = []
        self._reader = threading.Thread(target=self._read, name="ctrl_tcp", daemon=True)

    def __enter__(self) -> Self:
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(5)
        self._socket.close()

    def command(self, name: str, params: str = "") -> str:
        """Run a command and give what it prints; `PeerFailed` when baresip knows it not."""
        token = str(next(self._numbers))
        message = json.dumps({"command": name, "params": params, "token": token}).encode()
        self._socket.sendall(b"%d:%s," % (len(message), message))
        response = wait_until(
            lambda: self._responses.pop(token, None), 5.0, f"baresip to carry out {name}"
        )
        if not response.get("ok"):
            raise PeerFailed(f"baresip refused {name} {params}: {response.get('data')}")
        return str(response.get("data", ""))

    def wait_for(
        self, matching: Callable[[Event], bool], timeout_s: float, since: int = 0
    ) -> Event:
        """The first event from a mark on that matches, arrived already or yet to come."""
        with self._arrived:
            found: list[Event] = []

            def look() -> bool:
                found[:] = [event for event in self.events[since:] if matching(event)]
                return bool(found)

            if not self._arrived.wait_for(look, timeout_s):
                seen = [event.get("type") for event in self.events[since:]]
                raise PeerFailed(f"waited {timeout_s:g} s for an event of baresip; seen: {seen}")
        return found[0]

    def _read(self) -> None:
        buffer = b""
        with contextlib.suppress(OSError):
            while chunk := self._socket.recv(65536):
                buffer += chunk
                while (colon := buffer.find(b":")) >= 0:
                    end = colon + 1 + int(buffer[:colon])
                    if len(buffer) <= end:
                        break
                    self._deliver(json.loads(buffer[colon + 1 : end]))
                    buffer = buffer[end + 1 :]

    def _deliver(self, message: Event) -> None:
        with self._arrived:
            if message.get("response"):
                self._responses[str(message.get("token"))] = message
            else:
                self.events.append(message)
            self._arrived.notify_all()
