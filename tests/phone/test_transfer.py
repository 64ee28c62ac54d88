"""Giving calls away, as an agent does it and as a server asks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone import softkeys
from appliance.phone.outputs import outputs
from appliance.phone.state import Consultation
from tests.phone.stories import Bench


def consulting(purpose: str = "transfer", answered: bool = True) -> tuple[Bench, int, int]:
    """Call 2 set aside, and a second call that rings or talks."""
    bench = Bench().rung(2, "100", "Ann").feed(ev.HookLifted(), ev.CallAnswered(2))
    bench.press(purpose).dial("300").press("#")
    target = bench.phone.calls[-1].id
    bench.feed(ev.CallProgress(target, 180))
    if answered:
        bench.feed(ev.CallAnswered(target))
    bench.effects.clear()
    return bench, 2, target


def commands(bench: Bench) -> list[fx.Effect]:
    """What was asked of the calls since last asked."""
    kinds = (fx.TransferCall, fx.EndCall, fx.HoldCall, fx.PlaceCall)
    return [effect for effect in bench.did() if isinstance(effect, kinds)]


def test_the_key_holds_the_call_and_asks_for_a_number() -> None:
    bench = Bench()
    call = bench.talk()
    bench.press("transfer")
    assert commands(bench) == [fx.HoldCall(call, held=True)]
    assert (bench.mode, bench.tone) == ("transfer prompt", "dial")
    assert "Transfer to" in bench.words
    assert "On hold: 600" in bench.words


def test_an_attended_transfer_connects_the_two_and_lets_go_of_both() -> None:
    bench, first, target = consulting()
    assert bench.mode == "consulting"
    bench.press("transfer")
    assert commands(bench) == [fx.HoldCall(target, True), fx.TransferCall(first, target=target)]
    assert "Transferring / 300" in bench.words
    bench.feed(ev.TransferProgress(first, 200))
    assert commands(bench) == [fx.EndCall(first, 486), fx.EndCall(target, 486)]
    assert (bench.mode, bench.tone) == ("dial tone", "dial")


def test_hanging_up_completes_the_transfer() -> None:
    bench, first, target = consulting()
    bench.feed(ev.HookReplaced())
    assert fx.TransferCall(first, target=target) in bench.did()
    assert bench.mode == "transferring"
    bench.feed(ev.TransferProgress(first, 200))
    assert bench.mode == "idle"


def test_the_headset_key_hangs_up_too() -> None:
    bench = Bench()
    call = bench.talk()
    bench.press("transfer").dial("300").press("#")
    target = bench.phone.calls[-1].id
    bench.feed(ev.CallAnswered(target)).press("headset")
    assert fx.TransferCall(call, target=target) in bench.did()


def test_so_does_the_button_on_the_headset() -> None:
    bench = Bench()
    call = bench.talk()
    bench.press("transfer").dial("300").press("#")
    target = bench.phone.calls[-1].id
    bench.feed(ev.CallAnswered(target)).feed(ev.HeadsetHook(off_hook=False))
    assert fx.TransferCall(call, target=target) in bench.did()


@pytest.mark.parametrize("answered", [True, False])
def test_back_returns_to_the_first_call(answered: bool) -> None:
    bench, first, target = consulting(answered=answered)
    bench.press("back")
    assert commands(bench) == [fx.EndCall(target, 486), fx.HoldCall(first, held=False)]
    assert bench.mode == "talking"
    assert "Ann" in bench.words


def test_back_at_the_prompt_takes_digits_back_and_then_returns() -> None:
    bench = Bench()
    call = bench.talk()
    bench.press("transfer").dial("3").press("back")
    assert bench.mode == "transfer prompt"
    bench.press("back")
    assert fx.HoldCall(call, held=False) in bench.did()
    assert bench.mode == "talking"
    bench.press("transfer", "transfer")
    assert bench.mode == "talking", "nobody else waits: the key leads back as well"


def test_an_attended_transfer_that_fails_leaves_both_held() -> None:
    bench, first, target = consulting()
    bench.press("transfer").feed(ev.TransferProgress(first, 503))
    assert "Transfer failed: Out of service" in bench.words
    assert [call.held for call in bench.phone.calls] == [True, True]
    assert {call.id for call in bench.phone.calls} == {first, target}


@pytest.mark.parametrize("code", [486, 603, 480])
def test_a_target_that_is_busy_when_it_is_asked_leaves_the_first_call_held(code: int) -> None:
    bench, first, target = consulting(answered=False)
    bench.feed(ev.CallEnded(target, code))
    assert [(call.id, call.held) for call in bench.phone.calls] == [(first, True)]
    assert bench.mode == "held"
    assert bench.phone.consultation is None
    bench.press("ok")
    assert bench.mode == "talking"


def test_a_target_that_hangs_up_during_the_consultation_leaves_the_first_call_held() -> None:
    bench, first, target = consulting()
    bench.feed(ev.CallEnded(target))
    assert (bench.mode, bench.phone.front) == ("held", first)
    assert "Call ended" in bench.words


def test_a_caller_who_hangs_up_meanwhile_leaves_the_second_call() -> None:
    bench, first, target = consulting()
    bench.feed(ev.CallEnded(first))
    assert (bench.mode, bench.phone.front) == ("talking", target)
    bench.press("transfer")
    assert bench.mode == "transfer prompt"


def test_swapping_keeps_the_consultation() -> None:
    bench, first, target = consulting()
    bench.press("soft2")
    assert bench.phone.front == first
    assert bench.mode == "consulting"
    bench.press("transfer")
    assert fx.TransferCall(first, target=target) in bench.did()


def test_a_call_on_hold_is_chosen_by_the_key_alone() -> None:
    bench = Bench(lines=3)
    first = bench.talk("600")
    bench.press("line2").dial("300").press("#")
    second = bench.phone.calls[-1].id
    bench.feed(ev.CallAnswered(second)).press("transfer", "transfer")
    assert fx.TransferCall(second, target=first) in bench.did()


def knocked_at_the_prompt(purpose: str = "transfer", **settings: Any) -> tuple[Bench, int]:
    """A call knocks while a number is typed for a transfer of the other; the lines are taken."""
    bench = Bench(**settings)
    call = bench.talk()
    bench.press(purpose).dial("3").rung(4).did()
    return bench, call


@pytest.mark.parametrize("purpose", ["transfer", "conference"])
def test_a_call_that_knocks_makes_no_blind_transfer_of_a_number_that_is_typed(purpose: str) -> None:
    bench, _ = knocked_at_the_prompt(purpose)
    bench.press("0")
    bench.wait(bench.phone.settings.interdigit_timeout)
    assert not commands(bench)
    assert "Line in use" in bench.words
    bench.wait(5).press("#")
    assert not commands(bench) and "Line in use" in bench.words
    bench.feed(ev.CallEnded(4)).press("#")
    assert [type(effect) for effect in commands(bench)] == [fx.PlaceCall]


@pytest.mark.parametrize("purpose", ["transfer", "conference"])
@pytest.mark.parametrize("typed", ["", "3"])
def test_a_caller_who_hangs_up_at_the_prompt_ends_it(purpose: str, typed: str) -> None:
    bench = Bench().rung(2, "100", "Ann").feed(ev.HookLifted(), ev.CallAnswered(2))
    bench.press(purpose).dial(typed).feed(ev.CallEnded(2))
    assert (bench.mode, bench.tone) == ("ended", "busy")
    assert "Call ended / Ann" in bench.words
    bench.press("#").wait(60)
    assert not any(isinstance(did, fx.PlaceCall) for did in bench.did())


def test_so_it_does_beside_another_call_which_is_faced_then() -> None:
    bench, call = knocked_at_the_prompt()
    bench.feed(ev.CallEnded(call))
    assert "Call ended" in bench.words and bench.mode == "incoming"
    bench = Bench(lines=3)
    first = bench.talk("600")
    bench.press("line2").dial("300").press("#").feed(ev.CallAnswered(3))
    bench.press("transfer").feed(ev.CallEnded(3))
    assert (bench.mode, bench.phone.front) == ("held", first)
    assert "Call ended" in bench.words


def test_an_emergency_number_is_called_even_from_the_prompt() -> None:
    bench = Bench()
    bench.talk("600")
    bench.press("line2").dial("300").press("#").feed(ev.CallAnswered(3))
    bench.press("transfer").dial("112")
    assert any(isinstance(e, fx.PlaceCall) and e.number == "112" for e in bench.did())


def test_a_caller_who_knocks_at_the_prompt_can_be_answered() -> None:
    bench = Bench()
    call = bench.talk()
    bench.press("transfer").dial("3").rung(4).press("transfer")
    assert bench.mode == "call waiting"
    bench.press("ok").feed(ev.CallAnswered(4))
    assert (bench.mode, bench.phone.front) == ("talking", 4)
    assert bench.phone.consultation is None
    held = bench.phone.call(call)
    assert held is not None and held.held


def test_what_is_not_there_is_not_given_swapped_or_listed() -> None:
    bench = Bench()
    call = bench.talk()
    bench.phone = replace(bench.phone, consultation=Consultation("transfer", call, 99))
    bench.press("transfer", softkeys.SWAP, softkeys.DROP).press("hold")
    assert [type(effect) for effect in commands(bench)] == [fx.HoldCall]


def test_the_key_means_nothing_without_a_call() -> None:
    bench = Bench().press("transfer")
    assert bench.mode == "idle"
    bench.feed(ev.HookLifted()).dial("6").press("transfer")
    assert bench.mode == "dialling"


def test_the_server_moves_us_on() -> None:
    bench = Bench()
    call = bench.talk()
    assert outputs(bench.phone).policy.referable == call
    bench.feed(ev.CallReferred(call, 2, "900"))
    assert commands(bench) == [fx.HoldCall(call, held=True)]
    assert (bench.mode, bench.phone.front) == ("calling", 2)
    assert "900" in bench.words
    bench.feed(ev.CallAnswered(2), ev.CallEnded(call))
    assert (bench.mode, len(bench.phone.calls)) == ("talking", 1)
    assert "You are transferred" in bench.words


@pytest.mark.parametrize("first_to_tell", ["the server", "the target"])
def test_a_target_that_hangs_up_meanwhile_leaves_the_first_call_held(first_to_tell: str) -> None:
    bench, first, target = consulting()
    bench.press("transfer")
    told: list[ev.Event] = [ev.TransferProgress(first, 486), ev.CallEnded(target)]
    bench.feed(*(told if first_to_tell == "the server" else told[::-1]))
    assert "Transfer failed: Busy" in bench.words
    assert (bench.mode, bench.phone.front) == ("held", first)


def test_where_the_server_moves_us_to_nobody_the_first_call_is_still_there() -> None:
    bench = Bench()
    call = bench.talk()
    bench.feed(ev.CallReferred(call, 2, "900"), ev.CallEnded(2, 404))
    assert (bench.mode, bench.phone.front) == ("held", call)


@pytest.mark.parametrize("why", ["held", "no line", "gone"])
def test_a_referral_that_comes_too_late_is_ended(why: str) -> None:
    bench = Bench(lines=1 if why == "no line" else 2)
    call = bench.talk()
    if why == "held":
        bench.press("hold")
    bench.did()
    bench.feed(ev.CallReferred(call if why != "gone" else 77, 2, "900"))
    assert commands(bench) == [fx.EndCall(2)]
    assert len(bench.phone.calls) == 1


def test_another_call_takes_the_place_of_ours() -> None:
    bench, first, target = consulting()
    bench.feed(ev.CallReplaced(target, 8, "400", "Eve"))
    assert "Eve" in bench.words
    assert outputs(bench.phone).audio.call == 8
    bench.feed(ev.CallReplaced(first, 10, "500", "Bob"))
    assert fx.HoldCall(10, held=True) in bench.did()
    bench.feed(ev.CallEnded(first), ev.CallEnded(target)).press("transfer")
    assert fx.TransferCall(10, target=8) in bench.did()
    bench.feed(ev.CallReplaced(8, 12, "600"), ev.TransferProgress(10, 200))
    assert not bench.phone.calls


def test_the_place_of_a_call_that_is_gone_cannot_be_taken() -> None:
    bench = Bench().feed(ev.CallReplaced(1, 2, "400"))
    assert commands(bench) == [fx.EndCall(2)]


def test_the_display_follows_who_is_there() -> None:
    bench = Bench()
    call = bench.talk()
    bench.feed(ev.PartyChanged(call, "301", "Bob\x07"), ev.PartyChanged(99, "1", "Nobody"))
    assert "Bob" in bench.words and "301" in bench.words


def test_a_diverted_call_says_whom_it_was_for() -> None:
    bench = Bench().feed(ev.CallIncoming(2, 0, "100", "Ann", "Sales"))
    assert "Ann / 100 / for Sales" in bench.words
