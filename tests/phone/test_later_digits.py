"""Digits that stand behind a pause in a number: they follow when the call is answered."""

from __future__ import annotations

from appliance.phone import effects as fx
from appliance.phone import events as ev
from tests.phone.stories import BLIND, Bench


def test_a_speed_dial_sends_its_digits_when_the_call_is_answered() -> None:
    bench = Bench(speed_dial=(("1", "600,12,,#"),)).hold("1")
    assert fx.PlaceCall(1, 0, "600") in bench.did()
    assert bench.phone.last_numbers == ("600",)
    bench.feed(ev.CallProgress(1, 183, True))
    assert not any(isinstance(effect, fx.SendDigits) for effect in bench.did())
    bench.feed(ev.CallAnswered(1))
    assert fx.SendDigits(1, ",12,,#") in bench.did()
    bench.feed(ev.CallMedia(1, "opus"))
    assert not any(isinstance(effect, fx.SendDigits) for effect in bench.did())


def test_redial_sends_them_again_and_nobody_sees_them() -> None:
    bench = Bench(speed_dial=(("1", "600,,12#"),)).hold("1").feed(ev.CallEnded(1)).wait(10.0)
    assert bench.phone.last_numbers == ("600",) and "12#" not in repr(bench.phone.last_numbers)
    bench.press("redial")
    assert fx.PlaceCall(3, 0, "600") in bench.did()
    assert fx.SendDigits(3, ",,12#") in bench.feed(ev.CallAnswered(3)).did()
    assert {record.number for record in bench.phone.history} == {"600"}
    bench.feed(ev.CallEnded(3)).wait(10.0).dial("234").press("#").feed(ev.CallEnded(5)).wait(10.0)
    bench.press("redial").did()
    bench.feed(ev.CallAnswered(7))
    assert not [e for e in bench.did() if isinstance(e, fx.SendDigits)]


def test_a_call_is_given_to_the_number_alone() -> None:
    speed_dial = (("1", "600,12"),)
    bench = Bench(lines=1, speed_dial=speed_dial, **BLIND)
    call = bench.talk("234")
    bench.press("transfer").hold("1")
    assert fx.TransferCall(call, "600") in bench.did()
    bench = Bench(lines=1, speed_dial=speed_dial)
    call = bench.talk("234")
    bench.press("transfer").hold("1")
    assert fx.PlaceCall(3, 0, "600") in bench.did()
    bench.feed(ev.CallAnswered(3))
    assert fx.TransferCall(call, target=3) in bench.effects
    assert not any(isinstance(effect, fx.SendDigits) for effect in bench.did())


def test_a_program_may_ask_for_digits_too_but_not_for_them_alone() -> None:
    bench = Bench().feed(ev.DialRequested("600,1"))
    assert fx.PlaceCall(1, 0, "600") in bench.did()
    assert fx.SendDigits(1, ",1") in bench.feed(ev.CallAnswered(1)).did()
    assert Bench().feed(ev.DialRequested(",1")).mode == "idle"


def test_a_number_that_is_being_typed_stays_when_the_call_beside_it_ends() -> None:
    """Hands-free, with the only line on hold: the number finds a line when that call is over."""
    bench = Bench(lines=1)
    call = bench.talk()
    bench.press("hold", "headset", "5").wait(4.0).feed(ev.CallEnded(call)).wait(5.0)
    assert bench.mode == "dialling" and "5" in bench.words
    bench.press("0", "0", "#")
    assert bench.mode == "calling"
