"""The policy of registering, told in events: whose turn, which server, how long to wait."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.settings import AccountSettings
from appliance.phone.standing import Registration
from appliance.phone.turns import share
from tests.phone.stories import Bench

SILENT = ev.RegistrationChanged(0, "failed", 0, "silent", "Silent")
WRONG = ev.RegistrationChanged(0, "failed", 401, "wrong-password", "Wrong")
BANNED = ev.RegistrationChanged(0, "failed", 0, "banned-likely", "Banned")
SPREAD = 58.0
"""The default of `start_spread`."""
WRONG_CERTIFICATE = ev.RegistrationChanged(0, "failed", 0, "tls-untrusted", "Untrusted")
GOOD = ev.RegistrationChanged(0, "registered", 200, "ok")


def bench(servers: int = 2, registered: bool = True, **changes: object) -> Bench:
    accounts = (AccountSettings("1001", "Agent", "pbx.example.com", servers=servers),)
    made = Bench(registered=registered, accounts=accounts, **changes)
    made.wait(1.0).did()
    return made


def standing(made: Bench) -> Registration:
    return made.phone.registrations[0]


def registers(made: Bench) -> list[int]:
    """The servers that were asked since last looked."""
    return [effect.server for effect in made.did() if isinstance(effect, fx.Register)]


def patience(made: Bench) -> list[float]:
    """How patient the attempts since last looked were."""
    return [effect.patience for effect in made.did() if isinstance(effect, fx.Register)]


def site(**account: object) -> Bench:
    """One phone of many after a power cut."""
    made = AccountSettings("1001", "Agent", "pbx.example.com", **account)  # type: ignore[arg-type]
    spread = {"start_spread": 50.0, "site_spread": 50.0, "seed": 7}
    cut = Bench(registered=False, accounts=(made,), **spread)
    cut.wait(1.0).did()
    return cut


def pause(made: Bench) -> float:
    return standing(made).retry_due - made.phone.now.monotonic


@pytest.mark.parametrize("servers", [1, 3])
def test_a_round_asks_every_server_once(servers: int) -> None:
    made = bench(servers, registered=False)
    asked = []
    for _ in range(2 * servers):
        made.feed(SILENT).wait(10)
        asked += registers(made)
    assert asked == [*range(1, servers), *range(servers), 0]


def test_pauses_double_up_to_a_minute_and_begin_anew_after_success() -> None:
    made = bench(1, registered=False)
    pauses = []
    for _ in range(12):
        made.feed(SILENT)
        pauses.append(pause(made))
        made.wait(100)
    assert 1.5 <= pauses[0] <= 2.5
    assert 36 <= pauses[-1] <= 60
    assert max(pauses) <= 60
    made.feed(GOOD, SILENT)
    assert pause(made) <= 2.5


def test_other_hosts_of_a_server_come_before_other_servers() -> None:
    made = bench(2)
    made.feed(replace(SILENT, alternatives=1)).wait(1)
    assert registers(made) == [0]
    made.feed(SILENT).wait(1)
    assert registers(made) == [1]


def over_tls() -> Bench:
    made = Bench(accounts=(AccountSettings("1001", server="pbx.example.com", transport="tls"),))
    made.wait(1.0).did()
    return made


def connections(made: Bench) -> list[bool]:
    """Whether each attempt since last looked makes its connection anew."""
    return [effect.fresh for effect in made.did() if isinstance(effect, fx.Register)]


def test_a_clock_that_was_set_has_the_server_prove_itself_anew() -> None:
    made = over_tls()
    made.feed(ev.ClockSet()).wait(1.0)
    assert connections(made) == [True]
    made.feed(GOOD).wait(100.0)
    assert connections(made) == []
    by_datagram = bench(1)
    by_datagram.feed(ev.ClockSet()).wait(1.0)
    assert connections(by_datagram) == []


def test_no_call_is_cut_for_the_clocks_sake() -> None:
    made = over_tls()
    call = made.talk()
    made.feed(ev.ClockSet()).wait(10.0)
    made.feed(GOOD).wait(90.0)
    assert connections(made) == []
    made.feed(ev.CallEnded(call)).wait(31.0)
    assert connections(made) == [True]


def test_a_renewal_that_fails_in_a_call_is_tried_again_in_it() -> None:
    """A dialler's session lasts the shift: the registration must not wait for its end."""
    made = over_tls()
    made.talk()
    made.feed(ev.ClockSet()).wait(1.0)
    made.feed(ev.RegistrationChanged(0, "failed", 503, "server-error", "Busy")).wait(20.0)
    assert connections(made) == [False]


