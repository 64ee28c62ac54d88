"""Three people in one conversation."""

from __future__ import annotations

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.outputs import outputs
from tests.phone.stories import Bench
from tests.phone.test_transfer import commands, consulting


def conference() -> tuple[Bench, int, int]:
    """Two calls joined; the second is in front."""
    bench, first, second = consulting("conference")
    bench.press("conference")
    bench.effects.clear()
    return bench, first, second


def test_the_key_asks_for_a_third_and_joins_them() -> None:
    bench, first, second = consulting("conference")
    assert "Join" in bench.words
    bench.press("soft1")
    assert commands(bench) == [fx.HoldCall(first, held=False)]
    assert bench.mode == "conference"
    assert "Conference 0:00 / 300 / with Ann" in bench.words
    assert outputs(bench.phone).audio == fx.SetAudio(second, muted=False, others=(first,))


def test_the_prompt_says_what_it_is_for_and_the_key_dials_too() -> None:
    bench = Bench()
    bench.talk()
    bench.press("conference")
    assert "Conference with" in bench.words
    bench.dial("300").press("conference")
    assert bench.mode == "consulting, calling"
    bench.press("conference")
    assert "Not answered yet" in bench.words


def test_a_number_for_a_conference_is_never_given_the_call() -> None:
    bench = Bench()
    bench.talk("600")
    bench.press("line2").dial("300").press("#").feed(ev.CallAnswered(3))
    bench.press("transfer").dial("400").did()
    bench.press("conference")
    assert not commands(bench)
    assert "Line in use" in bench.words


def test_nobody_to_join_leads_back() -> None:
    bench = Bench()
    bench.talk()
    bench.press("conference", "conference")
    assert bench.mode == "talking"


def test_two_calls_that_exist_are_joined_at_once() -> None:
    bench = Bench()
    first = bench.talk("600")
    bench.press("line2").dial("300").press("#").feed(ev.CallAnswered(3))
    bench.press("conference")
    assert bench.mode == "conference"
    assert outputs(bench.phone).audio == fx.SetAudio(3, muted=False, others=(first,))


def test_the_prompt_joins_a_call_that_waits() -> None:
    bench = Bench(lines=3)
    bench.talk("600")
    bench.press("line2").dial("300").press("#").feed(ev.CallAnswered(3))
    bench.press("transfer", "conference")
    assert bench.mode == "conference"


def test_split_leaves_the_one_in_front() -> None:
    bench, first, second = conference()
    bench.press("conference")
    assert commands(bench) == [fx.HoldCall(first, held=True)]
    assert (bench.mode, bench.phone.front) == ("talking", second)
    bench.press("conference")
    assert bench.mode == "conference"


def test_split_of_a_conference_on_hold_parts_it_too() -> None:
    bench, _, _ = conference()
    bench.press("hold", "conference")
    assert bench.mode == "held"
    assert not any(call.joined for call in bench.phone.calls)


def test_the_one_who_is_chosen_is_dropped() -> None:
    bench, first, second = conference()
    bench.press("up")
    assert bench.phone.front == first
    bench.hold("*")
    assert "Drop Ann" in bench.words
    bench.press("3")
    assert commands(bench) == [fx.EndCall(first, 486)]
    assert (bench.mode, bench.phone.front) == ("talking", second)


def test_one_who_hangs_up_leaves_a_plain_call() -> None:
    bench, first, second = conference()
    bench.feed(ev.CallEnded(second))
    assert (bench.mode, bench.phone.front) == ("talking", first)
    assert outputs(bench.phone).audio == fx.SetAudio(first, muted=False)


def test_hold_and_resume_are_for_both() -> None:
    bench, first, second = conference()
    bench.press("hold")
    assert bench.mode == "conference held"
    assert "Conf. held" in bench.words
    assert set(commands(bench)) == {
        fx.HoldCall(first, held=True),
        fx.HoldCall(second, held=True),
    }
    bench.press("hold")
    assert bench.mode == "conference"
    assert len(commands(bench)) == 2


def test_mute_is_for_both_and_survives_the_joining() -> None:
    bench, first, second = consulting("conference")
    bench.press("mute", "conference")
    assert outputs(bench.phone).audio == fx.SetAudio(second, muted=True, others=(first,))


@pytest.mark.parametrize("how", ["replace", "end"])
def test_hanging_up_ends_it_for_both(how: str) -> None:
    bench, first, second = conference()
    bench.feed(ev.HookReplaced() if how == "replace" else ev.HangUpRequested())
    assert commands(bench) == [fx.EndCall(second, 486), fx.EndCall(first, 486)]
    assert not bench.phone.calls


def test_hanging_up_before_the_third_is_joined_keeps_the_first() -> None:
    bench, first, second = consulting("conference")
    bench.feed(ev.HookReplaced())
    assert commands(bench) == [fx.EndCall(second, 486)]
    assert [(call.id, call.held) for call in bench.phone.calls] == [(first, True)]


def test_the_agent_leaves_and_the_others_go_on() -> None:
    bench, first, second = conference()
    bench.press("transfer")
    assert fx.TransferCall(second, target=first) in bench.did()
    assert bench.mode == "transferring"


def test_a_partner_who_cannot_be_resumed_is_no_partner() -> None:
    bench, first, second = conference()
    bench.feed(ev.CallMedia(first, held=True))
    assert (bench.mode, bench.phone.front) == ("talking", second)
    assert not any(call.joined for call in bench.phone.calls)


def test_where_only_the_partner_is_resumed_that_is_the_call() -> None:
    bench, first, second = conference()
    bench.feed(ev.CallMedia(second, held=True))
    assert (bench.mode, bench.phone.front) == ("talking", first)


def test_another_caller_sets_the_conference_aside() -> None:
    bench = Bench(lines=3)
    bench.talk("600")
    bench.press("conference").dial("300").press("#").feed(ev.CallAnswered(3)).press("conference")
    bench.rung(8).press("conference")
    assert bench.mode == "call waiting"
    bench.press("ok").feed(ev.CallAnswered(8))
    assert sum(call.joined and call.held for call in bench.phone.calls) == 2
    bench.press("soft3").press("back").hold("*").feed(ev.HangUpRequested())
    bench.press("hold")
    assert bench.mode == "conference"


def test_the_key_means_nothing_without_a_call() -> None:
    assert Bench().press("conference").mode == "idle"
    assert Bench().feed(ev.HookLifted()).dial("6").press("conference").mode == "dialling"
