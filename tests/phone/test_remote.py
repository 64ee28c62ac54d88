"""What a server does for the agent: answer, resume, hold, and words on the display."""

from __future__ import annotations

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.texts import MAX_CHARACTERS, TEXT_SECONDS
from tests.phone.stories import Bench


def test_talk_answers_and_resumes_and_hold_holds() -> None:
    bench = Bench().rung(2)
    bench.feed(ev.RemoteControl(2, "talk"))
    assert fx.AnswerCall(2) in bench.did()
    bench.feed(ev.CallAnswered(2), ev.RemoteControl(2, "talk"))
    assert bench.mode == "talking" and bench.did()[-1:] != [fx.HoldCall(2, held=False)]
    bench.feed(ev.RemoteControl(2, "hold"))
    assert bench.mode == "held" and fx.HoldCall(2, held=True) in bench.did()
    bench.feed(ev.RemoteControl(2, "hold"))
    assert fx.HoldCall(2, held=False) not in bench.did()
    bench.feed(ev.RemoteControl(2, "talk"))
    assert bench.mode == "talking" and fx.HoldCall(2, held=False) in bench.did()


def test_talk_to_another_call_holds_the_one_before() -> None:
    bench = Bench()
    first = bench.talk()
    bench.rung(2).feed(ev.RemoteControl(2, "talk"))
    did = bench.did()
    assert fx.HoldCall(first, held=True) in did and fx.AnswerCall(2) in did


def test_talk_ends_no_call_that_the_agent_waits_for() -> None:
    bench = Bench().press("headset").dial("300").press("#").rung(2)
    bench.did()
    bench.feed(ev.RemoteControl(2, "talk"))
    assert bench.did() == [] and bench.mode == "call waiting"


def test_a_number_that_is_being_typed_is_not_swallowed() -> None:
    bench = Bench().feed(ev.HookLifted()).dial("11").rung(2).feed(ev.RemoteControl(2, "talk"))
    assert fx.AnswerCall(2) not in bench.did()
    assert fx.PlaceCall(1, 0, "112") in bench.dial("2").did()


def test_a_call_that_is_gone_is_not_meant() -> None:
    bench = Bench().feed(ev.RemoteControl(9, "talk"), ev.RemoteControl(9, "hold"))
    assert bench.mode == "idle" and bench.did() == []
    assert Bench().feed(ev.RemoteControl(1, "hold")).mode == "idle"


def test_a_call_of_ours_that_rings_there_is_neither_answered_nor_held() -> None:
    bench = Bench().press("headset").dial("600").press("#")
    (call,) = bench.phone.calls
    bench.did()
    bench.feed(ev.RemoteControl(call.id, "talk"), ev.RemoteControl(call.id, "hold"))
    assert not [e for e in bench.did() if isinstance(e, (fx.AnswerCall, fx.HoldCall))]


def said(bench: Bench, text: str, name: str = "Ann") -> Bench:
    return bench.feed(ev.TextReceived(0, "100", name, text))


def test_words_are_shown_until_they_are_read() -> None:
    bench = said(Bench(), "Campaign: Spring\r\nsale")
    assert "Message" in bench.words and "Ann: Campaign: Spring sale" in bench.words
    assert "Message" not in bench.press("ok").words
    assert "Message" not in said(Bench(), "Hello").press("back").words
    assert "Hello" in Bench().feed(ev.TextReceived(0, "", "", "Hello")).words
    assert "100: Hello" in said(Bench(), "Hello", name="").words


def test_words_grow_old_and_later_ones_take_their_place() -> None:
    bench = said(said(Bench(), "one").wait(TEXT_SECONDS - 1.0), "two").wait(2.0)
    assert "two" in bench.words and "one" not in bench.words
    assert "Message" not in bench.wait(TEXT_SECONDS).words


def test_words_stand_beside_a_call() -> None:
    bench = Bench()
    bench.talk()
    assert "Ann: Ask for the form" in said(bench, "Ask for the form").words
    assert "Muted" not in said(bench, "Ask").press("mute").words


def test_nothing_is_not_shown_and_much_is_cut() -> None:
    assert "Message" not in said(Bench(), " \r\n\x07 ").words
    bench = said(Bench(), "x" * 9000)
    assert bench.phone.text is not None
    assert len(bench.phone.text.text) == MAX_CHARACTERS


def test_a_display_that_sleeps_wakes_up() -> None:
    bench = Bench().wait(100.0)
    assert bench.phone.asleep
    assert not said(bench, "Hello").phone.asleep
