"""What a unit has fetched: whole generations of files in the state directory, and which one holds.

A generation is a folder that is complete before it bears its name, with an index of its files and
their digests: one that a power cut, a bad card or a meddler has touched is no generation at all.
`stage.json` says which is kept and which is on trial (`stages`); it is written last, at once or not
at all. What neither it nor a trial needs any more is removed. Nobody but the phone reads any of it,
for there are secrets in it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec

from appliance.config.writing import write_private
from appliance.provisioning import stages
from appliance.provisioning.stages import Stage
from appliance.provisioning.stamp import NO_STAMP, Stamp

log = logging.getLogger(__name__)

FOLDER = "provisioned"
STAGE = "stage.json"
INDEX = "index.json"
SEEN = "seen"
SEEN_SECONDS = 6 * 3600.0
"""How far what is noted of the last look may be behind."""
_STAGING = "staging"
_GENERATION = re.compile(r"[0-9]{6,16}", re.ASCII)
_LONGEST = 200
"""Octets of a file's name; file systems take 255 with what is added while one is written."""


def storable(name: str) -> bool:
    """Whether a file may bear this name here: printable, in no other folder, and none of ours."""
    return (
        name.isprintable()
        and not name.startswith((".", " "))
        and "/" not in name
        and "\\" not in name
        and 0 < len(name.encode()) <= _LONGEST
        and name != INDEX
        and not name.endswith(".new")
    )


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was served."""

    name: str
    content: bytes = field(repr=False)
    stamp: Stamp = NO_STAMP
    served: str = ""
    """The name that it is served under, if that is another: sealed, for this unit alone."""

    @property
    def digest(self) -> str:
        """Its SHA-256, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Offer:
    """All that a server has for a unit: `layers` name the files that merge, the lowest first."""

    url: str
    files: tuple[File, ...]
    layers: tuple[str, ...]
    version: int = 0
    """That of its signed manifest; 0 without one."""
    asked: tuple[str, ...] = ()
    """All layers that were looked for."""
    manifest: Stamp = NO_STAMP
    """What the server calls the state of its manifest."""

    @property
    def digest(self) -> str:
        """The same for the same layers and files, and for nothing else."""
        return _digest(self.layers, {file.name: file.digest for file in self.files})


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a generation."""

    digest: str
    etag: str = ""
    modified: str = ""
    served: str = ""


class Index(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a generation consists of, and where it came from."""

    url: str
    digest: str
    layers: tuple[str, ...]
    files: dict[str, Entry]
    version: Annotated[int, msgspec.Meta(ge=0, le=stages.HIGHEST)] = 0
    asked: tuple[str, ...] = ()
    manifest: tuple[str, str] = ("", "")


