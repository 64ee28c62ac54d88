"""What comes late, twice or for somebody else is harmless, and a refused wish leaves no trace."""

from __future__ import annotations

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.outputs import outputs
from appliance.phone.settings import AccountSettings, Settings
from appliance.phone.state import new_phone
from appliance.phone.view import view
from tests.phone.stories import Bench


def _typing() -> Bench:
    return Bench().feed(ev.HookLifted()).dial("23")


def _holding_a_key() -> Bench:
    return Bench().feed(ev.HookLifted(), ev.KeyPressed("1"))


def _told_something() -> Bench:
    return Bench().feed(ev.TextReceived(0, "100", "Ann", "Say hello"))


def _calling_for_help() -> Bench:
    return Bench(accounts=(AccountSettings("1001"), AccountSettings("1002"))).dial("112").press("#")


def _answering_by_itself() -> Bench:
    return Bench().feed(ev.CallIncoming(2, 0, "100", trusted=True, answer_after=5.0))


LATE = {
    "interdigit": _typing,
    "long-press": _holding_a_key,
    "text": _told_something,
    "emergency": _calling_for_help,
    "auto-answer": _answering_by_itself,
}


@pytest.mark.parametrize("timer", LATE)
def test_a_timer_that_was_set_anew_rings_for_nothing(timer: str) -> None:
    bench = LATE[timer]()
    due = dict(outputs(bench.phone).timers)[timer]
    before, _ = bench.phone, bench.did()
    bench.feed(ev.TimerFired(timer, due - 1.0))
    assert bench.phone == before and not bench.did()
    bench.feed(ev.TimerFired(timer, due))
    assert bench.phone != before, "at its time it rings"


@pytest.mark.parametrize("timer", LATE)
def test_a_timer_of_what_is_over_rings_for_nothing(timer: str) -> None:
    bench = Bench()
    before, _ = bench.phone, bench.did()
    bench.feed(ev.TimerFired(timer, 1.0))
    assert bench.phone == before and not bench.did()


def test_media_of_a_call_that_is_gone_is_nobodys() -> None:
    bench = Bench()
    before, _ = bench.phone, bench.did()
    bench.feed(ev.CallMedia(999, "opus", held=True))
    assert bench.phone == before and not bench.did()


def test_a_call_for_an_account_that_is_gone_is_refused() -> None:
    bench = Bench().feed(ev.CallIncoming(2, 7, "100"))
    assert bench.did() == [fx.EndCall(2, 486)]
    assert bench.mode == "idle" and not bench.phone.history


@pytest.mark.parametrize("state", ["registered", "failed", "trying"])
def test_what_a_registrar_says_of_an_account_that_is_gone_is_not_heard(
    state: ev.RegistrationState,
) -> None:
    bench = Bench()
    before, _ = bench.phone, bench.did()
    bench.feed(ev.RegistrationChanged(7, state))
    assert bench.phone == before and not bench.did()


def test_who_is_registered_anew_is_not_registered_meanwhile() -> None:
    bench = Bench().feed(ev.RegistrationChanged(0, "trying"))
    assert "Registering" in bench.words
    bench.feed(ev.RegistrationChanged(0, "registered", 200, "ok"))
    assert "Registering" not in bench.words


def test_an_account_that_is_switched_off_is_not_tried_again() -> None:
    bench = Bench().feed(ev.RegistrationChanged(0, "off"))
    assert not bench.phone.registered
    assert not [name for name, _ in outputs(bench.phone).timers if name.startswith("register")]


def test_nobody_takes_a_second_call_while_the_first_is_still_being_answered() -> None:
    bench = Bench().rung(2, "100").feed(ev.HookLifted())
    assert bench.mode == "answering"
    bench.rung(4, "200")
    bench.did()
    bench.press("line2")
    assert "Still answering" in bench.words
    assert not any(isinstance(effect, fx.AnswerCall) for effect in bench.did())


def test_who_is_with_the_first_call_again_ends_the_second_and_resumes_nothing() -> None:
    bench = Bench()
    first = bench.talk()
    bench.press("transfer").dial("700").press("#")
    second = bench.phone.front
    bench.feed(ev.CallAnswered(second)).press("line1")
    assert (bench.mode, bench.phone.front) == ("consulting", first)
    bench.did()
    bench.press("back")
    assert (bench.mode, bench.phone.front) == ("talking", first)
    told = [e for e in bench.did() if isinstance(e, fx.HoldCall | fx.EndCall)]
    assert told == [fx.EndCall(second, 486)]


def test_the_line_key_of_the_call_that_is_spoken_in_does_nothing() -> None:
    bench = Bench()
    bench.talk()
    before, _ = bench.phone, bench.did()
    bench.press("line1")
    assert (bench.mode, bench.phone.calls) == ("talking", before.calls)
    assert not any(isinstance(effect, fx.HoldCall | fx.EndCall) for effect in bench.did())


@pytest.mark.parametrize("key", ["up", "down"])
def test_no_arrow_leaves_a_call_that_is_spoken_in(key: str) -> None:
    bench = Bench()
    bench.talk()
    bench.rung(2, "100").feed(ev.CallEnded(2, 487))
    before, _ = bench.phone, bench.did()
    bench.press(key)
    assert (bench.mode, bench.phone.calls) == ("talking", before.calls)


def test_a_phone_without_an_account_says_so_and_calls_nobody() -> None:
    bench = Bench(registered=False, accounts=(), speed_dial=())
    assert "Registering" not in bench.words and "Setup" in bench.words
    bench.press("headset").dial("600").press("#")
    assert "No account" in bench.words
    assert not any(isinstance(effect, fx.PlaceCall) for effect in bench.did())


def test_a_phone_that_is_not_ready_yet_says_who_it_is() -> None:
    assert view(new_phone(Settings(name="Desk 9"))).text() == ("Starting up", "Desk 9")
