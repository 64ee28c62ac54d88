"""Colleagues who are watched: who is free, and what choosing one does."""

from __future__ import annotations

from typing import Any

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.directory import Contact, directory_of
from appliance.phone.numbering import PLANS
from tests.phone.stories import Bench


def watching(**more: Any) -> Bench:
    """A phone that watches two colleagues, the list open."""
    return Bench(watch=("1003", "1002"), **more).hold("*").press("4")


def called(bench: Bench) -> list[str]:
    """Which numbers were called since last asked."""
    return [did.number for did in bench.did() if isinstance(did, fx.PlaceCall)]


def test_the_list_says_what_each_does_as_it_changes() -> None:
    bench = watching()
    assert "Colleagues / 1 unknown: 1003 / 2 unknown: 1002" in bench.words
    bench.feed(ev.ColleagueChanged("1002", "idle"), ev.ColleagueChanged("1003", "busy"))
    assert "1 busy: 1003 / 2 free: 1002" in bench.words
    bench.feed(ev.ColleagueChanged("1002", "ringing"))
    assert "1 busy: 1003 / 2 rings: 1002" in bench.words
    bench.feed(ev.ColleagueChanged("1002", "unknown"))
    assert "1 busy: 1003 / 2 unknown: 1002" in bench.words


def test_choosing_one_calls_them() -> None:
    bench = watching(pickup="**").feed(ev.ColleagueChanged("1002", "busy"))
    assert called(bench.press("2")) == ["1002"]


def test_lifting_the_handset_calls_the_marked_one() -> None:
    bench = watching().press("#").feed(ev.HookLifted())
    assert called(bench) == ["1002"]


def test_a_call_that_rings_there_is_taken() -> None:
    bench = watching(pickup="**").feed(ev.ColleagueChanged("1002", "ringing"))
    assert called(bench.press("2")) == ["**1002"]


def test_without_a_code_a_ringing_colleague_is_called() -> None:
    bench = watching().feed(ev.ColleagueChanged("1002", "ringing"))
    assert called(bench.press("2")) == ["1002"]


def test_the_directory_says_it_too_as_it_changes() -> None:
    ann = Contact("Ann Example", ("1002", "0171555017"), watched=True)
    bench = Bench(watch=("1002",), pickup="**", directory=directory_of((ann,), PLANS["de"]))
    bench.press("directory", "2", "6", "6", "#", "1")
    assert "Ann Example / 1 unknown: 1002 / 2 0171555017" in bench.words
    bench.feed(ev.ColleagueChanged("1002", "ringing"))
    assert "1 rings: 1002" in bench.words
    assert called(bench.press("1")) == ["**1002"]


def looked_up(**more: Any) -> Bench:
    """A phone on which Anns have been looked up, the second of whom is watched."""
    people = (
        Contact("Ann Adams", ("1001",)),
        Contact("Ann Example", ("0171555017", "1002"), watched=True),
    )
    found = Bench(watch=("1002",), directory=directory_of(people, PLANS["de"]), **more)
    return found.press("directory", "2", "6", "6")


def test_what_is_found_in_the_directory_says_it_as_it_changes() -> None:
    bench = looked_up()
    assert "Directory / 266 / Ann Adams / Ann Example" in bench.words
    bench.feed(ev.ColleagueChanged("1002", "ringing"))
    assert "Directory / 266 / Ann Adams / rings: Ann Example" in bench.words
    bench.press("#").feed(ev.ColleagueChanged("1002", "busy"))
    assert "1 Ann Adams / 2 busy: Ann Example" in bench.words
    bench.feed(ev.ColleagueChanged("1002", "idle"))
    assert "1 Ann Adams / 2 free: Ann Example" in bench.words
    bench.press("2")
    assert "Ann Example / 1 0171555017 / 2 free: 1002" in bench.words


def test_lifting_the_handset_takes_the_call_that_rings_at_who_is_marked() -> None:
    bench = looked_up(pickup="**").press("#", "down")
    bench.feed(ev.ColleagueChanged("1002", "ringing"), ev.HookLifted())
    assert called(bench) == ["**1002"]


def test_lifting_the_handset_calls_who_is_marked_if_no_call_can_be_taken() -> None:
    bench = looked_up().press("#", "down")
    bench.feed(ev.ColleagueChanged("1002", "ringing"), ev.HookLifted())
    assert called(bench) == ["0171555017"]
    bench = looked_up(pickup="**").press("#", "down")
    bench.feed(ev.ColleagueChanged("1002", "busy"), ev.HookLifted())
    assert called(bench) == ["0171555017"]


def test_nobody_else_is_listed() -> None:
    bench = watching().feed(ev.ColleagueChanged("1999", "busy"))
    assert bench.phone.colleagues == ()
    assert "Colleagues" not in Bench().hold("*").words


def test_a_place_that_is_taken_is_ticked() -> None:
    bench = Bench(watch=("701",), park_slots=("701", "702"))
    bench.feed(ev.ColleagueChanged("701", "busy")).hold("*").press("5")
    assert "1✓701 / 2 702" in bench.words
