"""A whole phone under a service manager hears from it what Type=notify and WatchdogSec need."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

from tests.interop.phone import COMMAND, ROOT, environment

DEADLINE = 60.0


def test_a_phone_says_that_it_is_ready_and_then_that_it_lives(tmp_path: Path) -> None:
    config = tmp_path / "deskphone.toml"
    config.write_text(
        '[[account]]\nuser = "1001"\npassword = "x"\nserver = "127.0.0.1:9"\n', encoding="utf-8"
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(DEADLINE)
        words = ("simulate", "--headless", "--state", tmp_path / "state", "--config", config)
        watched = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1500000"}
        with subprocess.Popen(
            [*COMMAND, *words],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=environment() | watched,
        ) as phone:
            try:
                assert manager.recv(100) == b"READY=1"
                assert manager.recv(100) == b"WATCHDOG=1"
                assert manager.recv(100) == b"WATCHDOG=1"
            finally:
                phone.terminate()
        assert phone.returncode == 0
