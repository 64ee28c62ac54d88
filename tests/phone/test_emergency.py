"""Emergency calls: at once, over whatever account works, whatever else the phone is doing."""

from __future__ import annotations

import pytest

from appliance.config.kinds import TONE_COUNTRIES
from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.emergency import NUMBERS, PATIENCE_SECONDS, numbers_of
from appliance.phone.settings import AccountSettings
from tests.phone.stories import Bench

THREE = (AccountSettings("1"), AccountSettings("2"), AccountSettings("3"))


def _bench(*registered: int) -> Bench:
    bench = Bench(registered=False, accounts=THREE)
    for account in range(3):
        state = "registered" if account in registered else "failed"
        bench.feed(ev.RegistrationChanged(account, state, verdict="ok"))  # type: ignore[arg-type]
    bench.did()
    return bench


def _placed(bench: Bench) -> list[tuple[int, int, str]]:
    return [
        (effect.call, effect.account, effect.number)
        for effect in bench.did()
        if isinstance(effect, fx.PlaceCall)
    ]


def test_every_country_has_numbers_of_digits_and_the_configuration_adds_to_them() -> None:
    assert set(TONE_COUNTRIES) <= NUMBERS.keys()
    assert all(number.isdecimal() for numbers in NUMBERS.values() for number in numbers)
    assert numbers_of("de", ("112", "19222")) == ("112", "110", "19222")


def test_it_is_dialled_with_its_last_digit_though_longer_numbers_begin_with_it() -> None:
    bench = Bench(emergency=("15", "112")).feed(ev.HookLifted()).dial("15")
    assert _placed(bench) == [(1, 0, "15")]
    typed = Bench().dial("1120")
    assert typed.mode == "on-hook dialling"
    typed.feed(ev.HookLifted())
    assert _placed(typed) == [(1, 0, "1120")]


def test_typed_on_hook_it_goes_out_when_nobody_types_on() -> None:
    bench = Bench().dial("112")
    assert _placed(bench) == []
    bench.wait(5)
    assert _placed(bench) == [(1, 0, "112")]
    again = Bench().dial("1123").press("back").wait(5)
    assert _placed(again) == [(1, 0, "112")]


def test_the_accounts_are_tried_one_after_the_other_the_registered_ones_first() -> None:
    bench = _bench(1).feed(ev.HookLifted()).dial("112")
    assert _placed(bench) == [(1, 1, "112")]
    bench.feed(ev.CallEnded(1, 503))
    assert _placed(bench) == [(3, 0, "112")]
    assert bench.mode == "calling" and "No answer. Line: 1" in bench.words
    bench.feed(ev.CallEnded(3, 403))
    assert _placed(bench) == [(5, 2, "112")]
    bench.feed(ev.CallEnded(5, 503, "No server"))
    assert _placed(bench) == []
    assert (bench.mode, bench.tone) == ("ended", "congestion")


def test_a_server_that_says_nothing_is_left_for_the_next_account() -> None:
    bench = _bench(0, 1).feed(ev.HookLifted()).dial("112")
    bench.did()
    bench.wait(PATIENCE_SECONDS)
    assert fx.EndCall(1, 486) in bench.effects
    assert _placed(bench) == [(3, 1, "112")]
    bench.wait(PATIENCE_SECONDS)
    assert _placed(bench) == [(5, 2, "112")]
    bench.wait(60.0)
    assert bench.mode == "calling", "the last account may take its time"


@pytest.mark.parametrize("code", [100, 180, 183])
def test_a_server_that_has_the_call_may_take_its_time(code: int) -> None:
    bench = _bench(0, 1).feed(ev.HookLifted()).dial("112")
    bench.did()
    bench.feed(ev.CallProgress(1, code)).wait(60.0)
    assert _placed(bench) == []
    bench.feed(ev.CallEnded(1, 480))
    assert _placed(bench) == [(3, 1, "112")]


def test_a_call_that_was_answered_or_given_up_is_not_placed_again() -> None:
    bench = _bench(0, 1).feed(ev.HookLifted()).dial("112").feed(ev.CallAnswered(1))
    bench.did()
    bench.feed(ev.CallEnded(1))
    assert _placed(bench) == []
    bench = _bench(0, 1).feed(ev.HookLifted()).dial("112").feed(ev.HookReplaced())
    bench.did()
    bench.feed(ev.CallEnded(1, 487)).wait(60.0)
    assert _placed(bench) == [] and bench.mode == "idle"


def test_any_other_number_fails_where_it_fails() -> None:
    bench = _bench(0, 1).feed(ev.HookLifted()).dial("600").press("#")
    bench.did()
    bench.wait(PATIENCE_SECONDS).feed(ev.CallEnded(1, 503))
    assert _placed(bench) == [] and bench.mode == "ended"
