"""What ``make run`` starts: the demonstration without a terminal, the desk unit with one."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.interop.phone import COMMAND, ROOT, environment
from tests.peers.audio import read_wav, strongest_tone
from tests.peers.process import wait_until
from tests.sip.headset import FakeHeadset, why_not

VOICE_HZ, ECHO_HZ = 700.0, 440.0
DEADLINE_S = 20.0
COLUMNS, LINES = 100, 30
SIZES = ("COLUMNS", "LINES")
"""What would tell the desk another size than the terminal's."""


def test_the_demonstration_holds_and_leaves_what_was_seen_and_heard(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "appliance.demo.play", "--out", str(out)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment(),
        timeout=90,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "steps held" in done.stdout
    assert "Traceback" not in done.stderr
    pictures = sorted(out.glob("*.png"))
    assert len(pictures) > 20
    for picture in pictures:
        with Image.open(picture) as image:
            assert image.size == (128, 64)
    heard = read_wav(out / "heard.wav")
    quarter = heard.rate // 4
    tones = {
        round(strongest_tone(heard.samples[start : start + quarter], heard.rate) / 10)
        for start in range(0, len(heard.samples) - quarter, quarter)
    }
    assert round(VOICE_HZ / 10) in tones


class Terminal:
    """A pseudo-terminal with `deskphone simulate` in it; a thread reads what is drawn."""

    def __init__(self, folder: Path, board: Path) -> None:
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.drawn = b""
        self.process = subprocess.Popen(
            [*COMMAND, "simulate", "--state", str(folder / "state"), "--board", str(board)],
            stdin=self.slave,
            stdout=self.slave,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={
                **{name: value for name, value in environment().items() if name not in SIZES},
                "TERM": "xterm",
                "LC_ALL": "C.UTF-8",
            },
            start_new_session=True,
        )
        self.state = folder / "state"
        self._open = True
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while self._open:
            if select.select([self.master], [], [], 0.1)[0]:
                self.drawn += os.read(self.master, 65536)

    def type(self, keys: str) -> None:
        """Press keys of the keyboard."""
        os.write(self.master, keys.encode())

    def close(self) -> None:
        """Let go of everything."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self._open = False
        self._reader.join()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def headset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHeadset:
    if why_not():
        pytest.skip(str(why_not()))
    fake = FakeHeadset(tmp_path / "headset")
    fake.folder.mkdir()
    fake.build(ECHO_HZ)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(fake.configuration))
    return fake


@pytest.fixture
def terminal(tmp_path: Path, headset: FakeHeadset) -> Iterator[Terminal]:
    board = tmp_path / "board.toml"
    board.write_text(f'[audio]\nheadset = "{headset.name}"\necho_cancellation = "off"\n')
    made = Terminal(tmp_path, board)
    try:
        yield made
    finally:
        made.close()


def test_the_desk_in_a_terminal_speaks_through_the_pcs_sound_device(
    terminal: Terminal, headset: FakeHeadset
) -> None:
    wait_until(lambda: b"\xe2\xa0" in terminal.drawn, DEADLINE_S, "a display in braille")
    wait_until(lambda: _status(terminal) == "registered", DEADLINE_S, "the registration")
    terminal.type("600#")
    wait_until(
        lambda: headset.heard().last(0.4).share(ECHO_HZ) > 0.8, DEADLINE_S, "the echo of the voice"
    )
    terminal.type("q")
    assert terminal.process.wait(10) == 0
    assert termios.tcgetattr(terminal.slave) == terminal.before


def _status(terminal: Terminal) -> str:
    told = subprocess.run(
        [*COMMAND, "ctl", "--state", str(terminal.state), "status", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment(),
    )
    return "registered" if '"state":"registered"' in told.stdout.replace(" ", "") else ""
