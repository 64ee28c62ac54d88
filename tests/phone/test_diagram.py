"""The README's state diagram is the one that the core gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.phone.diagram import BEGIN, END, arrows, diagram, main, updated

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_shows_what_the_core_does() -> None:
    text = README.read_text(encoding="utf-8")
    assert updated(text) == text, "run: python -m appliance.phone.diagram README.md"


def test_the_command_prints_and_replaces(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 0
    assert diagram() in capsys.readouterr().out
    file = tmp_path / "page.md"
    file.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    assert main([str(file)]) == 0
    text = file.read_text(encoding="utf-8")
    assert "old" not in text and text.startswith("before\n") and text.endswith("after\n")


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="state diagram"):
        updated("nothing here")


def test_the_arrows_of_an_ordinary_call_are_there() -> None:
    found = arrows()
    assert "lift" in found["idle", "dial tone"]
    assert "200" in found["ringing", "talking"]
    assert "lift" in found["incoming", "answering"] and "back" in found["incoming", "idle"]
    assert "hold" in found["talking", "held"] and "hold" in found["held", "talking"]
    assert "replace" in found["talking", "idle"]
