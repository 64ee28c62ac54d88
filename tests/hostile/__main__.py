"""``python -m tests.hostile [--messages N] [--seed N]``: the long attack.

Mutated messages and descriptions against a registered phone in a call, by the seed; every few
thousand the call must be heard and the memory is noted. Prints a line for each look and the
outcome; exits 1 when the phone dies, hangs, loses its call, or grows without end.
"""

from __future__ import annotations

import argparse
import itertools
import random
import secrets
import sys
import tempfile
import time
from pathlib import Path

from tests.hostile.attack import Attack, barrage
from tests.peers.process import PeerFailed

LOOK = 10_000
GROWTH = 1.10
"""How much more memory than half way through is still called flat."""


def attack(messages: int, seed: int, folder: Path) -> int:
    """The exit code."""
    dice = random.Random(seed)
    began = time.monotonic()
    memory: list[float] = []
    with Attack(folder) as phone:
        shots = barrage(phone, dice)
        while phone.sent < messages:
            phone.fire(itertools.islice(shots, min(LOOK, messages - phone.sent)))
            phone.still_talks()
            memory.append(phone.memory)
            rate = phone.sent / (time.monotonic() - began)
            say(f"{phone.sent} messages, {rate:.0f} a second, {memory[-1]:.1f} MB, the call lives")
    half = memory[len(memory) // 2]
    say(f"memory: {half:.1f} MB half way, {memory[-1]:.1f} MB at the end")
    return int(memory[-1] > GROWTH * half)


def say(words: str) -> None:
    """One line, at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main() -> int:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    options = parser.parse_args()
    say(f"seed {options.seed}")
    with tempfile.TemporaryDirectory() as folder:
        try:
            return attack(options.messages, options.seed, Path(folder))
        except PeerFailed as failure:
            say(f"seed {options.seed}: {failure}")
            return 1


if __name__ == "__main__":
    sys.exit(main())
