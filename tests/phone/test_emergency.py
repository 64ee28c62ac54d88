"""Emergency calls: at once, over whatever account works, whatever else the phone is doing."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.config.kinds import TONE_COUNTRIES
from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.autoanswer import AutoAnswer
from appliance.phone.dialling import EMERGENCY_SECONDS
from appliance.phone.emergency import NUMBERS, PATIENCE_SECONDS, numbers_of
from appliance.phone.numbering import Numbers
from appliance.phone.outputs import policy
from appliance.phone.session import Sessions
from appliance.phone.settings import AccountSettings
from tests.phone.stories import Bench

THREE = (AccountSettings("1"), AccountSettings("2"), AccountSettings("3"))


def _bench(*registered: int) -> Bench:
    bench = Bench(registered=False, accounts=THREE)
    for account in range(3):
        state = "registered" if account in registered else "failed"
        bench.feed(ev.RegistrationChanged(account, state, verdict="ok"))  # type: ignore[arg-type]
    bench.did()
    return bench


def _placed(bench: Bench) -> list[tuple[int, int, str]]:
    return [
        (effect.call, effect.account, effect.number)
        for effect in bench.did()
        if isinstance(effect, fx.PlaceCall)
    ]


def test_every_country_has_numbers_of_digits_and_the_configuration_adds_to_them() -> None:
    assert set(TONE_COUNTRIES) <= NUMBERS.keys()
    assert all(number.isdecimal() for numbers in NUMBERS.values() for number in numbers)
    assert numbers_of("de", ("112", "19222")) == ("112", "110", "19222")


def test_it_is_dialled_with_its_last_digit_though_longer_numbers_begin_with_it() -> None:
    bench = Bench(emergency=("15", "112")).feed(ev.HookLifted()).dial("15")
    assert _placed(bench) == [(1, 0, "15")]
    assert _placed(Bench().dial("112")) == [(1, 0, "112")], "on-hook too"


@pytest.mark.parametrize(
    "known",
    [
        {"speed_dial": (("9", "1120,,5"),)},
        {"watch": ("1120",)},
        {"park": "1120"},
        {"park_slots": ("1120",)},
        {"accounts": (AccountSettings("1120"),)},
        {"accounts": (AccountSettings("1001", mailbox="1120"),)},
        {"emergency": ("112", "1120")},
    ],
)
def test_on_hook_it_waits_a_second_where_a_longer_number_is_known(known: dict[str, Any]) -> None:
    bench = Bench(**known).dial("112")
    assert _placed(bench) == [] and bench.mode == "on-hook dialling"
    assert _placed(bench.wait(EMERGENCY_SECONDS)) == [(1, 0, "112")]
    if "emergency" not in known:
        typed = Bench(**known).dial("1120").wait(5.0).feed(ev.HookLifted())
        assert _placed(typed) == [(1, 0, "1120")]
    again = Bench(**known).dial("1123").press("back").wait(EMERGENCY_SECONDS)
    assert _placed(again) == [(1, 0, "112")]
    assert _placed(Bench(**known).feed(ev.HookLifted()).dial("112")) == [(1, 0, "112")]


def test_one_that_is_only_chosen_again_waits_to_be_called() -> None:
    bench = Bench().dial("112").feed(ev.CallEnded(1, 486)).wait(10.0)
    bench.did()
    bench.press("down").wait(10.0)
    assert _placed(bench) == [] and "112" in bench.words
    assert _placed(bench.press("ok")) == [(3, 0, "112")]


def _urgent(bench: Bench, *, answered: bool) -> Bench:
    bench.dial("112")
    if answered:
        bench.feed(ev.CallAnswered(bench.phone.front))
    bench.did()
    return bench


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize(
    "wish", [{}, {"trusted": True, "answer_after": 0.0}, {"number": "900", "trusted": True}]
)
def test_nothing_comes_between(answered: bool, wish: dict[str, Any]) -> None:
    """A page, a session, anybody: all hear busy, and nothing happens to the call."""
    sessions = Sessions(numbers=Numbers(("900",)))
    bench = _urgent(
        Bench(auto_answer=AutoAnswer(in_call=True), sessions=sessions), answered=answered
    )
    shown = bench.mode
    bench.feed(ev.CallIncoming(2, 0, **{"number": "100", **wish})).wait(5.0)
    told = [e for e in bench.did() if isinstance(e, (fx.EndCall, fx.AnswerCall, fx.HoldCall))]
    assert told == [fx.EndCall(2, 486)]
    assert bench.mode == shown and bench.phone.missed == 1
    assert bench.phone.history[0].end == "full"
    assert policy(bench.phone).unwanted() == policy(bench.phone).unwanted(session=True) == "full"


def test_the_engine_may_let_calls_ring_again_when_it_is_over() -> None:
    bench = Bench().dial("112")
    assert policy(bench.phone) in bench.did() and policy(bench.phone).urgent
    bench.press("back")
    assert not policy(bench.phone).urgent and policy(bench.phone) in bench.did()


@pytest.mark.parametrize("answered", [False, True])
def test_the_server_neither_holds_it_nor_takes_another_call(answered: bool) -> None:
    bench = Bench()
    first = bench.talk()
    bench.press("hold", "headset")
    _urgent(bench, answered=answered)
    (_, urgent) = bench.phone.calls
    bench.feed(ev.RemoteControl(urgent.id, "hold"), ev.RemoteControl(first, "talk"))
    bench.feed(ev.DialRequested("600"), ev.DialRequested("none"))
    assert not [e for e in bench.did() if isinstance(e, (fx.HoldCall, fx.EndCall, fx.PlaceCall))]
    assert bench.phone.front == urgent.id


def test_who_knocks_while_it_is_dialled_has_missed_us() -> None:
    bench = Bench().feed(ev.HookLifted()).dial("1").rung(2).dial("12")
    did = bench.did()
    assert fx.EndCall(2, 486) in did and fx.PlaceCall(1, 0, "112") in did
    assert bench.mode == "calling" and bench.phone.missed == 1


def test_digits_are_not_lost_to_a_call_that_rings() -> None:
    bench = Bench().dial("11").rung(2)
    assert bench.mode == "incoming" and "11" in bench.words.split(" / ")
    assert _placed(bench.dial("2")) == [(1, 0, "112")]
    bench = Bench().rung(2).dial("112")
    assert _placed(bench) == [(1, 0, "112")]
    longer = Bench().dial("2").rung(2).dial("112").wait(5.0)
    assert _placed(longer) == [], "2112 is somebody else"
    answered = Bench().dial("11").rung(2).press("ok")
    assert answered.mode == "answering" and answered.phone.entry is None
    refused = Bench().dial("11").rung(2).press("back")
    assert refused.mode == "on-hook dialling" and _placed(refused.dial("2")) == [(1, 0, "112")]


@pytest.mark.parametrize(("typed", "taken"), [("11", False), ("5", True)])
def test_a_session_waits_for_half_an_emergency_number(typed: str, taken: bool) -> None:
    bench = Bench(sessions=Sessions(numbers=Numbers(("900",)))).feed(ev.HookLifted()).dial(typed)
    bench.wait(1.0).feed(ev.CallIncoming(2, 0, "900", trusted=True)).wait(2.0)
    assert (fx.AnswerCall(2) in bench.did()) == taken
    assert ("112" in [call.number for call in bench.dial("2").phone.calls]) == (not taken)


def test_with_both_lines_held_it_takes_one_and_nothing_else_does() -> None:
    bench = Bench(watch=("1120",))
    for _ in range(2):
        call = bench.talk()
        bench.feed(ev.RemoteControl(call, "hold"))
    bench.did()
    bench.dial("112").press("#")
    assert [number for _, _, number in _placed(bench)] == ["112"]
    bench = Bench()
    for _ in range(2):
        call = bench.talk()
        bench.feed(ev.RemoteControl(call, "hold"))
    bench.did()
    bench.dial("2112").press("#")
    assert _placed(bench) == [] and "Line in use" in bench.words


def _by_menu(bench: Bench, words: str) -> Bench:
    bench.hold("*")
    place = next(p for p in "123456789" if f"{p} {words}" in bench.words)
    return bench.press(place)


def test_with_two_calls_the_menu_leads_to_it() -> None:
    bench = Bench()
    bench.talk("600")
    bench.press("line2").dial("300").press("#").feed(ev.CallAnswered(3))
    bench.did()
    assert _placed(_by_menu(bench, "Emergency call").dial("112")) == [(5, 0, "112")]
    assert len(bench.phone.calls) == 2


def test_in_a_conference_or_while_somebody_knocks_too() -> None:
    bench = Bench()
    bench.talk("600")
    bench.press("conference").dial("300").press("#").feed(ev.CallAnswered(3)).press("conference")
    assert bench.mode == "conference"
    bench.did()
    assert _placed(_by_menu(bench, "Emergency call").dial("112")) == [(5, 0, "112")]
    bench = Bench()
    bench.talk("600")
    bench.rung(2).did()
    assert _placed(_by_menu(bench, "Emergency call").dial("112")) == [(3, 0, "112")]


def test_it_is_nobodys_consultation() -> None:
    bench = Bench()
    first = bench.talk("600")
    bench.press("transfer").dial("112")
    assert bench.phone.consultation is None
    bench.did()
    bench.press("transfer", "headset")
    assert not [e for e in bench.did() if isinstance(e, fx.TransferCall)]
    assert bench.phone.call(first) is not None


def test_asked_for_again_it_begins_anew() -> None:
    """The account that said nothing is waited for again, as long as there are others."""
    bench = _bench(0, 1).dial("112").wait(PATIENCE_SECONDS)
    bench.feed(ev.DialRequested("112"))
    assert _placed(bench)[-1][1:] == (0, "112")
    bench.wait(PATIENCE_SECONDS)
    assert _placed(bench)[-1][1:] == (1, "112")


def test_the_accounts_are_tried_one_after_the_other_the_registered_ones_first() -> None:
    bench = _bench(1).feed(ev.HookLifted()).dial("112")
    assert _placed(bench) == [(1, 1, "112")]
    bench.feed(ev.CallEnded(1, 503))
    assert _placed(bench) == [(3, 0, "112")]
    assert bench.mode == "calling" and "No answer. Line: 1" in bench.words
    bench.feed(ev.CallEnded(3, 403))
    assert _placed(bench) == [(5, 2, "112")]
    bench.feed(ev.CallEnded(5, 503, "No server"))
    assert _placed(bench) == []
    assert (bench.mode, bench.tone) == ("ended", "congestion")


def test_a_server_that_says_nothing_is_left_for_the_next_account() -> None:
    bench = _bench(0, 1).feed(ev.HookLifted()).dial("112")
    bench.did()
    bench.wait(PATIENCE_SECONDS)
    assert fx.EndCall(1, 486) in bench.effects
    assert _placed(bench) == [(3, 1, "112")]
    bench.wait(PATIENCE_SECONDS)
    assert _placed(bench) == [(5, 2, "112")]
    bench.wait(60.0)
    assert bench.mode == "calling", "the last account may take its time"


@pytest.mark.parametrize("code", [100, 180, 183])
def test_a_server_that_has_the_call_may_take_its_time(code: int) -> None:
    bench = _bench(0, 1).feed(ev.HookLifted()).dial("112")
    bench.did()
    bench.feed(ev.CallProgress(1, code)).wait(60.0)
    assert _placed(bench) == []
    bench.feed(ev.CallEnded(1, 480))
    assert _placed(bench) == [(3, 1, "112")]


def test_a_call_that_was_answered_or_given_up_is_not_placed_again() -> None:
    bench = _bench(0, 1).feed(ev.HookLifted()).dial("112").feed(ev.CallAnswered(1))
    bench.did()
    bench.feed(ev.CallEnded(1))
    assert _placed(bench) == []
    bench = _bench(0, 1).feed(ev.HookLifted()).dial("112").feed(ev.HookReplaced())
    bench.did()
    bench.feed(ev.CallEnded(1, 487)).wait(60.0)
    assert _placed(bench) == [] and bench.mode == "idle"


def test_any_other_number_fails_where_it_fails() -> None:
    bench = _bench(0, 1).feed(ev.HookLifted()).dial("600").press("#")
    bench.did()
    bench.wait(PATIENCE_SECONDS).feed(ev.CallEnded(1, 503))
    assert _placed(bench) == [] and bench.mode == "ended"
