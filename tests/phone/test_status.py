"""What the menu tells of the phone: registration, network, headset, versions, and the self-test."""

from __future__ import annotations

from dataclasses import replace

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.explore import example_settings
from appliance.phone.language import language_of
from appliance.phone.preferences import Preferences
from appliance.phone.settings import AccountSettings
from appliance.phone.sound import SAMPLE_SECONDS
from appliance.phone.state import new_phone
from appliance.phone.words import in_text
from tests.phone.stories import Bench

STATUS, SOUND = "5", "4"


def test_the_registration_of_the_only_account_is_told_with_what_to_do() -> None:
    bench = Bench(registered=False).hold("*").press(STATUS, "1")
    assert "1001@pbx.example.com / Registering" in bench.words
    bench = Bench(registered=False).feed(
        ev.RegistrationChanged(0, "failed", 403, "forbidden", "Not allowed", "Check the PBX.")
    )
    bench.hold("*").press(STATUS, "1")
    assert "Not allowed / Check the PBX." in bench.words


def test_several_accounts_are_listed_and_each_is_told() -> None:
    accounts = (AccountSettings("1001"), AccountSettings("1002", server="b.example", label="Sales"))
    bench = Bench(accounts=accounts)
    bench.feed(ev.RegistrationChanged(1, "registered", server_in_use="192.0.2.9"))
    bench.hold("*").press(STATUS, "1")
    assert "1 1001: Registered / 2 Sales: Registered" in bench.words
    assert "1002@192.0.2.9" in bench.press("2").words


def test_without_an_account_there_is_nothing_to_tell() -> None:
    bench = Bench(registered=False, accounts=()).hold("*").press(STATUS, "1")
    assert "Nothing here" in bench.words


def test_the_unit_is_asked_when_a_page_is_opened() -> None:
    bench = Bench().hold("*").press(STATUS, "2")
    assert fx.ReadFacts() in bench.did()
    assert "No network address" in bench.words
    bench.feed(ev.FactsRead(("eth0: 192.0.2.20",), ("Deskphone 1.0",)))
    assert "eth0: 192.0.2.20" in bench.words
    assert "Deskphone 1.0" in bench.press("back", "4").words


def test_the_headset_has_a_name_or_is_missing() -> None:
    bench = Bench().hold("*").press(STATUS, "3")
    assert "Headset / Headset / usb-1" in bench.words
    assert "No headset" in bench.feed(ev.HeadsetChanged("missing")).words


def test_the_headset_is_tested_and_the_verdict_stays_until_it_is_left() -> None:
    bench = Bench().hold("*").press(SOUND, "6")
    assert bench.did()[-1] != fx.TestHeadset(False)
    assert "say a few words" in bench.words
    bench.feed(ev.HeadsetTested(in_text("Headset works"), "usb-1"))
    assert fx.TestHeadset(False) in bench.did()
    assert "Headset works / usb-1" in bench.words
    bench.press("back")
    assert "Sound" in bench.words
    bench.press("6")
    assert "say a few words" in bench.words, "it is tested anew"


def test_a_call_ends_the_test_before_the_phone_rings() -> None:
    bench = Bench().hold("*").press(SOUND, "6")
    bench.did()
    said = bench.rung(2).did()
    assert said.index(fx.TestHeadset(False)) < said.index(fx.SetRinger(True, "ring"))
    bench.feed(ev.HeadsetTested("late", "usb-1"))
    assert "late" not in bench.words
    bench = Bench().hold("*").press(SOUND, "6").feed(ev.HookLifted())
    said = bench.did()
    assert said.index(fx.TestHeadset(False)) < said.index(fx.SetTone("dial"))


def test_levels_are_stepped_and_told_while_the_page_stays() -> None:
    bench = Bench().hold("*").press(SOUND, "1", "1", "2", "3", "4")
    assert [e for e in bench.did() if isinstance(e, fx.StepVolume)] == [
        fx.StepVolume("earpiece", 1),
        fx.StepVolume("earpiece", 1),
        fx.StepVolume("earpiece", -1),
        fx.StepVolume("ringer", 1),
        fx.StepVolume("ringer", -1),
    ]
    assert "Ringer 40 %" in bench.feed(ev.VolumeChanged("ringer", 40)).words
    assert "1 Louder" in bench.words


def test_a_ring_is_chosen_heard_and_kept() -> None:
    bench = Bench().hold("*").press(SOUND, "5")
    assert "1✓Standard / 2 Long" in bench.words
    bench.press("4")
    assert "4✓Short, short, long" in bench.words
    said = bench.did()
    assert fx.SetRinger(True, "bellcore-dr3") in said
    assert fx.KeepPreferences(Preferences("bellcore-dr3")) in said
    bench.wait(SAMPLE_SECONDS)
    assert fx.SetRinger(False) in bench.did()
    assert fx.SetRinger(True, "bellcore-dr3") in bench.rung(2).did()


def test_a_ring_is_heard_no_longer_than_its_page_is_open() -> None:
    bench = Bench().hold("*").press(SOUND, "5", "2")
    bench.did()
    assert fx.SetRinger(False) in bench.press("back").did()
    bench = Bench().hold("*").press(SOUND, "5", "2", "3")
    bench.feed(ev.TimerFired("sample", 0.5))
    assert fx.SetRinger(True, "bellcore-dr2") in bench.did()


def test_an_account_with_a_ring_of_its_own_keeps_it_and_unknown_rings_are_none() -> None:
    accounts = (AccountSettings("1001"), AccountSettings("1002", ring="silent"))
    bench = Bench(accounts=accounts)
    bench.phone = replace(bench.phone, preferences=Preferences("bellcore-dr1"))
    assert fx.SetRinger(True, "bellcore-dr1") in bench.rung(2).did()
    bench.feed(ev.CallEnded(2), ev.CallIncoming(4, 1, "100"))
    assert fx.SetRinger(True, "silent") in bench.did()
    bench = Bench()
    bench.phone = replace(bench.phone, preferences=Preferences("birdsong"))
    assert fx.SetRinger(True, "ring") in bench.rung(2).did()
    assert "1✓Standard" in Bench().hold("*").press(SOUND, "5").words


def test_a_phone_finds_its_choices_again() -> None:
    chosen = Preferences("silent", earpiece=30, ringer=40)
    assert new_phone(example_settings(), chosen).preferences == chosen
    bench = Bench().feed(ev.VolumeChanged("ringer", 40), ev.VolumeChanged("earpiece", 30))
    assert bench.phone.preferences == Preferences(earpiece=30, ringer=40)


def test_a_language_is_chosen_and_the_page_speaks_it() -> None:
    bench = Bench().hold("*").press("6")
    assert "1✓English / 2 Español" in bench.words
    bench.press("4")
    assert fx.KeepPreferences(Preferences(language="de")) in bench.did()
    assert language_of(bench.phone) == "de" and "4✓Deutsch" in bench.words
    bench.phone = replace(bench.phone, preferences=Preferences(language="xx"))
    assert language_of(bench.phone) == "en"
