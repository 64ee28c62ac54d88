"""The call log of whole phones: what was missed and what was dialled is there after a kill -9."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.control import protocol
from appliance.control.status import PastCall
from tests.interop.phone import Phone, configuration, deskphone
from tests.peers.asterisk import Account, Asterisk
from tests.peers.process import wait_until
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


def test_placed_received_and_missed_calls_are_told_with_all_that_is_known(
    pbx: Asterisk, tmp_path: Path
) -> None:
    """By ``ctl calls --history`` and in the menu, which names the account where there are two."""
    accounts = (pbx.accounts[user] for user in ("1003", "1004"))
    config = "".join(configuration(account, pbx.address) for account in accounts)
    with Phone(tmp_path, config) as phone:
        phone.registered()
        phone.dial("601")
        talks_for_a_second(phone)
        phone.hang_up()
        phone.no_call()
        asks_to_be_called(phone, "624")
        phone.call("incoming", "2001", name="Ann Example")
        phone.lift()
        talks_for_a_second(phone)
        pbx.command("channel request hangup all")
        phone.says("Call ended")
        phone.replace()
        asks_to_be_called(phone, "626")
        phone.call("incoming", "600")
        phone.no_call()
        phone.says("Missed The Echo")
        told = [
            (call.kind, call.number, call.name, call.account, call.length_s > 0, call.end)
            for call in history(phone)
            if call.number not in ("624", "626")
        ]
        assert told == [
            ("missed", "600", "The Echo", "1003", False, "there"),
            ("received", "2001", "Ann Example", "1003", True, "there"),
            ("placed", "601", "", "1003", True, "here"),
        ]
        began = [call.since for call in history(phone)]
        assert began == sorted(began, reverse=True) and all(began)
        said = deskphone("ctl", "--state", phone.state, "calls", "--history").stdout
        for pattern in (
            r"^20\S+Z missed 600 \(The Echo\): account 1003$",
            r"^20\S+Z received 2001 \(Ann Example\): account 1003, talked \d s, ended by",
            r"^20\S+Z placed 601: account 1003, talked \d s, ended here$",
        ):
            assert re.search(pattern, said, re.MULTILINE), said
        phone.press("*", hold=1.2)
        phone.press("2", "2", "1")
        phone.says("The Echo", "Call back", "600", "Missed", "Line: 1003")
        phone.press("*", "*", "3", "1")
        phone.says("Ann Example", "2001", "Talked 0:0", "Ended by them", "Line: 1003")
        phone.press("*", "*", "4", "3")
        phone.says("601", "Call again", "Talked 0:0", "Ended here", "Line: 1003")
        shown = re.search(r"\d\d:\d\d", phone.screen())
        assert shown is not None
        phone.press("*", "*", "*")


def talks_for_a_second(phone: Phone) -> None:
    """Wait until the display says so, or more."""
    wait_until(
        lambda: re.search("Talking 0:0[1-9]", phone.screen()) is not None, 10.0, "a second of talk"
    )


def asks_to_be_called(phone: Phone, number: str) -> None:
    """Dial a number that answers, hangs up, and has somebody call."""
    phone.dial(number)
    phone.call("ended", number)
    phone.hang_up()
    phone.no_call()


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
