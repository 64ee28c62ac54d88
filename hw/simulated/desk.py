"""The desk unit in a terminal: its display in dots, its keys on the keyboard, its hook and lamps.

Everything happens on the loop's thread: the keyboard is read when it has something to say, and the
terminal is written when something has changed. A terminal knows no releases, so a key stays down
for `TAP` seconds, with Alt for `LONG`; keys typed faster than that wait for their turn, for
the unit has one finger. On leaving, the terminal is as it was.
"""

from __future__ import annotations

import asyncio
import curses
import locale
import os
import signal
import sys
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any

from PIL import Image

from hw.board import Board
from hw.lamps import LampState
from hw.simulated.bindings import Gesture, Hint, gestures, legend
from hw.simulated.dots import braille, half_blocks

TAP, LONG = 0.06, 1.5
"""How long a key is held, in seconds."""

GAP = 0.04
"""Seconds between two keys, so that a keypad sees the first come up."""

HOOK = "hook"
"""Stands for the hook switch among the keys that wait for their turn."""

ESCAPE_DELAY = 25
"""Milliseconds that curses waits after Escape for the rest of a function key."""

SIDE = 13
"""Columns beside the display, for hook and lamps."""

MAX_EMPTY_READS = 8
"""So many wake-ups of the keyboard without a key mean that the terminal has gone."""

LIT: dict[LampState, str] = {"off": "○", "on": "●", "blinking": "●", "blinking slowly": "●"}


class TerminalError(OSError):
    """There is no terminal to draw in: why, and what to do."""


