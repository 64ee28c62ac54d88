"""A digit in a call sounds for as long as its key is held, and no key for ever."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.dialling import LONG_PRESS_SECONDS, LONGEST_DIGIT_SECONDS
from tests.phone.stories import Bench

SILENCE = fx.SetDigit()


def digits(bench: Bench) -> list[Any]:
    """What was to sound since last asked, in order."""
    return [effect for effect in bench.did() if isinstance(effect, (fx.SetDigit, fx.SendDigits))]


def test_a_digit_sounds_until_its_key_comes_up() -> None:
    bench = Bench()
    call = bench.talk()
    bench.feed(ev.KeyPressed("5")).wait(3 * LONG_PRESS_SECONDS)
    assert digits(bench) == [fx.SetDigit(call, "5")]
    bench.feed(ev.KeyReleased("5"))
    assert digits(bench) == [SILENCE]
    bench.press("#")
    assert digits(bench) == [fx.SetDigit(call, "#"), SILENCE]


def test_a_key_that_is_stuck_is_let_go_of() -> None:
    bench = Bench()
    call = bench.talk()
    bench.feed(ev.KeyPressed("5")).wait(LONGEST_DIGIT_SECONDS)
    assert digits(bench) == [fx.SetDigit(call, "5"), SILENCE]
    bench.feed(ev.KeyReleased("5"))
    assert digits(bench) == []
    assert bench.mode == "talking"


def test_the_last_key_sounds_of_several_that_are_down() -> None:
    bench = Bench()
    call = bench.talk()
    bench.feed(ev.KeyPressed("5"), ev.KeyPressed("6"), ev.KeyReleased("5"))
    assert digits(bench) == [fx.SetDigit(call, "5"), fx.SetDigit(call, "6", 1)]
    bench.feed(ev.KeyReleased("6"))
    assert digits(bench) == [SILENCE]


def test_the_same_key_again_is_another_digit_though_nobody_saw_it_come_up() -> None:
    bench = Bench()
    call = bench.talk()
    bench.feed(ev.KeyPressed("5"), ev.KeyPressed("5"))
    assert digits(bench) == [fx.SetDigit(call, "5"), fx.SetDigit(call, "5", 1)]
    assert bench.phone.calls[0].digits == "55"


def test_star_is_the_menu_when_it_is_held_and_ends_another_digit() -> None:
    bench = Bench()
    call = bench.talk()
    bench.feed(ev.KeyPressed("5"), ev.KeyPressed("*"))
    assert digits(bench) == [fx.SetDigit(call, "5"), SILENCE]
    bench.feed(ev.KeyReleased("*"))
    assert digits(bench) == [fx.SendDigits(call, "*")]
    bench.hold("*")
    assert digits(bench) == [] and bench.mode == "menu"


@pytest.mark.parametrize(
    "end", [ev.CallEnded(1), ev.KeyPressed("hold"), ev.HangUpRequested(), ev.KeyPressed("line2")]
)
def test_a_digit_goes_with_its_call(end: ev.Event) -> None:
    bench = Bench()
    assert bench.talk() == 1
    bench.feed(ev.KeyPressed("5"))
    assert digits(bench) == [fx.SetDigit(1, "5")]
    bench.feed(end)
    assert digits(bench) == [SILENCE]
    bench.feed(ev.KeyReleased("5"))
    assert digits(bench) == []
