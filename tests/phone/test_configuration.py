"""Other settings for a phone that lives: what holds at once, and who registers anew."""

from __future__ import annotations

from dataclasses import replace

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.outputs import outputs
from appliance.phone.settings import AccountSettings, Settings
from tests.phone.stories import Bench

TWO = (AccountSettings("1001", server="pbx"), AccountSettings("1002", server="pbx"))
WRONG = ev.RegistrationChanged(0, "failed", 401, "wrong-password")


def other(made: Bench, **changes: object) -> Settings:
    return replace(made.phone.settings, **changes)  # type: ignore[arg-type]


def registers(made: Bench) -> list[int]:
    return [effect.account for effect in made.did() if isinstance(effect, fx.Register)]


def test_what_is_typed_next_follows_the_new_settings_and_nobody_registers() -> None:
    made = Bench()
    made.feed(ev.ConfigurationChanged(other(made, name="Desk 7", speed_dial=(("2", "600"),))))
    assert registers(made) == []
    assert "Desk 7" in made.words
    made.hold("2")
    assert made.phone.calls[0].number == "600"


def test_a_call_goes_on() -> None:
    made = Bench()
    made.talk()
    before, lasting = made.phone.calls, outputs(made.phone)
    made.feed(ev.ConfigurationChanged(other(made, interdigit_timeout=9.0), (0,)))
    assert made.phone.calls == before
    assert outputs(made.phone).tone == lasting.tone
    assert registers(made) == [0]


def test_only_who_proves_itself_otherwise_registers() -> None:
    made = Bench(accounts=TWO)
    made.feed(
        ev.RegistrationChanged(1, "registered", 200, "ok"),
        ev.ConfigurationChanged(other(made), (1,)),
    )
    assert registers(made) == [1]
    assert made.phone.registrations[0].state == "registered"


def test_credentials_that_were_refused_are_offered_again() -> None:
    made = Bench(registered=False, accounts=(replace(TWO[0], credentials="one"),))
    for _ in range(3):
        made.feed(WRONG).wait(60.0)
    assert made.phone.preferences.refusals
    made.did()
    made.feed(ev.ConfigurationChanged(other(made, accounts=(replace(TWO[0], credentials="two"),))))
    assert registers(made) == [0]
    assert made.phone.registrations[0].standings[0].refusals == 0
    assert not made.phone.preferences.refusals


def test_who_waits_for_its_turn_goes_on_waiting() -> None:
    made = Bench(registered=False, start_spread=50.0, site_spread=50.0, seed=7)
    due = made.phone.registrations[0].retry_due
    assert due > 0.0
    made.feed(ev.ConfigurationChanged(other(made), (0,)))
    assert registers(made) == []
    assert made.phone.registrations[0].retry_due == due


def test_fewer_servers_than_the_one_in_use() -> None:
    made = Bench(accounts=(replace(TWO[0], servers=3),))
    made.phone = replace(
        made.phone, registrations=(replace(made.phone.registrations[0], server=2),)
    )
    made.feed(ev.ConfigurationChanged(other(made, accounts=(replace(TWO[0], servers=1),))))
    assert [e.server for e in made.did() if isinstance(e, fx.Register)] == [0]


def test_settings_of_another_phone_are_none_of_this_ones() -> None:
    made = Bench()
    before = made.phone
    made.feed(ev.ConfigurationChanged(other(made, accounts=())))
    assert made.phone == before
