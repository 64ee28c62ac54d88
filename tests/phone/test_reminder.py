"""A call on hold at a phone that nobody is at tells of itself."""

from __future__ import annotations

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.outputs import outputs
from appliance.phone.reminder import PAUSE_SECONDS, TELLS_SECONDS
from appliance.phone.transfer import FAILURE_SECONDS
from tests.phone.stories import Bench


def tells(bench: Bench) -> bool:
    return outputs(bench.phone).ringer.ringing


def waiting() -> Bench:
    """A call waits, and the handset is replaced."""
    bench = Bench().feed(ev.HookLifted())
    bench.talk()
    return bench.press("hold").feed(ev.HookReplaced())


def test_it_tells_time_and_again_until_somebody_takes_the_call_back() -> None:
    bench = waiting().wait(PAUSE_SECONDS - 1)
    assert not tells(bench)
    bench.wait(1.5)
    assert tells(bench)
    bench.wait(TELLS_SECONDS)
    assert not tells(bench)
    bench.wait(PAUSE_SECONDS - TELLS_SECONDS)
    assert tells(bench)
    bench.feed(ev.HookLifted())
    assert bench.mode == "talking" and not tells(bench)
    assert fx.HoldCall(1, held=False) in bench.did()


def test_between_two_tellings_the_handset_is_for_a_new_number() -> None:
    bench = waiting().feed(ev.HookLifted())
    assert bench.mode == "dial tone"
    bench.wait(2 * PAUSE_SECONDS)
    assert not tells(bench), "somebody is there"


def test_a_call_that_comes_rings_as_it_does() -> None:
    bench = waiting().rung(2).wait(PAUSE_SECONDS + 1)
    assert outputs(bench.phone).ringer != fx.SetRinger(True, "headset-lost")


def test_a_transfer_that_failed_before_the_handset_was_replaced_is_told_of_at_once() -> None:
    bench = Bench().rung(2).feed(ev.HookLifted(), ev.CallAnswered(2))
    bench.press("transfer").dial("300").press("transfer").feed(ev.CallEnded(1, 486))
    bench.wait(1.0).feed(ev.HookReplaced()).wait(0.0)
    assert tells(bench) and "Transfer failed: Busy" in bench.words
    bench.feed(ev.HookLifted())
    assert (bench.mode, bench.phone.front) == ("talking", 2)


def test_one_that_failed_a_while_ago_is_a_call_on_hold_like_any_other() -> None:
    bench = Bench().rung(2).feed(ev.HookLifted(), ev.CallAnswered(2))
    bench.press("transfer").dial("300").press("transfer").feed(ev.CallEnded(1, 486))
    bench.wait(FAILURE_SECONDS + 1).feed(ev.HookReplaced()).wait(PAUSE_SECONDS - 1)
    assert not tells(bench)
    assert tells(bench.wait(1.0))


def test_a_transfer_given_by_hanging_up_that_fails_comes_back_at_once() -> None:
    bench = Bench().rung(2).feed(ev.HookLifted(), ev.CallAnswered(2))
    bench.press("transfer").dial("300").press("#").feed(ev.CallAnswered(1))
    bench.feed(ev.HookReplaced()).wait(PAUSE_SECONDS + 1)
    assert not tells(bench), "it is on its way to somebody else"
    bench.feed(ev.CallEnded(1), ev.TransferProgress(2, 486)).wait(0.0)
    assert "Transfer failed: Busy" in bench.words
    assert not tells(bench), "whether anybody still waits is asked first"
    bench.feed(ev.CallLives(99), ev.CallLives(2)).wait(0.0)
    assert tells(bench)
    bench.feed(ev.HookLifted())
    assert bench.mode == "talking" and bench.phone.front == 2


def test_a_late_timer_tells_of_nothing() -> None:
    bench = waiting()
    bench.feed(ev.TimerFired("remind", 1.0))
    assert not tells(bench)
