"""A panel for tests: reads the command stream as the controllers' data sheets say, and shows it.

Only what luma and `hw.oled` may send is understood; anything else is an AssertionError, which the
display's thread hands to `Oled.failed`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from PIL import Image

ARGUMENTS = {
    0x20: 1, 0x21: 2, 0x22: 2, 0x81: 1, 0x8D: 1, 0xA8: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1,
    0xDB: 1,
}  # fmt: skip
"""Commands that are followed by arguments (SSD1306 data sheet, table 9-1)."""

PLAIN = {0xA1, 0xC8, 0xA4, 0xA6, 0xAE, 0xAF, 0xE3}


class FakePanel:
    """An SSD1306 (horizontal addressing) or SH1106 (page addressing) at the end of a wire.

    `unplug` lets every transfer fail, `plug` powers the panel up with an arbitrary memory.
    """

    def __init__(self, driver: str = "ssd1306", width: int = 128, height: int = 64) -> None:
        self.driver = driver
        self.width, self.height = width, height
        self.offset = 2 if driver == "sh1106" else 0
        self.present = True
        self.fail_after: int | None = None
        self.connections = 0
        self.bytes = 0
        self.lock = threading.Lock()
        self._power_up()

    def _power_up(self) -> None:
        self.memory = [bytearray(b"\xa5" * 132) for _ in range(8)]
        self.contrast = 0x7F
        self.on = False
        self.columns = (0, 127)
        self.pages = (0, 7)
        self.column = self.page = 0
        self.remapped = self.flipped = False

    def unplug(self, after: int = 0) -> None:
        """Answer `after` more transfers, then none."""
        with self.lock:
            self.fail_after = after

    def plug(self) -> None:
        with self.lock:
            self._power_up()
            self.fail_after = None

    def connect(self, _wiring: object) -> FakePanel:
        self.connections += 1
        return self

    def cleanup(self) -> None:
        """The bus has nothing to let go of."""

    def command(self, *commands: int) -> None:
        assert 0 < len(commands) <= 32, "an SMBus block carries at most 32 bytes"
        with self.lock:
            self._transfer(len(commands))
            pending = list(commands)
            while pending:
                command = pending.pop(0)
                count = ARGUMENTS.get(command, 0) if self._takes_arguments(command) else 0
                arguments = [pending.pop(0) for _ in range(count)]
                self._obey(command, arguments)

    def data(self, data: Sequence[int]) -> None:
        with self.lock:
            self._transfer(len(data))
            for byte in data:
                self.memory[self.page][self.column] = byte
                self._advance()

    def picture(self) -> Image.Image:
        """What somebody in front of the panel sees."""
        with self.lock:
            image = Image.new("1", (self.width, self.height))
            if self.on:
                assert self.remapped and self.flipped, "the panel stands on its head"
                pixels = image.load()
                assert pixels is not None
                for y in range(self.height):
                    for x in range(self.width):
                        byte = self.memory[y // 8][x + self.offset]
                        pixels[x, y] = 255 if byte >> y % 8 & 1 else 0
            return image

    def _transfer(self, count: int) -> None:
        if self.fail_after is not None:
            if self.fail_after == 0:
                raise OSError(121, "Remote I/O error")
            self.fail_after -= 1
        self.bytes += 2 + count

    def _takes_arguments(self, command: int) -> bool:
        return not (self.driver == "sh1106" and command in (0x20, 0x21, 0x22))

    def _obey(self, command: int, arguments: list[int]) -> None:
        match command:
            case 0x21:
                assert 0 <= arguments[0] <= arguments[1] < 128
                self.columns = (arguments[0], arguments[1])
                self.column = arguments[0]
            case 0x22:
                assert 0 <= arguments[0] <= arguments[1] < 8
                self.pages = (arguments[0], arguments[1])
                self.page = arguments[0]
            case 0x81:
                self.contrast = arguments[0]
            case 0xA1:
                self.remapped = True
            case 0xC8:
                self.flipped = True
            case 0xAE | 0xAF:
                self.on = command == 0xAF
            case _ if command <= 0x0F:
                self.column = self.column & 0xF0 | command
            case _ if 0x10 <= command <= 0x1F:
                self.column = (command & 0x0F) << 4 | self.column & 0x0F
            case _ if 0xB0 <= command <= 0xB7:
                self.page = command & 7
            case _:
                known = command in ARGUMENTS or command in PLAIN or 0x40 <= command <= 0x7F
                assert known, f"unknown command {command:#04x}"

    def _advance(self) -> None:
        self.column += 1
        if self.driver == "sh1106":
            self.column %= 132
        elif self.column > self.columns[1]:
            self.column = self.columns[0]
            self.page = self.page + 1 if self.page < self.pages[1] else self.pages[0]
