"""Calls for a whole phone at an Asterisk that are wanted elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.phone import Phone, configuration
from tests.peers.asterisk import Asterisk

pytestmark = pytest.mark.peers


def test_a_forwarded_call_arrives_elsewhere_after_a_restart_too(
    pbx: Asterisk, tmp_path: Path
) -> None:
    config = configuration(pbx.accounts["1001"], pbx.address)
    caller = configuration(pbx.accounts["1002"], pbx.address)
    with Phone(tmp_path / "caller", caller) as other:
        other.registered()
        with Phone(tmp_path / "forwarder", config) as phone:
            phone.registered()
            phone.press("ok")
            phone.says("Forward calls")
            place = next(p for p in "123456789" if f"{p} Forward calls" in phone.screen())
            phone.press(place, "1", "6", "0", "1", "ok", "back", "back")
            phone.says("Calls to 601")
            other.dial("1001")
            other.call("talking")
            other.hears(1000)
            other.hang_up()
            other.no_call()
            assert not phone.status().calls
        with Phone(tmp_path / "forwarder", config) as phone:
            phone.registered()
            phone.says("Calls to 601")
            other.dial("1001")
            other.hears(1000)
            other.hang_up()


def test_the_pbx_is_dialled_its_code(pbx: Asterisk, tmp_path: Path) -> None:
    more = '[forward]\ncodes = { dnd = "608" }\n'
    with Phone(tmp_path, configuration(pbx.accounts["1003"], pbx.address, more=more)) as phone:
        phone.registered()
        phone.press("dnd")
        phone.call("talking", "608")
        phone.no_call()
        assert phone.status().dnd
