"""A session, and a locked phone's call: neither is given away in passing."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.outputs import outputs
from tests.phone.stories import AT_ONCE, Bench
from tests.phone.test_session import VICIDIAL, begun
from tests.phone.test_transfer import commands


def asking(answered: bool = True, **settings: Any) -> Bench:
    """A session is held while the agent, with the handset lifted, asks somebody (call 1)."""
    bench = begun(Bench(sessions=VICIDIAL, **settings)).feed(ev.HookLifted())
    bench.press("transfer").dial("300").press("#").feed(ev.CallProgress(1, 180))
    if answered:
        bench.feed(ev.CallAnswered(1))
    bench.did()
    return bench


def at_once() -> Bench:
    """A session of a phone that leaves it to the server to give calls to numbers."""
    return begun(Bench(sessions=VICIDIAL, **AT_ONCE))


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("how", ["replace", "headset button", "headset key"])
def test_hanging_up_ends_the_other_call_and_the_session_goes_on(how: str, answered: bool) -> None:
    bench = asking(answered)
    if how != "replace":
        bench.press("headset").feed(ev.HookReplaced()).did()
    if how == "headset key":
        bench.press("headset")
    else:
        bench.feed(ev.HookReplaced() if how == "replace" else ev.HeadsetHook(off_hook=False))
    assert commands(bench) == [fx.EndCall(1), fx.HoldCall(2, held=False)]
    assert bench.mode == "talking" and bench.phone.engaged
    assert "Session goes on" in bench.words


def test_so_it_does_where_it_is_spoken_in() -> None:
    bench = asking().press("soft2")
    assert bench.phone.front == 2
    bench.did()
    bench.feed(ev.HookReplaced())
    assert commands(bench) == [fx.EndCall(1)]
    assert bench.mode == "talking" and bench.phone.hands_free


@pytest.mark.parametrize("answered", [True, False])
def test_the_key_asks_before_it_connects_the_two(answered: bool) -> None:
    bench = asking(answered).press("transfer")
    assert "End session? / 1 No, go on / 2 Transfer" in bench.words
    assert bench.press("1").phone.handover is None and not commands(bench)
    bench.press("transfer", "2")
    assert bench.mode == "transferring"
    if not answered:
        bench.feed(ev.CallAnswered(1))
    assert fx.TransferCall(2, target=1) in bench.did()


def test_a_number_is_not_given_it_without_a_question_either() -> None:
    bench = at_once().press("transfer").dial("300").press("transfer")
    assert "End session?" in bench.words
    bench.wait(10.0)
    assert not any(isinstance(did, fx.PlaceCall) for did in bench.did()), "the menu waits"
    bench.press("1")
    assert bench.mode == "transfer prompt"
    bench.press("transfer", "2")
    assert fx.TransferCall(2, "300") in bench.did()


def test_a_number_that_is_rung_first_is_not_given_it_without_a_question_either() -> None:
    bench = begun().press("transfer").dial("300").press("transfer")
    assert "End session?" in bench.words
    assert bench.wait(10.0).press("1").mode == "transfer prompt"
    assert not any(isinstance(did, fx.PlaceCall) for did in bench.did())
    bench.press("transfer", "2")
    assert fx.PlaceCall(1, 0, "300") in bench.did() and bench.mode == "transferring"
    bench.feed(ev.CallAnswered(1))
    assert fx.TransferCall(2, target=1) in bench.did()
    bench.feed(ev.TransferProgress(2, 200))
    assert bench.phone.session_lost is None and "Transferred to 300" in bench.words


def test_it_goes_on_when_a_number_that_is_rung_first_does_not_want_it() -> None:
    bench = begun().press("transfer").dial("300").press("transfer", "2").feed(ev.CallEnded(1, 486))
    assert bench.mode == "talking" and "Transfer failed: Busy" in bench.words


def test_nor_is_a_parking_place() -> None:
    bench = begun(Bench(sessions=VICIDIAL, park="700")).hold("*")
    bench.press(next(n for n in "123456789" if f"{n} Park" in bench.words))
    assert "End session?" in bench.words and not commands(bench)
    bench.press("2")
    assert fx.TransferCall(2, "700") in bench.did()


@pytest.mark.parametrize("lifted", [False, True])
def test_one_that_was_given_and_is_let_go_is_not_lost(lifted: bool) -> None:
    bench = at_once()
    if lifted:
        bench.feed(ev.HookLifted())
    bench.press("transfer").dial("300").press("transfer", "2").feed(ev.CallEnded(2))
    assert "Transferred to 300" in bench.words
    assert bench.phone.session_lost is None and not bench.phone.preferences.session
    assert not outputs(bench.phone).ringer.ringing and bench.phone.alarm_due == 0.0
    assert bench.phone.history[0].end == "transferred"
    assert bench.mode == ("dial tone" if lifted else "idle")


def test_of_one_that_was_given_and_is_forgotten_nobody_knows_who_has_it() -> None:
    bench = at_once().press("transfer").dial("300").press("transfer", "2")
    bench.feed(ev.CallEnded(2, 408))
    assert "Transferred" not in bench.words
    assert bench.phone.session_lost is None and bench.phone.alarm_due == 0.0


def test_one_that_somebody_else_was_given_to_is_not_lost_either() -> None:
    bench = in_conference().press("transfer", "2").feed(ev.CallEnded(2))
    assert bench.phone.session_lost is None and "Transferred to Agent session" in bench.words
    bench.feed(ev.TransferProgress(1, 200, serial=1))
    assert "Transferred to Agent session" in bench.words and bench.mode == "dial tone"


def test_one_that_ends_before_it_was_given_is_lost() -> None:
    bench = asking(answered=False).press("transfer", "2").feed(ev.CallEnded(2))
    assert bench.phone.session_lost == "Ended by server"


def in_conference() -> Bench:
    """The session and another call, joined; the other is in front."""
    bench = asking().press("conference")
    assert bench.mode == "conference"
    bench.did()
    return bench


def test_a_conference_with_it_is_left_after_a_question() -> None:
    bench = in_conference().press("transfer")
    assert "End session?" in bench.words and not commands(bench)
    bench.press("2")
    assert fx.TransferCall(1, target=2) in bench.did()


def test_it_is_dropped_by_its_name_and_after_a_question() -> None:
    bench = in_conference().hold("*")
    assert "Drop 300" in bench.words
    line = next(n for n in "123456789" if f"{n} Drop Agent session" in bench.words)
    bench.press(line)
    assert "End session? / 1 No, go on / 2 End session" in bench.words
    bench.press("1").hold("*").press(line, "2")
    assert commands(bench) == [fx.EndCall(2)]
    assert (bench.mode, bench.phone.front) == ("talking", 1)
    assert bench.phone.session_lost is None


def test_the_other_one_is_dropped_at_once() -> None:
    bench = in_conference().hold("*").press("3")
    assert commands(bench) == [fx.EndCall(1)]
    assert "Agent session" in bench.words and bench.mode == "talking"


def two_calls_answered_at_a_locked_phone() -> Bench:
    bench = Bench(pin="2580").hold("#").wait(4.0).rung(2, "100").press("ok")
    bench.feed(ev.CallAnswered(2)).rung(4, "200").press("ok").feed(ev.CallAnswered(4))
    bench.did()
    return bench


@pytest.mark.parametrize("keys", [("transfer", "transfer"), ("conference", "transfer")])
def test_a_locked_phone_connects_nobody(keys: tuple[str, ...]) -> None:
    bench = two_calls_answered_at_a_locked_phone().press(*keys)
    assert "Emergency calls only" in bench.words
    assert not any(isinstance(did, fx.TransferCall) for did in bench.did())


def test_a_locked_phone_gives_nobody_to_an_emergency_by_hanging_up() -> None:
    bench = Bench(pin="2580").hold("#").rung(2).feed(ev.HookLifted(), ev.CallAnswered(2))
    bench.press("transfer").dial("112").feed(ev.CallProgress(1, 180)).did()
    bench.feed(ev.HookReplaced())
    assert commands(bench) == [fx.EndCall(1)]
    assert [(call.id, call.held) for call in bench.phone.calls] == [(2, True)]
