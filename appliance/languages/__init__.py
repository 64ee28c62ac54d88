"""The display's languages: what the core says in English, said in the agent's.

A catalogue is one ``.po`` file for each language but English, read when the language is first
spoken, with ``python -m appliance.languages`` to keep it complete (see README.md). Only `Words` are
translated: the names and numbers of other people pass as they are. Nothing here knows the phone.
"""

from __future__ import annotations

import gettext
import io
from dataclasses import replace
from functools import cache
from pathlib import Path

from appliance.phone.screen import Screen
from appliance.phone.words import LANGUAGES, Message, Words

CATALOGUES = Path(__file__).parent
Catalogue = gettext.NullTranslations


@cache
def catalogue(language: str) -> Catalogue:
    """The messages of a language; those of English are the words themselves."""
    if language == LANGUAGES[0]:
        return gettext.NullTranslations()
    import polib

    binary = polib.pofile(str(CATALOGUES / f"{language}.po")).to_binary()
    return gettext.GNUTranslations(io.BytesIO(binary))


def said(text: str, language: str) -> str:
    """A text in this language; what is nobody's to translate comes back as it is."""
    return _said(text, catalogue(language))


def translated(screen: Screen, language: str) -> Screen:
    """The same screen in this language."""
    if language == LANGUAGES[0]:
        return screen
    messages = catalogue(language)
    first, second, third = (_said(label, messages) for label in screen.soft_keys)
    return replace(
        screen,
        title=_said(screen.title, messages),
        big=_said(screen.big, messages),
        lines=tuple(_said(line, messages) for line in screen.lines),
        soft_keys=(first, second, third),
    )


def _said(text: str, messages: Catalogue) -> str:
    if not isinstance(text, Words) or text.message is None:
        return text
    message = text.message
    arguments = {
        name: _said(value, messages) if isinstance(value, str) else value
        for name, value in message.arguments
    }
    pattern = _pattern(message, messages)
    return pattern.format_map(arguments) if arguments else pattern


def _pattern(message: Message, messages: Catalogue) -> str:
    if message.place == "composed":
        return message.english
    if message.plural:
        return messages.npgettext(message.place, message.english, message.plural, message.count)
    return messages.pgettext(message.place, message.english)
