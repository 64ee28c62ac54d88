"""Messages that once ended the phone, each alone; where they are mended stands in README.md."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile.attack import Attack

NO_ADDRESS = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n"
"""A stream that is switched off and needs no c= line (RFC 4566 section 5.7), and no other."""


@pytest.fixture(scope="module")
def attack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attack]:
    with Attack(tmp_path_factory.mktemp("mended")) as attack:
        attack.still_talks()
        yield attack


@pytest.mark.parametrize(
    "body", [NO_ADDRESS, NO_ADDRESS + b"a=inactive\r\n", NO_ADDRESS.replace(b"audio 0", b"audio 9")]
)
def test_a_description_without_an_address(attack: Attack, body: bytes) -> None:
    attack.fire([attack.inside(b"INVITE", b"", body)])
    attack.still_talks()
