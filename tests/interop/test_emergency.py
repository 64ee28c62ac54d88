"""An emergency call of a whole phone at an Asterisk, with an account whose server has just died."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.phone import Phone, configuration
from tests.peers.asterisk import Asterisk
from tests.peers.namespace import Namespace

pytestmark = pytest.mark.peers


def test_a_server_that_has_died_is_left_for_the_next_account(pbx: Asterisk, tmp_path: Path) -> None:
    with Namespace() as network, Asterisk(network) as other:
        config = configuration(other.accounts["1001"], other.address) + configuration(
            pbx.accounts["1002"], pbx.address, more='[dial]\nemergency = ["601"]\n'
        )
        with Phone(tmp_path, config) as phone:
            phone.registered()
            network.disconnect()
            phone.lift()
            phone.press("6", "0", "1")
            assert phone.call("calling", "601").account == "1001"
            phone.says("No answer. Line: 1002")
            assert phone.call("talking", "601", timeout_s=20.0).account == "1002"
            phone.hears(1000)
            phone.hang_up()
            phone.no_call()
