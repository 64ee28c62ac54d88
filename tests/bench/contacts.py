"""How long a directory of 20,000 contacts takes: to be read, and to be searched at a key press."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from appliance.contacts.read import read_directory

CONTACTS = 20_000
TARGET_S = 1.0
_ROUNDS = 5
_FIRST = ("Ann", "Jörg", "María", "Łukasz", "Søren", "Zoë", "Ana", "Dmitri")
_LAST = ("Müller", "Gonçalves", "Smith", "Nguyễn", "Østergård", "O'Neil", "=SUM(A1)")


def measure(folder: Path) -> dict[str, float]:
    """The medians: seconds to read each kind of file, milliseconds of the slowest search."""
    names = [f"{_FIRST[n % 8]} {_LAST[n % 7]} {n}" for n in range(CONTACTS)]
    table, cards = folder / "contacts.csv", folder / "contacts.vcf"
    rows = (f"{name};030 {n:07d};+49 (0) 171-{n:07d}\n" for n, name in enumerate(names))
    wrong = "Zoë;none\n".encode("cp1252")
    table.write_bytes(b"name;number;mobile\n" + wrong + "".join(rows).encode())
    cards.write_text(
        "".join(
            f"BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nTEL;TYPE=WORK:+4930{n:07d}\nEND:VCARD\n"
            for n, name in enumerate(names)
        ),
        encoding="utf-8",
    )
    return {
        "csv_s": statistics.median(_reading(table) for _ in range(_ROUNDS)),
        "vcard_s": statistics.median(_reading(cards) for _ in range(_ROUNDS)),
        "search_ms": _searching(table),
    }


def words(measured: dict[str, float]) -> str:
    """The figures in a line."""
    slow = max(measured["csv_s"], measured["vcard_s"])
    verdict = "held" if slow < TARGET_S else "missed"
    return (
        f"directory of {CONTACTS} contacts: CSV in two encodings {measured['csv_s']:.2f} s, vCard"
        f" {measured['vcard_s']:.2f} s (under {TARGET_S:g} s: {verdict});"
        f" the slowest search {measured['search_ms']:.1f} ms"
    )


def _reading(path: Path) -> float:
    began = time.perf_counter()
    directory, _ = read_directory([str(path)], "de")
    assert len(directory.contacts) == CONTACTS
    return time.perf_counter() - began


def _searching(path: Path) -> float:
    directory, _ = read_directory([str(path)], "de")
    slowest = 0.0
    for typed in ("2", "266", "5674", "99999", "2660999", "0300001"):
        began = time.perf_counter()
        directory.find(typed)
        slowest = max(slowest, time.perf_counter() - began)
    return slowest * 1000
