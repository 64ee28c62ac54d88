"""Mutated messages and descriptions against a phone in a call: the short form of the long attack.

The seed is another one in every run and is told when something breaks;
``python -m tests.hostile --seed N`` repeats it.
"""

from __future__ import annotations

import itertools
import random
import secrets
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.attack import Attack, barrage
from tests.hostile.mutation import MOST, mutated
from tests.peers.process import PeerFailed

MESSAGES, LOOKS = 5_000, 5


def test_five_thousand_mutations_end_no_call(tmp_path: Path) -> None:
    seed = secrets.randbelow(1_000_000)
    try:
        with Attack(tmp_path) as attack:
            shots = barrage(attack, random.Random(seed))
            for _ in range(LOOKS):
                attack.fire(itertools.islice(shots, MESSAGES // LOOKS))
                attack.still_talks()
    except PeerFailed as failure:
        failure.add_note(f"seed {seed}")
        raise


@given(st.integers(), st.binary(max_size=9000))
def test_a_seed_makes_one_mutation_of_a_message(seed: int, text: bytes) -> None:
    once, again = (mutated(random.Random(seed), text) for _ in range(2))
    assert once == again
    assert len(once) <= MOST