def test_who_was_turned_away_for_its_certificate_is_asked_again_when_the_clock_is_set() -> None:
    made = over_tls()
    for _ in range(8):
        made.feed(ev.RegistrationChanged(0, "failed", 0, "clock-wrong", "Wrong")).wait(60.0)
    made.feed(ev.RegistrationChanged(0, "failed", 0, "clock-wrong", "Wrong")).did()
    assert pause(made) > 30.0
    made.feed(ev.ClockSet()).wait(1.0)
    assert connections(made) == [False]
    made.feed(ev.RegistrationChanged(0, "failed", 0, "bad-config", "Bad"))
    made.feed(ev.ClockSet()).wait(1.0)
    assert connections(made) == []


def test_a_connection_that_is_lost_is_made_anew_whatever_the_clock_says() -> None:
    made = over_tls()
    made.talk()
    made.feed(ev.ClockSet(), ev.ConnectionLost(0)).wait(1.0)
    assert connections(made) == [False]
    made.feed(GOOD, ev.ClockSet(), ev.NetworkChanged(True)).wait(1.0)
    assert connections(made) == [False]


def test_what_a_server_asks_for_is_kept_while_others_are_asked() -> None:
    made = bench(2)
    made.feed(ev.RegistrationChanged(0, "failed", 503, "server-error", retry_after=100.0)).wait(1)
    assert registers(made) == [1]
    asked: list[tuple[float, int]] = []
    made.feed(SILENT)
    while made.phone.now.monotonic < 250.0:
        for number in registers(made.wait(1.0)):
            asked.append((made.phone.now.monotonic, number))
            made.feed(SILENT)
    assert {number for when, number in asked if when < 100.0} == {1}
    assert 0 in {number for when, number in asked if when < 170.0}


def test_a_server_that_asks_for_a_year_gets_an_hour() -> None:
    made = bench(1)
    made.feed(ev.RegistrationChanged(0, "failed", 503, "server-error", retry_after=3e7))
    assert 3600 <= pause(made) <= 1.25 * 3600


def test_a_probable_ban_slows_us_down_there_and_nowhere_else() -> None:
    made = bench(1)
    made.feed(BANNED)
    assert pause(made) >= 600
    made = bench(2)
    made.feed(BANNED).wait(1)
    assert registers(made) == [1]


def test_wrong_credentials_are_given_up_where_they_were_refused() -> None:
    made = bench(2, registered=False)
    for _ in range(3):
        made.feed(replace(WRONG, alternatives=1)).wait(5)
    assert registers(made) == [0, 0, 1]
    for _ in range(3):
        made.feed(SILENT).wait(60)
    assert set(registers(made)) == {1}
    made.feed(WRONG).wait(10_000)
    assert not registers(made)
    made.feed(ev.NetworkChanged(True)).wait(10_000)
    assert not registers(made)


def test_settings_that_cannot_work_are_not_tried_again() -> None:
    made = bench(1, registered=False)
    made.feed(ev.RegistrationChanged(0, "failed", 0, "bad-config", "Bad")).wait(10_000)
    assert not registers(made)


