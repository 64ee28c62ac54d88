"""Digits of a whole phone, as an Asterisk understands them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.phone import Phone, configuration
from tests.peers.asterisk import Asterisk

pytestmark = pytest.mark.peers


def test_digits_behind_a_pause_follow_the_answer(pbx: Asterisk, tmp_path: Path) -> None:
    more = '[dial]\nspeed_dial = { 1 = "606,4071#" }\n'
    since = pbx.manager.mark()
    with Phone(tmp_path, configuration(pbx.accounts["1003"], pbx.address, more=more)) as phone:
        phone.registered()
        phone.press("1", hold=1.2)
        phone.call("talking", "606")
        assert pbx.wait_for_digits("1003", 15.0, since) == "4071"
        phone.no_call()
