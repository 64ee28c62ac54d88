"""Emergency calls of a whole phone: whatever its accounts, its lock and its lines are doing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.interop.phone import Phone, configuration
from tests.peers.asterisk import Asterisk
from tests.peers.asterisk_files import Account
from tests.peers.namespace import Namespace
from tests.peers.sipp import Sipp

pytestmark = pytest.mark.peers

LOCK = '[security]\npin = "2580"\n'


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


@pytest.mark.parametrize(
    ("country", "numbers"), [("", ("911", "112")), ('country = "de"\n', ("112", "110"))]
)
def test_nobody_has_to_configure_the_numbers_of_the_country(
    pbx: Asterisk, tmp_path: Path, country: str, numbers: tuple[str, ...]
) -> None:
    """On-hook, and with nothing behind their last digit."""
    config = configuration(pbx.accounts["1001"], pbx.address, more=f"[phone]\n{country}")
    with Phone(tmp_path, config) as phone:
        phone.registered()
        for number in numbers:
            phone.press(*number)
            phone.call("talking", number)
            phone.hears(1000)
            phone.hang_up()
            phone.no_call()


@pytest.mark.parametrize("page", [False, True])
def test_a_locked_phone_calls_over_the_account_that_works(
    pbx: Asterisk, tmp_path: Path, page: bool
) -> None:
    """From rest, or while the PIN is asked for."""
    account = pbx.accounts["1001"]
    dead = configuration(replace(account, user="1009"), f"{pbx.address}:5999")
    with Phone(tmp_path, dead + configuration(account, pbx.address, more=LOCK)) as phone:
        phone.until(
            lambda s: [a.registration.state for a in s.accounts] == ["failed", "registered"],
            "one account of two",
        )
        phone.press("#", hold=1.2)
        phone.says("Locked")
        if page:
            phone.press("soft2")
            phone.says("PIN")
        phone.press(*"112")
        assert phone.call("talking", "112").account == "1001"
        phone.hears(1000)
        phone.hang_up()
        phone.no_call()
        phone.says("Emergency calls only")


@pytest.mark.usefixtures("needs_sipp")
def test_a_locked_phone_that_may_not_even_register_is_let_through(tmp_path: Path) -> None:
    account = Account("1001", "a-password-of-the-tests")
    with Sipp("uas_answer", account=account) as server:
        wrong = replace(account, password="not-the-password")
        with Phone(tmp_path, configuration(wrong, server.server, more=LOCK)) as phone:
            phone.verdict("wrong-password")
            phone.press("#", hold=1.2)
            phone.says("Locked")
            phone.lift()
            phone.press(*"112")
            phone.call("talking", "112")
            phone.replace()
            phone.no_call()


def test_with_two_calls_a_keypad_is_one_choice_away_from_it(pbx: Asterisk, tmp_path: Path) -> None:
    with Phone(tmp_path, configuration(pbx.accounts["1001"], pbx.address)) as phone:
        phone.registered()
        phone.lift()
        phone.type("600")
        phone.call("talking", "600")
        phone.press("line2")
        phone.type("611")
        phone.call("held", "600")
        phone.call("talking", "611")
        phone.press("*", hold=1.2)
        phone.says("Emergency call")
        place = re.search(r"(\d)\W?Emergency call", phone.screen())
        assert place is not None
        phone.press(place[1], *"112")
        phone.call("talking", "112")
        phone.until(lambda s: len(s.calls) == 2, "one of the calls to give way")
        phone.hears(1000)
