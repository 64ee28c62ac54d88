"""Try the desk unit in this terminal: ``python -m hw.simulated`` shows the keys that are pressed.

No phone is behind it; its lamps follow the keys `mute`, `hold` and `dnd`.
"""

from __future__ import annotations

import asyncio
import sys

from PIL import Image, ImageDraw

from hw.board import DEFAULT_BOARD
from hw.simulated.desk import TerminalDesk, TerminalError


def picture(words: list[str]) -> Image.Image:
    """The display with lines of text and a frame."""
    image = Image.new("1", (DEFAULT_BOARD.display.width, DEFAULT_BOARD.display.height))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, image.width - 1, image.height - 1), outline=255)
    for row, line in enumerate(words):
        pen.text((4, 2 + 12 * row), line, fill=255)
    return image


async def run() -> None:
    """Be a desk unit until it is left."""
    left = asyncio.Event()
    said = ["Press keys."]

    def say(words: str) -> None:
        said.append(words)
        desk.show(picture(said[-5:]))

    def press(key: str) -> None:
        say(f"{key} down")
        lamp = {"mute": "mute", "hold": "call", "dnd": "message"}.get(key)
        if lamp is not None:
            lit[lamp] = not lit.get(lamp, False)
            desk.lamp(lamp, ("blinking" if lamp == "call" else "on") if lit[lamp] else "off")

    lit: dict[str, bool] = {}
    desk = TerminalDesk(
        DEFAULT_BOARD,
        press,
        lambda key: say(f"{key} up"),
        lambda: say("lifted"),
        lambda: say("replaced"),
        left.set,
    )
    with desk:
        desk.show(picture(said))
        await left.wait()


def main() -> int:
    """Run it; 1 where there is no terminal."""
    try:
        asyncio.run(run())
    except TerminalError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
