"""Directory files into one directory; what was refused is said by file and line.

A file that cannot be read, or a line that holds nobody, costs itself and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from appliance.config.reading import read_regular
from appliance.contacts.lines import Refusal, text_lines
from appliance.contacts.table import from_table
from appliance.contacts.vcard import from_vcards
from appliance.phone.directory import Contact, Directory, directory_of
from appliance.phone.numbering import PLANS

MAX_BYTES = 32 << 20
MOST = 50_000
"""Contacts of all files together."""
MOST_WATCHED = 32
TOLD = 10
VCARD_SUFFIXES = (".vcf", ".vcard")


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds; the line of a refusal is 0 when it is of the whole file."""

    path: str
    contacts: list[Contact]
    refusals: list[Refusal]


def read_file(path: str) -> Found:
    """The contacts of a file; never raises for what it reads."""
    read = read_regular(Path(path), MAX_BYTES)
    if isinstance(read, str):
        expected = f"a CSV or vCard file of at most {MAX_BYTES >> 20} MB"
        return Found(path, [], [Refusal(0, read, expected)])
    lines, unreadable = text_lines(read.content)
    cards = path.lower().endswith(VCARD_SUFFIXES) or lines[0].strip().upper() == "BEGIN:VCARD"
    contacts, refusals = (from_vcards if cards else from_table)(lines)
    return Found(path, contacts, sorted([*unreadable, *refusals], key=lambda known: known.line))


def read_directory(paths: Iterable[str], country: str) -> tuple[Directory, tuple[Found, ...]]:
    """The directory of these files, and what each of them held."""
    found = tuple(map(read_file, paths))
    contacts = [contact for file in found for contact in file.contacts]
    if len(contacts) > MOST:
        words = f"{len(contacts)} contacts in all files"
        found[-1].refusals.append(Refusal(0, words, f"at most {MOST}; the others are left out"))
    directory = directory_of(contacts[:MOST], PLANS[country])
    if len(directory.watched) > MOST_WATCHED:
        words = f"{len(directory.watched)} contacts in all files that are to be watched"
        expected = f"at most {MOST_WATCHED}; the last by their names are not"
        found[-1].refusals.append(Refusal(0, words, expected))
    return directory, found


def tell_refusals(found: Iterable[Found], log: logging.Logger) -> None:
    """Say in the journal what was refused, and of each file no more than `TOLD` lines."""
    for file in found:
        for refusal in file.refusals[:TOLD]:
            place = f"{file.path}:{refusal.line}" if refusal.line else file.path
            log.warning(
                "DIRECTORY-01: %s: found %s, expected %s", place, refusal.found, refusal.expected
            )
        if len(file.refusals) > TOLD:
            more = len(file.refusals) - TOLD
            log.warning("DIRECTORY-01: %s: %d more; see deskphone config check", file.path, more)
