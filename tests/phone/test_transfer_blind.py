"""Calls that are given to a number unasked: by the server, and only if it must be (RFC 5589)."""

from __future__ import annotations

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.digitmap import parse_digit_map
from appliance.phone.transfer import FAILURE_SECONDS, PATIENCE_SECONDS
from tests.phone.stories import AT_ONCE, Bench
from tests.phone.test_reminder import tells
from tests.phone.test_transfer import commands


def given_blindly() -> tuple[Bench, int]:
    bench = Bench(**AT_ONCE).rung(2, "100", "Ann").feed(ev.HookLifted(), ev.CallAnswered(2))
    bench.press("transfer").dial("300").press("transfer").did()
    return bench, 2


def test_the_number_and_the_key_again_give_the_call_blindly() -> None:
    bench = Bench(**AT_ONCE)
    call = bench.talk()
    bench.press("transfer").dial("300").press("transfer")
    assert fx.TransferCall(call, "300") in bench.did()
    assert bench.mode == "transferring"
    bench.feed(ev.TransferProgress(call, 100), ev.TransferProgress(call, 180))
    assert "Transferring / 300 / 600 / Ringing" in bench.words
    bench.feed(ev.TransferProgress(call, 200))
    assert commands(bench) == [fx.EndCall(call, 486)]
    assert bench.mode == "idle"
    assert "Transferred to 300" in bench.words


@pytest.mark.parametrize(
    ("code", "words"), [(486, "Busy"), (603, "Declined"), (480, "Not available"), (499, "Odd")]
)
def test_a_transfer_that_fails_leaves_the_first_call_held_and_says_so(
    code: int, words: str
) -> None:
    bench = Bench(**AT_ONCE)
    call = bench.talk()
    bench.press("transfer").dial("300").press("transfer")
    bench.feed(ev.TransferProgress(call, code, "Odd"))
    assert bench.mode == "held"
    assert f"Transfer failed: {words}" in bench.words
    bench.wait(FAILURE_SECONDS - 1)
    assert "Transfer failed" in bench.words
    bench.wait(2).press("hold")
    assert bench.mode == "talking"


def test_a_target_that_never_answers_gives_the_call_back() -> None:
    bench = Bench(**AT_ONCE)
    call = bench.talk()
    bench.press("transfer").dial("300").press("transfer").feed(ev.TransferProgress(call, 180))
    bench.wait(PATIENCE_SECONDS + 0.1)
    assert bench.mode == "held"
    assert "Transfer failed: No answer" in bench.words
    bench.feed(ev.TransferProgress(call, 486))
    assert bench.mode == "held", "it was given up already"
    bench.press("hold").feed(ev.TransferProgress(call, 200))
    assert "Transferred to 300" in bench.words, "they have answered late, but they have"
    assert not bench.phone.calls


def test_a_server_that_takes_the_call_over_ends_it_here() -> None:
    bench = Bench(**AT_ONCE)
    call = bench.talk()
    bench.press("transfer").dial("300").press("transfer").feed(ev.CallEnded(call))
    assert bench.phone.handover is None
    assert bench.mode == "idle"


def test_with_every_line_taken_a_number_is_given_blindly() -> None:
    bench = Bench()
    bench.talk("600")
    bench.press("line2").dial("300").press("#")
    second = bench.phone.calls[-1].id
    bench.feed(ev.CallAnswered(second)).press("transfer").dial("400").press("#")
    assert fx.TransferCall(second, "400") in bench.did()


@pytest.mark.parametrize("how", ["the digit map", "the timer"])
def test_with_every_line_taken_only_a_key_gives_a_number_the_call(how: str) -> None:
    bench = Bench(digit_map=parse_digit_map("4xx|x.T"))
    bench.talk("600")
    bench.press("line2").dial("300").press("#").feed(ev.CallAnswered(3))
    bench.press("transfer").dial("400" if how == "the digit map" else "40").did()
    bench.wait(30)
    assert not commands(bench) and bench.mode == "transfer prompt"
    bench.press("ok")
    assert any(isinstance(effect, fx.TransferCall) for effect in commands(bench))


def test_nothing_is_given_twice() -> None:
    bench = Bench(**AT_ONCE)
    call = bench.talk()
    bench.press("transfer").dial("300").press("transfer").did()
    bench.press("transfer")
    assert "Still transferring" in bench.words
    assert not commands(bench)
    bench.press("hold")
    assert fx.HoldCall(call, held=False) in bench.did(), "it can be taken back to the ear"


def test_a_target_that_rings_for_too_long_does_not_answer() -> None:
    bench = Bench(**AT_ONCE)
    call = bench.talk()
    bench.press("transfer").dial("900").press("transfer")
    bench.feed(ev.TransferProgress(call, 180), ev.TransferProgress(call, 408))
    assert "Transfer failed: No answer" in bench.words
    assert bench.mode == "held"


def test_back_means_nothing_to_a_call_that_the_server_has() -> None:
    bench, _ = given_blindly()
    bench.press("back")
    assert not commands(bench) and bench.mode == "transferring"


def test_the_call_may_be_given_again_when_nobody_waits_any_longer() -> None:
    bench, call = given_blindly()
    bench.feed(ev.TransferProgress(call, 180)).wait(PATIENCE_SECONDS)
    bench.feed(ev.CallLives(call)).press("hold", "transfer").dial("400").press("transfer")
    assert fx.TransferCall(call, "400", serial=2) in bench.did()
    bench.feed(ev.TransferProgress(call, 200), ev.TransferProgress(call, 486))
    assert bench.mode == "transferring", "both are of the first REFER"
    bench.feed(ev.TransferProgress(call, 200, serial=2))
    assert "Transferred to 400" in bench.words and not bench.phone.calls


def test_a_late_answer_counts_while_the_next_target_is_expected() -> None:
    bench, call = given_blindly()
    bench.wait(PATIENCE_SECONDS).press("hold", "transfer").dial("400").press("#", "transfer")
    target = bench.phone.expected
    assert target is not None
    bench.did()
    bench.feed(ev.TransferProgress(call, 200))
    assert commands(bench) == [fx.EndCall(call), fx.EndCall(target.id)]
    assert "Transferred to 300" in bench.words and not bench.phone.calls


@pytest.mark.parametrize("at", ["the ear", "rest"])
def test_a_server_that_has_let_the_call_go_is_found_out(at: str) -> None:
    bench, call = given_blindly()
    if at == "rest":
        bench.feed(ev.HookReplaced())
    bench.feed(ev.TransferProgress(call, 486))
    assert fx.CheckCall(call) in bench.did()
    bench.feed(ev.CallEnded(call, 481))
    assert "Call ended / Ann / Transfer failed: Busy" in bench.words
    assert bench.tone == ("busy" if at == "the ear" else "none")
    assert not bench.phone.calls and not tells(bench)
    bench.wait(FAILURE_SECONDS)
    assert bench.mode == ("dial tone" if at == "the ear" else "idle")


def test_a_call_that_ends_right_behind_a_word_of_it_is_found_out_too() -> None:
    bench, call = given_blindly()
    bench.feed(ev.TransferProgress(call, 486), ev.CallLives(call), ev.CallEnded(call))
    assert "Call ended / Ann / Transfer failed: Busy" in bench.words


def test_a_call_that_lives_and_ends_later_ends_as_any_other() -> None:
    bench, call = given_blindly()
    bench.feed(ev.TransferProgress(call, 486), ev.CallLives(call), ev.CallLives(call))
    bench.press("hold").wait(60).feed(ev.CallEnded(call))
    assert "Transfer failed" not in bench.words and "Call ended / Ann" in bench.words