class TerminalDesk:
    """A desk unit of the given board in this process's terminal; a context manager.

    Callbacks are called on the loop's thread. `press`, `release`, `lift` and `replace` are for
    other hands than those at the keyboard; all of them show in the terminal.
    """

    def __init__(
        self,
        board: Board,
        on_press: Callable[[str], None],
        on_release: Callable[[str], None],
        on_lift: Callable[[], None],
        on_replace: Callable[[], None],
        on_quit: Callable[[], None],
        *,
        title: str = "Deskphone",
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._board = board
        self._on_press = on_press
        self._on_release = on_release
        self._on_lift = on_lift
        self._on_replace = on_replace
        self._on_quit = on_quit
        self._title = title
        self._loop = loop or asyncio.get_running_loop()
        self._hints = legend(board)
        self._image = Image.new("1", (board.display.width, board.display.height))
        self._lamps: dict[str, LampState] = {
            name: "off" for name, pin in board.lamps.items() if pin is not None
        }
        self._taps: deque[tuple[str, float]] = deque()
        self._finger: asyncio.TimerHandle | None = None
        self._down: set[str] = set()
        self._brightness = 100
        self._drawing: asyncio.Handle | None = None
        self._screen: Any = None
        self._empty_reads = 0
        self.lifted = False
        self.redraws = 0

    def __enter__(self) -> TerminalDesk:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def open(self) -> None:
        """Take the terminal over; TerminalError if there is none that can be drawn in."""
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise TerminalError(
                "the desk unit needs a terminal, and standard input or output is none:"
                " run it in a terminal, or headless"
            )
        _utf8()
        try:
            self._screen = curses.initscr()
        except curses.error as error:
            raise TerminalError(
                f"the terminal {os.environ.get('TERM', '')!r} cannot be drawn in ({error}):"
                " set TERM to what the terminal is, for instance xterm-256color"
            ) from None
        curses.set_escdelay(ESCAPE_DELAY)
        curses.noecho()
        curses.raw()
        self._screen.keypad(True)
        self._screen.nodelay(True)
        self._cursor(visible=False)
        self._glow, self._lamp_on = _colours()
        self._loop.add_reader(sys.stdin.fileno(), self._readable)
        self._loop.add_signal_handler(signal.SIGWINCH, self._resized)
        self._draw()

    def close(self) -> None:
        """Give the terminal back as it was; keys that are down are not released any more."""
        if self._screen is None:
            return
        if self._finger is not None:
            self._finger.cancel()
        self._taps.clear()
        if self._drawing is not None:
            self._drawing.cancel()
        self._loop.remove_reader(sys.stdin.fileno())
        self._loop.remove_signal_handler(signal.SIGWINCH)
        self._screen.keypad(False)
        self._cursor(visible=True)
        curses.noraw()
        curses.echo()
        curses.endwin()
        self._screen = None

    def show(self, image: Image.Image) -> None:
        """Show a picture; drawn at the loop's next turn, and only if it differs."""
        picture = image.convert("1", dither=Image.Dither.NONE)
        if picture.size != self._image.size or picture.tobytes() != self._image.tobytes():
            self._image = picture
            self._changed()

    def set_brightness(self, percent: int) -> None:
        """0 to 100; 0 is dark, and less than half is dim."""
        if percent != self._brightness:
            self._brightness = percent
            self._changed()

    def lamp(self, name: str, state: LampState) -> None:
        """Switch a lamp; one that the board lacks is ignored."""
        if name in self._lamps and self._lamps[name] != state:
            self._lamps[name] = state
            self._changed()

    def press(self, key: str) -> None:
        """Push a key down; nothing if it is down."""
        if key not in self._down:
            self._down.add(key)
            self._changed()
            self._on_press(key)

    def release(self, key: str) -> None:
        """Let a key come up; nothing if it is not down."""
        if key in self._down:
            self._down.discard(key)
            self._changed()
            self._on_release(key)

    def lift(self) -> None:
        """Take the handset off its cradle."""
        if not self.lifted:
            self.lifted = True
            self._changed()
            self._on_lift()

    def replace(self) -> None:
        """Put the handset back."""
        if self.lifted:
            self.lifted = False
            self._changed()
            self._on_replace()

    def _readable(self) -> None:
        codes = []
        while (code := self._screen.getch()) != -1:
            codes.append(code)
        self._empty_reads = 0 if codes else self._empty_reads + 1
        if self._empty_reads >= MAX_EMPTY_READS:
            self._loop.remove_reader(sys.stdin.fileno())
            self._on_quit()
        if curses.KEY_RESIZE in codes:
            self._resized()
        for gesture in gestures(codes, self._board):
            self._do(gesture)

    def _do(self, gesture: Gesture) -> None:
        match gesture.action:
            case "quit":
                self._on_quit()
            case "hook":
                self._after_the_others(HOOK, TAP)
            case "press" | "long press":
                held = LONG if gesture.action == "long press" else TAP
                self._after_the_others(gesture.key, held)

    def _after_the_others(self, what: str, seconds: float) -> None:
        self._taps.append((what, seconds))
        if self._finger is None:
            self._tap()

    def _tap(self) -> None:
        self._finger = None
        if not self._taps:
            return
        what, seconds = self._taps.popleft()
        if what == HOOK:
            (self.replace if self.lifted else self.lift)()
        else:
            self.press(what)
        self._finger = self._loop.call_later(seconds, self._lift_finger, what)

    def _lift_finger(self, what: str) -> None:
        if what != HOOK:
            self.release(what)
        self._finger = self._loop.call_later(GAP, self._tap)

    def _resized(self) -> None:
        if self._screen is not None:
            size = os.get_terminal_size(sys.stdout.fileno())
            curses.resizeterm(size.lines, size.columns)
            self._screen.clear()
            self._changed()

    def _changed(self) -> None:
        if self._screen is not None and self._drawing is None:
            self._drawing = self._loop.call_soon(self._draw)

    def _draw(self) -> None:
        self._drawing = None
        self.redraws += 1
        height, width = self._screen.getmaxyx()
        self._screen.erase()
        for dots, across, down in ((half_blocks, 1, 2), (braille, 2, 4)):
            columns, lines = -(-self._image.width // across), -(-self._image.height // down)
            hints = _flow(self._hints, width - 1)
            if width > columns + 2 + SIDE and height >= lines + 3 + len(hints):
                self._draw_display(dots(self._image), columns)
                self._draw_side(columns + 3)
                self._draw_hints(hints, lines + 2, columns)
                break
        else:
            self._draw_too_small(height, width)
        self._screen.refresh()

    def _draw_display(self, lines: list[str], columns: int) -> None:
        title = f" {self._title} "[: columns - 2]
        self._put(0, 0, "╭─" + title + "─" * (columns - 1 - len(title)) + "╮")
        glow = self._glow | (curses.A_DIM if self._brightness < 50 else curses.A_BOLD)
        lit = self._brightness > 0
        for row, line in enumerate(lines):
            self._put(row + 1, 0, "│")
            self._put(row + 1, 1, line if lit else " " * columns, glow)
            self._put(row + 1, columns + 1, "│")
        self._put(len(lines) + 1, 0, "╰" + "─" * columns + "╯")

    def _draw_side(self, column: int) -> None:
        self._put(1, column, "Handset")
        attribute = curses.A_BOLD | self._lamp_on if self.lifted else curses.A_NORMAL
        self._put(2, column, "▲ lifted" if self.lifted else "▼ on hook", attribute)
        if self._lamps:
            self._put(4, column, "Lamps")
        for row, (name, state) in enumerate(self._lamps.items(), start=5):
            attribute = curses.A_NORMAL if state == "off" else curses.A_BOLD | self._lamp_on
            if state.startswith("blinking"):
                attribute |= curses.A_BLINK
            self._put(row, column, LIT[state], attribute)
            self._put(row, column + 2, name)

    def _draw_hints(self, hints: list[list[tuple[int, Hint]]], row: int, columns: int) -> None:
        for index in range(3):
            key = f"soft{index + 1}"
            if any(key in names for names in self._board.keys):
                place = 1 + columns * (2 * index + 1) // 6 - 1
                attribute = curses.A_REVERSE if key in self._down else curses.A_DIM
                self._put(row - 1, place, f" F{index + 1} ", attribute)
        for line, entries in enumerate(hints):
            for column, hint in entries:
                down = self._down.intersection(hint.keys) or (
                    hint.keys == ("hook",) and self.lifted
                )
                self._put(
                    row + line, column, hint.label, curses.A_REVERSE if down else curses.A_BOLD
                )
                self._put(row + line, column + len(hint.label) + 1, hint.words)

    def _draw_too_small(self, height: int, width: int) -> None:
        columns, lines = -(-self._image.width // 2), -(-self._image.height // 4)
        needed = columns + 3 + SIDE
        rows = lines + 3 + len(_flow(self._hints, needed - 1))
        words = [
            f"This terminal is {width} × {height}.",
            f"The desk unit needs {needed} × {rows}:",
            "please make it larger.",
        ]
        for row, line in enumerate(words[:height]):
            self._put(row, 0, line[: width - 1])

    def _put(self, row: int, column: int, text: str, attribute: int = 0) -> None:
        """Write, and leave out what lies beyond the edge."""
        try:
            self._screen.addstr(row, column, text, attribute)
        except curses.error:
            return

    def _cursor(self, *, visible: bool) -> None:
        try:
            curses.curs_set(int(visible))
        except curses.error:
            return


def _flow(hints: list[Hint], width: int) -> list[list[tuple[int, Hint]]]:
    """The legend in lines of at most `width` columns: where each entry begins."""
    lines: list[list[tuple[int, Hint]]] = [[]]
    column = 1
    for hint in hints:
        if lines[-1] and column + len(str(hint)) > width:
            lines.append([])
            column = 1
        lines[-1].append((column, hint))
        column += len(str(hint)) + 3
    return lines


def _utf8() -> None:
    """Let curses write UTF-8, in whatever locale the terminal was left."""
    for name in ("", "C.UTF-8"):
        try:
            locale.setlocale(locale.LC_CTYPE, name)
        except locale.Error:
            continue
        if locale.nl_langinfo(locale.CODESET).upper().replace("-", "") == "UTF8":
            return


def _colours() -> tuple[int, int]:
    """Attributes of the display's glow and of a lamp; plain where colours are not wanted."""
    if os.environ.get("NO_COLOR"):
        return curses.A_NORMAL, curses.A_NORMAL
    try:
        curses.start_color()
        curses.use_default_colors()
        curses.init_pair(1, curses.COLOR_CYAN, -1)
        curses.init_pair(2, curses.COLOR_RED, -1)
    except curses.error:
        return curses.A_NORMAL, curses.A_NORMAL
    return curses.color_pair(1), curses.color_pair(2)
