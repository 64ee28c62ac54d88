"""The desk unit in a terminal: a process on a pseudo-terminal, its output and what it tells."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hw.board import DEFAULT_BOARD, KEY_NAMES, Board
from hw.simulated.bindings import BINDINGS, CODES, Gesture, gestures, legend
from hw.simulated.desk import TerminalDesk, TerminalError

ROOT = Path(__file__).parents[2]
DEADLINE = 20.0

CHILD = """
import asyncio, os, sys
from PIL import Image, ImageDraw
from hw.board import DEFAULT_BOARD
from hw.simulated.desk import TerminalDesk

def tell(words):
    os.write(int(sys.argv[1]), (words + chr(10)).encode())

def picture(text):
    image = Image.new("1", (128, 64))
    ImageDraw.Draw(image).text((0, 0), text, fill=255)
    return image

async def main():
    left = asyncio.Event()

    def press(key):
        tell("+" + key)
        if key == "mute":
            desk.lamp("mute", "on")
        elif key == "dnd":
            desk.lamp("message", "blinking slowly")
        elif key in "12":
            desk.show(picture(key))
        elif key == "hold":
            desk.set_brightness(0)
        elif key == "redial":
            desk.set_brightness(100)
        tell(f"={desk.redraws}")

    desk = TerminalDesk(DEFAULT_BOARD, press, lambda key: tell("-" + key), lambda: tell("lift"),
                        lambda: tell("replace"), left.set, title="Desk 12")
    with desk:
        desk.show(picture("1"))
        tell("ready")
        await left.wait()
    tell("left")

