"""What becomes of a configuration that a server offers: staged, tried, kept or rolled back.

Pure: a record of where things stand, and the only ways from one to the next. Each record is written
whole before anything is done that it announces, so a power cut finds either the one before or the
one after; whatever the phone was doing, the next start knows from it what to run with. A trial that
a power cut ended is begun once more, for the cut was hardly its fault; the second time it was.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

TRIES = 2
"""How often a trial is begun: a start that never comes to a verdict counts as well."""
HIGHEST = (1 << 53) - 1
"""Of any number here; JSON's readers agree up to it (RFC 8259 section 6)."""


Usage = Literal["used", "registers", "restart"]
"""How a phone that lives goes on with the generation in force: at once; so that its first account
registers with it; or not without a new start, before which nothing has happened."""
_Count = Annotated[int, msgspec.Meta(ge=0, le=HIGHEST)]


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where things stand. Generations are numbers from 1; 0 is none."""

    kept: _Count = 0
    """What has proven itself, and holds whenever nothing is on trial."""
    trial: _Count = 0
    """What has been staged and is to prove itself."""
    begun: _Count = 0
    """How often the trial has been begun."""
    newest: _Count = 0
    """The highest number given to a generation so far."""
    version: _Count = 0
    """The version of the newest signed manifest that was kept; an older one is a replay."""
    refused: str = ""
    """The digest of what was rolled back last; it is not tried again as it was."""
    refused_at: float = 0.0
    """When that was, in seconds since 1970."""
    why: str = ""
    """Why that was, for the report."""

    @property
    def in_force(self) -> int:
        """What a phone that starts now runs with."""
        return self.trial or self.kept


def staged(stage: Stage) -> Stage:
    """A new generation stands ready, under the number `in_force` of what is returned."""
    number = stage.newest + 1
    return msgspec.structs.replace(stage, trial=number, begun=0, newest=number)


def started(stage: Stage, digest: str, now: float) -> Stage:
    """A phone starts: a trial is begun, or given up when it has been begun too often.

    `digest` is that of the generation on trial, `now` in seconds since 1970.
    """
    if not stage.trial:
        return stage
    if stage.begun >= TRIES:
        return failed(stage, digest, "the phone was restarted before it could register", now)
    return msgspec.structs.replace(stage, begun=stage.begun + 1)


def proven(stage: Stage, version: int) -> Stage:
    """What was on trial has proven itself; what no phone has started with has not."""
    if not stage.begun:
        return stage
    return msgspec.structs.replace(
        stage,
        kept=stage.trial,
        trial=0,
        begun=0,
        version=max(version, stage.version),
        refused="",
        refused_at=0.0,
        why="",
    )


def failed(stage: Stage, digest: str, why: str, now: float) -> Stage:
    """What was on trial has not: the one before holds again."""
    if not stage.trial:
        return stage
    return msgspec.structs.replace(stage, trial=0, begun=0, refused=digest, refused_at=now, why=why)
