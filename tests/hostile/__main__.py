"""``python -m tests.hostile [--messages N] [--seed N]``: the long attack.

Mutated messages and descriptions against a registered phone in a call, by the seed; every few
thousand the call must be heard and the memory is noted. Prints a line for each look and the
outcome; exits 1 when the phone dies, hangs, loses its call, or grows without end: what it has
allocated when left alone, ten times in the run, by more than `GROWTH` in the second half, along the
straight line that fits best. What is resident besides is room between that, of busier moments.
"""

from __future__ import annotations

import argparse
import itertools
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.hostile.attack import Attack
from tests.hostile.barrage import barrage
from tests.peers.process import PeerFailed

LOOK = 10_000
RESTS = 10
GROWTH = 10.0
"""Octets a message that are still called flat: what a call leaves is four thousand at least."""
SURE = 100_000
"""Messages before which growth says nothing: the first calls fill the library's pools."""


def attack(messages: int, seed: int, folder: Path) -> int:
    """The exit code."""
    dice = random.Random(seed)
    began = time.monotonic()
    rests: list[tuple[int, int]] = []
    with Attack(folder) as phone:
        shots = barrage(phone, dice)
        while phone.sent < messages:
            phone.fire(itertools.islice(shots, min(LOOK, messages - phone.sent)))
            phone.still_talks()
            rate = phone.sent / (time.monotonic() - began)
            say(f"{phone.sent} messages, {rate:.0f} a second, {phone.memory:.1f} MB, it talks")
            if phone.sent * RESTS >= messages * (len(rests) + 1):
                rests.append((phone.sent, phone.at_rest()))
                say(f"{rests[-1][1] / 1e6:.2f} MB of it are allocated when it is left alone")
        parsed = int(phone.ask_for("parsed"))
    say(f"{parsed} requests passed the parser; of those inside the call came to an answer:")
    say(", ".join(f"{answer.decode()}: {times}" for answer, times in sorted(phone.tally.items())))
    slope = growth(rests[len(rests) // 2 :])
    say(f"allocated: in the second half {slope:+.2f} octets a message")
    return int(messages >= SURE and slope > GROWTH)


def growth(rests: Sequence[tuple[int, int]]) -> float:
    """Octets a message, by messages sent and octets allocated."""
    if len(rests) < 2:
        return 0.0
    return statistics.linear_regression(*zip(*rests, strict=True)).slope


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