asyncio.run(main())
"""


TYPED = {
    "5": "5", "#": "#", "\r": "ok", "\x7f": "back", "\x1bOA": "up", "\x1bOP": "soft1", ",": "soft1",
    "[": "line1", "m": "mute", "+": "volume_up",
}  # fmt: skip
"""What an xterm sends, and which key that is."""


class Terminal:
    """A pseudo-terminal with a desk unit in it."""

    def __init__(self, columns: int, lines: int, term: str) -> None:
        self.master, slave = pty.openpty()
        self._set_size(columns, lines)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.told_fd, telling = os.pipe()
        self.output = b""
        self.told: list[str] = []
        environment = {**os.environ, "TERM": term, "LC_ALL": "C.UTF-8"}
        for name in ("NO_COLOR", "COLUMNS", "LINES"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(telling)],
            cwd=ROOT,
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            env=environment,
            pass_fds=(telling,),
            start_new_session=True,
        )
        os.close(telling)

    def resize(self, columns: int, lines: int) -> None:
        """As a terminal does it: set the size, then tell the process."""
        self._set_size(columns, lines)
        self.process.send_signal(signal.SIGWINCH)

    def _set_size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, keys: str | bytes) -> None:
        os.write(self.master, keys.encode() if isinstance(keys, str) else keys)

    def read(self, wait: float = 0.05) -> None:
        """Take what has come, waiting for it for a moment."""
        ready, _, _ = select.select([self.master, self.told_fd], [], [], wait)
        if self.master in ready:
            self.output += os.read(self.master, 65536)
        if self.told_fd in ready:
            told = os.read(self.told_fd, 65536).decode().splitlines()
            self.told += told

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < end, (self.told, self.text()[-2000:])
            self.read()

    def rest(self) -> None:
        """Read until nothing has come for a while."""
        seen = -1
        while seen != len(self.output) + len(self.told):
            seen = len(self.output) + len(self.told)
            self.read(0.3)

    def text(self) -> str:
        return self.output.decode("utf-8", "replace")

    def done(self) -> list[str]:
        return [told for told in self.told if not told.startswith(("=", "ready"))]

    def keys(self) -> list[str]:
        return [told for told in self.told if told[0] in "+-"]


def has_braille(text: str) -> bool:
    return any(0x2800 < ord(letter) <= 0x28FF for letter in text)


@contextmanager
def terminal(
    columns: int = 80, lines: int = 24, term: str = "xterm-256color"
) -> Iterator[Terminal]:
    made = Terminal(columns, lines, term)
    try:
        made.until(lambda: "ready" in made.told or made.process.poll() is not None)
        yield made
    finally:
        made.process.kill()
        made.process.wait()
        if made.process.stderr is not None:
            made.process.stderr.close()
        for descriptor in (made.master, made.slave, made.told_fd):
            os.close(descriptor)


def test_display_hook_lamps_and_keys_are_drawn() -> None:
    with terminal() as it:
        it.until(lambda: "quit" in it.text())
        text = it.text()
        for words in (
            "Desk 12",
            "Handset",
            "on hook",
            "message",
            "call",
            "mute",
            "Space",
            "Alt+digit",
        ):
            assert words in text
        it.until(lambda: has_braille(it.text()))


def test_a_wide_terminal_gets_half_blocks() -> None:
    with terminal(150, 45) as it:
        it.until(lambda: set("▀▄█") & set(it.text()))
        assert not has_braille(it.text())


def test_every_key_is_pressed_and_released() -> None:
    with terminal() as it:
        for typed, key in TYPED.items():
            it.told.clear()
            it.type(typed)
            it.until(lambda: len(it.keys()) == 2)
            assert it.keys() == ["+" + key, "-" + key]


def test_escape_alone_is_back() -> None:
    with terminal() as it:
        it.type("\x1b")
        it.until(lambda: it.keys() == ["+back", "-back"])


def test_a_key_typed_twice_is_pressed_twice() -> None:
    with terminal() as it:
        it.type("55")
        it.until(lambda: len(it.keys()) == 4)
        assert it.keys() == ["+5", "-5", "+5", "-5"]


def test_alt_and_a_digit_is_a_long_press() -> None:
    with terminal() as it:
        began = time.monotonic()
        it.type("\x1b5")
        it.until(lambda: len(it.keys()) == 2)
        assert it.keys() == ["+5", "-5"]
        assert time.monotonic() - began > 1.2


def test_space_lifts_and_replaces() -> None:
    with terminal() as it:
        it.type(" ")
        it.until(lambda: "lift" in it.told and "lifted" in it.text())
        it.type(" ")
        it.until(lambda: "replace" in it.told)


def test_nothing_is_written_while_nothing_changes() -> None:
    with terminal() as it:
        it.type("1")
        it.until(lambda: it.keys() == ["+1", "-1"])
        it.rest()
        quiet = len(it.output)
        it.read(0.5)
        assert len(it.output) == quiet


def test_the_same_picture_is_not_drawn_again() -> None:
    async def story() -> None:
        nothing = asyncio.Event().clear
        desk = TerminalDesk(DEFAULT_BOARD, print, print, nothing, nothing, nothing)
        changes: list[int] = []
        desk._changed = lambda: changes.append(1)  # type: ignore[method-assign]
        picture = desk._image.copy()
        desk.show(picture)
        assert not changes
        picture.putpixel((3, 3), 255)
        desk.show(picture)
        desk.show(picture)
        assert len(changes) == 1

    asyncio.run(story())


def test_a_resize_is_followed_and_too_small_is_said() -> None:
    with terminal() as it:
        it.output = b""
        it.resize(60, 20)
        it.until(lambda: "The desk unit needs 80" in it.text())
        assert "60 × 20" in it.text()
        it.output = b""
        it.resize(80, 24)
        it.until(lambda: "Handset" in it.text())
        it.output = b""
        it.resize(150, 45)
        it.until(lambda: set("▀▄█") & set(it.text()))


@pytest.mark.parametrize("size", [(1, 1), (5, 2), (79, 24), (80, 5), (300, 100)])
def test_no_size_is_a_crash(size: tuple[int, int]) -> None:
    with terminal() as it:
        it.resize(*size)
        it.type("7")
        it.until(lambda: it.keys() == ["+7", "-7"])
        it.type("q")
        it.until(lambda: "left" in it.told)


@pytest.mark.parametrize("keys", ["q", "\x03"])
def test_on_leaving_the_terminal_is_as_it_was(keys: str) -> None:
    with terminal() as it:
        assert termios.tcgetattr(it.slave) != it.before
        it.type(keys)
        it.until(lambda: "left" in it.told)
        assert it.process.wait(DEADLINE) == 0
        it.read()
        assert termios.tcgetattr(it.slave) == it.before
        assert "\x1b[?1049l" in it.text(), "the screen from before is back"
        assert "\x1b[?25h" in it.text(), "and so is the cursor"


def test_a_dark_display_shows_no_dots() -> None:
    with terminal() as it:
        it.until(lambda: "quit" in it.text())
        it.type("h")
        it.until(lambda: "-hold" in it.told)
        it.output = b""
        it.type("1")
        it.until(lambda: "-1" in it.told)
        assert not has_braille(it.text())
        it.type("r")
        it.until(lambda: has_braille(it.text()))


def test_a_terminal_that_goes_away_is_left() -> None:
    with terminal() as it:
        os.close(it.slave)
        it.slave = os.dup(it.told_fd)
        os.close(it.master)
        it.master = os.dup(it.told_fd)
        it.process.send_signal(signal.SIGCONT)
        assert it.process.wait(DEADLINE) is not None


def test_an_unknown_terminal_is_said_in_words() -> None:
    with terminal(term="no-such-terminal") as it:
        assert it.process.stderr is not None
        errors = it.process.stderr.read()
        assert b"no-such-terminal" in errors and b"set TERM" in errors


def test_without_a_terminal_it_says_so() -> None:
    async def story() -> None:
        nothing = asyncio.Event().clear
        desk = TerminalDesk(DEFAULT_BOARD, print, print, nothing, nothing, nothing)
        with pytest.raises(TerminalError, match="run it in a terminal, or headless"):
            desk.open()
        desk.close()

    asyncio.run(story())


def test_other_hands_move_the_same_keys() -> None:
    async def story() -> None:
        said: list[str] = []
        desk = TerminalDesk(
            DEFAULT_BOARD,
            lambda key: said.append("+" + key),
            lambda key: said.append("-" + key),
            lambda: said.append("lift"),
            lambda: said.append("replace"),
            lambda: None,
        )
        for act in (desk.lift, desk.lift, desk.replace, desk.replace):
            act()
        desk.press("5")
        desk.press("5")
        desk.release("5")
        desk.release("5")
        assert said == ["lift", "replace", "+5", "-5"]

    asyncio.run(story())


def test_every_key_of_the_contract_has_a_key_of_the_terminal() -> None:
    assert set(BINDINGS) == set(KEY_NAMES)
    assert len(CODES) == sum(len(codes) for codes, _ in BINDINGS.values()), "none has two meanings"
    assert not {ord(" "), ord("q"), 3} & CODES.keys()


def test_keys_that_the_board_lacks_do_nothing() -> None:
    board = Board((4,), (5,), (("1",),))
    assert list(gestures([ord("1"), ord("2"), ord("h"), 27, ord("2")], board)) == [
        Gesture("press", "1")
    ]
    assert list(gestures([27, ord("1"), ord(" "), ord("q")], board)) == [
        Gesture("long press", "1"),
        Gesture("hook"),
        Gesture("quit"),
    ]
    labels = [hint.label for hint in legend(board)]
    assert labels == ["Space", "0–9 * #", "Alt+digit", "q"]


def test_the_legend_names_every_key_of_the_board_once() -> None:
    everything = replace(DEFAULT_BOARD, keys=(KEY_NAMES,))
    for board in (DEFAULT_BOARD, everything):
        named = [key for hint in legend(board) for key in hint.keys if key != "hook"]
        assert sorted(named) == sorted(key for row in board.keys for key in row)


def test_fast_typing_is_one_key_after_the_other() -> None:
    with terminal() as it:
        it.type(" 600#")
        expected = ["lift", *(sign + key for key in "600#" for sign in "+-")]
        it.until(lambda: len(it.done()) == len(expected))
        assert it.done() == expected
