"""The directory's row of the bench: it measures what it says, and says whether that is held."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import contacts


def test_the_figures_are_those_of_files_that_were_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contacts, "CONTACTS", 300)
    monkeypatch.setattr(contacts, "SITE_CONTACTS", 100)
    measured = contacts.measure(tmp_path)
    assert set(measured) == {"csv_s", "vcard_s", "search_ms", "site_ms"}
    assert all(figure > 0 for figure in measured.values())
    assert len((tmp_path / "contacts.csv").read_bytes().splitlines()) == 302


@pytest.mark.parametrize(("seconds", "verdict"), [(0.2, "held"), (1.2, "missed")])
def test_the_row_says_whether_the_target_is_held(seconds: float, verdict: str) -> None:
    row = contacts.words(
        {"csv_s": seconds, "vcard_s": 0.1, "search_ms": 3.0, "site_ms": 150 * seconds}
    )
    assert row.startswith("directory of 20000 contacts: ") and f"(under 1 s: {verdict})" in row
    assert f"(under 150 ms: {verdict})" in row