class Shelf:
    """The generations of one unit below `state`. Methods raise OSError where writing fails."""

    def __init__(self, state: Path) -> None:
        self._folder = state / FOLDER
        self.stage = self._read_stage()

    def begin(self, now: float) -> None:
        """A phone starts: count a trial, and leave out whatever is not whole any more.

        `now` in seconds since 1970.
        """
        stage = self.stage
        if stage.kept and self.index(stage.kept) is None:
            log.error("the kept configuration of the server is damaged; the card's holds")
            stage = msgspec.structs.replace(stage, kept=0)
        shutil.rmtree(self._folder / _STAGING, ignore_errors=True)
        if stage.trial and self.index(stage.trial) is None:
            stage = stages.failed(stage, "", "it is damaged", now)
        on_trial = self.index(stage.trial) if stage.trial else None
        self._write(stages.started(stage, on_trial.digest if on_trial else "", now))

    def files(self) -> tuple[Path, ...]:
        """The files in force, the lowest first; none where nothing has been fetched."""
        number = self.stage.in_force
        index = self.index(number) if number else None
        return tuple(self._of(number) / name for name in index.layers) if index else ()

    def index(self, number: int) -> Index | None:
        """What a generation consists of, if it is whole."""
        folder = self._of(number)
        try:
            index = msgspec.json.decode((folder / INDEX).read_bytes(), type=Index)
            if not all(map(storable, index.files)):
                return None
            found = {
                name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
                for name in index.files
            }
        except (OSError, msgspec.DecodeError, ValueError):
            return None
        listed = {name: entry.digest for name, entry in index.files.items()}
        whole = found == listed and index.digest == _digest(index.layers, listed)
        return index if whole and set(index.layers) <= listed.keys() else None

    def known(self) -> Offer | None:
        """The generation in force as it was offered, for asking only for what has changed."""
        number = self.stage.in_force
        index = self.index(number) if number else None
        if index is None:
            return None
        files = tuple(
            File(name, (self._of(number) / name).read_bytes(), Stamp(e.etag, e.modified), e.served)
            for name, e in index.files.items()
        )
        manifest = Stamp(*index.manifest)
        return Offer(index.url, files, index.layers, index.version, index.asked, manifest)

    def seen_at(self) -> float:
        """When the server was last seen to have nothing else, in seconds since 1970; 0: never."""
        with contextlib.suppress(OSError, ValueError):
            return float(int((self._folder / SEEN).read_text(encoding="ascii")))
        return 0.0

    def note_seen(self, now: float) -> None:
        """Note that it was, now and then only: a card wears out. Never raises."""
        if 0.0 <= now - self.seen_at() < SEEN_SECONDS:
            return
        try:
            self._make_folder()
            write_private(self._folder / SEEN, b"%d" % now)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._folder / SEEN, error)

    def put(self, offer: Offer) -> None:
        """Stage an offer: it is on trial from the next start.

        What was on trial before without a verdict gives way to it.
        """
        for file in offer.files:
            if not storable(file.name):
                raise OSError(errno.EINVAL, "no name of a file", file.name)
        try:
            self._put(offer, stages.staged(self.stage))
        except OSError:
            shutil.rmtree(self._folder / _STAGING, ignore_errors=True)
            self._tidy()
            raise

    def _put(self, offer: Offer, stage: Stage) -> None:
        staging = self._folder / _STAGING
        self._make_folder()
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        for file in offer.files:
            write_private(staging / file.name, file.content)
        files = {
            f.name: Entry(f.digest, f.stamp.etag, f.stamp.modified, f.served) for f in offer.files
        }
        index = Index(
            offer.url,
            offer.digest,
            offer.layers,
            files,
            offer.version,
            offer.asked,
            (offer.manifest.etag, offer.manifest.modified),
        )
        write_private(staging / INDEX, msgspec.json.encode(index))
        shutil.rmtree(self._of(stage.trial), ignore_errors=True)
        staging.rename(self._of(stage.trial))
        _sync(self._folder)
        self._write(stage)

    def prove(self) -> None:
        """What is on trial has proven itself, unless it has yet to be begun."""
        index = self.index(self.stage.trial) if self.stage.trial else None
        if index is not None:
            self._write(stages.proven(self.stage, index.version))

    def fail(self, why: str, now: float) -> None:
        """What is on trial has not: the one before holds from the next start.

        What has yet to be begun has not failed. `now` in seconds since 1970.
        """
        if self.stage.begun:
            self.refuse(why, now)

    def refuse(self, why: str, now: float) -> None:
        """What is staged is not to be tried, or not any more."""
        index = self.index(self.stage.trial) if self.stage.trial else None
        self._write(stages.failed(self.stage, index.digest if index else "", why, now))

    def _write(self, stage: Stage) -> None:
        if stage != self.stage:
            self._make_folder()
            try:
                write_private(self._folder / STAGE, msgspec.json.encode(stage))
            except OSError:
                with contextlib.suppress(OSError, ValueError):
                    self.stage = self._noted()  # it may be in place all the same
                raise
            self.stage = stage
        self._tidy()

    def _make_folder(self) -> None:
        if not self._folder.exists():
            self._folder.mkdir(mode=0o700, parents=True)
            _sync(self._folder.parent)

    def _read_stage(self) -> Stage:
        try:
            return self._noted()
        except FileNotFoundError:
            return Stage()
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            log.error("%s: %s; nothing of it is used", self._folder / STAGE, error)  # noqa: TRY400
            numbers = self._numbers()
            versions = [index.version for number in numbers if (index := self.index(number))]
            return Stage(newest=max(numbers, default=0), version=max(versions, default=0))

    def _noted(self) -> Stage:
        return msgspec.json.decode((self._folder / STAGE).read_bytes(), type=Stage)

    def _numbers(self) -> Sequence[int]:
        with contextlib.suppress(OSError):
            names = [path.name for path in self._folder.iterdir()]
            return [int(name) for name in names if _GENERATION.fullmatch(name)]
        return ()

    def _of(self, number: int) -> Path:
        return self._folder / f"{number:06d}"

    def _tidy(self) -> None:
        for number in self._numbers():
            if number not in (self.stage.kept, self.stage.trial):
                shutil.rmtree(self._of(number), ignore_errors=True)


def _digest(layers: Sequence[str], files: Mapping[str, str]) -> str:
    parts = [*layers, "", *(f"{name} {digest}" for name, digest in sorted(files.items()))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
