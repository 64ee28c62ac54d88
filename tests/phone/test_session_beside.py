"""An agent's session beside other calls, and in other hands: what it waits for, when it goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.autoanswer import WARNING_SECONDS, AutoAnswer
from appliance.phone.outputs import outputs
from tests.phone.stories import AT_ONCE, Bench
from tests.phone.test_session import NAME, VICIDIAL, begun, calls, ended


def test_one_that_had_to_wait_begins_when_the_other_call_is_over() -> None:
    bench = Bench(sessions=VICIDIAL)
    bench.phone = replace(
        bench.phone, preferences=replace(bench.phone.preferences, forward_no_answer="700")
    )
    first = bench.talk()
    calls(bench).wait(120.0)
    assert not [effect for effect in bench.did() if isinstance(effect, fx.ForwardCall)]
    assert bench.mode == "call waiting"
    bench.feed(ev.CallEnded(first)).wait(WARNING_SECONDS)
    assert fx.AnswerCall(2) in bench.did()


def test_one_that_another_call_overtakes_waits_for_that_and_goes_nowhere_else() -> None:
    bench = Bench(sessions=VICIDIAL)
    bench.phone = replace(
        bench.phone, preferences=replace(bench.phone.preferences, forward_no_answer="700")
    )
    calls(bench).rung(4).wait(10.0)
    assert bench.phone.calls[0].rings_until == 0.0 and bench.phone.calls[1].rings_until
    bench.feed(ev.CallEnded(4, 487)).wait(WARNING_SECONDS)
    assert fx.AnswerCall(2) in bench.did()


def test_one_that_is_lost_during_another_call_is_told_at_once_and_until_it_is_seen() -> None:
    bench = begun().rung(4, "200").press("ok").feed(ev.CallAnswered(4), ev.CallEnded(2, 481))
    assert "Session lost: Server forgot it" in bench.words
    assert outputs(bench.phone).ringer.ringing
    assert fx.SetLamp("call", "blinking") in outputs(bench.phone).lamps
    bench.wait(60.0)
    assert fx.SetLamp("call", "blinking") in outputs(bench.phone).lamps
    bench.feed(ev.CallEnded(4)).wait(10.0)
    assert "Session lost / Server forgot it" in bench.words


def test_one_that_gives_way_to_an_emergency_is_lost() -> None:
    bench = begun(Bench(sessions=VICIDIAL, lines=1)).press("hold")
    bench.feed(ev.DialRequested("112"))
    assert ended(bench) == [2] and bench.phone.preferences.session
    call = bench.phone.calls[0].id
    bench.feed(ev.CallEnded(call, 486)).wait(60.0)
    assert "Session lost / Emergency call" in bench.words


def test_the_microphone_of_one_is_never_closed_by_itself_and_found_as_it_was_left() -> None:
    muted = AutoAnswer(muted=True)
    assert not begun(Bench(sessions=VICIDIAL, auto_answer=muted)).phone.muted
    bench = begun().press("mute").rung(4, "200").press("ok").feed(ev.CallAnswered(4))
    assert "Muted" not in bench.words
    bench.feed(ev.CallEnded(4))
    assert outputs(bench.phone).audio == fx.SetAudio(2, muted=True)
    bench.press("mute", "soft3", "5").dial("200").press("#")
    placed = bench.phone.calls[-1].id
    bench.feed(ev.CallAnswered(placed)).press("mute")
    assert outputs(bench.phone).audio == fx.SetAudio(placed, muted=True)
    bench.press("line1")
    assert outputs(bench.phone).audio == fx.SetAudio(2, muted=False)


@pytest.mark.parametrize("key", ["transfer", "conference", "line2"])
def test_it_goes_on_when_what_it_was_held_for_is_not_done(key: str) -> None:
    bench = begun().press(key)
    assert fx.HoldCall(2, held=True) in bench.did()
    bench.press("back")
    assert fx.HoldCall(2, held=False) in bench.did() and bench.mode == "talking"


@pytest.mark.parametrize("key", ["transfer", "line2"])
def test_it_goes_on_when_the_handset_is_replaced(key: str) -> None:
    bench = begun().feed(ev.HookLifted()).press(key).feed(ev.HookReplaced())
    assert bench.mode == "talking" and bench.phone.hands_free and ended(bench) == []


def test_it_goes_on_when_it_could_not_be_given_away() -> None:
    bench = begun(Bench(sessions=VICIDIAL, **AT_ONCE)).press("transfer").dial("200")
    bench.press("transfer", "2")
    assert bench.mode == "transferring"
    bench.feed(ev.TransferProgress(2, 486, serial=1))
    assert bench.mode == "talking" and "Transfer failed: Busy" in bench.words
    assert "Transfer failed" not in bench.wait(11.0).words


def test_it_goes_on_and_says_so_when_nobody_took_it() -> None:
    bench = begun().press("transfer").dial("200").press("transfer", "2").wait(61.0)
    assert bench.mode == "talking" and "Transfer failed: No answ" in bench.words


def test_it_goes_on_and_says_so_when_who_was_asked_is_busy() -> None:
    bench = begun().press("transfer").dial("300").press("#")
    target = bench.phone.front
    bench.feed(ev.CallProgress(target, 180)).press("transfer", "2")
    bench.feed(ev.CallEnded(target, 486))
    assert bench.mode == "talking" and "Transfer failed: Busy" in bench.words


def test_one_that_the_server_moves_is_the_same_session() -> None:
    bench = begun().feed(ev.CallReferred(2, 4, "8600052"))
    moved = bench.phone.call(4)
    assert moved is not None and moved.session and moved.name == NAME
    bench.feed(ev.CallAnswered(4))
    assert ended(bench) == [] and outputs(bench.phone).watch == fx.WatchCall(4)
    bench.feed(ev.CallEnded(2))
    assert bench.phone.session_lost is None and "Session" in bench.words
    assert bench.phone.preferences.session
    assert "Session lost" in bench.feed(ev.CallEnded(4)).wait(10.0).words


def test_one_that_could_not_be_moved_goes_on() -> None:
    bench = begun().feed(ev.CallReferred(2, 4, "8600052"), ev.CallEnded(4, 486))
    assert bench.phone.session_lost is None
    assert bench.mode == "talking" and bench.phone.front == 2


def test_the_agent_may_give_up_being_moved() -> None:
    bench = begun().feed(ev.CallReferred(2, 4, "8600052")).press("headset")
    assert ended(bench) == [4] and bench.phone.preferences.session
    assert bench.mode == "talking" and bench.phone.front == 2


@pytest.mark.parametrize("hang_up", [ev.HookReplaced(), ev.HeadsetHook(off_hook=False)])
def test_hanging_up_while_somebody_is_asked_gives_it_to_nobody(hang_up: ev.Event) -> None:
    bench = begun().feed(ev.HookLifted()).press("transfer").dial("200").press("#")
    target = bench.phone.front
    bench.feed(ev.CallAnswered(target), hang_up)
    assert ended(bench) == [target] and bench.mode == "talking" and bench.phone.front == 2


def test_one_that_is_replaced_is_the_same_session_by_whatever_name() -> None:
    bench = begun().feed(ev.CallReplaced(2, 4, "300", "Eve"), ev.PartyChanged(4, "301", "Bob"))
    assert "Agent session" in bench.words
    bench.feed(ev.CallEnded(4))
    assert "Session lost" in bench.wait(10.0).words
    assert bench.phone.history[0].name == NAME


def test_it_is_watched_from_its_answer_to_its_end() -> None:
    bench = calls(Bench(sessions=VICIDIAL)).wait(WARNING_SECONDS)
    assert not [effect for effect in bench.did() if isinstance(effect, fx.WatchCall)]
    assert fx.WatchCall(2) in bench.feed(ev.CallAnswered(2)).did()
    assert fx.WatchCall(2) not in bench.press("hold").did()
    assert fx.WatchCall(0) in bench.feed(ev.CallEnded(2)).did()


def test_a_headset_that_is_unplugged_and_plugged_in_again_ends_nothing() -> None:
    bench = begun().feed(ev.HeadsetChanged("missing"))
    assert "Headset unplugged" in bench.words and outputs(bench.phone).ringer.ringing
    bench.wait(60.0).feed(ev.HeadsetChanged("ready", "usb-1", "Headset"))
    assert ended(bench) == [] and bench.mode == "talking"
    assert outputs(bench.phone).audio.call == 2
