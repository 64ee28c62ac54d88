"""``python -m appliance.languages``: bring the catalogues up to date with the source.

New messages are entered without a translation, to be written by hand; those that the phone says no
more are taken out. Exits 1 while a translation is missing, with each of them on standard output.
"""

from __future__ import annotations

import sys

import polib

from appliance.languages import CATALOGUES
from appliance.languages.source import messages
from appliance.phone.words import LANGUAGES, Message

WRAP = 98


def update(catalogue: polib.POFile, known: tuple[Message, ...]) -> None:
    """Give a catalogue these messages, in their order, with the translations that it has."""
    before = {(entry.msgctxt, entry.msgid): entry for entry in catalogue}
    del catalogue[:]
    for message in known:
        entry = before.get((message.place, message.english))
        if entry is None or entry.msgid_plural != message.plural:
            entry = polib.POEntry(msgctxt=message.place, msgid=message.english)
            if message.plural:
                entry.msgid_plural = message.plural
                entry.msgstr_plural = {0: "", 1: ""}
        catalogue.append(entry)


def main() -> int:
    """Update every catalogue; the exit code."""
    missing = 0
    for language in LANGUAGES[1:]:
        path = CATALOGUES / f"{language}.po"
        catalogue = polib.pofile(str(path), wrapwidth=WRAP)
        update(catalogue, messages())
        catalogue.save(str(path))
        for entry in catalogue.untranslated_entries():
            sys.stdout.write(f"{path.name}: {entry.msgctxt}: {entry.msgid}\n")
            missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
