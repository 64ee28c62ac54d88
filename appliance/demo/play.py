"""The demonstration, played for real: ``python -m appliance.demo.play --out DIR``.

A headless simulated phone registers with the embedded PBX and plays `demonstration.phone`; every
screen that it shows is left in DIR as a PNG, what it hears as ``heard.wav``. The exit code is 0
only if every expectation held.
"""

from __future__ import annotations

import argparse
import math
import re
import shutil
import struct
import sys
import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path

from appliance.control.runner import play
from appliance.control.scenario import parse
from appliance.errors import PhoneError
from appliance.face import Face
from appliance.phone.events import Event
from appliance.phone.screen import Screen
from appliance.wiring.plans import Simulation, simulate

SCENARIO = Path(__file__).with_name("demonstration.phone")
VOICE_HZ = 700
VOICE_RATE = 16_000
VOICE_SECONDS = 2
_HALF_SCALE = 16_000


class Album:
    """Keeps every different screen that a phone shows, numbered in their order."""

    def __init__(self, face: Face, folder: Path) -> None:
        self._face = face
        self._folder = folder
        self._last: Screen | None = None
        self._count = 0

    def __call__(self, _: Event) -> None:
        """Look at the display after an event."""
        screen = self._face.screen
        if screen == self._last:
            return
        self._last = screen
        self._count += 1
        words = re.sub(r"[^a-z]+", "-", screen.title.lower()).strip("-") or "screen"
        self._face.draw(screen).save(self._folder / f"{self._count:02}-{words}.png")


def write_voice(path: Path) -> None:
    """A voice that can be recognised when it comes back: a steady tone, 16-bit mono."""
    samples = (
        int(_HALF_SCALE * math.sin(2 * math.pi * VOICE_HZ * index / VOICE_RATE))
        for index in range(VOICE_RATE * VOICE_SECONDS)
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(VOICE_RATE)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


def demonstrate(folder: Path) -> int:
    """Play the demonstration and leave its screens and sound in `folder`; 0 if all of it held."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    steps = parse(SCENARIO.read_text(encoding="utf-8"), SCENARIO.name)

    async def performance(face: Face) -> int:
        face.subscribe(Album(face, folder))
        return await play(face, steps, _say)

    with tempfile.TemporaryDirectory(prefix="deskphone-") as state:
        voice = Path(state, "voice.wav")
        write_voice(voice)
        code = simulate(
            Simulation(
                state=Path(state),
                headless=True,
                microphone=voice,
                earpiece=folder / "heard.wav",
            ),
            sys.stdout,
            sys.stderr,
            performance,
        )
    pictures = len(list(folder.glob("*.png")))
    _say(f"{pictures} screens and the heard audio (heard.wav) are in {folder}")
    return code


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """The command; 0 if the demonstration held."""
    parser = argparse.ArgumentParser(prog="python -m appliance.demo.play", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="made anew")
    try:
        return demonstrate(parser.parse_args(arguments).out)
    except PhoneError as error:
        sys.stderr.write(f"deskphone: {error}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
