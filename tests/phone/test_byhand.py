"""An account that is typed on the phone, from the first key to what the unit is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.phone import effects as fx
from appliance.phone import multitap
from appliance.phone.multitap import MOST, NO_TAP, TAP_SECONDS
from appliance.phone.settings import AccountSettings
from appliance.phone.view import view
from tests.phone.stories import Bench


def unprovisioned() -> Bench:
    return Bench(registered=False, accounts=())


def slowly(made: Bench, *keys: str) -> Bench:
    """Press keys so that each stands for itself."""
    for key in keys:
        made.press(key).wait(TAP_SECONDS + 0.1)
    return made


def words(made: Bench) -> tuple[str, ...]:
    return view(made.phone).text()


def choose(made: Bench, entry: str) -> Bench:
    """Press the digit before this line of the menu, wherever it stands."""
    line = next(line for line in words(made) if entry in line)
    return made.press(line[0])


def at_server(made: Bench) -> Bench:
    return choose(made.hold("*"), "Set up by hand")


def test_server_extension_password_transport_and_the_unit_is_told() -> None:
    made = at_server(unprovisioned())
    assert "Server" in words(made)
    slowly(made, *"10", "*", *"0", "*", *"0", "*", *"7").press("#")
    assert "Extension" in words(made)
    slowly(made, *"1001").press("#")
    assert "Password" in words(made)
    slowly(made.press(*"22"), "5", "7").press("#")
    assert "Transport" in words(made)
    made.press("2")
    shown = " ".join(words(made))
    assert "1001 TCP" in shown and "10.0.0.7" in shown
    assert not [effect for effect in made.did() if isinstance(effect, fx.SetUpByHand)]
    made.press("1")
    (told,) = (effect for effect in made.did() if isinstance(effect, fx.SetUpByHand))
    assert told == fx.SetUpByHand("10.0.0.7", "1001", "a57", "tcp")
    assert "a57" not in repr(told)
    assert made.phone.menu is None


@pytest.mark.parametrize("line", ["2", "3"])
def test_a_line_to_be_read_loses_nothing(line: str) -> None:
    made = at_server(unprovisioned()).press("1", "#", "2", "#", "3", "#", "1")
    shown = words(made)
    assert words(made.press(line)) == shown
    made.press("1")
    assert fx.SetUpByHand("1", "2", "3", "udp") in made.did()


@pytest.mark.parametrize("page", ["Server", "Extension", "Password"])
def test_nothing_typed_goes_nowhere(page: str) -> None:
    made = at_server(unprovisioned())
    for _ in range(["Server", "Extension", "Password"].index(page)):
        made.press("1", "#")
    made.press("#")
    assert page in words(made)


def test_a_password_shows_its_last_letter_alone() -> None:
    made = slowly(at_server(unprovisioned()).press("1", "#", "1", "#"), "7", "8", "9")
    assert "••9" in words(made)
    assert "789" not in " ".join(words(made))


def test_back_takes_the_last_letter_and_then_the_page() -> None:
    made = slowly(at_server(unprovisioned()), "7", "8")
    made.press("back")
    assert "7" in words(made)
    made.press("back", "back")
    assert "Menu" in words(made)
    choose(made, "Set up by hand").press("*")
    assert "Menu" in words(made)


def test_who_types_letters_has_a_minute_for_each() -> None:
    made = at_server(unprovisioned()).wait(50.0).press("7").wait(50.0).press("#").wait(50.0)
    assert "Extension" in words(made)
    made.wait(20.0)
    assert made.phone.menu is None


def test_only_a_unit_without_settings_of_its_own_offers_it() -> None:
    with_settings = Bench().hold("*")
    assert not [line for line in words(with_settings) if "by hand" in line]


def test_a_typed_account_can_be_typed_anew_and_forgotten() -> None:
    made = Bench(accounts=(AccountSettings("1001", server="10.0.0.7"),), by_hand=True)
    made.hold("*")
    shown = words(made)
    assert any("Set up by hand" in line for line in shown)
    assert any("Forget account" in line for line in shown)
    choose(made, "Forget account")
    assert [e for e in made.did() if isinstance(e, fx.SetUpByHand)] == [fx.SetUpByHand()]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("2", "2"),
        ("22", "a"),
        ("2222222", "C"),
        ("22222222", "2"),
        ("23", "23"),
        ("11", "-"),
        ("00", " "),
        ("7*", "7."),
        ("7**", ""),
        ("78**", "7"),
        ("789***", "7"),
        ("7**8", "8"),
        ("#", ""),
    ],
)
def test_the_same_key_again_is_its_next_letter(keys: str, text: str) -> None:
    tap, typed = NO_TAP, ""
    for place, key in enumerate(keys):
        tap = tap.then(key, 10.0 + place / 10)
        typed = multitap.typed(typed, tap)
    assert typed == text


def test_after_a_second_the_same_key_is_another_letter() -> None:
    first = NO_TAP.then("2", 5.0)
    later = first.then("2", 5.0 + TAP_SECONDS + 0.01)
    assert multitap.typed(multitap.typed("", first), later) == "22"


PRINTABLE = [chr(code) for code in range(32, 127)]


@pytest.mark.parametrize("letter", PRINTABLE)
def test_every_letter_of_a_password_has_a_key(letter: str) -> None:
    def leads_there(key: str) -> bool:
        tap = NO_TAP
        for _ in range(40):
            tap = tap.then(key, 1.0)
            if multitap.typed("x" * tap.times, tap)[-1:] == letter:
                return True
        return False

    assert any(leads_there(key) for key in "0123456789")


@given(st.lists(st.tuples(st.sampled_from("0123456789*#"), st.floats(0.0, 3.0))))
def test_whatever_is_pressed_there_is_room_and_an_end(presses: list[tuple[str, float]]) -> None:
    tap, typed, now = NO_TAP, "", 0.0
    for key, pause in presses * 3:
        now += pause
        tap = tap.then(key, now)
        before, typed = typed, multitap.typed(typed, tap)
        assert len(typed) <= MOST
        assert abs(len(typed) - len(before)) <= 2
