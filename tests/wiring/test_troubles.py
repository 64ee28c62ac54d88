"""Every trouble that a part of the unit may tell of has words for the display."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.wiring.troubles import WORDS, words_of
from hw.problem import Problem

HW = Path(__file__).parents[2] / "hw"
RUNNING = ("gpio", "headset", "hook", "hotplug", "keypad", "lamps", "oled", "ringer")
TELLS = {"Problem": 1, "_trouble": 1, "_report": 2}
"""What tells a problem in those files, and which argument is the message."""


def told(name: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((HW / f"{name}.py").read_text("utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
            word = called.id if isinstance(called, ast.Name) else str(called)
            message = node.args[TELLS[word]] if len(node.args) > TELLS.get(word, 9) else None
            if isinstance(message, ast.Constant) and isinstance(message.value, str):
                yield message.value


@pytest.mark.parametrize("name", RUNNING)
def test_each_has_words_that_fit(name: str) -> None:
    messages = set(told(name))
    assert messages
    assert messages <= set(WORDS)


def test_none_is_there_for_nothing() -> None:
    assert set(WORDS) == {message for name in RUNNING for message in told(name)}


def test_what_is_not_known_keeps_its_message() -> None:
    assert words_of(Problem("part", "it is odd", "", "", "")) == "It is odd"
