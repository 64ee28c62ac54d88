"""Every message in every language: there, with the same placeholders, and short enough."""

from __future__ import annotations

import string
from pathlib import Path

import polib
import pytest

from appliance.languages import CATALOGUES, catalogue, said
from appliance.languages.__main__ import update
from appliance.languages.source import messages
from appliance.phone.words import LANGUAGES, Message, Words
from appliance.screens.fit import wrap
from appliance.screens.fonts import clean

ROOM = {"key": 6, "wide key": 10, "title": 16, "menu": 18, "line": 21, "column": 10, "text": 21}
TITLE_WITH_LENGTH = 19
QUOTED = 4
"""Columns that a name or a number keeps at least."""
WORST: dict[str, str] = {
    "length": "8:59:59",
    "percent": "100",
    "count": "99",
    "missed": "99",
    "mail": "99",
    "day": "30",
    "month": "Xxx",
    "weekday": "Xxx",
    "seconds": "3600",
}
MESSAGES = messages()


def fields(pattern: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(pattern) if name)


def patterns(message: Message, language: str) -> list[str]:
    """What a message may become in a language, before its arguments are put in."""
    arguments = tuple((name, f"{{{name}}}") for name in fields(message.english))
    counts = (1, 2) if message.plural else (0,)
    return [
        said(
            Words("", Message(message.place, message.english, arguments, message.plural, count)),
            language,
        )
        for count in counts
    ]


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_catalogue_has_every_message_and_no_other(language: str) -> None:
    path = CATALOGUES / f"{language}.po"
    entries = polib.pofile(str(path))
    found = {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in entries}
    known = {(message.place, message.english, message.plural) for message in MESSAGES}
    hint = "run python -m appliance.languages, and translate what it prints"
    assert not known - found, hint
    assert not found - known, hint
    assert [entry.msgid for entry in entries.untranslated_entries()] == [], hint


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_keeps_its_placeholders(language: str) -> None:
    for message in MESSAGES:
        for pattern in patterns(message, language):
            assert fields(pattern) == fields(message.english), f"{language}: {pattern}"
            if message.english.endswith("}") and message.place == "title":
                assert pattern.endswith("}"), f"{language}: {pattern}: the length ends it"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_fits_its_place(language: str) -> None:
    long = [
        f"{message.place}: {pattern}"
        for message in MESSAGES
        for pattern in patterns(message, language)
        if not fits(message, pattern)
    ]
    assert long == []


def fits(message: Message, pattern: str) -> bool:
    names = fields(message.english)
    text = pattern.format_map({name: WORST.get(name, "X" * QUOTED) for name in names})
    if message.place == "trouble":
        return len(wrap(text, ROOM["line"])) <= 2
    if message.place == "text":
        return all(len(word) <= ROOM["text"] for word in text.split())
    room = TITLE_WITH_LENGTH if "length" in names else ROOM[message.place]
    return len(text) <= room


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_typeface_has_every_letter(language: str) -> None:
    for message in MESSAGES:
        for pattern in patterns(message, language):
            assert clean(pattern) == " ".join(pattern.split()), f"{language}: {pattern}"


def test_the_tool_keeps_translations_and_leaves_new_ones_to_be_written(tmp_path: Path) -> None:
    known = (Message("key", "Old"), Message("line", "{count} thing", plural="{count} things"))
    before = polib.POFile()
    before.append(polib.POEntry(msgctxt="key", msgid="Old", msgstr="Alt"))
    before.append(polib.POEntry(msgctxt="key", msgid="Gone", msgstr="Weg"))
    update(before, known)
    assert [entry.msgid for entry in before] == ["Old", "{count} thing"]
    assert [entry.msgid for entry in before.untranslated_entries()] == ["{count} thing"]
    assert before[0].msgstr == "Alt"


def test_a_message_that_is_no_literal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "room.py").write_text("in_line(words)\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"room\.py line 1"):
        messages(tmp_path)


def test_english_needs_no_catalogue() -> None:
    assert not (CATALOGUES / "en.po").exists()
    assert catalogue("en").pgettext("key", "Hold") == "Hold"
