"""An agent's session: begun by the server, kept through every accident, and missed when it goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.autoanswer import WARNING_SECONDS
from appliance.phone.numbering import Numbers
from appliance.phone.outputs import outputs
from appliance.phone.session import Sessions
from tests.phone.stories import Bench

NAME = "S11231945078600051"
VICIDIAL = Sessions(vicidial=True)


def calls(bench: Bench, call: int = 2, name: str = NAME, *, trusted: bool = True) -> Bench:
    """The dialler calls."""
    bench.wait(1.0)
    return bench.feed(ev.CallIncoming(call, 0, "0000000000", name, trusted=trusted))


def begun(bench: Bench | None = None, call: int = 2) -> Bench:
    """A session is up."""
    bench = calls(bench or Bench(sessions=VICIDIAL), call).wait(WARNING_SECONDS)
    assert fx.AnswerCall(call) in bench.did()
    bench.feed(ev.CallAnswered(call))
    bench.did()
    return bench


def ended(bench: Bench) -> list[int]:
    return [effect.call for effect in bench.did() if isinstance(effect, fx.EndCall)]


def test_it_is_answered_by_itself_and_has_its_own_timer() -> None:
    bench = begun().wait(65.0)
    assert "Session 1:05" in bench.words
    assert "Agent session" in bench.words
    assert NAME not in bench.words
    assert bench.phone.preferences.session


@pytest.mark.parametrize(
    ("name", "number", "known"),
    [
        (NAME, "1", True),
        ("ACagcW17324567891001", "1", True),
        ("ACagcW1732456789agent.1agent.1", "1", True),
        ("LIN-SALES_1-261123194507", "1", True),
        ("LIN-Été-1123194507", "1", True),
        ("ACagcW", "1", False),
        ("LIN-261123194507", "1", False),
        ("Lin-Manuel", "1", False),
        ("My LIN-SALES-261123194507", "1", False),
        ("S1123194507", "1", False),
        ("Sales 1123194507860", "1", False),
        ("Ann", "8600051", True),
        ("Ann", "8600052", False),
    ],
)
def test_what_is_one(name: str, number: str, known: bool) -> None:
    sessions = Sessions(vicidial=True, numbers=Numbers(("8600051",)))
    event = ev.CallIncoming(2, 0, number, name, trusted=True)
    assert sessions.knows(event) is known
    assert not sessions.knows(replace(event, trusted=False))
    assert not Sessions().knows(event)


def test_a_header_makes_one() -> None:
    marked = ev.CallIncoming(2, 0, "1", trusted=True, marked=True)
    assert Sessions(header="X-Session").knows(marked)
    assert not Sessions(header="X-Session").knows(replace(marked, trusted=False))


def test_it_begins_although_nobody_else_may_disturb_or_calls_go_elsewhere() -> None:
    bench = begun(Bench(sessions=VICIDIAL).press("dnd"))
    assert bench.mode == "talking" and bench.phone.dnd
    away = Bench(sessions=VICIDIAL)
    prefer = replace(away.phone.preferences, forward_always="700", forward_busy="701")
    away.phone = replace(away.phone, preferences=prefer)
    assert begun(away).mode == "talking"


def test_without_a_line_for_it_it_is_missed_and_goes_nowhere_else() -> None:
    bench = Bench(sessions=VICIDIAL, lines=1)
    bench.phone = replace(
        bench.phone, preferences=replace(bench.phone.preferences, forward_busy="701")
    )
    bench.talk()
    bench.did()
    assert fx.EndCall(2, 486) in calls(bench).did()
    assert bench.phone.history[0].end == "full"


def test_a_phone_without_its_server_says_so_before_anything_else() -> None:
    bench = begun().feed(ev.CallEnded(2, 408))
    assert "Server silent / Agent session" in bench.words
    bench.press("back").feed(
        ev.RegistrationChanged(0, "failed", verdict="silent", text="Server is silent")
    )
    assert "Not registered" in bench.words
    assert "Clear" not in bench.words
    bench.feed(ev.RegistrationChanged(0, "registered", 200, "ok"))
    assert "Session lost" in bench.words
    assert "Clear" in bench.words


def test_the_log_calls_it_by_its_name() -> None:
    bench = begun().feed(ev.CallEnded(2)).press("back", "ok", "ok").press("2", "3")
    assert "Received calls / 1 Agent session" in bench.words


def test_a_stranger_begins_none() -> None:
    bench = calls(Bench(sessions=VICIDIAL), trusted=False).wait(10.0)
    assert bench.mode == "incoming" and not bench.phone.calls[0].session


def test_no_handset_and_no_key_ends_it() -> None:
    bench = begun()
    bench.feed(ev.HookLifted(), ev.HookReplaced())
    assert bench.mode == "talking" and bench.phone.hands_free
    assert "Session goes on" in bench.words
    for key in ("headset", "headset"):
        bench.press(key).press("back")
    bench.feed(ev.HeadsetHook(off_hook=False)).wait(20.0)
    assert bench.mode == "talking" and ended(bench) == []


def test_it_ends_in_two_steps() -> None:
    bench = begun().press("headset")
    assert "End session?" in bench.words
    assert "Session" in bench.press("1").words and bench.mode == "talking"
    assert ended(bench) == []
    bench.press("headset", "2")
    assert ended(bench) == [2]
    assert bench.mode == "idle" and not bench.phone.preferences.session
    assert bench.phone.session_lost is None


def test_a_program_that_hangs_up_means_it() -> None:
    assert ended(begun().feed(ev.HangUpRequested())) == [2]


@pytest.mark.parametrize(
    ("code", "reason", "why"),
    [
        (0, "", "Ended by server"),
        (0, "Agent logged out", "Agent logged out"),
        (408, "", "Server silent"),
        (481, "Call/Transaction Does Not Exist", "Server forgot it"),
        (503, "Anything", "Out of service"),
    ],
)
def test_one_that_is_lost_is_told_by_tone_lamp_and_words(code: int, reason: str, why: str) -> None:
    bench = begun().feed(ev.CallEnded(2, code, reason))
    assert f"{why} / Agent session" in bench.words
    assert bench.tone != "none"
    assert fx.SetLamp("call", "blinking") in outputs(bench.phone).lamps
    bench.wait(10.0)
    assert f"Session lost / {why}" in bench.words
    assert "Session lost" not in bench.press("ok").words
    assert not bench.phone.preferences.session
    assert fx.SetLamp("call", "off") in outputs(bench.phone).lamps


def test_on_hook_the_ringer_tells() -> None:
    bench = begun().press("hold").feed(ev.CallEnded(2, 0))
    assert outputs(bench.phone).ringer == fx.SetRinger(True, "headset-lost")
    assert not outputs(bench.wait(5.0).phone).ringer.ringing


def test_the_server_calls_again_at_once() -> None:
    bench = begun().feed(ev.CallEnded(2, 0))
    begun(bench, 4)
    assert bench.mode == "talking" and bench.phone.session_lost is None


def test_one_that_the_server_has_forgotten_gives_way() -> None:
    bench = calls(begun(), 4).wait(WARNING_SECONDS)
    assert fx.AnswerCall(4) in bench.did()
    bench.feed(ev.CallAnswered(4))
    assert ended(bench) == [2]
    assert [call.id for call in bench.phone.calls] == [4]
    assert bench.phone.preferences.session


def test_one_that_comes_while_another_is_being_answered_is_the_next() -> None:
    bench = calls(Bench(sessions=VICIDIAL)).wait(0.9)
    calls(bench, 4).wait(2.0)
    assert fx.AnswerCall(4) not in bench.did()
    bench.feed(ev.CallAnswered(2))
    assert ended(bench) == [], "the newer one is the one that the server knows"
    assert fx.AnswerCall(4) in bench.wait(WARNING_SECONDS).did()
    bench.feed(ev.CallAnswered(4))
    assert ended(bench) == [2] and bench.mode == "talking"


def test_of_two_that_had_to_wait_the_newer_begins_and_the_older_ends() -> None:
    bench = Bench(sessions=VICIDIAL, lines=3)
    first = bench.talk()
    calls(calls(bench), 4).feed(ev.CallEnded(first)).wait(WARNING_SECONDS)
    assert [did.call for did in bench.did() if isinstance(did, fx.AnswerCall)] == [4]
    bench.feed(ev.CallAnswered(4))
    assert ended(bench) == [2]
    assert [call.id for call in bench.phone.calls] == [4]


def test_of_two_that_come_at_once_the_timer_of_neither_is_lost() -> None:
    bench = calls(Bench(sessions=VICIDIAL))
    bench.feed(ev.CallIncoming(4, 0, "0000000000", NAME, trusted=True)).wait(WARNING_SECONDS)
    assert [did.call for did in bench.did() if isinstance(did, fx.AnswerCall)] == [2]
    bench.feed(ev.CallAnswered(2)).wait(WARNING_SECONDS)
    assert fx.AnswerCall(4) in bench.did()


def test_one_that_is_missed_is_called_by_its_name() -> None:
    bench = Bench(sessions=VICIDIAL)
    bench.talk()
    assert "Missed Agent session" in calls(bench).feed(ev.CallEnded(2)).words
    bench = Bench(sessions=VICIDIAL).press("headset").dial("112").press("#")
    assert "Missed Agent session" in calls(bench).words
    event = ev.CallIncoming(4, 0, "0000000000", NAME, trusted=True)
    assert "Missed Agent session" in bench.wait(5.0).feed(ev.CallTurnedAway(event, "full")).words


def test_during_another_call_it_is_for_the_agent_to_answer() -> None:
    bench = Bench(sessions=VICIDIAL)
    bench.talk()
    calls(bench).wait(10.0)
    assert bench.mode == "call waiting"
    bench = calls(Bench(sessions=VICIDIAL)).rung(4).wait(10.0)
    assert not [effect for effect in bench.did() if isinstance(effect, fx.AnswerCall)]


def test_after_another_call_it_goes_on() -> None:
    bench = begun().rung(4, "200").press("ok").feed(ev.CallAnswered(4))
    assert bench.phone.calls[0].held
    bench.feed(ev.CallEnded(4, 0))
    assert fx.HoldCall(2, held=False) in bench.did()
    assert "Session" in bench.words and bench.mode == "talking"


def test_a_session_that_the_agent_holds_stays_on_hold() -> None:
    bench = begun().press("hold").wait(30.0)
    assert bench.mode == "held"
    assert begun().press("hold").feed(ev.HookLifted(), ev.HookReplaced()).mode == "held"


def test_a_restart_is_told() -> None:
    bench = Bench(sessions=VICIDIAL, registered=False)
    bench.phone = replace(
        bench.phone, started=False, preferences=replace(bench.phone.preferences, session=True)
    )
    bench.feed(ev.PhoneStarted(), ev.RegistrationChanged(0, "registered", 200, "ok"))
    assert "Session lost / Phone restarted" in bench.words
    assert bench.phone.preferences.session, "another restart before anybody looks tells it again"
    bench.press("back")
    assert "Session lost" not in bench.words and not bench.phone.preferences.session


def test_nothing_that_others_clear_forgets_a_session_that_is_up() -> None:
    bench = begun().press("hold").rung(4)
    bench.feed(ev.CallEnded(4, 487)).press("ok")
    assert bench.phone.preferences.session


def test_one_that_gives_up_while_it_rings_is_a_missed_call() -> None:
    bench = calls(Bench(sessions=VICIDIAL)).feed(ev.CallEnded(2, 487))
    assert bench.phone.missed == 1 and bench.phone.session_lost is None


def test_one_that_the_agent_answers_beside_another_call_holds_that() -> None:
    bench = Bench(sessions=VICIDIAL)
    first = bench.talk()
    calls(bench).press("ok").feed(ev.CallAnswered(2))
    did = bench.did()
    assert fx.HoldCall(first, held=True) in did and fx.EndCall(first, 486) not in did
    assert bench.phone.preferences.session


def test_a_held_one_ends_in_two_steps_too() -> None:
    bench = begun().press("hold").feed(ev.HeadsetHook(off_hook=False))
    assert bench.mode == "held" and not bench.phone.engaged
    bench.press("soft3", "6")
    assert "End session?" in bench.words and ended(bench) == []
    bench.press("2")
    assert ended(bench) == [2] and bench.mode == "idle"


def test_a_hook_that_bounces_while_it_is_being_answered_ends_nothing() -> None:
    bench = calls(Bench(sessions=VICIDIAL)).wait(WARNING_SECONDS)
    bench.feed(ev.HookLifted(), ev.HookReplaced(), ev.CallAnswered(2))
    assert ended(bench) == [] and bench.mode == "talking"
