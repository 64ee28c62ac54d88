"""A connection that the phone's own link does not explain is lost to the whole site: who waits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.phone import events as ev
from appliance.phone.settings import AccountSettings
from appliance.phone.turns import share
from tests.phone.stories import Bench
from tests.phone.test_registration import GOOD, SILENT, bench, pause, registers, standing

SPREAD = 58.0
REFUSED = ev.RegistrationChanged(0, "failed", 0, "refused", "Refused")
CLOSED = ev.ConnectionLost(0)
DEAD = ev.ConnectionLost(0, dead=True)


def at_a_site(servers: int = 1, user: str = "1003") -> Bench:
    """One registered phone of many, over TCP."""
    account = AccountSettings(user, "Agent", "pbx", servers=servers, transport="tcp")
    made = Bench(accounts=(account,), site_spread=SPREAD, seed=7)
    made.wait(1.0).did()
    return made


def test_a_server_that_closes_all_connections_is_asked_in_turn() -> None:
    dues = []
    for number in range(1001, 1101):
        made = at_a_site(user=str(number)).feed(CLOSED)
        assert standing(made).state == "trying"
        assert not registers(made)
        dues.append(pause(made))
        made.wait(pause(made))
        assert registers(made) == [0]
        made.feed(GOOD)
        assert standing(made).retry_due == 0.0
        assert not standing(made).in_turn
    assert min(dues) >= 0.5
    assert max(dues) <= SPREAD + 0.5
    assert max(sum(due <= other < due + 1.0 for other in dues) for due in dues) <= 3


def test_the_turn_counts_from_the_moment_that_all_share_whatever_the_clocks_say() -> None:
    early = at_a_site().feed(CLOSED)
    late = at_a_site().wait(1234.5).feed(CLOSED)
    assert pause(early) == pytest.approx(pause(late))


def test_who_finds_out_by_itself_goes_by_the_clock_on_the_wall() -> None:
    early = at_a_site().feed(DEAD)
    late = at_a_site().wait(3.0).feed(DEAD)
    difference = (standing(late).retry_due - standing(early).retry_due) % SPREAD
    assert min(difference, SPREAD - difference) == pytest.approx(0.0, abs=1e-3)


def test_a_server_that_is_not_back_yet_is_asked_again_a_turn_later() -> None:
    made = at_a_site().feed(CLOSED)
    made.wait(pause(made)).did()
    asked = made.phone.now.monotonic
    made.feed(REFUSED)
    assert standing(made).retry_due == pytest.approx(asked + SPREAD + 1.0)


def test_a_dead_server_is_left_at_once_by_whoever_has_another() -> None:
    made = at_a_site(2).feed(DEAD).wait(0)
    assert registers(made) == [1]
    one = at_a_site(1).feed(replace(DEAD, alternatives=1)).wait(0)
    assert registers(one) == [0]


def test_a_server_that_closed_the_connection_and_lives_is_not_left() -> None:
    made = at_a_site(2).feed(CLOSED)
    made.wait(pause(made))
    assert registers(made) == [0]
    made.feed(REFUSED).wait(0.7)
    assert registers(made) == [1]


def test_a_backup_that_has_asked_to_be_left_alone_is_no_way_out() -> None:
    made = at_a_site(2)
    made.feed(SILENT).wait(1)
    made.feed(ev.RegistrationChanged(0, "failed", 503, "server-error", retry_after=900.0)).wait(60)
    made.feed(GOOD).did()
    made.feed(DEAD)
    assert standing(made).lost
    made.wait(pause(made))
    assert registers(made) == [0]


def test_the_phones_own_network_is_nobody_elses() -> None:
    made = at_a_site().feed(DEAD, ev.NetworkChanged(False), ev.NetworkChanged(True))
    assert pause(made) <= 0.5
    made.wait(0.5)
    assert registers(made) == [0]
    assert not standing(made).lost


def test_a_hand_at_the_phone_hurries_it_and_the_end_of_a_call_does_not() -> None:
    made = at_a_site()
    call = made.talk()
    made.feed(CLOSED, ev.CallEnded(call))
    assert not registers(made)
    made.feed(ev.HookLifted())
    assert registers(made) == [0]
    made.feed(REFUSED)
    assert pause(made) < 3.0


def test_the_display_says_what_it_waits_for() -> None:
    made = at_a_site().feed(CLOSED)
    assert "Connection lost. Waiting its turn" in made.words
    made.wait(pause(made))
    assert "Waiting its turn" not in made.words


def test_a_registration_that_was_renewed_meanwhile_waits_for_nothing() -> None:
    made = at_a_site().feed(CLOSED, GOOD)
    assert (standing(made).state, standing(made).lost) == ("registered", False)
    assert not registers(made.wait(100.0))


def test_a_handful_of_phones_share_nothing_out() -> None:
    made = bench(1).feed(CLOSED).wait(0.7)
    assert registers(made) == [0]


def test_a_better_server_is_sought_in_turn() -> None:
    """By the clock on the wall, in half as much time again as a registration is shared out in."""
    around, turns = 1.5 * SPREAD, []
    for lost in (100.0, 217.0, 333.3):
        made = at_a_site(2).wait(lost).feed(DEAD).wait(0).feed(GOOD)
        assert standing(made).server == 1
        seek = standing(made).seek_due
        assert 1.0 <= seek - made.phone.now.monotonic <= around + 1.0
        turns.append(seek % around)
    assert turns == pytest.approx([turns[0]] * 3)


def test_a_better_server_that_flaps_is_sought_less_and_less_at_a_site_too() -> None:
    made, waits = at_a_site(2), []
    for _ in range(8):
        made.feed(SILENT).wait(1).feed(GOOD)
        waits.append(standing(made).seek_due - made.phone.now.monotonic)
        made.feed(ev.ServerFound(0, 0)).wait(5).feed(GOOD).wait(5)
    assert waits[0] <= 1.5 * SPREAD + 1.0
    assert waits[-1] >= 3540.0


def test_the_first_turn_is_the_units_share_of_the_spread() -> None:
    made = at_a_site().feed(CLOSED)
    assert pause(made) == pytest.approx(0.5 + SPREAD * share("1003", 7))


def test_who_had_its_first_turn_waits_with_the_return_until_all_had_theirs() -> None:
    account = AccountSettings("1003", "Agent", "pbx", servers=2)
    made = Bench(
        registered=False, accounts=(account,), start_spread=SPREAD, site_spread=SPREAD, seed=7
    )
    began = made.phone.now.monotonic
    made.wait(pause(made)).feed(SILENT).wait(0.7).feed(GOOD)
    assert standing(made).server == 1
    assert standing(made).seek_due >= began + SPREAD
