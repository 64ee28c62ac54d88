"""Calls that are answered by themselves, and those that are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.autoanswer import WARNING_SECONDS, AutoAnswer
from appliance.phone.numbering import PLANS, Numbers
from appliance.phone.outputs import outputs
from tests.phone.stories import Bench

HUNDRED = Numbers(("100",))
SEVEN = AutoAnswer(numbers=Numbers(("7",)))


def asked(bench: Bench, after: float | None = 0.0, call: int = 2, **more: Any) -> Bench:
    """The server calls, and wants the call to be answered by itself."""
    event = ev.CallIncoming(call, 0, "100", "Ann", trusted=True, answer_after=after)
    bench.wait(1.0)
    return bench.feed(event if not more else ev.CallIncoming(call, 0, "100", "Ann", **more))


def answered(bench: Bench) -> list[int]:
    return [effect.call for effect in bench.did() if isinstance(effect, fx.AnswerCall)]


def test_a_tone_comes_first_and_then_the_call_is_taken() -> None:
    bench = asked(Bench()).wait(0.0)
    assert bench.tone == "auto-answer"
    assert "Answers by itself" in bench.words
    assert not outputs(bench.phone).ringer.ringing
    assert answered(bench) == []
    bench.wait(WARNING_SECONDS)
    assert answered(bench) == [2]
    assert bench.tone == "none"
    bench.feed(ev.CallAnswered(2))
    assert bench.mode == "talking" and bench.phone.hands_free and not bench.phone.muted


def test_it_rings_for_as_long_as_the_server_says() -> None:
    bench = asked(Bench(), after=5.0).wait(4.9)
    assert outputs(bench.phone).ringer.ringing and bench.tone == "none"
    bench.wait(0.2)
    assert bench.tone == "auto-answer"
    assert answered(bench.wait(WARNING_SECONDS)) == [2]


def test_the_microphone_can_be_closed() -> None:
    bench = asked(Bench(auto_answer=AutoAnswer(muted=True))).wait(1.0).feed(ev.CallAnswered(2))
    assert bench.phone.muted
    assert bench.press("mute").phone.muted is False
    assert asked(Bench(auto_answer=AutoAnswer(muted=True))).press("ok").phone.muted is False


@pytest.mark.parametrize("switched_off", [AutoAnswer(asked=False), SEVEN])
def test_what_nobody_asked_for_rings_on(switched_off: AutoAnswer) -> None:
    after = None if switched_off.asked else 0.0
    bench = asked(Bench(auto_answer=switched_off), after).wait(30.0)
    assert answered(bench) == [] and bench.mode == "incoming"


def test_a_stranger_is_never_answered_by_itself() -> None:
    bench = Bench(auto_answer=AutoAnswer(numbers=HUNDRED))
    asked(bench, trusted=False, answer_after=0.0).wait(30.0)
    assert answered(bench) == [] and outputs(bench.phone).ringer.ringing


def test_a_number_can_be_enough() -> None:
    bench = asked(Bench(auto_answer=AutoAnswer(asked=False, numbers=HUNDRED)), None).wait(1.0)
    assert answered(bench) == [2]


def test_during_another_call_it_only_knocks() -> None:
    bench = Bench()
    bench.talk()
    asked(bench).wait(30.0)
    assert answered(bench) == [] and bench.mode == "call waiting"


def test_a_call_that_begins_meanwhile_is_not_disturbed() -> None:
    bench = asked(Bench(), after=5.0).wait(1.0)
    bench.rung(4, "200").wait(30.0)
    assert answered(bench) == []
    assert "Answers by itself" not in bench.words
    assert len(bench.phone.calls) == 2


def test_during_another_call_it_is_answered_where_that_is_configured() -> None:
    bench = Bench(auto_answer=AutoAnswer(in_call=True))
    first = bench.talk()
    asked(bench).wait(1.0)
    did = bench.did()
    assert fx.AnswerCall(2) in did and fx.HoldCall(first, held=True) in did


@pytest.mark.parametrize("answered_soon", [False, True])
def test_a_call_that_the_agent_waits_for_is_never_given_up(answered_soon: bool) -> None:
    bench = Bench(auto_answer=AutoAnswer(in_call=True)).press("headset").dial("300").press("#")
    asked(bench)
    if answered_soon:
        bench.feed(ev.CallAnswered(1))
    bench.wait(30.0)
    did = bench.did()
    assert fx.EndCall(1, 486) not in did and fx.AnswerCall(2) not in did
    assert bench.mode == "call waiting"


def test_a_number_that_is_being_typed_is_not_swallowed() -> None:
    bench = asked(Bench().feed(ev.HookLifted()).dial("1")).wait(2.0)
    assert answered(bench) == []
    assert bench.dial("12").phone.calls[-1].number == "112"
    bench = asked(Bench()).feed(ev.HookLifted())
    assert bench.mode == "answering", "lifting takes it, as ever"
    bench = asked(Bench(), after=2.0).dial("60").wait(30.0)
    assert answered(bench) == [] and bench.mode == "incoming"


def test_the_microphone_stays_closed_when_somebody_else_gives_up_meanwhile() -> None:
    bench = asked(Bench(auto_answer=AutoAnswer(muted=True))).wait(1.0).rung(4, "200")
    bench.feed(ev.CallEnded(4, 487), ev.CallAnswered(2))
    assert bench.mode == "talking" and bench.phone.muted


def test_the_agent_is_faster() -> None:
    bench = asked(Bench(), after=5.0).press("ok")
    assert answered(bench) == [2]
    assert answered(bench.feed(ev.CallAnswered(2)).wait(30.0)) == []
    assert asked(Bench(), after=5.0).press("back").wait(30.0).mode == "idle"


def test_it_is_not_forwarded_for_want_of_an_answer() -> None:
    bench = Bench(forward_after=5.0)
    wanted = replace(bench.phone.preferences, forward_no_answer="300")
    bench.phone = replace(bench.phone, preferences=wanted)
    assert answered(asked(bench, after=10.0).wait(12.0)) == [2]


def test_it_is_forwarded_like_any_other_once_it_is_one() -> None:
    bench = Bench(forward_after=5.0)
    wanted = replace(bench.phone.preferences, forward_no_answer="300")
    bench.phone = replace(bench.phone, preferences=wanted)
    asked(bench, after=3.0).rung(4, "200").wait(4.0)
    assert fx.ForwardCall(2, "300") not in bench.did()
    assert fx.ForwardCall(2, "300") in bench.wait(10.0).did()


def test_one_that_gives_up_in_between_is_missed() -> None:
    bench = asked(Bench()).wait(0.1).feed(ev.CallEnded(2, 487)).wait(5.0)
    assert bench.mode == "idle" and bench.phone.missed == 1 and answered(bench) == []
    assert bench.tone == "none"


def test_one_after_the_other() -> None:
    """While a call is being answered the next one waits, and is for somebody to answer."""
    bench = asked(Bench(auto_answer=AutoAnswer(in_call=True))).wait(1.0)
    asked(bench, call=4).wait(1.0)
    assert answered(bench) == [2]
    assert bench.tone == "call-waiting"
    bench.feed(ev.CallAnswered(2)).wait(60.0)
    assert answered(bench) == [] and bench.mode == "call waiting"


def test_while_the_agent_answers_somebody_the_next_one_knocks() -> None:
    bench = Bench(auto_answer=AutoAnswer(in_call=True)).rung(2).press("ok")
    asked(bench, call=4).wait(WARNING_SECONDS + 0.1)
    assert bench.tone == "call-waiting"
    bench.feed(ev.CallAnswered(2)).wait(60.0)
    assert answered(bench) == [2] and bench.tone == "call-waiting"


def test_one_that_has_announced_itself_knocks_when_the_agent_answers_somebody() -> None:
    bench = Bench(auto_answer=AutoAnswer(in_call=True), forward_after=5.0).rung(2)
    wanted = replace(bench.phone.preferences, forward_no_answer="300")
    bench.phone = replace(bench.phone, preferences=wanted)
    asked(bench, call=4).wait(0.1)
    assert bench.tone == "auto-answer"
    bench.press("ok").wait(WARNING_SECONDS)
    assert answered(bench) == [2] and bench.tone == "call-waiting"
    assert fx.ForwardCall(4, "300") in bench.wait(5.0).did()


def test_two_that_are_due_at_once_are_not_both_answered() -> None:
    bench = asked(Bench(auto_answer=AutoAnswer(in_call=True)))
    bench.feed(ev.CallIncoming(4, 0, "200", trusted=True, answer_after=0.0)).wait(1.0)
    assert answered(bench) == [2] and bench.tone == "call-waiting"


@pytest.mark.parametrize("written", ["+49305550142", "0305550142", "0049305550142"])
def test_a_number_is_known_however_the_server_writes_it(written: str) -> None:
    numbers = Numbers(("030 5550142",), PLANS["de"])
    assert written in numbers
    assert "0305550143" not in numbers
    assert "" not in numbers
    bench = Bench(auto_answer=AutoAnswer(numbers=numbers))
    bench.wait(1.0).feed(ev.CallIncoming(2, 0, written, trusted=True)).wait(1.0)
    assert answered(bench) == [2]
