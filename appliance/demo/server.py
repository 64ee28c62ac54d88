"""The embedded PBX, seen from the phone's side: a child process and where it listens.

The child is started with this interpreter, announces itself in one line and ends when its stdin
closes, whatever becomes of this process. Only the simulator's wiring and tests construct it; a
unit has no business here, and nothing of the SIP library is imported into the phone.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

from appliance.errors import PhoneError

log = logging.getLogger(__name__)

START_SECONDS = 10.0
"""Longest wait for the announcement; it usually takes a quarter of a second."""
STOP_SECONDS = 1.0
"""Longest wait for each stronger way of ending the child."""


class DemoError(PhoneError, RuntimeError):
    """The embedded PBX is not to be had."""


@dataclass(frozen=True, slots=True)
class Account:
    """An extension that a phone may register as; the password is new at every start."""

    user: str
    password: str


class EmbeddedPbx:
    """A PBX of one's own for as long as the ``async with`` lasts.

    `address`, `port` (UDP) and `accounts` are known once it has started. Entering raises DemoError
    with the code DEMO-01 where sippy is not installed, DEMO-02 where the child did not come up.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        users: Sequence[str] = ("1001", "1002"),
        start_seconds: float = START_SECONDS,
    ) -> None:
        self._wanted_port, self._users = port, tuple(users)
        self._start_seconds = start_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._listener: asyncio.Task[None] | None = None
        self._last_words: deque[str] = deque(maxlen=20)
        self.address = ""
        self.port = 0
        self.accounts: tuple[Account, ...] = ()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the child and wait until it listens; raises DemoError."""
        if find_spec("sippy") is None:
            raise DemoError(
                "DEMO-01",
                "Demo PBX missing",
                "the embedded PBX needs the Python package sippy, which is not installed for "
                f"{sys.executable}; install the project's extra 'demo' "
                "(pip install 'deskphone[demo]'), or give a configuration with --config",
            )
        process = await asyncio.create_subprocess_exec(
            *self._command(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
            start_new_session=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._listener = asyncio.create_task(
            self._listen(process.stderr), name="embedded PBX's stderr"
        )
        try:
            await self._read_announcement(process.stdout)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the child: by closing its stdin, then SIGTERM, then SIGKILL."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        for force in (process.terminate, process.kill, None):
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
                break
            if force is not None:
                with suppress(ProcessLookupError):
                    force()
        if self._listener is not None:
            await self._listener
        self._process = self._listener = None

    async def wait(self) -> int:
        """Return when the child has ended, with its exit status; at once if it never ran."""
        return 0 if self._process is None else await self._process.wait()

    def _command(self) -> list[str]:
        accounts = [word for user in self._users for word in ("--account", user)]
        port = str(self._wanted_port)
        return [sys.executable, "-P", "-m", "appliance.demo", "--json", "--port", port, *accounts]

    async def _read_announcement(self, announced: asyncio.StreamReader) -> None:
        try:
            line = await asyncio.wait_for(announced.readline(), self._start_seconds)
            said = json.loads(line)
            self.address, self.port = str(said["address"]), int(said["port"])
            self.accounts = tuple(
                Account(str(each["user"]), str(each["password"])) for each in said["accounts"]
            )
        except TimeoutError:
            raise self._failure(f"said nothing within {self._start_seconds:g} s") from None
        except (ValueError, KeyError, TypeError):
            await self.stop()
            raise self._failure("ended or did not say where it listens") from None

    def _failure(self, what: str) -> DemoError:
        evidence = " / ".join(self._last_words) or "nothing on its stderr"
        return DemoError(
            "DEMO-02",
            "Demo PBX failed",
            f"the embedded PBX {what}: {evidence}; run 'python -m appliance.demo' by hand to see "
            "it, or give a configuration with --config",
        )

    async def _listen(self, complaints: asyncio.StreamReader) -> None:
        async for line in complaints:
            words = line.decode(errors="replace").rstrip()
            self._last_words.append(words)
            log.info("embedded PBX: %s", words)


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    inherited = os.environ.get("PYTHONPATH")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([root, *([inherited] if inherited else [])]),
    }
