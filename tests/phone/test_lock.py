"""The lock: what it keeps from whom, what it lets through, and what wrong PINs cost."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.effects import KeepPreferences
from appliance.phone.lock import FIRST_WAIT_SECONDS, FREE_TRIES, LONGEST_WAIT_SECONDS
from appliance.phone.preferences import Preferences
from appliance.phone.state import new_phone
from tests.phone.stories import Bench


def _locked(**settings: Any) -> Bench:
    bench = Bench(**{"pin": "2580", **settings})
    bench.hold("#")
    assert bench.phone.locked
    bench.wait(4.0).did()
    return bench


def _unlock(bench: Bench, pin: str) -> Bench:
    return bench.press("ok").dial(pin).press("#")


def _places(bench: Bench) -> list[str]:
    return [effect.number for effect in bench.did() if isinstance(effect, fx.PlaceCall)]


def test_the_menu_a_long_press_and_time_lock_it_and_it_is_kept() -> None:
    bench = Bench(pin="2580").press("ok")
    while "Lock the phone" not in bench.words:
        bench.press("0")
    place = next(p for p in "123456789" if f"{p} Lock the phone" in bench.words)
    bench.press(place)
    assert bench.phone.locked
    assert any(isinstance(e, KeepPreferences) and e.preferences.locked for e in bench.did())
    assert not Bench(pin="2580", lock_after=30.0).wait(29.0).phone.locked
    bench = Bench(pin="2580", lock_after=30.0).wait(31.0)
    assert bench.phone.locked and "Emergency calls only" in bench.wait(4.0).words


def test_a_phone_without_a_pin_cannot_be_locked_and_one_that_lost_it_is_open() -> None:
    bench = Bench().hold("#")
    assert not bench.phone.locked
    assert "Lock the phone" not in bench.press("ok").words
    assert not new_phone(bench.phone.settings, Preferences(locked=True)).locked


def test_a_timer_of_an_earlier_rest_locks_nothing() -> None:
    bench = Bench(pin="2580", lock_after=30.0).wait(5.0).press("volume_up")
    bench.feed(ev.TimerFired("lock", 30.0))
    assert not bench.phone.locked


def test_a_locked_phone_calls_for_help_and_nobody_else() -> None:
    bench = _locked(speed_dial=(("1", "600"),))
    bench.feed(ev.HookLifted()).dial("234").press("#")
    assert _places(bench) == [] and "Emergency calls only" in bench.words
    bench.feed(ev.HookReplaced()).hold("1")
    assert _places(bench) == []
    bench.press("soft3", "redial", "dnd", "up", "soft1").feed(ev.DialRequested("600"))
    assert _places(bench) == [] and not bench.phone.dnd
    bench.feed(ev.HookLifted()).dial("112")
    assert _places(bench) == ["112"]


def test_a_locked_phone_is_called_and_answered_and_its_call_has_its_keys() -> None:
    bench = _locked().rung(2).feed(ev.HookLifted(), ev.CallAnswered(2))
    assert bench.mode == "talking"
    bench.press("hold")
    assert bench.mode == "held"
    bench.press("hold", "5")
    assert fx.SetDigit(2, "5") in bench.did()
    assert "Menu" in bench.hold("*").words
    bench.press("back", "transfer").dial("234").press("transfer")
    assert not any(isinstance(effect, fx.TransferCall) for effect in bench.did())
    assert "Last numbers" not in bench.press("soft3").hold("*").words


def test_a_locked_phone_with_one_line_gives_no_call_away() -> None:
    bench = Bench(pin="2580", lines=1).hold("#").rung(2).press("ok").feed(ev.CallAnswered(2))
    bench.press("transfer").dial("234").press("#")
    assert not any(isinstance(effect, fx.TransferCall) for effect in bench.did())


def test_the_pin_unlocks_it_and_is_never_shown() -> None:
    bench = _locked()
    assert "Unlock" in bench.words
    bench.press("soft2").dial("2580")
    assert "PIN" in bench.words and "••••" in bench.words and "2580" not in bench.words
    bench.press("ok")
    assert not bench.phone.locked and "Unlocked" in bench.words
    assert "2580" not in repr(bench.phone.settings)


def test_missed_calls_wait_for_who_knows_the_pin() -> None:
    bench = _locked().rung(2).feed(ev.CallEnded(2)).wait(4.0)
    bench.press("back")
    assert bench.phone.missed == 1
    _unlock(bench, "2580").press("ok")
    assert bench.phone.missed == 0


def test_wrong_pins_cost_time_ever_more_of_it() -> None:
    bench = _locked()
    for _ in range(FREE_TRIES):
        _unlock(bench, "1111")
        assert "Wrong PIN" in bench.words
        bench.press("back")
    _unlock(bench, "2580")
    assert bench.phone.locked and "Wait 10 s" in bench.words
    bench.wait(FIRST_WAIT_SECONDS)
    _unlock(bench, "1112").wait(FIRST_WAIT_SECONDS)
    assert _unlock(bench, "2580").phone.locked, "twice as long"
    bench.wait(FIRST_WAIT_SECONDS)
    assert not _unlock(bench, "2580").phone.locked
    assert bench.phone.preferences.wrong_pins == 0


def test_an_empty_pin_is_no_try_and_an_emergency_number_is_dialled_there_too() -> None:
    bench = _locked().press("ok", "#")
    assert bench.phone.preferences.wrong_pins == 0
    bench.dial("112")
    assert _places(bench) == ["112"], "with its last digit"
    assert bench.mode == "calling"


def test_a_call_that_rings_takes_no_digit_of_the_pin_or_of_a_call_for_help() -> None:
    bench = _locked().press("ok").dial("11").rung(2)
    assert "••" in bench.words
    bench.dial("2")
    assert _places(bench) == ["112"] and bench.phone.missed == 1
    bench = _locked().press("ok").dial("25").rung(2).feed(ev.CallEnded(2)).dial("80").press("#")
    assert not bench.phone.locked
    bench = _locked().press("ok").dial("25").rung(2).feed(ev.HookLifted())
    assert bench.mode == "answering"
    bench = _locked().press("ok").rung(2)
    assert bench.mode == "incoming"


def test_what_the_lock_bars_is_forgotten() -> None:
    bench = _locked(speed_dial=(("2", "600"),)).hold("2")
    assert _places(bench) == [] and bench.phone.entry is None
    bench.press("soft2").dial("2580").press("ok")
    assert not bench.phone.locked


def test_on_hook_only_help_is_called_and_at_once() -> None:
    bench = _locked().dial("112")
    assert _places(bench) == ["112"]


@pytest.mark.parametrize(("wrong", "seconds"), [(0, 0.0), (3, 10.0), (50, LONGEST_WAIT_SECONDS)])
def test_pulling_the_plug_gains_nothing(wrong: int, seconds: float) -> None:
    bench = Bench(pin="2580")
    kept = Preferences(locked=True, wrong_pins=wrong)
    bench.phone = new_phone(bench.phone.settings, kept)
    bench.feed(ev.PhoneStarted())
    assert bench.phone.locked and bench.phone.pin_after == seconds
    assert _unlock(bench, "2580").phone.locked == bool(seconds)
