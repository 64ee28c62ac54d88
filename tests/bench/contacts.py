"""How long a directory takes: 20,000 contacts alone, 5,000 with all else that a unit is told."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from appliance.config.load import load, require
from appliance.contacts.read import read_directory

CONTACTS = 20_000
TARGET_S = 1.0
SITE_CONTACTS = 5_000
SITE_TARGET_MS = 150.0
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
        "site_ms": _site(folder),
    }


def words(measured: dict[str, float]) -> str:
    """The figures in a line."""
    slow = max(measured["csv_s"], measured["vcard_s"])
    verdict = "held" if slow < TARGET_S else "missed"
    site = "held" if measured["site_ms"] < SITE_TARGET_MS else "missed"
    return (
        f"directory of {CONTACTS} contacts: CSV in two encodings {measured['csv_s']:.2f} s, vCard"
        f" {measured['vcard_s']:.2f} s (under {TARGET_S:g} s: {verdict});"
        f" the slowest search {measured['search_ms']:.1f} ms\n"
        f"configuration of four layers with a directory of {SITE_CONTACTS} contacts:"
        f" {measured['site_ms']:.0f} ms (under {SITE_TARGET_MS:g} ms: {site})"
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


def _site(folder: Path) -> float:
    """Milliseconds to parse, judge and merge what a site, its models and a unit are told."""
    rows = (f"Number {n};030 {n:07d};0171 {n:07d}\n" for n in range(SITE_CONTACTS))
    (folder / "site.csv").write_text("name;number;mobile\n" + "".join(rows), encoding="utf-8")
    layers = {
        "common.toml": '[phone]\ncountry = "de"\n[directory]\nfiles = ["site.csv"]\n',
        "site-north.toml": '[phone]\ntimezone = "Europe/Berlin"\n[dial]\nemergency = ["112"]\n',
        "model-bench.toml": '[display]\n[audio]\nheadset = "auto"\n',
        "unit.toml": '[[account]]\nuser = "1001"\npassword = "not-a-secret"\nserver = "pbx.test"\n',
    }
    files = [folder / name for name in layers]
    for file, text in zip(files, layers.values(), strict=True):
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
    spent = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        config = require(load(files))
        directory, _ = read_directory(config.directory.files, "de")
        spent.append(time.perf_counter() - began)
        assert len(directory.contacts) == SITE_CONTACTS
    return statistics.median(spent) * 1000
