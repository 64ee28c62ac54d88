"""The state diagram says what the core does."""

from __future__ import annotations

from appliance.phone.diagram import arrows, diagram


def test_the_arrows_of_an_ordinary_call_are_there() -> None:
    found = arrows()
    assert "lift" in found["idle", "dial tone"]
    assert "200" in found["ringing", "talking"]
    assert "lift" in found["incoming", "answering"] and "back" in found["incoming", "idle"]
    assert "hold" in found["talking", "held"] and "hold" in found["held", "talking"]
    assert "replace" in found["talking", "idle"]


def test_every_arrow_is_drawn_between_names_that_mermaid_can_read() -> None:
    drawn = diagram().splitlines()
    assert drawn[0] == "```mermaid" and drawn[-1] == "```"
    arrow_lines = [line for line in drawn if " --> " in line]
    assert len(arrow_lines) == len(arrows()) + 1
    for line in arrow_lines[1:]:
        names = line.partition(":")[0].split(" --> ")
        assert all(name.strip().isidentifier() for name in names), line
