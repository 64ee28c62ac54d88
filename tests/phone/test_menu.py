"""The menu, by which a telephone keypad alone reaches everything, and the numbers dialled last."""

from __future__ import annotations

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.pages import MENU_SECONDS
from appliance.phone.settings import AccountSettings
from appliance.phone.view import view
from tests.phone.stories import Bench


def test_star_held_down_opens_it_and_is_no_digit() -> None:
    bench = Bench()
    call = bench.talk()
    bench.hold("*")
    assert bench.mode == "menu"
    assert fx.SendDigits(call, "*") not in bench.did()
    assert "1 Transfer" in bench.words


def test_star_is_a_digit_when_it_comes_up_in_time_or_another_key_goes_down() -> None:
    bench = Bench()
    call = bench.talk()
    bench.press("*")
    assert fx.SendDigits(call, "*") in bench.did()
    bench.feed(ev.KeyPressed("*"), ev.KeyPressed("1"), ev.KeyReleased("*"), ev.KeyReleased("1"))
    sent = [effect for effect in bench.did() if isinstance(effect, (fx.SendDigits, fx.SetDigit))]
    assert sent == [fx.SendDigits(call, "*"), fx.SetDigit(call, "1"), fx.SetDigit()]


def test_a_keypad_a_hook_and_the_display_transfer_a_call() -> None:
    bench = Bench()
    bench.feed(ev.HookLifted()).dial("600").press("#").feed(ev.CallAnswered(1))
    bench.hold("*").press("1")
    assert bench.mode == "transfer prompt"
    bench.dial("300").press("#").feed(ev.CallAnswered(3), ev.HookReplaced())
    assert fx.TransferCall(1, target=3) in bench.did()


def test_a_keypad_makes_a_conference_and_leaves_it() -> None:
    bench = Bench()
    bench.feed(ev.HookLifted()).dial("600").press("#").feed(ev.CallAnswered(1))
    bench.hold("*").press("2").dial("300").press("#").feed(ev.CallAnswered(3))
    bench.hold("*").press("2")
    assert bench.mode == "conference"
    bench.hold("*").press("4")
    assert fx.TransferCall(3, target=1) in bench.did()


def test_digits_arrows_hash_and_ok_choose() -> None:
    bench = Bench()
    bench.talk()
    bench.press("ok", "down", "#", "up", "down")
    assert "Menu" in bench.words
    bench.press("ok")
    assert bench.mode == "held", "the third is Hold"
    bench.press("soft3", "0", "9")
    assert bench.mode == "menu", "what is not on the list chooses nothing"


def test_star_back_and_time_close_it_and_other_keys_mean_what_they_mean() -> None:
    bench = Bench()
    bench.talk()
    for key in ("*", "back"):
        assert bench.press("ok", key).mode == "talking"
    bench.press("ok").wait(MENU_SECONDS + 0.1)
    assert bench.mode == "talking"
    bench.press("ok", "hold")
    assert bench.mode == "held"
    bench.press("soft3").feed(ev.TimerFired("menu", 0.0))
    assert bench.mode == "menu"


def test_it_closes_when_there_is_something_else_to_choose() -> None:
    bench = Bench()
    call = bench.talk()
    bench.press("ok").feed(ev.CallEnded(call))
    assert bench.mode == "ended"
    bench.hold("*").rung(2)
    assert bench.mode == "call waiting"


def test_lifting_and_replacing_close_it() -> None:
    bench = Bench().hold("*").feed(ev.HookLifted())
    assert bench.mode == "dial tone"
    bench.hold("*").feed(ev.HookReplaced())
    assert bench.mode == "idle"


def test_a_call_that_rings_is_refused_from_the_keypad() -> None:
    bench = Bench().rung(2).hold("*")
    assert "1 Answer" in bench.words
    bench.press("2")
    assert fx.EndCall(2, 486) in bench.did()


def test_do_not_disturb_and_missed_calls_from_the_keypad() -> None:
    bench = Bench().hold("*").press("3")
    assert bench.phone.dnd
    bench.press("dnd").rung(2).feed(ev.CallEnded(2)).hold("*")
    assert "8 Clear 1 missed" in bench.words
    bench.press("8")
    assert bench.phone.missed == 0


def test_a_call_that_is_placed_is_muted_or_ended() -> None:
    bench = Bench().feed(ev.HookLifted()).dial("600").press("#").hold("*")
    assert "1 Mute / 2 End" in bench.words
    bench.press("2")
    assert fx.EndCall(1, 486) in bench.did()


