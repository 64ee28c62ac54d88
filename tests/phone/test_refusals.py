"""Credentials that were refused, over the end of the software and its next start."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.core import step
from appliance.phone.explore import example_settings
from appliance.phone.preferences import Preferences
from appliance.phone.refusals import COMPARE, NOT_ACCEPTED
from appliance.phone.settings import AccountSettings
from appliance.phone.state import Phone, new_phone
from tests.phone.stories import Bench

WRONG = ev.RegistrationChanged(
    0, "failed", 401, "wrong-password", NOT_ACCEPTED, COMPARE, "401 Unauthorized"
)
GOOD = ev.RegistrationChanged(0, "registered", 200, "ok")


def account(credentials: str = "first", servers: int = 1) -> AccountSettings:
    return AccountSettings("1001", server="pbx", servers=servers, credentials=credentials)


def bench(servers: int = 1, credentials: str = "first") -> Bench:
    return Bench(registered=False, accounts=(account(credentials, servers),))


def refused(made: Bench, times: int = 1) -> Bench:
    """The server refuses, and the phone waits until it may ask again."""
    for _ in range(times):
        made.feed(WRONG).wait(60.0)
    return made


def restarted(made: Bench, *accounts: AccountSettings) -> tuple[Phone, list[int]]:
    """The phone after its next start, with what it had kept; and the servers that it asks."""
    kept = made.phone.preferences
    settings = example_settings(accounts=accounts or made.phone.settings.accounts)
    phone, effects = step(new_phone(settings, kept), ev.PhoneStarted())
    return phone, [effect.server for effect in effects if isinstance(effect, fx.Register)]


def test_three_refusals_hold_over_a_restart_and_are_told() -> None:
    phone, asked = restarted(refused(bench(), 3))
    assert asked == []
    found = phone.registrations[0]
    assert (found.state, found.code, found.verdict) == ("failed", 401, "wrong-password")
    assert (found.text, found.next_step) == (NOT_ACCEPTED, COMPARE)
    assert found.evidence == "401 Unauthorized; not offered again since the restart"
    later, effects = step(phone, ev.NetworkChanged(online=True))
    assert later.registrations[0].retry_due == 0.0
    assert not [effect for effect in effects if isinstance(effect, fx.Register)]


def test_what_was_kept_does_not_grow_by_restarts() -> None:
    made = refused(bench(), 3)
    before = made.phone.preferences
    phone, _ = restarted(made)
    assert phone.preferences == before


@pytest.mark.parametrize("offers", [1, 2])
def test_offers_are_counted_on_after_a_restart(offers: int) -> None:
    made = refused(bench(), offers)
    phone, asked = restarted(made)
    assert asked == [0]
    again = bench()
    again.phone = phone
    assert len(registers(refused(again, 3))) == 2 - offers


def registers(made: Bench) -> list[int]:
    return [effect.server for effect in made.did() if isinstance(effect, fx.Register)]


@pytest.mark.parametrize("credentials", ["another", ""])
def test_other_credentials_are_offered_and_the_old_ones_forgotten(credentials: str) -> None:
    phone, asked = restarted(refused(bench(), 3), account(credentials))
    assert asked == [0]
    assert phone.preferences == Preferences()


def test_without_a_mark_nothing_is_kept() -> None:
    assert refused(bench(credentials=""), 3).phone.preferences == Preferences()


def test_credentials_that_are_taken_are_forgotten_to_have_been_refused() -> None:
    made = refused(bench(), 2)
    assert made.phone.preferences.refusals[0].offers == (2,)
    made.feed(GOOD)
    assert made.phone.preferences == Preferences()


def test_a_server_that_has_not_refused_is_asked_after_a_restart() -> None:
    made = bench(servers=2)
    made.feed(WRONG).wait(1.0)
    assert made.phone.registrations[0].server == 1
    made.feed(replace(WRONG, code=0, verdict="silent")).wait(60.0)
    refused_by_first = made.phone.preferences.refusals[0]
    assert refused_by_first.offers == (1, 0)
    made.phone = replace(
        made.phone,
        preferences=Preferences(refusals=(replace(refused_by_first, offers=(3, 0)),)),
    )
    phone, asked = restarted(made)
    assert asked == [1]
    assert phone.registrations[0].standings[0].refusals == 3


def test_a_number_of_servers_that_changed_is_another_account() -> None:
    _, asked = restarted(refused(bench(), 3), account(servers=2))
    assert asked == [0]


def test_refusals_come_to_the_card_as_one_event_after_the_other() -> None:
    made = bench()
    made.feed(WRONG)
    kept = [effect for effect in made.did() if isinstance(effect, fx.KeepPreferences)]
    assert [one.preferences.refusals[0].offers for one in kept] == [(1,)]
