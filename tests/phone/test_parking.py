"""Parking a call, fetching it, and taking one that rings elsewhere."""

from __future__ import annotations

from appliance.phone import effects as fx
from appliance.phone import events as ev
from tests.phone.stories import Bench


def gave(bench: Bench) -> list[tuple[int, str]]:
    """Which calls were transferred since last asked, and to which numbers."""
    return [(did.call, did.number) for did in bench.did() if isinstance(did, fx.TransferCall)]


def called(bench: Bench) -> list[str]:
    """Which numbers were called since last asked."""
    return [did.number for did in bench.did() if isinstance(did, fx.PlaceCall)]


def test_a_call_is_parked_where_the_pbx_chooses_the_place() -> None:
    bench = Bench(park="700")
    call = bench.talk()
    bench.hold("*")
    assert "3 Park / " in bench.words
    bench.press("3")
    assert fx.HoldCall(call, held=True) in bench.effects
    assert gave(bench) == [(call, "700")]
    bench.feed(ev.TransferProgress(call, 200))
    assert "Transferred to 700" in bench.words
    assert bench.phone.calls == ()


def test_a_call_is_parked_at_the_place_that_the_agent_chooses() -> None:
    bench = Bench(park_slots=("701", "702"))
    call = bench.talk()
    bench.hold("*").press("3")
    assert "Park at / 1 701 / 2 702" in bench.words
    assert gave(bench.press("2")) == [(call, "702")]


def test_a_call_that_cannot_be_parked_stays_on_hold() -> None:
    bench = Bench(park="700")
    call = bench.talk()
    bench.hold("*").press("3").feed(ev.TransferProgress(call, 486))
    assert bench.phone.calls[0].held
    assert "Transfer failed" in bench.words


def test_a_call_that_is_over_is_not_parked() -> None:
    bench = Bench(park_slots=("701",))
    call = bench.talk()
    bench.hold("*").press("3").feed(ev.CallEnded(call)).press("1")
    assert gave(bench) == []


def test_what_is_not_configured_is_not_offered() -> None:
    bench = Bench()
    bench.hold("*")
    assert "Pick up" not in bench.words and "Parked" not in bench.words
    bench.press("back")
    bench.talk()
    assert "Park" not in bench.hold("*").words


def test_a_parked_call_is_fetched_from_the_menu_or_by_lifting_the_handset() -> None:
    bench = Bench(park_slots=("701", "702")).hold("*").press("4")
    assert "Parked calls / 1 701 / 2 702" in bench.words
    assert called(bench.press("2")) == ["702"]
    bench = Bench(park_slots=("701", "702")).hold("*").press("4", "#")
    assert called(bench.feed(ev.HookLifted())) == ["702"]


def test_a_call_of_the_group_is_taken() -> None:
    bench = Bench(group_pickup="*8").hold("*")
    assert "4 Pick up a call" in bench.words
    assert called(bench.press("4")) == ["*8"]


def test_a_colleagues_call_is_taken() -> None:
    bench = Bench(pickup="**").hold("*").press("4")
    assert "Pick up from" in bench.words
    assert called(bench.press("#")) == []
    assert called(bench.dial("1002").press("#")) == ["**1002"]
