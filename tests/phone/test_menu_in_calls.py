"""What the menu offers while calls go on, beside the keys that a keypad has not."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.pages import lines
from tests.phone.stories import AT_ONCE, Bench

PBX: dict[str, Any] = {
    "watch": ("1002",),
    "park_slots": ("701",),
    "pickup": "**",
    "group_pickup": "*8",
}
DIALLED = ["Colleagues", "Pick up a call", "Pick up from", "Parked calls"]


def offered(bench: Bench) -> list[str]:
    """Every line of the menu, which is opened for that."""
    bench.hold("*")
    return [item.words for item in lines(bench.phone)]


def choose(bench: Bench, words: str) -> Bench:
    """Choose a line of the menu by its digit, as an agent does."""
    place = offered(bench).index(words)
    return bench.press(*"0" * (place // 9), str(place % 9 + 1))


def test_beside_a_call_that_knocks_there_is_what_the_other_one_needs() -> None:
    bench = Bench()
    call = bench.talk()
    ring = ["Answer", "Refuse", "Louder", "Quieter"]
    assert offered(bench.rung(2)) == [*ring, "Mute", "Hold", "Emergency call"]
    choose(bench.press("back"), "Mute")
    assert bench.phone.muted and offered(bench)[4] == "Unmute"
    choose(bench.press("back"), "Hold")
    assert fx.HoldCall(call, held=True) in bench.did()
    assert bench.mode == "incoming", "hands-free has ended with it"
    assert offered(bench) == [*ring, "Unmute", "Resume", "Emergency call"]


def test_a_call_that_rings_alone_has_nothing_to_hold() -> None:
    assert offered(Bench().rung(2)) == ["Answer", "Refuse", "Louder", "Quieter"]


def test_beside_a_held_call_somebody_is_called_or_fetched() -> None:
    bench = Bench(**PBX)
    bench.talk()
    assert not set(DIALLED) & set(offered(bench)), "who is spoken to is put on hold first"
    bench.press("back", "hold")
    assert offered(bench)[-4:] == DIALLED
    choose(bench.press("back"), "Parked calls").press("1")
    assert [did.number for did in bench.did() if isinstance(did, fx.PlaceCall)] == ["701"]


@pytest.mark.parametrize("why", ["no line", "locked"])
def test_but_not_without_a_line_or_a_pin(why: str) -> None:
    bench = Bench(pin="2580", lines=1 if why == "no line" else 2, **PBX)
    if why == "locked":
        bench.hold("#")
    bench.rung(2).feed(ev.HookLifted(), ev.CallAnswered(2)).press("hold")
    assert not set(DIALLED) & set(offered(bench))
    bench.press("back", "transfer")
    assert ("Colleagues" in offered(bench)) is (why == "no line")


def test_at_dial_tone_it_is_the_same_and_behind_what_was_there() -> None:
    bench = Bench(**PBX).feed(ev.HookLifted())
    assert offered(bench) == ["Go back", "Cancel", *DIALLED]
    assert not set(DIALLED) & set(offered(bench.press("back").dial("2")))


def test_a_colleague_is_chosen_for_a_transfer() -> None:
    bench = Bench(**PBX)
    call = bench.talk()
    bench.feed(ev.ColleagueChanged("1002", "ringing")).press("transfer")
    assert not set(DIALLED[1:]) & set(offered(bench)), "nobody is given a call that is fetched"
    choose(bench.press("back"), "Colleagues").press("1")
    assert bench.mode == "consulting, calling"
    (placed,) = [did for did in bench.did() if isinstance(did, fx.PlaceCall)]
    assert placed.number == "1002", "their own call is not taken"
    bench.feed(ev.CallAnswered(placed.call)).press("transfer")
    assert fx.TransferCall(call, target=placed.call) in bench.did()


def test_another_call_during_a_transfer_lacks_only_what_gives_calls_away() -> None:
    bench = Bench(park="700", **AT_ONCE).rung(2).press("ok").feed(ev.CallAnswered(2))
    bench.press("transfer").dial("300").press("transfer")
    assert "Mute" not in offered(bench), "the call that is given"
    bench.press("back").rung(4).feed(ev.HookLifted(), ev.CallAnswered(4))
    levels = ["Louder", "Quieter"]
    mine = ["Hold", "Mute", "Swap calls", "Emergency call", "Hands-free", "End"]
    assert [words for words in offered(bench) if words not in levels] == mine
    choose(bench.press("back"), "Mute")
    assert bench.phone.muted
