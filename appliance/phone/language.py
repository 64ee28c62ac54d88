"""The display's language, as the agent has chosen it: agents share desks, and not a language."""

from __future__ import annotations

from functools import partial

from appliance.phone.pages import Item, Page, opens
from appliance.phone.preferences import prefer
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import LANGUAGES, in_menu, in_title

NAMES = {
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "de": "Deutsch",
    "pt": "Português",
    "tl": "Filipino",
}
"""Each by its own name, for those who cannot read the one that is set."""


def language_of(phone: Phone) -> str:
    """What the display speaks; a choice that this version does not know is none."""
    chosen = phone.preferences.language
    return chosen if chosen in LANGUAGES else phone.settings.language


def _choose(turn: Turn, language: str) -> None:
    prefer(turn, language=language)


def _items(phone: Phone) -> tuple[Item, ...]:
    spoken = language_of(phone)
    return tuple(
        Item(NAMES[language], partial(_choose, language=language), ticked=language == spoken)
        for language in LANGUAGES
    )


LANGUAGE = Page("language", lambda _: in_title("Language"), _items)


def entries(_: Phone) -> tuple[Item, ...]:
    """Which language, as a page of its own."""
    return (Item(in_menu("Language"), opens(LANGUAGE)),)
