"""Calls that are wanted elsewhere or not at all, and a handset that calls by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.forward import FeatureCodes
from appliance.phone.outputs import outputs
from appliance.phone.policy import SetPolicy
from appliance.phone.preferences import Preferences
from appliance.phone.state import new_phone
from tests.phone.stories import Bench


def _choose(bench: Bench, words: str) -> Bench:
    place = next(place for place in "123456789" if f"{place} {words}" in bench.words)
    return bench.press(place)


def _forward(bench: Bench, when: str, number: str) -> Bench:
    _choose(_choose(bench.press("ok"), "Forward calls"), when)
    return bench.dial(number).press("ok", "back", "back")


def _placed(bench: Bench) -> list[str]:
    return [effect.number for effect in bench.did() if isinstance(effect, fx.PlaceCall)]


def test_every_call_goes_elsewhere_and_the_phone_says_so() -> None:
    bench = _forward(Bench(), "Always", "234")
    assert "Calls to 234" in bench.words
    assert outputs(bench.phone).policy == SetPolicy(2, False, forward_always="234")
    assert fx.SetLamp("mute", "blinking") in outputs(bench.phone).lamps
    assert any(isinstance(effect, fx.KeepPreferences) for effect in bench.did())
    bench.rung(2)
    assert fx.ForwardCall(2, "234") in bench.did() and bench.mode == "idle"
    _choose(bench.press("ok"), "Forward calls")
    assert "✓Always" in bench.words
    bench.press("1", "*", "*", "*", "ok")
    assert bench.phone.preferences.forward_always == ""
    assert bench.press("back", "back").rung(2).mode == "incoming"


def test_missed_calls_do_not_hide_that_calls_go_elsewhere() -> None:
    bench = Bench().rung(2).feed(ev.CallEnded(2)).wait(5)
    bench.phone = replace(
        bench.phone, preferences=replace(bench.phone.preferences, forward_always="234")
    )
    assert "Calls to 234 / 1 missed call" in bench.words


def test_a_call_without_a_line_goes_elsewhere_but_not_one_that_is_not_wanted() -> None:
    bench = _forward(Bench(lines=1), "When busy", "235")
    assert "Busy: 235" in bench.words
    bench.talk()
    assert fx.ForwardCall(2, "235") in bench.rung(2).did()
    bench = _forward(Bench(), "When busy", "235").press("dnd")
    bench.did()
    assert fx.EndCall(2, 486) in bench.rung(2).did()


def test_a_call_that_nobody_answers_goes_elsewhere() -> None:
    bench = _forward(Bench(forward_after=12.0), "No answer", "236")
    assert "No answer: 236" in bench.words
    bench.rung(2, "100", "Ann").wait(11.0)
    assert bench.mode == "incoming"
    bench.wait(1.5)
    assert fx.ForwardCall(2, "236") in bench.did()
    assert bench.mode == "idle" and "Forwarded: Ann" in bench.words
    assert bench.phone.missed == 0
    bench.rung(4).press("ok").feed(ev.CallAnswered(4)).wait(60.0)
    assert bench.mode == "talking"
    assert Bench(forward_after=12.0).rung(2).wait(60.0).mode == "incoming"
    late = _forward(Bench(), "No answer", "236").rung(2)
    late.phone = new_phone(late.phone.settings)
    assert late.feed(ev.PhoneStarted(), ev.TimerFired("no-answer", 20.0)).mode == "idle"


def test_it_is_kept_over_a_restart() -> None:
    bench = Bench()
    bench.phone = new_phone(bench.phone.settings, Preferences(dnd=True, forward_busy="235"))
    bench.feed(ev.PhoneStarted(), ev.RegistrationChanged(0, "registered", 200, "ok"))
    assert bench.phone.dnd and "Do not disturb" in bench.words


def test_the_pbx_is_told_by_its_codes_when_the_phone_rests() -> None:
    codes = FeatureCodes(forward_always="*72", forward_always_off="*73", dnd="*78", dnd_off="*79")
    bench = Bench(codes=codes).press("dnd")
    assert _placed(bench) == ["*78"]
    bench.feed(ev.CallAnswered(1)).press("dnd")
    assert _placed(bench) == []
    bench.feed(ev.CallEnded(1)).wait(5.0)
    assert _placed(bench) == ["*79"]
    bench.feed(ev.CallEnded(3)).wait(5.0)
    _forward(bench, "Always", "234")
    assert _placed(bench) == ["*72234"]
    bench.feed(ev.CallEnded(5)).wait(5.0)
    away = Bench(registered=False, codes=codes).press("dnd")
    assert _placed(away) == []
    away.feed(ev.RegistrationChanged(0, "registered", 200, "ok"))
    assert _placed(away) == ["*78"]


def test_a_call_rings_on_where_it_is_to_go_nowhere_any_more() -> None:
    bench = Bench(forward_after=5.0)
    before = bench.phone.preferences
    bench.phone = replace(bench.phone, preferences=replace(before, forward_no_answer="300"))
    bench.rung(2)
    bench.phone = replace(bench.phone, preferences=before)
    bench.wait(1.0).feed(ev.TimerFired("no-answer", 5.0)).wait(20.0)
    assert bench.mode == "incoming"
    assert not [did for did in bench.did() if isinstance(did, fx.ForwardCall)]


def test_a_code_is_neither_dialled_again_nor_a_call_that_anybody_made() -> None:
    bench = Bench(codes=FeatureCodes(dnd="*78")).dial("600").press("#")
    bench.feed(ev.CallEnded(1)).wait(10.0).press("dnd")
    (code,) = bench.phone.calls
    assert code.number == "*78"
    assert not [e for e in bench.did() if isinstance(e, fx.KeepCall) and e.record.number == "*78"]
    bench.feed(ev.CallEnded(code.id)).wait(10.0)
    assert not [e for e in bench.did() if isinstance(e, fx.KeepCall)]
    assert [record.number for record in bench.phone.history] == ["600"]
    assert _placed(bench.press("redial")) == ["600"]


def test_a_lifted_handset_calls_the_hotline_at_once() -> None:
    assert _placed(Bench(hotline="600").feed(ev.HookLifted())) == ["600"]
    assert _placed(Bench(hotline="600").feed(ev.HeadsetHook(off_hook=True))) == ["600"]
    assert _placed(Bench(hotline="600").press("headset")) == ["600"]
    assert _placed(Bench(hotline="600").rung(2).feed(ev.HookLifted())) == []


@pytest.mark.parametrize(("typed", "called"), [("", ["600"]), ("234", ["234"])])
def test_a_delayed_hotline_leaves_time_to_dial(typed: str, called: list[str]) -> None:
    bench = Bench(hotline="600", hotline_delay=3.0).feed(ev.HookLifted()).wait(2.0)
    assert bench.mode == "dial tone"
    assert _placed(bench.dial(typed).wait(4.5)) == called


def test_a_locked_phone_has_no_hotline_but_for_help() -> None:
    bench = Bench(hotline="600", pin="2580").hold("#").feed(ev.HookLifted())
    assert _placed(bench) == [] and bench.mode == "dial tone"
    assert _placed(Bench(hotline="112", pin="2580").hold("#").feed(ev.HookLifted())) == ["112"]
