"""Transfers that do not come about at once: to somebody who still rings, and to nobody."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.autoanswer import WARNING_SECONDS, AutoAnswer
from appliance.phone.outputs import outputs
from appliance.phone.settings import AccountSettings
from appliance.phone.transfer import FAILURE_SECONDS, PATIENCE_SECONDS
from tests.phone.stories import BLIND, Bench
from tests.phone.test_reminder import tells
from tests.phone.test_session import VICIDIAL, begun
from tests.phone.test_transfer import commands, consulting


def answering(**settings: Any) -> Bench:
    """Ann talks with the agent, who has lifted the handset, in call 2."""
    return Bench(**settings).rung(2, "100", "Ann").feed(ev.HookLifted(), ev.CallAnswered(2))


def expecting(how: str = "transfer", **settings: Any) -> tuple[Bench, int, int]:
    """Call 2 is given to 300, who rings; by the key, by hanging up, or unasked."""
    bench = answering(**settings).press("transfer").dial("300")
    bench.press("transfer" if how == "unasked" else "#").feed(ev.CallProgress(1, 180))
    bench.did()
    if how == "transfer":
        bench.press("transfer")
    elif how == "hang up":
        bench.feed(ev.HookReplaced())
    return bench, 2, 1


@pytest.mark.parametrize("how", ["transfer", "hang up", "unasked"])
def test_the_call_waits_for_a_target_that_rings_and_goes_over_when_they_answer(how: str) -> None:
    bench, first, target = expecting(how)
    assert not commands(bench)
    assert bench.mode == "transferring"
    assert "Transferring / 300 / Ann / Ringing" in bench.words
    assert outputs(bench.phone).audio.call == 0
    assert bench.tone == "none", "nobody listens to it ringing any more"
    bench.wait(PATIENCE_SECONDS - 1).feed(ev.CallAnswered(target))
    assert commands(bench) == [fx.HoldCall(target, True), fx.TransferCall(first, target=target)]
    bench.wait(PATIENCE_SECONDS - 1).feed(ev.TransferProgress(first, 200))
    assert commands(bench) == [fx.EndCall(first), fx.EndCall(target)]
    assert "Transferred to 300" in bench.words


def test_a_number_that_nobody_asked_is_rung_from_here_in_one_go() -> None:
    bench = answering(accounts=(AccountSettings("1001"), AccountSettings("1002")))
    bench.press("transfer").dial("300").did()
    bench.press("transfer")
    assert commands(bench) == [fx.PlaceCall(1, 0, "300")]
    assert bench.mode == "transferring" and bench.phone.last_numbers == ("300",)
    assert outputs(bench.phone).audio.call == 0 and bench.tone == "none"


@pytest.mark.parametrize("settings", [{"park": "700"}, {"park_slots": ("700",)}])
def test_a_parking_place_is_given_the_call_by_the_server(settings: dict[str, Any]) -> None:
    bench = answering(**settings).press("transfer").dial("700").press("transfer")
    assert fx.TransferCall(2, "700") in bench.did()


@pytest.mark.parametrize("settings", [{}, BLIND, {"lines": 1}])
@pytest.mark.parametrize("key", ["transfer", "#", "ok"])
def test_an_emergency_number_that_is_chosen_again_is_called_and_given_nothing(
    settings: dict[str, Any], key: str
) -> None:
    bench = Bench(**settings).press("headset").dial("112")
    bench.feed(ev.CallEnded(1, 486)).press("headset").wait(60)
    bench.rung(2, "100", "Ann").press("ok").feed(ev.CallAnswered(2)).did()
    bench.press("transfer", "up", key)
    did = bench.did()
    assert [e.number for e in did if isinstance(e, fx.PlaceCall)] == ["112"]
    assert not any(isinstance(effect, fx.TransferCall) for effect in did)
    assert bench.phone.handover is None


def test_an_emergency_waits_for_no_question_about_a_session() -> None:
    bench = Bench(sessions=VICIDIAL).press("headset").dial("112").feed(ev.CallEnded(1, 486))
    begun(bench.press("headset").wait(60)).press("transfer", "up", "transfer")
    assert [e.number for e in bench.did() if isinstance(e, fx.PlaceCall)] == ["112"]


@pytest.mark.parametrize("why", ["refused", "silent", "the caller's end"])
def test_who_answered_to_be_given_somebody_is_let_go_when_that_fails(why: str) -> None:
    bench, first, target = expecting("unasked")
    bench.feed(ev.CallAnswered(target)).did()
    if why == "the caller's end":
        bench.feed(ev.CallEnded(first))
        assert commands(bench) == [fx.EndCall(target)]
        assert "Transfer failed: Call ended" in bench.words and not bench.phone.calls
        return
    bench.feed(ev.TransferProgress(first, 501)) if why == "refused" else bench.wait(61)
    assert commands(bench) == [fx.EndCall(target)]
    assert [(call.id, call.held) for call in bench.phone.calls] == [(first, True)]
    assert "Transfer failed: " in bench.words


@pytest.mark.parametrize("keys", [("flash",), ("up", "ok")])
def test_who_is_spoken_with_all_the_same_stays_and_has_a_line(keys: tuple[str, ...]) -> None:
    bench, first, target = expecting("unasked")
    bench.feed(ev.CallAnswered(target)).press(*keys)
    talks = bench.phone.call(target)
    assert talks is not None and talks.live and talks.line == 2
    bench.did()
    bench.feed(ev.TransferProgress(first, 501))
    assert not commands(bench) and bench.phone.front == target
    bench.feed(ev.CallEnded(first))
    assert [call.id for call in bench.phone.calls] == [target]


def test_who_is_spoken_with_on_a_line_of_their_own_stays_too() -> None:
    bench, first, target = expecting()
    bench.feed(ev.CallAnswered(target)).press("line2").did()
    bench.feed(ev.CallEnded(first))
    assert not commands(bench) and bench.mode == "talking" and bench.phone.front == target


def test_without_a_line_left_nobody_is_spoken_with_who_was_called_for_another() -> None:
    bench, _, target = expecting("unasked")
    bench.rung(4).press("ok").feed(ev.CallAnswered(4), ev.CallAnswered(target))
    bench.feed(ev.RemoteControl(target, "talk"))
    held = bench.phone.call(target)
    assert held is not None and held.held and "Line in use" in bench.words
    assert (bench.mode, bench.phone.front) == ("talking", 4)


def test_two_calls_that_end_one_after_the_other_have_been_connected() -> None:
    bench, first, target = expecting("unasked")
    bench.feed(ev.CallAnswered(target), ev.CallEnded(target))
    assert "Transfer failed" not in bench.words
    bench.feed(ev.CallEnded(first))
    assert "Transferred to 300" in bench.words and not bench.phone.calls


def test_the_server_may_have_a_call_answered_while_somebody_is_rung_for_another() -> None:
    bench, *_ = expecting("unasked")
    bench.rung(4).feed(ev.RemoteControl(4, "talk"))
    assert fx.AnswerCall(4) in bench.did()


def test_one_answers_by_itself_then_too() -> None:
    bench = answering(auto_answer=AutoAnswer(in_call=True)).wait(1.0)
    bench.press("transfer").dial("300").press("transfer").feed(ev.CallProgress(1, 180))
    bench.feed(ev.CallIncoming(4, 0, "400", trusted=True, answer_after=0.0)).wait(WARNING_SECONDS)
    assert fx.AnswerCall(4) in bench.did()


def held_session(bench: Bench) -> Bench:
    """The agent has put it on hold, and gives it away then."""
    return begun(bench).press("hold")


@pytest.mark.parametrize("how", ["unasked", "park", "chosen", "conference"])
def test_a_session_goes_on_whatever_it_was_before_it_was_given(how: str) -> None:
    settings: dict[str, Any] = {"sessions": VICIDIAL, "park": "700"}
    if how == "park":
        bench = begun(Bench(**settings)).hold("*")
        bench.press(next(n for n in "123456789" if f"{n} Park" in bench.words), "2")
    elif how == "unasked":
        bench = held_session(Bench(**settings)).press("transfer").dial("300")
        bench.press("transfer", "2").feed(ev.CallEnded(1, 486))
    else:
        bench = begun(Bench(**settings)).press("transfer").dial("300").press("#")
        bench.feed(ev.CallProgress(1, 180), ev.CallAnswered(1))
        bench.press("soft2") if how == "chosen" else bench.press("conference")
        bench.press("transfer", "2")
    bench.feed(ev.TransferProgress(2, 501), ev.CallLives(2), ev.CallEnded(1))
    assert bench.mode == "talking" and bench.phone.front == 2


def test_a_session_goes_on_when_the_server_does_not_take_it_after_the_answer() -> None:
    bench = begun().press("transfer").dial("300").press("transfer", "2").feed(ev.CallAnswered(1))
    bench.feed(ev.TransferProgress(2, 501), ev.CallLives(2))
    assert bench.mode == "talking" and len(bench.phone.calls) == 1
    assert "Transfer failed: " in bench.words


def test_whom_the_call_is_for_takes_none_of_the_lines() -> None:
    bench, first, target = expecting("unasked")
    assert [call.line for call in bench.phone.calls] == [1, 0]
    bench.rung(4, "400", "Eve").press("ok").feed(ev.CallAnswered(4))
    assert (bench.mode, bench.phone.front) == ("talking", 4)
    third = bench.phone.call(4)
    assert third is not None and third.line == 2
    bench.did()
    bench.feed(ev.CallAnswered(target), ev.TransferProgress(first, 200))
    assert fx.TransferCall(first, target=target) in bench.did()
    assert [call.id for call in bench.phone.calls] == [4] and bench.mode == "talking"


def test_an_emergency_finds_a_line_beside_such_a_call() -> None:
    bench, _, target = expecting("unasked")
    bench.rung(4).press("ok").feed(ev.CallAnswered(4), ev.CallAnswered(target)).did()
    bench.feed(ev.HookReplaced()).wait(1).feed(ev.HookLifted()).dial("112")
    assert [e.number for e in bench.did() if isinstance(e, fx.PlaceCall)] == ["112"]


def test_it_is_called_from_the_account_of_the_call_or_the_one_that_was_chosen() -> None:
    accounts = (AccountSettings("1001"), AccountSettings("1002"))
    for keys, account in (((), 1), (("down",), 0)):
        bench = Bench(accounts=accounts).feed(ev.CallIncoming(2, 1, "100", "Ann"))
        bench.press("ok").feed(ev.CallAnswered(2)).press("transfer", *keys).dial("300").did()
        bench.press("transfer")
        assert fx.PlaceCall(1, account, "300") in bench.did()


def test_a_locked_phone_rings_nobody_for_a_call() -> None:
    bench = Bench(pin="2580").hold("#").rung(2).press("ok").feed(ev.CallAnswered(2))
    bench.press("transfer").dial("234").press("transfer")
    assert not any(isinstance(effect, fx.PlaceCall) for effect in bench.did())
    assert bench.mode == "transfer prompt"


def test_the_handset_may_be_replaced_meanwhile_and_lifted_again() -> None:
    bench, *_ = expecting()
    bench.feed(ev.HookReplaced())
    assert (bench.mode, commands(bench)) == ("transferring", [])
    bench.feed(ev.HookLifted()).dial("5")
    assert "Line in use" in bench.words
    assert not commands(bench)


@pytest.mark.parametrize(
    ("code", "words"),
    [(486, "Busy"), (603, "Declined"), (404, "Number not found"), (408, "No answer")],
)
@pytest.mark.parametrize("how", ["hang up", "unasked"])
def test_a_target_that_will_not_leaves_the_call_held_and_the_ringer_tells(
    how: str, code: int, words: str
) -> None:
    bench, first, target = expecting(how)
    if how == "unasked":
        bench.feed(ev.HookReplaced())
    bench.wait(1.0).feed(ev.CallEnded(target, code)).wait(0.0)
    assert bench.mode == "held" and not commands(bench)
    assert f"Transfer failed: {words}" in bench.words
    assert tells(bench)
    bench.feed(ev.HookLifted())
    assert (bench.mode, bench.phone.front) == ("talking", first)


def test_a_target_that_never_answers_is_not_called_any_longer() -> None:
    bench, _, target = expecting("hang up")
    bench.wait(PATIENCE_SECONDS - 1)
    assert not tells(bench), "nobody waits for the agent"
    bench.feed(ev.TimerFired("transfer", 1.0))
    assert not commands(bench), "a timer of an earlier time"
    bench.wait(1)
    assert commands(bench) == [fx.EndCall(target)]
    assert "Transfer failed: No answer" in bench.words and tells(bench)
    assert bench.phone.handover is None
    bench.feed(ev.CallAnswered(target))
    assert not commands(bench)


@pytest.mark.parametrize("how", ["back", "soft2", "menu"])
def test_the_agent_calls_it_off(how: str) -> None:
    bench, _, target = expecting()
    if how == "menu":
        words = bench.hold("*").words
        bench.press(next(n for n in "123456" if f"{n} Cancel" in words))
    else:
        bench.press(how)
    assert commands(bench) == [fx.EndCall(target)]
    assert bench.mode == "held"
    assert "Transfer failed: Cancelled" in bench.words


def test_the_agent_takes_the_call_back_to_the_ear() -> None:
    bench, first, target = expecting()
    bench.press("hold")
    assert commands(bench) == [fx.EndCall(target), fx.HoldCall(first, held=False)]
    assert bench.mode == "talking" and bench.phone.handover is None


@pytest.mark.parametrize("how", ["transfer", "hang up", "unasked"])
def test_a_caller_who_hangs_up_meanwhile_is_given_to_nobody(how: str) -> None:
    bench, first, target = expecting(how)
    bench.feed(ev.CallEnded(first))
    assert commands(bench) == [fx.EndCall(target)]
    assert "Transfer failed: Call ended" in bench.words
    assert not bench.phone.calls
    assert bench.mode == ("idle" if how == "hang up" else "dial tone")
    assert not tells(bench.wait(FAILURE_SECONDS))


def test_an_agent_who_ends_the_call_ends_both() -> None:
    bench, first, target = expecting("hang up")
    bench.feed(ev.HangUpRequested())
    assert commands(bench) == [fx.EndCall(first), fx.EndCall(target)]
    assert bench.mode == "idle"


def test_an_agent_who_ends_the_call_when_they_have_answered_ends_both() -> None:
    bench, first, target = expecting("unasked")
    bench.feed(ev.CallAnswered(target)).did()
    bench.feed(ev.HangUpRequested())
    assert commands(bench) == [fx.EndCall(first), fx.EndCall(target)]
    assert not bench.phone.calls


def test_an_emergency_comes_before_it() -> None:
    bench, first, target = expecting()
    bench.dial("112")
    assert fx.EndCall(target) in bench.did()
    assert bench.phone.handover is None and bench.phone.call(first)


def test_a_third_call_goes_on_beside_it() -> None:
    bench, first, target = expecting("hang up", lines=3)
    bench.rung(4, "400", "Eve").press("ok").feed(ev.CallAnswered(4))
    assert (bench.mode, bench.phone.front) == ("talking", 4)
    assert [call.id for call in bench.phone.calls] == [first, target, 4]
    bench.did()
    bench.feed(ev.CallAnswered(target))
    assert commands(bench) == [fx.HoldCall(target, True), fx.TransferCall(first, target=target)]
    bench.feed(ev.TransferProgress(first, 200))
    assert (bench.mode, bench.phone.front) == ("talking", 4)


def test_a_third_call_can_be_refused_placed_and_chosen_beside_it() -> None:
    bench, first, _ = expecting("hang up", lines=3)
    bench.rung(4, "400").press("back")
    assert (bench.mode, bench.phone.front) == ("transferring", first)
    bench.press("headset").dial("500").press("#")
    third = bench.phone.front
    bench.rung(6, "600").feed(ev.CallEnded(6), ev.CallAnswered(third)).press("hold", "up")
    assert (bench.mode, bench.phone.front) == ("transferring", first)
    bench.press("up")
    assert (bench.mode, bench.phone.front) == ("held", third)
    assert bench.phone.expected is not None


def test_a_call_that_is_found_out_beside_others_is_told_of_in_a_line() -> None:
    bench, first, target = consulting()
    bench.press("transfer").feed(ev.TransferProgress(first, 503), ev.CallEnded(first, 481))
    assert (bench.mode, bench.phone.front) == ("held", target)
    assert "Transfer failed: Out of service" in bench.words


def test_another_caller_in_the_place_of_the_one_that_was_given() -> None:
    bench, first, target = expecting()
    bench.feed(ev.CallReplaced(first, 8, "400", "Eve"))
    assert "Transferring / 300 / Eve" in bench.words
    bench.did()
    bench.feed(ev.CallAnswered(target))
    assert fx.TransferCall(8, target=target) in bench.did()
    bench.feed(ev.CallReplaced(8, 10, "500", "Bob"))
    assert "Transfer failed: Call ended" in bench.words, "nothing more is told of that REFER"
    assert fx.CheckCall(10) in bench.did()
    assert {call.id for call in bench.phone.calls} == {10}, "nobody has spoken with 300"