def test_a_consultation_from_the_keypad() -> None:
    bench = Bench()
    first = bench.talk("600")
    bench.press("transfer").hold("*")
    assert "Transfer to held" not in bench.words
    bench.press("*").dial("300").hold("*")
    assert "Transfer now" in bench.words
    bench.press("1").hold("*")
    assert "1 Transfer / 2 Mute / 3 End" in bench.words
    bench.press("*").feed(ev.CallAnswered(3)).hold("*")
    assert "Swap calls" in bench.words and "Drop, go back" in bench.words
    bench.press("5")
    assert bench.phone.front == first
    bench.press("transfer").hold("*")
    assert "Resume" in bench.words


def test_a_number_half_dialled_is_sent_corrected_or_given_up() -> None:
    bench = Bench().feed(ev.HookLifted()).dial("60").hold("*")
    assert "1 Dial / 2 Delete a digit / 3 Cancel" in bench.words
    bench.press("2")
    assert bench.phone.entry is not None and bench.phone.entry.digits == "6"


def test_with_two_calls_and_a_prompt_the_one_on_hold_is_offered() -> None:
    bench = Bench()
    first = bench.talk("600")
    bench.press("line2").dial("300").press("#").feed(ev.CallAnswered(3))
    bench.press("transfer").hold("*").press("1")
    assert fx.TransferCall(3, target=first) in bench.did()


def test_the_last_numbers_are_listed_each_once_and_dialled() -> None:
    bench = Bench()
    for number in ("600", "300", "600"):
        bench.feed(ev.DialRequested(number), ev.HangUpRequested())
    assert bench.phone.last_numbers == ("600", "300")
    bench.wait(60).hold("*").press("2", "1")
    assert "Last numbers / 1 600 / 2 300" in bench.words
    bench.press("2")
    assert any(isinstance(e, fx.PlaceCall) and e.number == "300" for e in bench.did()[-8:])


def test_no_numbers_no_list() -> None:
    bench = Bench().press("up")
    assert bench.mode == "idle"
    bench.talk()
    assert "numbers" not in bench.words.lower()


def test_the_arrows_walk_through_the_last_numbers() -> None:
    bench = Bench()
    for number in ("600", "300"):
        bench.feed(ev.DialRequested(number), ev.HangUpRequested())
    bench.wait(60).press("down")
    assert "300" in bench.words
    bench.press("up")
    assert "600" in bench.words
    bench.press("down").wait(20)
    assert bench.mode == "on-hook dialling", "nothing goes out by itself"
    bench.press("1", "up")
    assert "3001" in bench.words, "what was typed on is the agent's own number"
    bench.press("back").feed(ev.HookLifted())
    assert any(isinstance(e, fx.PlaceCall) and e.number == "300" for e in bench.did()[-8:])


def test_a_board_without_soft_keys_has_no_labels_and_the_same_menu() -> None:
    bench = Bench(soft_keys=False)
    assert view(bench.phone).soft_keys == ("", "", "")
    assert "3 Do not disturb" in bench.hold("*").words
    assert view(bench.phone).soft_keys == ("", "", "")


def test_ok_opens_the_menu_of_a_phone_at_rest_that_has_nothing_to_tell() -> None:
    bench = Bench().rung(2).feed(ev.CallEnded(2)).press("ok")
    assert bench.mode == "idle" and not bench.phone.missed
    assert bench.press("ok").mode == "menu"
    assert Bench().press("soft2").mode == "menu"


def test_either_of_a_conference_is_dropped() -> None:
    for place, gone in (("3", 3), ("5", 1)):
        bench = Bench()
        bench.feed(ev.HookLifted()).dial("600").press("#").feed(ev.CallAnswered(1))
        bench.hold("*").press("2").dial("300").press("#").feed(ev.CallAnswered(3))
        bench.press("conference").hold("*")
        assert "3 Drop 300 / 4 Leave, they go on / 5 Drop 600" in bench.words
        bench.press(place)
        assert fx.EndCall(gone, 486) in bench.did()
        assert len(bench.phone.calls) == 1 and bench.mode == "talking"


def test_hands_free_goes_on_when_the_handset_is_replaced() -> None:
    bench = Bench().feed(ev.HookLifted()).dial("600").press("#").feed(ev.CallAnswered(1))
    bench.hold("*").press("6").feed(ev.HookReplaced())
    assert bench.mode == "talking"
    bench.hold("*")
    assert "Hands-free" not in bench.words


def test_a_number_goes_out_over_another_line() -> None:
    accounts = (AccountSettings("1001"), AccountSettings("1002", label="Sales"))
    bench = Bench(accounts=accounts).dial("60").hold("*")
    assert "3 Another line" in bench.words
    assert "Line: Sales" in bench.press("3").words


def test_wrong_settings_are_taken_note_of() -> None:
    bench = Bench().feed(ev.ProblemFound("settings", "CONFIG-01", "line 2")).hold("*")
    assert "8 Clear message" in bench.words
    bench.press("8")
    assert not bench.phone.unseen
