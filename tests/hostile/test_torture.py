"""Every message of RFC 4475 and RFC 5118, from the server itself, into a call that must live."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile.attack import Attack
from tests.hostile.torture import (
    APPLICATION_4475,
    INVALID_4475,
    RFC_5118,
    TORTURE,
    VALID_4475,
)


@pytest.fixture(scope="module")
def attack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attack]:
    with Attack(tmp_path_factory.mktemp("torture")) as attack:
        attack.still_talks()
        yield attack
        attack.still_talks()


def test_the_collection_is_whole() -> None:
    assert len(VALID_4475) + len(INVALID_4475) + len(APPLICATION_4475) == 49
    assert len(TORTURE) == 49 + len(RFC_5118) == 60


@pytest.mark.parametrize("name", TORTURE)
def test_the_phone_and_its_call_survive(attack: Attack, name: str) -> None:
    attack.fire([TORTURE[name]])


def test_the_phone_and_its_call_survive_them_once_more_all_at_once(attack: Attack) -> None:
    attack.fire(TORTURE.values())
    attack.still_talks()
