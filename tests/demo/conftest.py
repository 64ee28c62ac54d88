"""One embedded PBX, a real child process, for all tests of a module; fresh phones for each test."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.demo.softphone import Softphone


@dataclass(frozen=True, slots=True)
class RunningPbx:
    """The child and what it announced."""

    process: subprocess.Popen[bytes]
    port: int
    passwords: dict[str, str]


Launch = Callable[..., RunningPbx]


def start_pbx(*arguments: str) -> RunningPbx:
    """Start a child and read its announcement."""
    process = subprocess.Popen(
        [sys.executable, "-m", "appliance.demo", "--json", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], 10.0)
    assert ready, "the PBX said nothing within 10 s"
    said: dict[str, Any] = json.loads(os.read(process.stdout.fileno(), 65536))
    assert said["address"] == "127.0.0.1"
    passwords = {each["user"]: each["password"] for each in said["accounts"]}
    return RunningPbx(process, said["port"], passwords)


def end_pbx(pbx: RunningPbx) -> tuple[int, str]:
    """Close its stdin; its exit status and what it complained of."""
    try:
        _, complaints = pbx.process.communicate(timeout=5.0)
    finally:
        pbx.process.kill()
    return pbx.process.returncode, complaints.decode()


@pytest.fixture(scope="module")
def pbx() -> Iterator[RunningPbx]:
    """A PBX that must not have complained by the end of the module."""
    running = start_pbx("--account", "1001", "--account", "1002", "--account", "1003")
    yield running
    assert end_pbx(running) == (0, "")


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Start PBXs of the test's own; whatever it leaves running is killed."""
    started: list[RunningPbx] = []

    def start(*arguments: str) -> RunningPbx:
        started.append(start_pbx(*arguments))
        return started[-1]

    yield start
    for each in started:
        with each.process as process:
            process.kill()


@pytest.fixture
def phone(pbx: RunningPbx) -> Iterator[Callable[[str], Softphone]]:
    """Phones by extension, not registered yet."""
    phones: list[Softphone] = []

    def make(user: str) -> Softphone:
        phones.append(Softphone(pbx.port, user, pbx.passwords.get(user, "no such account")))
        return phones[-1]

    yield make
    for each in phones:
        each.close()
