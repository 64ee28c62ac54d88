"""Several accounts: which one is dialled over, which one rings, and how the agent can tell."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.settings import AccountSettings, Settings
from appliance.phone.view import view
from tests.phone.stories import Bench

ACCOUNTS = (
    AccountSettings("1001", "Agent", "pbx.example.com"),
    AccountSettings("2001", "", "pbx.example.net", label="Sales", ring="bellcore-dr2"),
    AccountSettings("3001", "", "pbx.example.org", ring="silent"),
)


def bench(count: int = 2, **changes: Any) -> Bench:
    """A phone with so many accounts, all registered, that has just been switched on."""
    made = Bench(accounts=ACCOUNTS[:count], **changes)
    for account in range(1, count):
        made.feed(ev.RegistrationChanged(account, "registered", 200, "ok"))
    made.did()
    return made


def placed(made: Bench) -> fx.PlaceCall:
    """The one call that was placed since last asked."""
    (call,) = [effect for effect in made.did() if isinstance(effect, fx.PlaceCall)]
    return call


@pytest.mark.parametrize(
    ("keys", "account", "label"),
    [
        (["headset"], 0, "1001"),
        (["line1"], 0, "1001"),
        (["line1", "line1"], 2, "3001"),
        (["line1", "line1", "line1"], 0, "1001"),
        (["line2"], 1, "Sales"),
        (["line2", "line2"], 1, "Sales"),
        (["line2", "line1"], 0, "1001"),
        (["headset", "down"], 1, "Sales"),
        (["headset", "up"], 2, "3001"),
        (["headset", "soft2", "soft2"], 2, "3001"),
        (["headset", "6", "line2"], 1, "Sales"),
    ],
)
def test_how_an_account_is_chosen(keys: list[str], account: int, label: str) -> None:
    made = bench(3).press(*keys)
    assert f"Line: {label}" in made.words
    digits = "600" if "6" not in keys else "00"
    made.dial(digits).press("#")
    call = placed(made)
    assert (call.account, call.number) == (account, "600")
    assert f"Line: {label}" in made.words


def test_off_hook_a_line_key_chooses_and_gives_dial_tone_anew() -> None:
    made = bench().feed(ev.HookLifted()).wait(30)
    assert made.tone == "off-hook-warning"
    made.press("line2")
    assert made.tone == "dial" and "Line: Sales" in made.words
    made.dial("600").press("back", "back", "back").dial("7").press("#")
    assert placed(made) == fx.PlaceCall(1, 1, "7")


def test_on_hook_a_line_key_keeps_the_digits() -> None:
    made = bench().dial("600").press("line2")
    assert made.mode == "on-hook dialling" and "Line: Sales" in made.words
    made.feed(ev.HookLifted())
    assert placed(made) == fx.PlaceCall(1, 1, "600")


def test_the_choice_ends_with_its_call() -> None:
    made = bench().press("line2", "headset", "headset")
    assert "Line: 1001" in made.words


def test_each_account_has_its_line_key_while_that_is_free() -> None:
    made = bench(3)
    made.feed(ev.CallIncoming(2, 1, "100"))
    assert made.phone.calls[0].line == 2
    made.press("line2").feed(ev.CallAnswered(2), ev.CallIncoming(4, 1, "101"))
    assert [call.line for call in made.phone.calls] == [2, 1]
    made.press("line1")
    assert fx.AnswerCall(4) in made.did()


def test_one_account_and_two_line_keys_are_two_calls_of_it() -> None:
    made = Bench().press("line2")
    assert "Line" not in made.words
    made.dial("600").press("#")
    assert placed(made).account == 0
    assert made.phone.calls[0].line == 2


def test_redial_uses_the_same_account_unless_another_is_chosen() -> None:
    made = bench().press("line2").dial("600").press("#")
    made.feed(ev.CallEnded(1)).press("back").did()
    assert placed(made.press("redial")) == fx.PlaceCall(3, 1, "600")
    made.feed(ev.CallEnded(3)).press("back", "line1").did()
    assert placed(made.press("redial")) == fx.PlaceCall(5, 0, "600")


@pytest.mark.parametrize(("down", "over"), [((), 1), ((1,), 0), ((0, 1), 2), ((0, 1, 2), 1)])
def test_an_emergency_goes_over_the_chosen_account_or_one_that_works(
    down: tuple[int, ...], over: int
) -> None:
    made = bench(3).press("line2")
    for account in down:
        made.feed(ev.RegistrationChanged(account, "failed", verdict="silent"))
    made.did()
    assert placed(made.dial("112")).account == over


def test_each_account_has_its_ring() -> None:
    made = bench(3)
    rings = []
    for account in range(3):
        made.feed(ev.CallIncoming(2 + 2 * account, account, "100"))
        rings += [effect for effect in made.did() if isinstance(effect, fx.SetRinger)]
        made.feed(ev.CallEnded(2 + 2 * account)).did()
    assert rings == [
        fx.SetRinger(True, "ring"),
        fx.SetRinger(True, "bellcore-dr2"),
        fx.SetRinger(True, "silent"),
    ]


def test_the_ring_changes_with_the_call_that_rings_first() -> None:
    made = bench().feed(ev.CallIncoming(2, 1, "100"), ev.CallIncoming(4, 0, "101"))
    assert "Line: Sales" in made.words
    made.did()
    made.feed(ev.CallEnded(2))
    assert fx.SetRinger(True, "ring") in made.did() and "Line: 1001" in made.words


def test_some_registered_is_not_all_registered() -> None:
    made = Bench(accounts=ACCOUNTS[:2], registered=False)
    assert "Registering" in made.words and view(made.phone).icons[0] == "registering"
    made.feed(ev.RegistrationChanged(1, "registered", 200, "ok"))
    assert view(made.phone).icons[0] == "partly-registered"
    assert view(made.phone).layout == "idle"
    wrong = ev.RegistrationChanged(0, "failed", 401, "wrong-password", "Password not accepted")
    made.feed(wrong)
    assert "1001: Password not accepted" in made.words
    assert view(made.phone).icons[0] == "partly-registered"
    made.feed(ev.RegistrationChanged(1, "failed", 0, "silent", "Server does not answer"))
    assert made.words.startswith("Not registered / 1001: Password not accepted")
    assert view(made.phone).icons[0] == "unregistered"
    made.feed(ev.RegistrationChanged(0, "registered", 200, "ok"))
    assert "Sales: Server does not answer" in made.words
    made.feed(ev.RegistrationChanged(1, "registered", 200, "ok"))
    assert view(made.phone).icons[0] == "registered"


def test_six_accounts_are_all_within_reach_of_two_keys() -> None:
    settings = Settings(accounts=tuple(AccountSettings(str(n)) for n in range(6)))
    reached = [account for line in (1, 2) for account in settings.accounts_of(line)]
    assert sorted(reached) == list(range(6))
    assert all(account in settings.accounts_of(settings.line_of(account)) for account in range(6))
