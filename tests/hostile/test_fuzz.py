"""Mutated messages and descriptions against a phone in a call: the short form of the long attack.

The seed is always the same, so that a red run is this change's doing; new ones are for
``python -m tests.hostile``.
"""

from __future__ import annotations

import itertools
import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.attack import Attack
from tests.hostile.barrage import barrage
from tests.hostile.mutation import MOST, mutated

SEED, MESSAGES, LOOKS = 4475, 5_000, 5


def test_five_thousand_mutations_end_no_call(tmp_path: Path) -> None:
    with Attack(tmp_path) as attack:
        shots = barrage(attack, random.Random(SEED))
        for _ in range(LOOKS):
            attack.fire(itertools.islice(shots, MESSAGES // LOOKS))
            attack.still_talks()


@given(st.integers(), st.binary(max_size=9000))
def test_a_seed_makes_one_mutation_of_a_message(seed: int, text: bytes) -> None:
    once, again = (mutated(random.Random(seed), text) for _ in range(2))
    assert once == again
    assert len(once) <= MOST
