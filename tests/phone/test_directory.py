"""The directory: names found by a telephone's keys, numbers matched to names, and the pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.directory import SHOWN, Contact, Directory, digits_of, directory_of
from appliance.phone.numbering import PLANS, canonical, plain
from tests.phone.stories import Bench

PEOPLE = (
    Contact("Jörg Müller", ("+49 30 5550142".replace(" ", ""), "0171555017")),
    Contact("Ann Example", ("100",)),
    Contact("Anna-Lena Óskarsdóttir", ("101",)),
    Contact("Bodo 3 Straße", ("102",)),
)
GERMAN = directory_of(PEOPLE, PLANS["de"])


def found(directory: Directory, typed: str) -> list[str]:
    return [directory.contacts[place].name for place in directory.find(typed)]


def bench(**settings: object) -> Bench:
    return Bench(directory=GERMAN, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["Ann Example", "Anna-Lena Óskarsdóttir", "Bodo 3 Straße", "Jörg Müller"]),
        ("266", ["Ann Example", "Anna-Lena Óskarsdóttir"]),
        ("5362", ["Anna-Lena Óskarsdóttir"]),
        ("675", ["Anna-Lena Óskarsdóttir"]),
        ("787277", ["Bodo 3 Straße"]),
        ("3", ["Ann Example", "Bodo 3 Straße", "Jörg Müller"]),
        ("26603926", ["Ann Example"]),
        ("56740685", ["Jörg Müller"]),
        ("4930555", ["Jörg Müller"]),
        ("30555", ["Jörg Müller"]),
        ("0171", ["Jörg Müller"]),
        ("10", ["Ann Example", "Anna-Lena Óskarsdóttir", "Bodo 3 Straße"]),
        ("999", []),
        ("0", ["Jörg Müller"]),
        ("00", []),
    ],
)
def test_names_are_found_by_the_beginnings_of_their_words_and_numbers(
    typed: str, names: list[str]
) -> None:
    assert found(GERMAN, typed) == names


def test_nobody_lists_more_than_can_be_read() -> None:
    many = directory_of((Contact(f"Ann {n}", (str(n),)) for n in range(1000)), PLANS["us"])
    assert len(many.find("266")) == len(many.find("")) == SHOWN
    assert found(many, "2660999") == ["Ann 999"]


def test_letters_that_are_on_no_key_are_left_out() -> None:
    assert digits_of("Søren Łukasz-Æ!") == ("76736", "585279", "23")
    assert digits_of("Дмитрий") == ()


@pytest.mark.parametrize(
    ("country", "same"),
    [
        (
            "de",
            [
                "+49 (0) 30 5550142",
                "0049305550142",
                "030/5550142",
                "49305550142",
                "0049 (0) 30 5550142",
            ],
        ),
        ("us", ["+1 415-555-0142", "(415) 555-0142", "14155550142", "01114155550142"]),
        ("gb", ["+442079460142", "020 7946 0142", "00442079460142"]),
        ("es", ["+34 915 550 142", "915550142", "0034915550142"]),
        ("au", ["+61255550142", "0255550142", "001161255550142"]),
        ("mx", ["+525555550142", "5555550142", "00525555550142"]),
        ("in", ["+919555501420", "09555501420", "9555501420"]),
    ],
)
def test_one_number_written_in_many_ways_is_one(country: str, same: list[str]) -> None:
    assert len({canonical(number, PLANS[country]) for number in same}) == 1


def test_extensions_and_codes_stay_what_they_are() -> None:
    for number in ("100", "0", "00", "*72", "#31#", "0100", "112"):
        assert canonical(number, PLANS["de"]) == number
    assert plain("Ann") == plain("") == plain("1+2") == ""


NATIONAL = {
    "us": ("1", "011", r"[2-9]\d{2}[2-9]\d{6}"),
    "gb": ("44", "00", r"[1-3578]\d{8,9}"),
    "fr": ("33", "00", r"[1-9]\d{8}"),
    "es": ("34", "00", r"[5-9]\d{8}"),
    "br": ("55", "00", r"[1-9]{2}(9\d{8}|[2-5]\d{7})"),
    "ph": ("63", "00", r"2\d{8}|[3-8]\d{8}|9\d{9}"),
    "in": ("91", "00", r"[1-9]\d{9}"),
    "au": ("61", "0011", r"[23478]\d{8}|1[389]00\d{6}"),
    "mx": ("52", "00", r"[2-9]\d{9}"),
}
"""National numbers as E.164 has them: calling code, international prefix, and what follows."""
TRUNKS = {"us": ("1",), "es": (), "mx": ("01", "044", "045")}


@pytest.mark.parametrize("country", sorted(NATIONAL))
@given(data=st.data())
def test_every_national_number_is_known_with_and_without_each_prefix(
    country: str, data: st.DataObject
) -> None:
    code, international, pattern = NATIONAL[country]
    national = data.draw(
        st.from_regex(pattern, fullmatch=True, alphabet=st.characters(codec="ascii"))
    )
    prefixes = ("", "+" + code, international + code, code, *TRUNKS.get(country, ("0",)))
    for prefix in prefixes:
        assert canonical(f"{prefix} {national}", PLANS[country]) == f"+{code}{national}"


@pytest.mark.parametrize("country", sorted(PLANS))
def test_a_mexican_mobile_is_the_same_with_the_1_of_old(country: str) -> None:
    plan = PLANS[country]
    for number in ("+52 1 55 5555 0142", f"{plan.international}5215555550142"):
        assert canonical(number, plan) == "+525555550142"
    assert canonical("5215555550142", PLANS["mx"]) == "+525555550142"
    assert canonical("+5213", plan) == "+5213"


@given(st.text("0123456789+*# ()-", max_size=20), st.sampled_from(sorted(PLANS)))
def test_a_canonical_number_is_its_own(number: str, country: str) -> None:
    once = canonical(number, PLANS[country])
    if once.startswith("+"):
        assert canonical(once, PLANS[country]) == once


def test_the_first_name_of_a_number_is_its_name() -> None:
    directory = directory_of((Contact("Zoë", ("1",)), Contact("Ann", ("1",))), PLANS["us"])
    assert directory.name_of("1") == "Ann" and directory.name_of("2") == ""
    assert Directory().name_of("1") == ""


def test_who_calls_has_the_name_of_the_directory_whatever_they_say() -> None:
    phone = bench().rung(2, "030 5550142", "Free Prizes")
    assert "Jörg Müller" in phone.words and "Prizes" not in phone.words
    phone.feed(ev.PartyChanged(2, "100", "Front desk"))
    assert "Ann Example" in phone.words
    phone.feed(ev.PartyChanged(2, "700", "Front desk"))
    assert "Front desk" in phone.words
    phone.feed(ev.CallEnded(2))
    assert phone.phone.history[0].name == "Front desk"


def test_who_is_called_replaces_or_is_called_on_our_behalf_has_a_name() -> None:
    phone = bench()
    call = phone.talk("100")
    assert "Ann Example" in phone.words
    phone.feed(ev.CallReplaced(call, 2, "101", "x"))
    assert "Anna-Lena" in phone.words
    phone.feed(ev.CallReferred(2, 4, "102"))
    assert phone.phone.calls[-1].name == "Bodo 3 Straße"


def test_somebody_is_found_and_called_from_a_keypad() -> None:
    phone = bench().hold("*")
    assert "3 Directory" in phone.words
    phone.press("3")
    assert "Directory / Ann Example / Anna-Lena Óskarsdóttir" in phone.words
    phone.dial("999")
    assert "999 / Nobody found" in phone.words
    phone.press("#")
    assert "Nothing here" in phone.words
    phone.press("*", "*", "*", "*").dial("56740685").press("#")
    assert "1 Jörg Müller" in phone.words
    phone.press("1")
    assert "Jörg Müller / 1 +49305550142 / 2 0171555017" in phone.words
    phone.press("2")
    assert fx.PlaceCall(1, 0, "0171555017") in phone.did()


def test_lifting_the_handset_calls_who_was_found() -> None:
    phone = bench().press("directory").dial("675").press("ok").feed(ev.HookLifted())
    assert fx.PlaceCall(1, 0, "101") in phone.did()


def test_a_call_is_given_to_somebody_in_the_directory() -> None:
    phone = bench()
    phone.talk("600")
    phone.press("transfer", "directory").dial("266").press("#", "1", "1")
    assert phone.phone.calls[-1].number == "100" and phone.mode.startswith("consulting")
    phone = bench()
    phone.talk("600")
    phone.press("transfer").hold("*")
    assert "Directory" in phone.words


def test_the_key_is_quiet_where_there_is_nothing_to_look_up() -> None:
    assert "No directory" in Bench().press("directory").words
    phone = bench()
    phone.talk("600")
    assert phone.press("directory").mode == "talking"
    assert bench().press("1", "directory").mode == "on-hook dialling"
    locked = bench(pin="2580").hold("#").wait(5).press("directory")
    assert locked.mode == "idle"


def test_a_colleague_who_is_watched_has_a_name() -> None:
    phone = bench(watch=("101", "700")).hold("*").press("5")
    assert "1 unknown: Anna-Lena Óskarsdóttir / 2 unknown: 700" in phone.words


def test_colleagues_are_watched_by_their_first_numbers() -> None:
    marked = Contact("Ann", ("100", "0171555017"), watched=True)
    assert directory_of((marked, *PEOPLE), PLANS["de"]).watched == ("100",)
