"""Where things lie on the card: no overlap, nothing beyond the end, and sfdisk agrees."""

from __future__ import annotations

import itertools
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

LAYOUT = Path(__file__).resolve().parents[2] / "image" / "recipe" / "layout.py"
layout: Any = runpy.run_path(str(LAYOUT), run_name="layout")

SIZES = st.builds(
    layout["Sizes"],
    settings=st.integers(1, 4096),
    boot=st.integers(1, 4096),
    root=st.integers(1, 65536),
    data=st.integers(1, 65536),
)


@given(SIZES)
def test_no_partition_reaches_into_another(sizes: Any) -> None:
    parts = layout["partitions"](sizes)
    extended = next(part for part in parts if part.name == "extended")
    outer = [part for part in parts if part.number <= 4]
    inner = [part for part in parts if part.number > 4]
    for row in (outer, inner):
        for before, after in itertools.pairwise(row):
            assert before.end <= after.start
    for before, after in zip((extended.start, *(part.end for part in inner)), inner, strict=False):
        assert after.start - before >= 1, "no room for its table"
    assert all(extended.start < part.start and part.end <= extended.end for part in inner)


@given(SIZES)
def test_each_begins_where_flash_likes_it_and_data_is_last(sizes: Any) -> None:
    parts = layout["partitions"](sizes)
    assert all(part.start % layout["MIB"] == 0 for part in parts)
    assert max(parts, key=lambda part: (part.end, part.number)).name == "data"
    assert layout["card_sectors"](sizes) == parts[-1].end


def test_the_slots_are_alike() -> None:
    parts = {part.name: part for part in layout["partitions"](layout["Sizes"]())}
    assert parts["boot-a"].size == parts["boot-b"].size
    assert parts["root-a"].size == parts["root-b"].size
    assert (parts["boot-a"].number, parts["boot-b"].number) == (2, 3), "autoboot.txt says so"


def test_the_image_fits_the_smallest_card() -> None:
    assert layout["card_sectors"](layout["Sizes"]()) * layout["SECTOR"] < 1 << 30


@pytest.mark.parametrize("what", ["table", "shell"])
def test_the_recipe_is_told(what: str) -> None:
    said = subprocess.run(
        [sys.executable, LAYOUT, what], check=True, capture_output=True, text=True
    ).stdout
    parts = layout["partitions"](layout["Sizes"]())
    if what == "table":
        assert said.startswith("label: dos\nlabel-id: 0xde5c0f0e\n")
        for part in parts:
            assert f"{part.number} : start={part.start}, size={part.size}, type={part.type}" in said
    else:
        words = dict(word.split("=") for word in said.split())
        assert int(words["data_start"]) == parts[-1].start * 512
        assert words["root_a_uuid"] == "de5c0f0e-05"


def test_it_says_how_it_is_used() -> None:
    assert layout["main"](["nonsense"]) == 2
