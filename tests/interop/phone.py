"""A whole phone as a process: started as IT starts it, driven over its control socket.

What a test asks of it is asked of the status, the screen and the sound, by condition and never by a
pause. Leaving the context ends it with SIGTERM and holds it to its promise: within three seconds,
with exit code 0, and without a word on standard error that only a programmer understands.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from appliance.control import protocol
from appliance.control.client import Client
from appliance.control.status import CallStatus, Status
from appliance.errors import ControlError
from tests.peers import audio
from tests.peers.asterisk_files import Account
from tests.peers.process import PeerFailed, wait_for_end, wait_until

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "appliance")
START_S = 10.0
PATIENCE_S = 10.0
STOP_S = 3.0
VOICE_HZ = 700.0
"""What the phone's microphone speaks unless a test says otherwise."""

PROGRAMMERS_WORDS = re.compile(
    r"Traceback|Exception|Fatal Python|Segmentation|[Aa]ssert|never awaited|CRITICAL", re.MULTILINE
)


def configuration(
    account: Account,
    server: str,
    *,
    transport: str = "udp",
    ca_file: Path | None = None,
    more: str = "",
) -> str:
    """A configuration file with one account; `more` follows the account's own keys."""
    lines = [
        "[[account]]",
        f'user = "{account.user}"',
        f'password = "{account.password}"',
        f'server = "{server}"',
        f'transport = "{transport}"',
    ]
    if ca_file:
        lines.append(f'ca_file = "{ca_file}"')
    return "\n".join((*lines, more)) + "\n"


def environment() -> dict[str, str]:
    """This process's environment without what would take a phone's words or keys elsewhere.

    From a thread too: pytest notes the current test in the environment, and takes that back.
    """
    found = ((name, os.environ.get(name)) for name in list(os.environ))
    return {
        name: value
        for name, value in found
        if value is not None and name != "JOURNAL_STREAM" and not name.startswith("DESKPHONE_")
    }


