"""The headset's own buttons: what they mean in each state, and what its lights are told."""

from __future__ import annotations

from appliance.phone import effects as fx
from appliance.phone import events as ev
from tests.phone.stories import Bench

OFF, ON = ev.HeadsetHook(off_hook=True), ev.HeadsetHook(off_hook=False)


def lights(bench: Bench) -> fx.SetHeadset:
    return [effect for effect in bench.did() if isinstance(effect, fx.SetHeadset)][-1]


def test_the_headset_answers_and_hangs_up() -> None:
    bench = Bench().rung()
    assert lights(bench) == fx.SetHeadset(False, True, False, False)
    bench.feed(OFF)
    assert bench.mode == "answering"
    assert lights(bench) == fx.SetHeadset(True, False, False, False)
    bench.feed(ev.CallAnswered(2)).did()
    assert bench.feed(ON).did()[0] == fx.EndCall(2, 486)
    assert bench.mode == "idle"


def test_what_the_phone_is_already_it_does_not_become_again() -> None:
    bench = Bench()
    bench.talk()
    assert bench.feed(OFF).did() == [] and bench.mode == "talking"
    bench.feed(ON).did()
    assert bench.feed(ON).did() == [] and bench.mode == "idle"


def test_the_headset_dials() -> None:
    bench = Bench().feed(OFF)
    assert bench.mode == "dial tone"
    assert bench.feed(ON).mode == "idle"
    bench.dial("600").feed(OFF)
    assert bench.mode == "calling"


def test_on_hook_lets_a_held_call_be() -> None:
    bench = Bench()
    bench.talk()
    bench.press("hold").feed(ev.HookLifted())
    bench.press("back", "headset")
    calls = bench.phone.calls
    bench.feed(ON)
    assert bench.phone.calls == calls


def test_a_muted_call_lights_the_mute_lamp_of_the_headset() -> None:
    bench = Bench()
    bench.talk()
    bench.press("mute")
    assert lights(bench) == fx.SetHeadset(True, False, True, False)
    bench.press("mute", "hold")
    assert lights(bench).held


def test_flash_holds_takes_a_second_call_and_goes_between_two() -> None:
    bench = Bench()
    assert bench.press("flash").mode == "idle"
    first = bench.talk()
    bench.press("flash")
    assert bench.mode == "held"
    bench.press("flash")
    assert bench.mode == "talking"
    bench.feed(ev.CallIncoming(2, 0, "100")).press("flash").feed(ev.CallAnswered(2))
    assert bench.phone.front == 2
    assert bench.press("flash").phone.front == first
