"""The state diagram says what the core does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from appliance.phone.diagram import Arrows, arrows, diagram, second_arrows, second_diagram


def test_the_arrows_of_an_ordinary_call_are_there() -> None:
    found = arrows()
    assert "lift" in found["idle", "dial tone"]
    assert "200" in found["ringing", "talking"]
    assert "lift" in found["incoming", "answering"] and "back" in found["incoming", "idle"]
    assert "hold" in found["talking", "held"] and "hold" in found["held", "talking"]
    assert "replace" in found["talking", "idle"]


def test_the_arrows_of_a_second_call_are_there() -> None:
    found = second_arrows()
    assert "transfer" in found["talking", "transfer prompt"]
    assert {"transfer", "replace"} <= set(found["consulting", "transferring"])
    assert "conference" in found["consulting", "conference"]
    assert "NOTIFY 486" in found["transferring", "held"]
    assert "back" in found["consulting, ringing", "talking"]


@pytest.mark.parametrize(
    ("draw", "every"), [(diagram, arrows), (second_diagram, second_arrows)], ids=["one", "second"]
)
def test_every_arrow_is_drawn_between_names_that_mermaid_can_read(
    draw: Callable[[], str], every: Callable[[], Arrows]
) -> None:
    drawn = draw().splitlines()
    assert drawn[0] == "```mermaid" and drawn[-1] == "```"
    arrow_lines = [line for line in drawn if " --> " in line]
    assert len(arrow_lines) == len(every()) + 1
    for line in arrow_lines[1:]:
        names = line.partition(":")[0].split(" --> ")
        assert all(name.strip().isidentifier() for name in names), line
