"""Words are English strings that can be said again in another language."""

from __future__ import annotations

import copy

import msgspec
import pytest

from appliance.clock import SystemClock
from appliance.control.protocol import encode_event
from appliance.languages import said, translated
from appliance.phone.events import CallEnded, CallIncoming, ProblemFound
from appliance.phone.moment import Moment
from appliance.phone.view import view
from appliance.phone.words import (
    Words,
    as_it_is,
    composed,
    counted,
    in_line,
    in_title,
    on_key,
)
from appliance.sip.verdict import VerdictName
from appliance.sip.words import NAMES, verdict
from tests.phone.stories import Bench


def test_words_are_equal_to_their_english() -> None:
    assert in_line("Missed {who}", who="Bob") == "Missed Bob"
    assert hash(on_key("Hold")) == hash("Hold")
    assert copy.deepcopy(on_key("Hold")).message == on_key("Hold").message


def test_the_same_words_in_another_language() -> None:
    assert said(in_line("Missed {who}", who="Bob"), "de") == "Verpasst: Bob"
    assert said(in_title("Talking {length}", length="1:23"), "fr") == "En ligne 1:23"
    assert said(in_line("Missed {who}", who="Bob"), "en") == "Missed Bob"


def test_words_within_words_are_said_too() -> None:
    words = in_line("Transfer failed: {why}", why=in_title("Busy"))
    assert said(words, "es") == "No pasada: Ocupado"
    assert said(composed("{place} {item}", place=2, item=in_title("Busy")), "de") == "2 Besetzt"


@pytest.mark.parametrize(
    ("count", "german", "french"),
    [
        (0, "0 verpasste Anrufe", "0 appel manqué"),
        (1, "1 verpasster Anruf", "1 appel manqué"),
        (2, "2 verpasste Anrufe", "2 appels manqués"),
    ],
)
def test_each_language_counts_in_its_own_way(count: int, german: str, french: str) -> None:
    words = counted("{count} missed call", "{count} missed calls", count)
    assert (said(words, "de"), said(words, "fr")) == (german, french)


def test_names_are_nobodys_to_translate() -> None:
    phone = Bench().feed(CallIncoming(1, 0, "100", "Busy")).phone
    screen = translated(view(phone), "de")
    assert (screen.title, screen.big) == ("Ankommender Ruf", "Busy")
    assert screen.soft_keys == ("Annehmen", "", "Ablehnen")
    assert said(as_it_is("Busy"), "de") == said("Busy", "de") == "Busy"


def test_braces_in_a_name_are_a_name() -> None:
    words = in_line("Missed {who}", who="{who} {0}")
    assert words == "Missed {who} {0}"
    assert said(words, "de") == "Verpasst: {who} {0}"


def test_the_screen_stays_what_it_was_but_for_the_words() -> None:
    phone = Bench().feed(CallIncoming(1, 0, "100"), CallEnded(1, 487)).phone
    screen = view(phone)
    german = translated(screen, "de")
    assert (german.layout, german.icons, german.big) == (screen.layout, screen.icons, screen.big)
    assert "Verpasst: 100" in german.lines
    assert translated(screen, "en") is screen


@pytest.mark.parametrize("name", NAMES.values())
@pytest.mark.parametrize("language", ["es", "fr", "de", "pt", "tl"])
def test_each_verdict_has_words_and_a_next_step_in_every_language(
    name: VerdictName, language: str
) -> None:
    found = verdict(name, "")
    assert said(found.text, language) != found.text
    assert found.name == "ok" or said(found.next_step, language) != found.next_step


def test_programs_are_told_in_english() -> None:
    line = encode_event(ProblemFound("clock", "CLOCK-01", in_line("Clock is wrong")), Moment())
    assert msgspec.json.decode(line)["text"] == "Clock is wrong"


def test_the_date_is_said_in_the_agents_language() -> None:
    date = SystemClock("UTC").now().date
    assert isinstance(date, Words)
    weekday, day, month = said(date, "de").split()
    assert weekday in {"Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"}
    assert day.endswith(".") and day[:-1].isdecimal()
    assert len(month) == 3
