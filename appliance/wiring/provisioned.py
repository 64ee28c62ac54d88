"""The configuration to live with: the card's files, a server's above them, or words why not."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from appliance.config.lastgood import Chosen, load_or_last_good
from appliance.config.model import Config
from appliance.config.problems import Problem, errors
from appliance.config.unit import this_unit
from appliance.errors import ConfigRefused
from appliance.provisioning.shelf import Shelf
from appliance.wiring import byhand
from appliance.wiring.boards import check_board


def choose_from(files: Sequence[Path], shelf: Shelf, state: Path) -> Chosen:
    """The configuration to live with: the card's files, and what the server had above them.

    A trial whose files do not hold, now that they are read, is over.
    """
    chosen = read_files(files, shelf, state)
    if shelf.stage.trial and not chosen.holds:
        shelf.fail(f"refused: {errors(chosen.problems)[0]}", time.time())
        chosen = read_files(files, shelf, state)
    return chosen


def read_files(files: Sequence[Path], shelf: Shelf | None, state: Path) -> Chosen:
    """What the card's files and the server's above them come to now, or else the last good one.

    A unit that has none at all has yet to be told who it is; until then it is who somebody typed.
    """
    served = shelf.files() if shelf is not None else ()
    typed = byhand.below((*files, *served), state) if shelf is not None else ()
    every = (*typed, *files, *served)
    if not every:
        return Chosen(Config(), (), "given")
    chosen = load_or_last_good(every, state, check_board=check_board, unit=this_unit())
    return chosen._replace(source="by-hand") if typed and chosen.holds else chosen


def refusal(problems: Sequence[Problem]) -> ConfigRefused:
    """The refusal of a configuration; the problems themselves have been told already."""
    found = errors(problems)
    many = f"{len(found)} mistake{'s' if len(found) != 1 else ''}"
    return ConfigRefused(
        "CONFIG-01",
        f"{short(found[0])} ({many})",
        f"the configuration is refused: {many}, listed above; correct them and start again",
    )


def short(problem: Problem) -> str:
    """A problem as the display has room for it: where, which key, what was found."""
    subject = f"{problem.key}: " if problem.key else ""
    return f"{Path(problem.place.file).name} {problem.place.line}: {subject}{problem.found}"
