"""The call log of whole phones: what was missed and what was dialled is there after a kill -9."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.control import protocol
from appliance.control.status import PastCall
from tests.interop.phone import Phone, configuration
from tests.peers.asterisk import Account, Asterisk
from tests.peers.sipp import Sipp

pytestmark = pytest.mark.peers


def history(phone: Phone) -> list[PastCall]:
    """What ``ctl calls --history`` has to print."""
    return list(phone.client.ask(protocol.GetHistory(), protocol.HistoryAnswer).calls)


def kill(phone: Phone) -> None:
    """As a power cut would."""
    phone.process.kill()
    phone.process.wait()
    raise ProcessLookupError


def test_a_killed_phone_redials_and_tells_of_the_call_that_was_cut(
    pbx: Asterisk, tmp_path: Path
) -> None:
    config = configuration(pbx.accounts["1001"], pbx.address)
    killed = Phone(tmp_path, config)
    with pytest.raises(ProcessLookupError), killed:
        killed.registered()
        killed.dial("602")
        killed.call("ended", "602")
        killed.hang_up()
        killed.no_call()
        killed.dial("601")
        killed.call("talking", "601")
        assert [call.number for call in history(killed)] == ["602"]
        kill(killed)
    with Phone(tmp_path, config) as phone:
        phone.registered()
        cut, busy = history(phone)
        assert (cut.kind, cut.number, cut.account, cut.end) == ("placed", "601", "1001", "cut")
        assert (busy.kind, busy.number, busy.end, busy.code) == ("placed", "602", "failed", 486)
        assert busy.reason == "Busy Here" and busy.since <= cut.since
        phone.press("redial")
        phone.call("talking", "601")
        phone.hang_up()
        phone.no_call()
        assert [call.end for call in history(phone)] == ["here", "cut", "failed"]


@pytest.mark.usefixtures("needs_sipp")
def test_a_missed_call_is_still_missed_after_a_restart_until_it_is_seen(tmp_path: Path) -> None:
    account = Account("1001", "a-password-of-the-tests")
    with Sipp("uas_nobody", account=account) as registrar:
        config = configuration(account, registrar.server)
        killed = Phone(tmp_path, config)
        with pytest.raises(ProcessLookupError), killed:
            killed.registered()
            with Sipp("uac_cancel", target=registrar.wait_for_contact()) as caller:
                caller.wait_for("ringing")
                killed.call("incoming", "2001")
                caller.cue()
                caller.wait()
            killed.no_call()
            assert [call.kind for call in history(killed)] == ["missed"]
            kill(killed)
        for missed in (1, 0):
            with Phone(tmp_path, config) as phone:
                phone.registered()
                assert phone.status().missed == missed
                assert phone.status().lamps["message"] == ("on" if missed else "off")
                phone.press("*", hold=1.2)
                phone.press("2", "2")
                phone.says("Missed calls", "Alice Example")
                phone.press("back", "back", "back")
