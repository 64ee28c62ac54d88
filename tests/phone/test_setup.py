"""A phone out of its box: who it is stands on the display, and nothing is asked of the agent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.core import step
from appliance.phone.explore import example_settings
from appliance.phone.preferences import Preferences
from appliance.phone.state import new_phone
from appliance.phone.view import view
from tests.phone.stories import Bench

MAC, SERIAL = "b827eb010203", "10000000e1a2b3c4"
UNIT = ev.FactsRead((), ("1.0",), MAC, SERIAL)
AT_DESK = replace(UNIT, network=("eth0: 192.0.2.20",), address="192.0.2.20")
WHO = "Setup / B8:27:EB:01:02:03 / 192.0.2.20 / Serial no. 10000000e1a2b3c4"


def out_of_the_box(**settings: Any) -> Bench:
    return Bench(registered=False, accounts=(), speed_dial=(), **settings)


@pytest.mark.parametrize("accounts", [0, 1])
def test_only_a_phone_without_an_account_looks_at_itself_when_it_starts(accounts: int) -> None:
    settings = example_settings()
    phone = new_phone(replace(settings, accounts=settings.accounts[:accounts]))
    phone, effects = step(phone, ev.PhoneStarted())
    assert (fx.ReadFacts() in effects) == (accounts == 0)
    _, effects = step(phone, ev.NetworkChanged(True))
    assert (fx.ReadFacts() in effects) == (accounts == 0)


def test_who_it_is_stands_on_the_display_and_its_address_when_it_gets_one() -> None:
    bench = out_of_the_box()
    assert bench.words == "Setup / No address / Menu"
    bench.feed(UNIT)
    assert "B8:27:EB:01:02:03 / No address / Serial no." in bench.words
    bench.feed(ev.NetworkChanged(True), AT_DESK)
    assert bench.words == f"{WHO} / Menu"
    assert view(bench.phone).layout == "setup"
    bench.feed(ev.NetworkChanged(False), UNIT)
    assert "No address" in bench.words


def test_it_does_not_change_with_the_clock() -> None:
    bench = out_of_the_box().feed(AT_DESK)
    before = view(bench.phone)
    assert view(bench.wait(600).phone) == before


@pytest.mark.parametrize(
    ("mac", "serial", "said"),
    [
        (MAC, SERIAL, "b827eb010203,10000000e1a2b3c4"),
        (MAC, "A" * 19, "b827eb010203," + "A" * 19),
        (MAC, "A" * 20, MAC),
        (MAC, "To be filled by O.", MAC),
        (MAC, "1,2", MAC),
        (MAC, "Ⅷ", MAC),
        (MAC, "", MAC),
        ("", SERIAL, ""),
    ],
)
def test_the_code_is_a_row_of_the_table_of_the_fleet(mac: str, serial: str, said: str) -> None:
    assert view(out_of_the_box().feed(ev.FactsRead(mac=mac, serial=serial)).phone).qr == said


def test_what_the_unit_cannot_tell_has_no_line() -> None:
    bench = out_of_the_box().feed(ev.FactsRead(address="192.0.2.20"))
    assert bench.words == "Setup / 192.0.2.20 / Menu"


def test_trouble_is_told_below() -> None:
    bench = out_of_the_box().feed(AT_DESK)
    bench.feed(ev.ProblemFound("provisioning", "PROVISION-01", "No settings there"))
    assert bench.words == f"{WHO} / No settings there / Menu"
    bench.feed(ev.ProblemFound("provisioning", "", ""))
    assert bench.words == f"{WHO} / Menu"


def test_wrong_settings_are_told_first_and_once_seen_the_unit_is() -> None:
    bench = out_of_the_box().feed(AT_DESK)
    bench.feed(ev.ProblemFound("settings", "CONFIG-01", "site-berlin.toml 2: unknown key"))
    assert "Wrong settings" in bench.words and "Clear" in bench.words
    assert f"{WHO} / site-berlin.toml 2: unknown key" in bench.press("soft2").words


def test_the_menu_opens_by_its_label_and_without() -> None:
    bench = out_of_the_box().feed(AT_DESK).press("soft1")
    assert bench.mode == "menu" and "Language" in bench.words
    assert out_of_the_box().hold("*").mode == "menu"


def test_keys_do_what_they_do_on_a_phone_that_cannot_call() -> None:
    bench = out_of_the_box().feed(AT_DESK).press("soft2", "soft3")
    assert bench.words == f"{WHO} / Menu"
    assert "No account" in bench.dial("112").words


def test_a_locked_one_is_unlocked_at_the_same_place() -> None:
    bench = out_of_the_box(pin="2580").feed(AT_DESK)
    bench.phone = replace(bench.phone, preferences=Preferences(locked=True))
    assert bench.words == f"{WHO} / Unlock"
    assert view(bench.press("soft1").phone).layout == "entry"


def test_a_unit_that_has_its_account_is_a_phone() -> None:
    assert "Setup" not in Bench().feed(AT_DESK).words
    assert view(Bench().phone).qr == ""


def test_what_was_dialled_in_vain_does_not_hide_who_the_unit_is() -> None:
    bench = out_of_the_box().feed(AT_DESK).dial("112")
    assert "No account" in bench.words
    assert bench.wait(10).words == f"{WHO} / Menu"
