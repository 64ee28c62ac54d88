"""A unit to which nobody brings settings: its account is typed, and a real server knows it."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from appliance.control import protocol
from appliance.errors import ControlError
from appliance.phone import multitap
from appliance.phone.multitap import NO_TAP, TAP_SECONDS
from tests.interop.phone import Phone, configuration
from tests.peers.asterisk import Asterisk
from tests.peers.process import wait_until

pytestmark = pytest.mark.peers

NOBODY = '[provisioning]\ndiscover = ["usb"]\n[phone]\nname = "Nobody\'s"\n'


def taps(letter: str) -> list[str]:
    """The key of a letter, as often as it takes."""
    if letter == ".":
        return ["*"]
    for key in "0123456789":
        tap = NO_TAP
        for _ in range(40):
            tap = tap.then(key, 0.0)
            if multitap.typed("x" * tap.times, tap)[-1] == letter:
                return [key] * tap.times
    raise AssertionError(f"no key has {letter!r}")


def types(phone: Phone, text: str) -> None:
    """Type it, waiting where the same key has another letter, and go on."""
    last = ""
    for letter in text:
        keys = taps(letter)
        if keys[0] == last:
            passed = phone.status().uptime_s + TAP_SECONDS + 0.2
            wait_until(lambda end=passed: phone.status().uptime_s >= end, 5.0, "a second")  # type: ignore[misc]
        phone.press(*keys)
        last = keys[0]
    phone.press("#")


def chooses(phone: Phone, entry: str) -> None:
    """Choose an entry of the menu by its digit."""
    phone.says("Menu")
    phone.press("*", hold=1.2)
    phone.says("Menu", entry)
    lines = phone.client.ask(protocol.GetScreen(), protocol.ScreenAnswer).lines
    phone.press(next(line for line in lines if entry in line)[0])


def sets_up(phone: Phone, server: str, user: str, password: str) -> None:
    chooses(phone, "Set up by hand")
    for page, text in (("Server", server), ("Extension", user), ("Password", password)):
        phone.says(page)
        types(phone, text)
    phone.says("Transport")
    phone.press("1")
    phone.says("Use this account", f"{user} UDP")
    with contextlib.suppress(ControlError):  # it may be born again before it answers
        phone.press("1")


def test_an_account_that_is_typed_rings_until_it_is_forgotten(
    pbx: Asterisk, tmp_path: Path
) -> None:
    account = pbx.accounts["1001"]
    with Phone(tmp_path / "unit", NOBODY) as phone:
        sets_up(phone, "-", "1001", "1")
        phone.says("Refused: server")
        sets_up(phone, pbx.address, "1001", account.password)
        phone.born_again()
        status = phone.registered()
        assert status.config.source == "by-hand"
        pbx.originate("1001", "Echo")
        phone.call("incoming")
        phone.lift()
        phone.call("talking")
        phone.replace()
        phone.no_call()
        assert account.password not in phone.journal
        kept = [*phone.state.glob("by-hand*")]
        assert [path.stat().st_mode & 0o777 for path in kept] == [0o600]
        with contextlib.suppress(ControlError):
            chooses(phone, "Forget account")
        phone.born_again()
        assert not phone.status().accounts
        left = [path for path in phone.state.rglob("*") if path.is_file()]
        assert left
        assert not [path for path in left if account.password in path.read_text(errors="replace")]


def test_what_it_brings_outranks_what_was_typed(pbx: Asterisk, tmp_path: Path) -> None:
    with Phone(tmp_path / "unit", NOBODY) as phone:
        sets_up(phone, pbx.address, "1001", "1")
        phone.born_again()
        assert phone.verdict("wrong-password").config.source == "by-hand"
        phone.config.write_text(configuration(pbx.accounts["1002"], pbx.address))
        phone.client.ask(protocol.Reload(), protocol.ReloadAnswer)
        phone.born_again()
        status = phone.registered()
        assert [one.user for one in status.accounts] == ["1002"]
        assert status.config.source == "given"