def test_a_lost_connection_is_made_anew_and_a_dead_server_left() -> None:
    made = bench(2)
    made.feed(ev.ConnectionLost(0)).wait(1)
    assert registers(made) == [0]
    made.feed(GOOD, ev.ConnectionLost(0, dead=True)).wait(0)
    assert registers(made) == [1]
    made.feed(SILENT)
    assert pause(made) >= 1.5, "both have failed: this round is over"
    made.feed(GOOD, ev.ConnectionLost(0, dead=True, alternatives=1)).wait(0)
    assert registers(made) == [0]
    single = bench(1)
    single.feed(ev.ConnectionLost(0, dead=True)).wait(0)
    assert registers(single) == [0]
    single.feed(SILENT).did()
    single.feed(ev.ConnectionLost(0), ev.ConnectionLost(7))
    assert not single.did()


def test_a_new_network_registers_at_once_and_a_lost_one_is_told() -> None:
    made = bench(2)
    made.feed(ev.NetworkChanged(False), ev.NetworkChanged(True)).wait(0.5)
    assert registers(made) == [0]
    made.feed(GOOD, ev.NetworkChanged(False)).wait(1.0)
    assert not registers(made)
    made.wait(1.0)
    assert registers(made) == [0]
    for _ in range(9):
        made.feed(SILENT).wait(60)
    made.did()
    made.feed(SILENT, ev.NetworkChanged(True)).wait(0.5)
    assert len(registers(made)) == 1
    made.feed(BANNED).feed(BANNED).did()
    made.feed(ev.NetworkChanged(True)).wait(500)
    assert not registers(made), "a new address may be behind the same wall"


def test_a_better_server_is_sought_while_a_backup_serves_but_not_during_a_call() -> None:
    made = bench(2)
    made.feed(SILENT).wait(1).feed(GOOD).did()
    assert made.wait(121).did().count(fx.SeekServer(0, 1)) in (1, 2)
    call = made.talk()
    assert fx.SeekServer(0, 1) not in made.wait(300).did()
    made.feed(ev.ServerFound(0, 0))
    assert not registers(made)
    made.feed(ev.CallEnded(call)).did()
    assert fx.SeekServer(0, 1) in made.wait(121).did()
    made.feed(ev.ServerFound(9, 0), ev.ServerFound(0, 0))
    assert registers(made) == [0]
    made.feed(GOOD)
    assert not standing(made).seek_due
    made.feed(ev.ServerFound(0, 0))
    assert not registers(made)


def test_a_spare_host_of_the_only_server_is_left_too_when_it_can_be() -> None:
    made = bench(1)
    made.feed(replace(GOOD, spare=True)).did()
    assert fx.SeekServer(0, 0) in made.wait(121).did()


def test_a_failing_backup_is_no_place_to_look_from() -> None:
    made = bench(2)
    made.feed(SILENT).wait(1).feed(GOOD, SILENT, SILENT).did()
    made.wait(121)
    assert not [effect for effect in made.did() if isinstance(effect, fx.SeekServer)]


def test_a_server_that_flaps_is_sought_less_and_less() -> None:
    made = bench(2)
    waits = []
    for _ in range(8):
        made.feed(SILENT).wait(1).feed(GOOD)
        waits.append(standing(made).seek_due - made.phone.now.monotonic)
        made.feed(ev.ServerFound(0, 0)).wait(5).feed(GOOD).wait(5)
    assert waits[-1] > 20 * waits[0]
    assert max(waits) <= 2 * 3600
    made.wait(400).feed(SILENT).wait(1).feed(GOOD)
    assert standing(made).flaps == 0


def test_after_a_power_cut_a_phone_waits_for_its_turn() -> None:
    made = bench(1, registered=False, start_spread=50.0, seed=7)
    due = standing(made).retry_due
    assert 0 < due <= 50
    assert "Waiting its turn" in made.words
    made.feed(ev.NetworkChanged(True))
    assert standing(made).retry_due == due
    made.wait(due)
    assert registers(made) == [0]


