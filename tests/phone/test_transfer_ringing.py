"""Transfers that do not come about at once: to somebody who still rings, and to nobody."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.outputs import outputs
from appliance.phone.settings import AccountSettings
from appliance.phone.transfer import FAILURE_SECONDS, PATIENCE_SECONDS
from tests.phone.stories import Bench
from tests.phone.test_reminder import tells
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


def test_an_emergency_number_that_is_chosen_again_is_called_and_given_nothing() -> None:
    bench = Bench().press("headset").dial("112").feed(ev.CallEnded(1, 486)).press("headset")
    bench.wait(60).rung(2, "100", "Ann").press("ok").feed(ev.CallAnswered(2)).did()
    bench.press("transfer", "up", "transfer")
    (placed,) = (did for did in bench.did() if isinstance(did, fx.PlaceCall))
    assert placed.number == "112" and bench.phone.handover is None


def test_the_handset_may_be_replaced_meanwhile_and_lifted_again() -> None:
    bench, *_ = expecting()
    bench.feed(ev.HookReplaced())
    assert (bench.mode, commands(bench)) == ("transferring", [])
    bench.feed(ev.HookLifted()).dial("5")
    assert "Line in use" in bench.words
    assert not commands(bench)


@pytest.mark.parametrize(
    ("code", "words"), [(486, "Busy"), (603, "Declined"), (404, "Number not found")]
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
    assert {call.id for call in bench.phone.calls} == {10, target}
