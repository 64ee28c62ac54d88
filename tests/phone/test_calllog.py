"""The call log: what is said of each call, what is missed, and the pages that call back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.calendar import date_words
from appliance.phone.calllog import SHOWN, Record
from appliance.phone.core import step
from appliance.phone.explore import example_settings
from appliance.phone.settings import AccountSettings
from appliance.phone.state import new_phone
from tests.phone.stories import AT_ONCE, Bench

NOON = 1_795_003_200.0
"""Wed 18 Nov 2026, 12:00 UTC."""


def at(bench: Bench, epoch: float, offset: int = 0) -> Bench:
    """It is then."""
    return bench.feed(ev.TimePassed(replace(bench.phone.now, epoch=epoch, offset=offset)))


def logged(bench: Bench) -> list[Record]:
    """What the store has been told since last asked."""
    return [effect.record for effect in bench.did() if isinstance(effect, fx.KeepCall)]


def remembering(*history: Record, **settings: Any) -> Bench:
    """A phone in its next life."""
    bench = Bench(**settings)
    bench.phone = replace(
        new_phone(bench.phone.settings, history=history),
        started=True,
        registrations=bench.phone.registrations,
        headset=bench.phone.headset,
    )
    return at(bench, NOON)


def test_a_call_is_kept_when_it_begins_when_it_is_answered_and_when_it_ends() -> None:
    bench = at(Bench(), NOON, 3600).rung(2, "100", "Ann")
    ringing = Record(2, "missed", "100", "Ann", "1001", NOON, 3600)
    assert logged(bench) == [ringing], "whoever dies now has missed it"
    bench.press("headset").feed(ev.CallAnswered(2))
    assert logged(bench) == [replace(ringing, kind="received")]
    bench.wait(83).feed(ev.CallEnded(2))
    assert logged(bench) == [replace(ringing, kind="received", length=83, end="there")]


@pytest.mark.parametrize(
    ("how", "kind", "end", "code"),
    [
        (ev.CallEnded(2), "missed", "there", 0),
        (ev.CallEnded(2, 487, "Request Terminated"), "missed", "there", 487),
        (ev.CallEnded(2, 200), "unanswered", "elsewhere", 200),
        (ev.KeyPressed("back"), "unanswered", "here", 0),
    ],
)
def test_what_rang_until_its_caller_gave_up_is_missed_and_nothing_else(
    how: ev.Event, kind: str, end: str, code: int
) -> None:
    bench = Bench().rung(2).feed(how)
    (record,) = bench.phone.history
    assert (record.kind, record.end, record.code) == (kind, end, code)
    assert bench.phone.missed == (kind == "missed")


def test_a_call_that_is_forwarded_because_nobody_answers_is_not_missed() -> None:
    bench = Bench().hold("*").press("7", "3").dial("700").press("#", "*", "*").rung(2).wait(21)
    assert [(r.kind, r.end) for r in bench.phone.history] == [("unanswered", "forwarded")]


@pytest.mark.parametrize(
    ("why", "kind"), [("dnd", "missed"), ("full", "missed"), ("forwarded", "unanswered")]
)
def test_a_call_that_did_not_ring_is_in_the_log(why: ev.Unwanted, kind: str) -> None:
    bench = at(Bench(), NOON)
    bench.feed(ev.CallTurnedAway(ev.CallIncoming(2, 0, "100", "Ann\x07"), why))
    assert logged(bench) == [Record(2, kind, "100", "Ann", "1001", NOON, end=why)]  # type: ignore[arg-type]
    assert ("Missed Ann" in bench.words) == (why == "full"), "whom nobody may disturb is not told"
    assert bench.phone.missed == (kind == "missed")


def test_a_call_turned_away_disturbs_nothing() -> None:
    bench = Bench(sleep=60.0).wait(61.0)
    assert bench.phone.asleep
    bench.feed(ev.CallTurnedAway(ev.CallIncoming(2, 0, "100"), "dnd"))
    assert bench.phone.asleep
    assert bench.phone.missed == 1
    bench.feed(ev.CallTurnedAway(ev.CallIncoming(4, 7, "100"), "dnd"))
    assert bench.phone.missed == 1, "there is no such account"


def test_what_was_turned_away_can_be_called_back() -> None:
    bench = at(Bench(), NOON)
    bench.feed(ev.CallTurnedAway(ev.CallIncoming(2, 0, "100", "Ann"), "dnd"))
    bench.press("ok", "ok").press("2", "2")
    assert "Ann" in bench.words
    bench.press("1")
    assert "Do not disturb" in bench.words
    assert fx.PlaceCall(1, 0, "100") in bench.press("1").did()


def test_calls_that_are_placed_end_here_there_or_not_at_all() -> None:
    bench = Bench()
    call = bench.talk("100")
    bench.wait(5).press("headset")
    bench.press("headset").dial("200").press("#").feed(ev.CallEnded(call + 2, 486, "Busy Here"))
    assert [(r.number, r.length, r.end, r.code) for r in bench.phone.history] == [
        ("200", 0, "failed", 486),
        ("100", 5, "here", 0),
    ]


def test_a_transfer_is_told_and_who_takes_a_call_over_is_the_one_it_was_with() -> None:
    bench = Bench(**AT_ONCE).rung(2, "100", "Ann").press("headset").feed(ev.CallAnswered(2))
    bench.feed(ev.CallReplaced(2, 4, "300", "Eve"))
    assert [r.id for r in logged(bench)] == [2, 2, 2], "one call, one record"
    bench.press("transfer").dial("700").press("transfer").feed(ev.TransferProgress(4, 200))
    (record,) = bench.phone.history
    assert (record.id, record.name, record.end) == (2, "Eve", "transferred")


def test_an_emergency_call_that_is_given_up_is_kept_with_the_next_attempt() -> None:
    bench = Bench(accounts=(AccountSettings("1001"), AccountSettings("1002")))
    bench.feed(ev.HookLifted()).dial("112").wait(6)
    assert [(r.number, r.account, r.code) for r in bench.phone.history] == [("112", "1001", 408)]


def test_the_next_life_redials_and_knows_what_was_missed() -> None:
    bench = remembering(
        Record(0, "placed", "300", account="1002", end="cut"),
        Record(0, "missed", "100", end="there"),
        Record(0, "missed", "100", end="there", seen=True),
        Record(0, "placed", "200", end="here"),
        Record(0, "placed", "300", end="here"),
        Record(0, "placed", "", end="failed"),
        accounts=(AccountSettings("1001"), AccountSettings("1002")),
    )
    assert bench.phone.last_numbers == ("300", "200")
    assert bench.phone.missed == 1 and "1 missed call" in bench.words
    bench.press("redial")
    assert fx.PlaceCall(1, 1, "300") in bench.did(), "over the account that it was called over"


def test_the_log_has_no_end_but_a_limit() -> None:
    bench = Bench()
    for call in range(2, 2 * SHOWN + 10, 2):
        bench.rung(call, str(call)).feed(ev.CallEnded(call))
    assert len(bench.phone.history) == SHOWN
    assert bench.phone.history[0].id == 2 * SHOWN + 8


def test_seeing_the_missed_calls_is_kept_and_calling_back_uses_their_account() -> None:
    bench = remembering(
        Record(0, "missed", "100", "Ann", "1002", NOON - 600, end="there"),
        accounts=(AccountSettings("1001"), AccountSettings("1002", label="Sales")),
    )
    bench.hold("*").press("2")
    assert "Calls / 1 Last numbers / 2 Missed calls" in bench.words
    bench.press("2")
    assert "Missed calls / 1 Ann" in bench.words
    assert fx.SeeMissed() in bench.did() and bench.phone.missed == 0
    bench.press("1")
    assert "Ann / 1 Call back / 2 100 / 3 11:50 / 4 Missed / 5 Line: Sales" in bench.words
    bench.press("4")
    assert bench.mode == "menu", "a line to be read"
    bench.press("1")
    assert fx.PlaceCall(1, 1, "100") in bench.did()


def test_lifting_the_handset_calls_who_is_marked() -> None:
    bench = remembering(Record(0, "received", "100", end="here"), Record(0, "placed", "200"))
    bench.hold("*").press("2", "3").feed(ev.HookLifted())
    assert [e.number for e in bench.did() if isinstance(e, fx.PlaceCall)] == ["100"]


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (
            Record(0, "placed", "200", began=NOON - 86400, length=3723, end="here"),
            "200 / 1 Call again / 2 17 Nov 12:00 / 3 Talked 1:02:03 / 4 Ended here",
        ),
        (Record(0, "placed", "200", began=NOON, end="failed", code=486), "2 12:00 / 3 Busy"),
        (
            Record(0, "placed", "200", began=NOON, end="failed", code=499, reason="No way"),
            "3 No way",
        ),
        (Record(0, "placed", "", began=NOON, end="cut"), "Unknown / 1 12:00 / 2 Phone restarted"),
        (
            Record(0, "unanswered", "200", began=NOON, offset=-18000, end="elsewhere"),
            "1 Call back / 2 07:00 / 3 Answered elsewhere",
        ),
    ],
)
def test_a_call_is_told_in_words(record: Record, words: str) -> None:
    bench = remembering(record).hold("*")
    bench.press("2")
    bench.press("4" if record.kind == "placed" else "3", "1")
    assert words in bench.words


def test_a_locked_phone_tells_nobody_who_called() -> None:
    bench = Bench(pin="2580").rung(2, "100", "Ann").feed(ev.CallEnded(2)).wait(5)
    bench.hold("#").wait(5).hold("*")
    assert "PIN" in bench.words
    bench.press("back").press("back")
    assert bench.phone.missed == 1 and "Ann" not in bench.words


def test_a_log_without_a_call_says_so() -> None:
    phone = new_phone(example_settings())
    phone, _ = step(phone, ev.PhoneStarted())
    assert phone.history == ()
    assert "Nothing here" in Bench().hold("*").press("2", "2").words


def test_a_day_is_told_as_the_idle_screen_has_room_for_it() -> None:
    assert date_words(date(2026, 11, 18)) == "Wed 18 Nov"
