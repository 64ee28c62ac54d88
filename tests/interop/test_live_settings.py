"""Another configuration for a whole phone that lives: calls go on, and accounts register alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.control import protocol
from tests.interop.phone import VOICE_HZ, Phone, configuration
from tests.peers.asterisk import Asterisk

pytestmark = pytest.mark.peers


def reload(phone: Phone, config: str) -> str:
    """Give it another file, and have it read; what it says."""
    phone.config.write_text(config, encoding="utf-8")
    return phone.client.ask(protocol.Reload(), protocol.ReloadAnswer).text


def test_a_call_goes_on_through_another_name_and_speed_dial(pbx: Asterisk, tmp_path: Path) -> None:
    right = configuration(pbx.accounts["1001"], pbx.address)
    with Phone(tmp_path, right) as phone:
        version = phone.registered().config.version
        phone.dial("600")
        phone.call("talking", "600")
        said = reload(phone, right + '[phone]\nname = "Desk 7"\n[dial.speed_dial]\n2 = "601"\n')
        assert said == "used from now on: phone.name, dial.speed_dial"
        status = phone.until(lambda s: s.name == "Desk 7", "the new name")
        assert status.config.version != version
        assert [call.state for call in status.calls] == ["talking"]
        phone.hears(VOICE_HZ)
        phone.hang_up()
        phone.no_call()
        phone.press("2", hold=1.2)
        phone.call("talking", "601")


def test_another_password_registers_alone_and_in_a_call(pbx: Asterisk, tmp_path: Path) -> None:
    account = pbx.accounts["1001"]
    wrong = configuration(replace(account, password="not-the-one"), pbx.address)
    with Phone(tmp_path, configuration(account, pbx.address)) as phone:
        phone.registered()
        phone.dial("600")
        phone.call("talking", "600")
        assert reload(phone, wrong) == "used from now on: account[0].password"
        phone.verdict("wrong-password")
        assert [call.state for call in phone.status().calls] == ["talking"]
        reload(phone, configuration(account, pbx.address))
        phone.registered()
        phone.hears(VOICE_HZ)


def test_what_takes_a_new_start_waits_for_the_end_of_the_call(
    pbx: Asterisk, tmp_path: Path
) -> None:
    right = configuration(pbx.accounts["1001"], pbx.address)
    with Phone(tmp_path, right) as phone:
        phone.registered()
        said = reload(phone, right + '[audio]\ncodecs = ["pcmu"]\n')
        assert said.endswith("starts anew with it: audio.codecs")
        phone.born_again()
        phone.registered()
