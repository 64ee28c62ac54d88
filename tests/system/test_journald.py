"""The journal under systemd: what the real library hands to journald's socket."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import logging
from appliance.phone import events as ev
from appliance.system.journal import Journal, configure

configure("info")
Journal()(ev.CallIncoming(2, 0, "5551234567", "Ann"))
logging.getLogger("other").error("words")
"""
INSIDE = """
import os, socket, subprocess, sys
os.makedirs("/run/systemd/journal", exist_ok=True)
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
    door.bind("/run/systemd/journal/socket")
    done = subprocess.run([sys.executable, "-c", sys.argv[1]], capture_output=True, check=True)
    door.settimeout(10)
    for _ in range(2):
        sys.stdout.buffer.write(door.recv(65536) + b"\\0")
    sys.stderr.buffer.write(done.stderr)
"""
ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(os.geteuid() != 0, reason="a /run of its own needs root or a user namespace")
def test_journald_gets_words_and_fields_and_no_numbers() -> None:
    under_systemd = [
        "unshare",
        "--mount",
        "sh",
        "-c",
        'mount -t tmpfs tmpfs /run && exec "$@"',
        "sh",
    ]
    done = subprocess.run(
        [*under_systemd, sys.executable, "-c", INSIDE, PROGRAM],
        env=os.environ | {"JOURNAL_STREAM": "8:1"},
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=30,
    )
    call, error, rest = done.stdout.split(b"\0")
    assert rest == b""
    assert done.stderr == b""
    lines = call.decode().splitlines()
    assert {"SYSLOG_IDENTIFIER=deskphone", "PRIORITY=6", "CALL=2", "ACCOUNT=0"} <= set(lines)
    assert "MESSAGE=call from •••••••567" in lines
    assert "5551234" not in call.decode()
    assert {"MESSAGE=words", "PRIORITY=3"} <= set(error.decode().splitlines())


def test_without_the_library_the_journal_says_so_and_goes_on() -> None:
    blocked = "import sys; sys.modules['systemd'] = None\n" + PROGRAM
    done = subprocess.run(
        [sys.executable, "-c", blocked],
        env=os.environ | {"JOURNAL_STREAM": "8:1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert "systemd-python is missing" in done.stderr
    assert "call from •••••••567 call=2 account=0" in done.stderr