def deskphone(
    *words: str | Path, inside: Sequence[str] = (), timeout_s: float = 30.0
) -> subprocess.CompletedProcess[str]:
    """Run a `deskphone` command to its end; `inside` is a command that starts another one."""
    return subprocess.run(
        [*inside, *COMMAND, *(os.fspath(word) for word in words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment(),
        timeout=timeout_s,
    )


class Phone:
    """A simulated phone, headless; `folder` holds its configuration, its state and its sound.

    `config` is TOML, or None for the embedded PBX. `speaks` is what the microphone hears, in Hz.
    `inside` is a command that starts it somewhere else, by taking its place (exec).
    """

    def __init__(
        self,
        folder: Path,
        config: str | None,
        *,
        script: Path | None = None,
        speaks: float = VOICE_HZ,
        inside: Sequence[str] = (),
    ) -> None:
        self._inside = inside
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.state = folder / "state"
        self.config = folder / "deskphone.toml"
        self.earpiece = folder / "earpiece.wav"
        self._words = ["simulate", "--headless", "--state", str(self.state)]
        if config is not None:
            self.config.write_text(config, encoding="utf-8")
            self._words += ["--config", str(self.config)]
        if script is not None:
            self._words += ["--script", str(script)]
        microphone = audio.write_wav(
            folder / "microphone.wav", audio.tone(speaks, 2.0, 16_000), 16_000
        )
        self._words += ["--mic", str(microphone), "--earpiece", str(self.earpiece)]
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with self._stack:
            outputs = [
                self._stack.enter_context((self.folder / name).open("wb"))
                for name in ("stdout", "stderr")
            ]
            self.process = subprocess.Popen(
                [*self._inside, *COMMAND, *self._words],
                stdin=subprocess.DEVNULL,
                stdout=outputs[0],
                stderr=outputs[1],
                cwd=ROOT,
                env=environment(),
            )
            self._stack.callback(self._end)
            self.client = self._stack.enter_context(self._connect())
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._stack:
            if error is None:
                self.stop()
            else:
                error.add_note(self.evidence())

    def stop(self) -> None:
        """Switch it off and hold it to its promises; harmless once it has ended."""
        if self.process.poll() is None:
            self.process.terminate()
        began = time.monotonic()
        try:
            code = wait_for_end(self.process, STOP_S)
        except PeerFailed:
            raise PeerFailed(
                f"the phone still runs {time.monotonic() - began:.1f} s after SIGTERM\n"
                f"{self.evidence()}"
            ) from None
        if code:
            raise PeerFailed(f"the phone ended with exit code {code}\n{self.evidence()}")
        self.check_journal()

    def check_journal(self) -> None:
        """Nothing on standard error that IT could not use."""
        found = PROGRAMMERS_WORDS.search(self.journal)
        if found:
            raise PeerFailed(f"{found[0]!r} on standard error:\n{self.journal}")

    @property
    def journal(self) -> str:
        """What it has said on standard error so far."""
        return (self.folder / "stderr").read_text(encoding="utf-8", errors="replace")

    @property
    def output(self) -> str:
        """What it has said on standard output so far."""
        return (self.folder / "stdout").read_text(encoding="utf-8", errors="replace")

    def press(self, *keys: str, hold: float = 0.0) -> None:
        """Press keys one after the other."""
        self.client.ask(protocol.Press(keys, hold), protocol.Done, longer=hold)

    def type(self, digits: str) -> None:
        """Press the keys of a number, and ``#``."""
        self.press(*digits, "#")

    def lift(self) -> None:
        """Lift the handset."""
        self.client.ask(protocol.Lift(), protocol.Done)

    def replace(self) -> None:
        """Put the handset back."""
        self.client.ask(protocol.Replace(), protocol.Done)

    def dial(self, number: str) -> None:
        """Call a number as `deskphone ctl dial` does."""
        self.client.ask(protocol.Dial(number), protocol.Done)

    def hang_up(self) -> None:
        """End the call in front as `deskphone ctl hangup` does."""
        self.client.ask(protocol.HangUp(), protocol.Done)

    def status(self) -> Status:
        """Everything it says of itself."""
        return self.client.ask(protocol.GetStatus(), protocol.StatusAnswer).status

    def screen(self) -> str:
        """The words on the display, line breaks as spaces."""
        return " ".join(self.client.ask(protocol.GetScreen(), protocol.ScreenAnswer).lines)

    def icons(self) -> tuple[str, ...]:
        """The icons on the display."""
        return self.client.ask(protocol.GetScreen(), protocol.ScreenAnswer).icons

    def until(
        self, condition: Callable[[Status], object], what: str, timeout_s: float = PATIENCE_S
    ) -> Status:
        """The first status of which the condition is true."""
        seen: list[Status] = []

        def look() -> Status | None:
            seen[:] = [self.status()]
            return seen[0] if condition(seen[0]) else None

        try:
            return wait_until(look, timeout_s, what)
        except PeerFailed as failure:
            raise PeerFailed(f"{failure}; seen: {seen}") from None

    def registered(self, timeout_s: float = PATIENCE_S) -> Status:
        """Wait until every account is registered."""
        return self.until(
            lambda s: all(a.registration.state == "registered" for a in s.accounts),
            "the phone to be registered",
            timeout_s,
        )

    def verdict(self, name: str, timeout_s: float = PATIENCE_S) -> Status:
        """Wait until the registration has failed for this reason."""

        def failed(status: Status) -> bool:
            registration = status.accounts[0].registration
            return (registration.state, registration.verdict) == ("failed", name)

        return self.until(failed, f"the verdict {name}", timeout_s)

    def call(
        self, state: str, number: str = "", timeout_s: float = PATIENCE_S, **facts: object
    ) -> CallStatus:
        """Wait for a call in this state, with that number and those facts; gives it."""

        def fits(call: CallStatus) -> bool:
            return (
                call.state == state
                and number in ("", call.number)
                and all(getattr(call, name) == value for name, value in facts.items())
            )

        status = self.until(
            lambda s: any(map(fits, s.calls)), f"a call {state} {number} {facts}", timeout_s
        )
        return next(filter(fits, status.calls))

    def no_call(self, timeout_s: float = PATIENCE_S) -> None:
        """Wait until no call is left; one whose end is still displayed is none."""
        self.until(lambda s: all(c.state == "ended" for c in s.calls), "no call", timeout_s)

    def says(self, *texts: str, timeout_s: float = PATIENCE_S) -> None:
        """Wait until the display says all of this at once, case ignored."""
        seen: list[str] = []

        def look() -> bool:
            seen[:] = [self.screen()]
            return all(text.lower() in seen[0].lower() for text in texts)

        try:
            wait_until(look, timeout_s, f"the display to say {texts}")
        except PeerFailed as failure:
            raise PeerFailed(f"{failure}; it says {seen}") from None

    def hears(self, hz: float, timeout_s: float = PATIENCE_S) -> None:
        """Wait until this tone, alone or in a pair, is what the earpiece plays."""
        self._listen(lambda h: not h.silent and (h.share or 0) > 0.3, hz, f"{hz} Hz", timeout_s)

    def hears_nothing(self, timeout_s: float = PATIENCE_S) -> None:
        """Wait until the earpiece is silent."""
        self._listen(lambda h: h.silent, None, "silence", timeout_s)

    def _listen(
        self,
        right: Callable[[protocol.HeardAnswer], bool],
        hz: float | None,
        what: str,
        timeout_s: float,
    ) -> None:
        seen: list[protocol.HeardAnswer] = []

        def look() -> bool:
            seen[:] = [self.client.ask(protocol.GetHeard(hz), protocol.HeardAnswer)]
            return right(seen[0])

        try:
            wait_until(look, timeout_s, f"{what} in the earpiece")
        except PeerFailed as failure:
            raise PeerFailed(f"{failure}; heard {seen}") from None

    def born_again(self) -> None:
        """Wait until it has started anew in the same process, and speak to it again."""

        def gone() -> bool:
            try:
                self.status()
            except ControlError:
                return True
            return False

        wait_until(gone, START_S, "the phone to start anew")
        self.connect_again()

    def connect_again(self) -> None:
        """To the phone's next life; the one that was connected to is over."""
        self.client = self._stack.enter_context(self._connect())

    def evidence(self) -> str:
        """What it said, for a message."""
        return f"{' '.join(self._words)}\n{self.output[-2000:]}\n{self.journal[-4000:]}"

    def _connect(self) -> Client:
        def look() -> Client | None:
            if self.process.poll() is not None:
                raise PeerFailed(f"the phone ended at once\n{self.evidence()}")
            with contextlib.suppress(ControlError):
                return Client(self.state / "control.sock")
            return None

        return wait_until(look, START_S, "the control socket of the phone")

    def _end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            wait_for_end(self.process, STOP_S)


def play(
    folder: Path, config: str | None, scenario: str | Path, *, timeout_s: float = 120.0
) -> Sequence[str]:
    """Play a scenario on a phone of its own; the lines of the report. `PeerFailed` if it failed."""
    folder.mkdir(parents=True, exist_ok=True)
    script = scenario
    if isinstance(script, str):
        script = folder / "steps.phone"
        script.write_text(str(scenario), encoding="utf-8")
    with Phone(folder, config, script=script) as phone:
        try:
            code = wait_for_end(phone.process, timeout_s)
        except PeerFailed:
            raise PeerFailed(f"the scenario has not ended in {timeout_s:g} s") from None
        if code:
            raise PeerFailed(f"the scenario {script.name} ended with exit code {code}")
    return phone.output.splitlines()
