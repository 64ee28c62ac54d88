"""What an agent does with the phone, told as short stories."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.reasons import tone_of, words_of
from tests.phone.stories import Bench

KEYS = st.sampled_from([*"0123456789*#", "hold", "mute", "ok", "back", "soft1", "soft3", "line2"])


def test_lift_dial_send_talk_hold_resume_hang_up() -> None:
    bench = Bench()
    bench.feed(ev.HookLifted())
    assert (bench.mode, bench.tone) == ("dial tone", "dial")
    bench.dial("60")
    assert (bench.mode, bench.tone) == ("dialling", "none")
    bench.dial("0").press("#")
    assert fx.PlaceCall(1, 0, "600") in bench.did()
    bench.feed(ev.CallProgress(1, 100))
    assert (bench.mode, bench.tone) == ("calling", "none")
    bench.feed(ev.CallProgress(1, 180))
    assert (bench.mode, bench.tone) == ("ringing", "ringback")
    bench.feed(ev.CallAnswered(1), ev.CallMedia(1, "opus", secure=True))
    assert (bench.mode, bench.tone) == ("talking", "none")
    assert fx.SetAudio(1, muted=False) in bench.did()
    bench.wait(83)
    assert "Talking 1:23" in bench.words and "opus" in bench.words
    bench.press("hold")
    assert fx.HoldCall(1, held=True) in bench.did()
    assert bench.mode == "held"
    bench.press("hold")
    assert fx.SetAudio(1, muted=False) in bench.did()
    bench.feed(ev.HookReplaced())
    assert fx.EndCall(1, 486) in bench.did()
    assert bench.mode == "idle"


def test_early_media_silences_our_own_ring_back() -> None:
    bench = Bench()
    bench.feed(ev.HookLifted()).dial("600").press("#").feed(ev.CallProgress(1, 180))
    assert bench.tone == "ringback"
    bench.feed(ev.CallProgress(1, 183, early_media=True))
    assert bench.tone == "none" and bench.mode == "early media"
    assert fx.SetAudio(1, muted=False) in bench.did()
    bench.press("5")
    sounds = [effect for effect in bench.did() if isinstance(effect, fx.SetDigit)]
    assert sounds == [fx.SetDigit(1, "5"), fx.SetDigit()]


def test_on_hook_dialling_is_corrected_and_then_lifted() -> None:
    bench = Bench().dial("604")
    assert bench.mode == "on-hook dialling" and "604" in bench.words
    bench.press("back").dial("0").wait(20)
    assert bench.mode == "on-hook dialling"
    bench.feed(ev.HookLifted())
    assert fx.PlaceCall(1, 0, "600") in bench.did()


def test_a_number_that_was_left_lying_is_not_dialled_by_the_next_to_lift() -> None:
    bench = Bench().dial("5").wait(31)
    assert bench.mode == "idle"
    bench.feed(ev.HookLifted())
    assert bench.mode == "dial tone" and not any(isinstance(e, fx.PlaceCall) for e in bench.did())


def test_backspace_walks_out_of_an_on_hook_entry() -> None:
    bench = Bench().dial("12").press("back", "back", "back")
    assert bench.mode == "idle"


def test_backspace_off_hook_brings_the_dial_tone_back() -> None:
    bench = Bench().feed(ev.HookLifted()).dial("23").press("back")
    assert bench.mode == "dialling"
    bench.press("back")
    assert (bench.mode, bench.tone) == ("dial tone", "dial")
    bench.press("back")
    assert bench.mode == "dial tone"


def test_the_map_sends_a_complete_number_and_the_timer_an_open_one() -> None:
    bench = Bench(emergency=()).feed(ev.HookLifted()).dial("11")
    assert fx.PlaceCall(1, 0, "11") in bench.did()
    bench = Bench().feed(ev.HookLifted()).dial("234").wait(3.9)
    assert bench.mode == "dialling"
    bench.wait(0.2)
    assert fx.PlaceCall(1, 0, "234") in bench.did()


def test_hash_and_star_are_dialled_where_the_map_says_so() -> None:
    from appliance.phone.digitmap import parse_digit_map

    bench = Bench(digit_map=parse_digit_map("#31#x.T|x.T")).feed(ev.HookLifted())
    bench.dial("#31#5")
    assert bench.mode == "dialling"
    bench.press("#")
    assert fx.PlaceCall(1, 0, "#31#5") in bench.did()
    bench = Bench().feed(ev.HookLifted()).press("#")
    assert bench.mode == "dial tone"


def test_an_emergency_number_waits_for_nothing_and_takes_any_account() -> None:
    from appliance.phone.settings import AccountSettings

    accounts = (AccountSettings("1"), AccountSettings("2"))
    bench = Bench(registered=False, accounts=accounts)
    bench.feed(ev.RegistrationChanged(0, "failed", 408, "silent"))
    bench.feed(ev.RegistrationChanged(1, "registered", 200, "ok"), ev.HookLifted()).dial("112")
    assert fx.PlaceCall(1, 1, "112") in bench.did()
    # no map cuts an emergency number short: 11 is whole in this one
    short = Bench().feed(ev.HookLifted()).dial("11")
    assert short.mode == "dialling"
    assert fx.PlaceCall(1, 0, "112") in short.dial("2").did()
    nobody = Bench(registered=False).feed(ev.HookLifted()).dial("112")
    assert fx.PlaceCall(1, 0, "112") in nobody.did()


def test_a_long_press_dials_the_speed_dial_and_a_short_one_does_not() -> None:
    bench = Bench().feed(ev.KeyPressed("1")).wait(1.1)
    assert fx.PlaceCall(1, 0, "600") in bench.did()
    bench = Bench().press("1").wait(2)
    assert bench.mode == "on-hook dialling"
    bench = Bench().feed(ev.KeyPressed("1"), ev.KeyPressed("2")).wait(2)
    assert bench.mode == "on-hook dialling"


@pytest.mark.parametrize(
    ("code", "words", "tone"),
    [
        (486, "Busy", "busy"),
        (603, "Declined", "busy"),
        (404, "Number not found", "congestion"),
        (480, "Not available", "congestion"),
        (503, "Out of service", "congestion"),
    ],
)
def test_a_call_that_fails_says_why(code: int, words: str, tone: str) -> None:
    bench = Bench().feed(ev.HookLifted()).dial("600").press("#")
    bench.feed(ev.CallEnded(1, code, "whatever"))
    assert (bench.mode, bench.tone) == ("ended", tone)
    assert words in bench.words and str(code) in bench.words
    bench.feed(ev.HookReplaced())
    assert (bench.mode, bench.tone) == ("idle", "none")


def test_unknown_codes_keep_the_servers_words() -> None:
    assert words_of(499, "Strange") == "Strange"
    assert words_of(499) == "Call failed"
    assert tone_of(499) == "congestion" and tone_of(699) == "busy"


def test_busy_tone_gives_way_to_the_warning_and_that_to_silence() -> None:
    bench = Bench().feed(ev.HookLifted()).dial("600").press("#").feed(ev.CallEnded(1, 486))
    bench.wait(31)
    assert bench.tone == "off-hook-warning"
    bench.wait(61)
    assert bench.tone == "none"
    bench.dial("5")
    assert bench.mode == "dialling"


def test_hands_free_ends_by_itself() -> None:
    bench = Bench()
    call = bench.talk()
    bench.feed(ev.CallEnded(call))
    assert bench.mode == "ended" and bench.tone == "busy"
    bench.wait(5)
    assert bench.mode == "idle" and not bench.phone.engaged


@pytest.mark.parametrize("how", ["lift", "ok", "headset", "soft1", "line1"])
def test_ways_to_answer(how: str) -> None:
    bench = Bench().rung(name="Ann Example")
    assert bench.mode == "incoming" and "Ann Example" in bench.words and "1234567" in bench.words
    assert fx.SetRinger(True) in bench.did()
    bench.feed(ev.HookLifted()) if how == "lift" else bench.press(how)
    done = bench.did()
    assert fx.AnswerCall(2) in done and fx.SetRinger(False) in done
    bench.feed(ev.CallAnswered(2))
    assert bench.mode == "talking"


@pytest.mark.parametrize("key", ["back", "soft3"])
def test_ways_to_refuse(key: str) -> None:
    bench = Bench().rung().press(key)
    assert fx.EndCall(2, 486) in bench.did()
    assert bench.mode == "idle"


def test_a_missed_call_is_counted_lit_and_cleared() -> None:
    bench = Bench().rung().feed(ev.CallEnded(2, 487))
    assert fx.SetLamp("message", "on") in bench.did()
    assert "Missed 1234567" in bench.words
    bench.wait(4)
    assert "1 missed call" in bench.words
    bench.rung(4).feed(ev.CallEnded(4, 487)).wait(4)
    assert "2 missed calls" in bench.words
    bench.press("back")
    assert fx.SetLamp("message", "off") in bench.did()


def test_a_second_call_waits_is_answered_and_holds_the_first() -> None:
    bench = Bench()
    call = bench.talk()
    bench.rung(2, "777", "Bob")
    assert bench.mode == "call waiting" and bench.tone == "call-waiting"
    assert "Bob" in bench.words and "600" in bench.words
    bench.press("ok")
    done = bench.did()
    assert done.index(fx.HoldCall(call, held=True)) < done.index(fx.AnswerCall(2))
    bench.feed(ev.CallAnswered(2))
    assert "On hold: 600" in bench.words
    bench.press("line1")
    assert fx.HoldCall(2, held=True) in bench.effects
    assert fx.HoldCall(call, held=False) in bench.did()
    bench.press("hold", "down")
    assert bench.phone.front == 2
    bench.press("up").press("soft1")
    assert fx.HoldCall(call, held=False) in bench.did()


def test_a_second_call_is_refused_and_the_first_goes_on() -> None:
    bench = Bench()
    call = bench.talk()
    bench.rung().press("back")
    assert fx.EndCall(2, 486) in bench.did()
    assert bench.mode == "talking" and bench.phone.front == call


def test_a_third_call_and_a_doubled_id_are_refused_or_ignored() -> None:
    bench = Bench()
    bench.talk()
    bench.rung(2).press("ok").feed(ev.CallAnswered(2)).did()
    assert fx.EndCall(4, 486) in bench.rung(4).did() and len(bench.phone.calls) == 2
    assert bench.rung(2).did() == []


def test_a_new_call_beside_a_held_one() -> None:
    bench = Bench()
    first = bench.talk()
    bench.press("line2")
    assert fx.HoldCall(first, held=True) in bench.did()
    assert bench.mode == "dial tone" and "On hold: 600" in bench.words
    bench.dial("601").press("#")
    assert fx.PlaceCall(3, 0, "601") in bench.did()
    bench.press("line1", "soft1", "hold")
    assert bench.did() == []
    bench.feed(ev.CallEnded(3, 486))
    assert bench.phone.front == first and "Busy" in bench.words
    bench.press("hold")
    assert fx.HoldCall(first, held=False) in bench.did()


def test_new_soft_key_and_the_way_back_to_the_held_call() -> None:
    bench = Bench().feed(ev.HookLifted()).dial("600").press("#").feed(ev.CallAnswered(1))
    bench.press("hold", "soft2")
    assert bench.mode == "dial tone"
    bench.press("back")
    assert bench.mode == "held"
    bench.feed(ev.HookReplaced())
    assert bench.mode == "held" and not bench.phone.engaged
    bench.feed(ev.HookLifted())
    assert bench.mode == "dial tone"


def test_lines_are_limited_and_it_is_said() -> None:
    bench = Bench(lines=1)
    bench.talk()
    bench.press("hold", "5")
    assert "Line in use" in bench.words
    bench.wait(4).feed(ev.DialRequested("700"))
    assert "Line in use" in bench.words
    assert not [e for e in bench.did() if isinstance(e, fx.PlaceCall)]


def test_mute_follows_the_agent_and_ends_with_the_call() -> None:
    bench = Bench()
    call = bench.talk()
    bench.press("mute")
    done = bench.did()
    assert fx.SetAudio(call, muted=True) in done and fx.SetLamp("mute", "on") in done
    assert "Muted" in bench.words
    bench.press("mute", "mute").feed(ev.HangUpRequested())
    assert fx.SetLamp("mute", "off") in bench.did()
    bench.press("mute")
    assert bench.did() == []


def test_headset_key_takes_a_call_over_from_the_handset() -> None:
    bench = Bench().feed(ev.HookLifted()).dial("600").press("#").feed(ev.CallAnswered(1))
    bench.press("headset").feed(ev.HookReplaced())
    assert bench.mode == "talking"
    bench.feed(ev.HookLifted(), ev.HookReplaced())
    assert bench.mode == "idle"
    bench.press("headset")
    assert bench.tone == "dial"
    bench.press("headset")
    assert bench.mode == "idle"
    bench.dial("600").press("headset")
    assert fx.PlaceCall(3, 0, "600") in bench.did()


def test_redial_and_programs_that_dial() -> None:
    bench = Bench().press("redial")
    assert bench.mode == "idle"
    bench.feed(ev.DialRequested("+49 (30) 123-45")).feed(ev.HangUpRequested())
    assert fx.PlaceCall(1, 0, "+493012345") in bench.did()
    bench.press("soft1")
    assert fx.PlaceCall(3, 0, "+493012345") in bench.did()
    bench.press("redial")
    assert bench.did() == []


def test_a_hold_that_the_far_end_refuses_is_undone() -> None:
    bench = Bench().feed(ev.HookLifted())
    call = bench.talk()
    bench.press("hold").feed(ev.CallMedia(call, "PCMU", held=False))
    assert bench.mode == "talking" and bench.phone.engaged
    bench.feed(ev.CallMedia(call, "PCMU", remote_held=True))
    assert bench.mode == "remote hold" and "They hold" in bench.words


def test_an_emergency_call_makes_room_for_itself() -> None:
    bench = Bench()
    first = bench.talk()
    bench.rung(2).press("ok").feed(ev.CallAnswered(2)).press("hold").did()
    bench.dial("911").press("ok")
    done = bench.did()
    assert fx.EndCall(first, 486) in done
    assert fx.PlaceCall(3, 0, "911") in done
    bench = Bench()
    bench.press("headset").dial("600").press("#").rung(2).did()
    bench.feed(ev.DialRequested("911"))
    done = bench.did()
    assert fx.EndCall(1, 486) in done and fx.PlaceCall(3, 0, "911") in done
    bench = Bench(lines=1)
    only = bench.talk()
    bench.feed(ev.DialRequested("911"))
    assert fx.EndCall(only, 486) in bench.did() and bench.phone.front == 3


def test_mute_is_not_carried_into_another_call() -> None:
    bench = Bench()
    call = bench.talk()
    bench.press("mute").rung(2).press("ok").feed(ev.CallAnswered(2))
    assert fx.SetAudio(2, muted=False) in bench.did()
    bench.press("mute", "hold", "hold")
    assert bench.phone.muted
    bench.press("line1")
    assert bench.phone.front == call and not bench.phone.muted


def test_a_call_that_was_taken_elsewhere_is_not_missed() -> None:
    bench = Bench().rung().feed(ev.CallEnded(2, 200, "Answered elsewhere"))
    assert bench.phone.missed == 0 and "Answered elsewhere" in bench.words


def test_a_waiting_call_knocks_over_the_words_of_an_ended_one() -> None:
    bench = Bench().feed(ev.HookLifted()).dial("600").press("#").feed(ev.CallEnded(1, 486))
    assert bench.tone == "busy"
    bench.rung()
    assert bench.tone == "call-waiting"


def test_a_second_answer_waits_for_the_first() -> None:
    bench = Bench().rung(2).press("ok").rung(4)
    bench.did()
    bench.press("ok")
    assert "Still answering" in bench.words
    assert not [e for e in bench.did() if isinstance(e, fx.AnswerCall)]


def test_a_caller_id_of_garbage_is_made_fit() -> None:
    bench = Bench().rung(2, "\x00" * 500 + "12", "name\n\x1b[2J" + "x" * 500)
    call = bench.phone.calls[0]
    assert len(call.name) <= 64 and call.name.isprintable() and call.number.isprintable()


def test_ten_thousand_presses_leave_nothing_behind() -> None:
    bench = Bench()
    keys = ["5", "hold", "ok", "#", "mute", "line2", "soft1", "back", "headset", "soft3"]
    for index in range(10_000):
        bench.press(keys[(index * 7) % len(keys)])
    bench.feed(ev.HookLifted(), ev.HookReplaced())
    for _ in range(3):
        bench.feed(ev.HangUpRequested())
    bench.wait(60)
    assert bench.mode == "idle" and bench.tone == "none"


def test_too_many_digits_are_not_taken() -> None:
    bench = Bench().dial("2" * 100)
    assert bench.phone.entry is not None and len(bench.phone.entry.digits) == 64


@given(st.lists(KEYS, max_size=60), st.lists(st.floats(0, 20), max_size=10))
def test_whatever_is_pressed_the_cradle_brings_silence(keys: list[str], waits: list[float]) -> None:
    bench = Bench().rung().feed(ev.HookLifted())
    for index, key in enumerate(keys):
        bench.press(key)
        if index < len(waits):
            bench.wait(waits[index])
    bench.feed(ev.HookReplaced())
    assert bench.tone == "none"
