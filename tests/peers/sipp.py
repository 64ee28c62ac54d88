"""sipp, the machine that says exactly what a scenario tells it to, right or wrong.

The scenarios in ``sipp/`` are ours. ``uas_*`` wait for a call and, given an account, are its
registrar as well (the phone takes calls from its registrar's address only); ``uac_*`` call a
contact, from the same address but another port. A scenario logs ``step: …`` where a test may want
to wait, and stands still where it expects a cue: an INFO with the call's own Call-ID, sent by
`Sipp.cue`. The media are not sipp's but those of an `RtpPort`.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from .asterisk_files import Account
from .process import Child, PeerFailed, free_port, wait_until
from .rtp import RtpPort

SCENARIOS = Path(__file__).parent / "sipp"
STRANGER = "127.0.0.66"
KEYS = frozenset({"code", "reason", "user", "password", "target"})

CUE = """\
INFO sip:cue SIP/2.0\r
Via: SIP/2.0/UDP {source};branch=z9hG4bKcue{number}\r
From: <sip:cue@tests>;tag=cue\r
To: <sip:cue@tests>;tag=cue\r
Call-ID: {call_id}\r
CSeq: {number} INFO\r
Content-Length: 0\r
\r
"""


def why_not() -> str | None:
    """What is missing for sipp to run here; None if nothing."""
    return None if shutil.which("sipp") else "sipp is missing: run tests/peers/setup.sh"


def scenarios() -> list[str]:
    """The names of all whole scenarios."""
    return sorted(path.stem for path in SCENARIOS.glob("ua[cs]_*.xml"))


class Sipp:
    """A scenario being played; leaving the context ends it.

    `target` (``sip:user@host:port``) makes it call and end by itself after one call; without it, it
    waits for calls until it is stopped. `account` makes a waiting one a registrar too. `keys`
    replace ``[name]`` in the scenario.
    """

    def __init__(
        self,
        scenario: str,
        *,
        target: str | None = None,
        account: Account | None = None,
        address: str = "127.0.0.1",
        port: int | None = None,
        transport: str = "udp",
        hz: float = 440.0,
        keys: Mapping[str, str] | None = None,
    ) -> None:
        self.scenario = scenario
        self.target = target
        self.account = account
        self.address = address
        kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
        self.port = port or free_port(address, kind)
        self.rtp = RtpPort(hz, address)
        self._transport = transport
        self._keys = {"caller": "2001", "caller_name": "Alice Example", **(keys or {})}
        self._cues = 0
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with self._stack:
            self._stack.enter_context(self.rtp)
            self.folder = Path(tempfile.mkdtemp(prefix="deskphone-sipp-"))
            self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            played = self.folder / f"{self.scenario}.xml"
            played.write_text(self._compose())
            self.child = self._stack.enter_context(
                Child(self._command(played), self.folder / "screen", cwd=self.folder)
            )
            if not self.target:
                self._wait_until_listening()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def server(self) -> str:
        """What a phone is told to register with: ``host:port``."""
        return f"{self.address}:{self.port}"

    @property
    def messages(self) -> str:
        """Every SIP message sent and received so far, as sipp traces them."""
        return self._read("messages")

    @property
    def errors(self) -> str:
        """What sipp found wrong so far: unexpected messages, failed checks."""
        return self._read("errors")

    def steps(self) -> list[str]:
        """The steps reached so far, in order."""
        return re.findall(r"^step: (.*?)\s*$", self._read("steps"), re.MULTILINE)

    def wait_for(self, step: str, timeout_s: float = 10.0, times: int = 1) -> str:
        """Wait until a step that begins with this text was reached (that often); gives it whole."""

        def look() -> str | None:
            found = [reached for reached in self.steps() if reached.startswith(step)]
            if len(found) >= times:
                return found[-1]
            if self.child.exit_code is not None:
                raise PeerFailed(f"sipp ended ({self.child.exit_code}) before the step {step!r}")
            return None

        try:
            return wait_until(look, timeout_s, f"the step {step!r} of {self.scenario}")
        except PeerFailed as failure:
            raise PeerFailed(f"{failure}\n{self._evidence()}") from None

    def wait_for_contact(self, timeout_s: float = 10.0) -> str:
        """The contact URI of the phone as soon as it is registered here."""
        step = self.wait_for("registered", timeout_s)
        found = re.search(r"<(sips?:[^>]+)>", step)
        if not found:
            raise PeerFailed(f"registered without a contact: {step}\n{self._evidence()}")
        return found.group(1)

    def wait(self, timeout_s: float = 15.0) -> None:
        """Wait for a calling scenario's end; `PeerFailed` unless everything in it held."""
        code = self.child.wait(timeout_s)
        if code != 0:
            raise PeerFailed(
                f"{self.scenario} did not hold (sipp's exit {code})\n{self._evidence()}"
            )

    def cue(self) -> None:
        """Let a scenario that stands at its cue go on."""
        self._cues += 1
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.bind((self.address, 0))
            source = f"{self.address}:{sender.getsockname()[1]}"
            text = CUE.format(source=source, number=self._cues, call_id=self._call_id())
            sender.sendto(text.encode(), (self.address, self.port))

    def _call_id(self) -> str:
        calls = re.findall(
            r"^INVITE [^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*?Call-ID:\s*(\S+)", self.messages, re.MULTILINE
        )
        if not calls:
            raise PeerFailed(f"{self.scenario} has no call to cue\n{self._evidence()}")
        return str(calls[-1])

    def _compose(self) -> str:
        text = (SCENARIOS / f"{self.scenario}.xml").read_text()
        keys = {**self._keys, "rtp_port": str(self.rtp.port)}
        if self.target:
            keys["target"] = self.target
        if self.account:
            keys |= {"user": self.account.user, "password": self.account.password}
            first = (SCENARIOS / "registrar_first.xml").read_text()
            last = (SCENARIOS / "registrar_last.xml").read_text()
            text = re.sub(r"<scenario[^>]*>\n", lambda found: found[0] + first, text)
            text = text.replace("</scenario>", last + "</scenario>")
        missing = {name for name in KEYS - keys.keys() if f"[{name}]" in text}
        if missing:
            raise ValueError(f"the scenario {self.scenario} needs the keys {sorted(missing)}")
        return re.sub(r"\[(\w+)\]", lambda found: keys.get(found[1], found[0]), text)

    def _command(self, played: Path) -> list[str]:
        words = ["sipp", "-sf", str(played), "-i", self.address, "-p", str(self.port), "-nostdin"]
        words += ["-t", "t1" if self._transport == "tcp" else "u1", "-timeout", "120s"]
        words += ["-recv_timeout", "20000"] if self.target else []
        for kind, name in (("msg", "message"), ("err", "error"), ("logs", "log")):
            file = {"msg": "messages", "err": "errors", "logs": "steps"}[kind]
            words += [f"-trace_{kind}", f"-{name}_file", str(self.folder / file)]
        if self.target:
            host = re.sub(r"^sips?:([^@]*@)?|[;?].*$", "", self.target)
            words += ["-m", "1", "-timeout_error", host]
        return words

    def _wait_until_listening(self) -> None:
        def look() -> bool:
            if self.child.exit_code is not None:
                raise PeerFailed(f"sipp did not start:\n{self.child.tail()}\n{self.errors}")
            return self._listens()

        wait_until(look, 5.0, f"sipp to listen on {self.server}")

    def _listens(self) -> bool:
        table = "tcp" if self._transport == "tcp" else "udp"
        lines = Path("/proc/net", table).read_text().splitlines()[1:]
        wanted = f":{self.port:04X}"
        return any(line.split()[1].endswith(wanted) for line in lines)

    def _read(self, name: str) -> str:
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    def _evidence(self) -> str:
        return (
            f"steps: {self.steps()}\nerrors: {self.errors[-1500:]}\n"
            f"messages:\n{self.messages[-4000:]}\n{self.child.tail(5)}"
        )