def test_while_the_server_has_no_power_yet_the_turns_go_round() -> None:
    """Its back-off would bring a whole site at once when it comes up."""
    made = site()
    made.wait(standing(made).retry_due)
    turns = []
    for _ in range(4):
        made.wait(1.4).feed(SILENT)
        turns.append(standing(made).retry_due)
        made.wait(pause(made))
    assert 1.0 <= turns[0] - made.phone.settings.start_spread <= 51.0
    assert [after - before for before, after in pairwise(turns)] == pytest.approx([51.0] * 3)
    made.feed(GOOD, SILENT)
    assert pause(made) < 3.0
    used = site()
    used.feed(ev.HookLifted(), SILENT)
    assert pause(used) < 3.0


def test_while_a_server_is_away_it_is_asked_briefly_over_udp_unless_it_may_be_slow() -> None:
    made = site()
    made.wait(standing(made).retry_due)
    assert patience(made) == [1.4]
    for _ in range(15):
        made.feed(SILENT).wait(51)
    assert patience(made) == [*[1.4] * 11, *[5.0] * 4]
    over_tls = site(transport="tls")
    over_tls.wait(standing(over_tls).retry_due)
    assert patience(over_tls) == [5.0]


def test_a_server_that_stays_away_is_asked_in_turn_whenever_it_was_lost() -> None:
    """Phones that lose it at different times keep out of each other's way all the same."""
    turns = []
    made = bench(1)
    for lost in (100.0, 217.0, 333.3):
        made = bench(1, site_spread=50.0, seed=7)
        made.wait(lost).feed(SILENT)
        assert pause(made) < 3.0
        made.wait(3).feed(SILENT)
        assert pause(made) < 6.0
        made.wait(6).feed(SILENT)
        assert standing(made).in_turn
        turns.append(standing(made).retry_due % 51.0)
    assert turns == pytest.approx([turns[0]] * 3)
    made.feed(ev.NetworkChanged(True))
    assert not standing(made).in_turn
    assert pause(made) < 1.0


def test_other_failures_take_no_turns_and_neither_does_a_phone_of_no_site() -> None:
    for made, failure in (
        (bench(1, site_spread=50.0), WRONG_CERTIFICATE),
        (bench(1, site_spread=0.0), SILENT),
    ):
        for _ in range(4):
            made.feed(failure).wait(60)
        assert not standing(made).in_turn


def test_somebody_who_uses_the_phone_hurries_it_once_and_never_against_the_servers_wish() -> None:
    made = bench(1, site_spread=50.0, seed=7)
    for _ in range(3):
        made.feed(SILENT).wait(0 if standing(made).in_turn else 6)
    made.did()
    made.feed(ev.HookLifted(), ev.HookReplaced(), ev.HookLifted())
    assert registers(made) == [0]
    assert not standing(made).in_turn
    for _ in range(2):
        made.feed(SILENT).wait(6)
    made.feed(ev.RegistrationChanged(0, "failed", 503, "server-error", retry_after=100.0)).did()
    assert standing(made).in_turn
    made.feed(ev.HookReplaced(), ev.HookLifted())
    assert not registers(made)


def test_a_phone_that_is_used_does_not_wait_for_its_turn() -> None:
    made = bench(1, registered=False, start_spread=50.0, seed=7)
    made.feed(ev.HookLifted())
    assert registers(made) == [0]
    made.feed(ev.HookReplaced(), ev.HookLifted())
    assert not registers(made)


@given(st.integers(0, 10**9), st.integers(0, 2**32), st.integers(0, 9))
@settings(max_examples=50)
def test_a_site_with_extensions_in_a_row_spreads_evenly(first: int, seed: int, time: int) -> None:
    """500 phones in the usual spread, two requests each: no second sees more than 25."""
    moments = sorted(
        SPREAD * share(str(first + number), seed * number, time) for number in range(500)
    )
    assert moments[0] >= 0.0
    assert moments[-1] < SPREAD
    busiest = max(
        bisect_left(moments, moment + 1.0) - place for place, moment in enumerate(moments)
    )
    assert 2 * busiest <= 25


@given(st.text(min_size=1), st.integers(0, 2**32))
def test_every_unit_has_a_turn(user: str, seed: int) -> None:
    assert 0.0 <= share(user, seed) < 1.0
