"""The README says what the code does, and points at what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.readme import main, parts, updated

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for path in ROOT.rglob("README.md")
    if not any(part.startswith((".", "build")) for part in path.relative_to(ROOT).parts)
)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def test_the_generated_parts_are_up_to_date() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert updated(text) == text, "run: python -m appliance.readme README.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page}: {target}"


def test_the_command_replaces_what_stands_between_the_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    markers = "\n".join(
        f"<!-- {name}: begin -->\noutdated\n<!-- {name}: end -->" for name in parts()
    )
    page.write_text(f"before\n{markers}\nafter\n", encoding="utf-8")
    assert main([str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "outdated" not in text and text.startswith("before") and text.endswith("after\n")
    assert all(content in text for content in parts().values())


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="screens: begin"):
        updated("nothing here")
