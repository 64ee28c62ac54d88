"""The last good configuration: a phone whose newest file is wrong goes on with the one before.

Every configuration that holds is kept in the state directory, whole: secrets, certificates and
their authorities included, since the files it came from may be gone when it is needed. Two
generations are kept, each with a checksum, and written so that a power cut at any moment leaves at
least one of them: a card that loses what it claimed to have written is a fact of life.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from appliance.config.crosscheck import CheckBoard
from appliance.config.load import load
from appliance.config.merge import Merged
from appliance.config.model import Config
from appliance.config.problems import KeyPath, Origin, Place, Problem
from appliance.config.reading import read_regular, reason
from appliance.config.unit import IMAGINED, Unit
from appliance.config.validate import read_layer
from appliance.config.writing import write_private

NEWEST = "last-good.json"
PREVIOUS = "last-good.previous.json"
_MAX_BYTES = 8 << 20
_PEM_FILES = {"ca_file": "ca", "certificate_file": "certificate", "private_key_file": "key"}
"""Keys that name PEM files, and what the copies of those are called."""

Source = Literal["given", "by-hand", "last-good", "none"]


class Chosen(NamedTuple):
    """The configuration to run with, what is wrong with the given one, and where it is from."""

    config: Config | None
    problems: tuple[Problem, ...]
    source: Source

    @property
    def holds(self) -> bool:
        """Whether it is what the files say now."""
        return self.source in ("given", "by-hand")


def load_or_last_good(
    paths: Sequence[Path],
    state_dir: Path,
    env: Mapping[str, str] | None = None,
    *,
    check_board: CheckBoard | None = None,
    unit: Unit = IMAGINED,
) -> Chosen:
    """Load `paths`; keep what holds, fall back to what last held where they do not.

    Never raises for what it reads; a state directory that cannot be written is a warning.
    """
    loaded = load(paths, env, check_board=check_board, unit=unit)
    if loaded.config is not None:
        problems = loaded.problems
        try:
            store_last_good(loaded.config, state_dir)
        except OSError as error:
            place = Place(str(state_dir))
            expected = "a directory in which the last good configuration can be kept"
            warning = Problem(place, "", reason(error), expected, severity="warning")
            problems = (*problems, warning)
        return Chosen(loaded.config, problems, "given")
    for name in (NEWEST, PREVIOUS):
        config, problems = read_last_good(state_dir / name)
        if config is not None:
            return Chosen(config, (*loaded.problems, *problems), "last-good")
    return Chosen(None, loaded.problems, "none")


def store_last_good(config: Config, state_dir: Path) -> None:
    """Keep a configuration (mode 0600); nothing is written when it is already the newest.

    Raises OSError when the directory cannot be written.
    """
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    newest = state_dir / NEWEST
    content = _encode(config)
    with contextlib.suppress(OSError):
        if newest.read_bytes() == content:
            return
    if _decode(newest) is not None:
        newest.replace(state_dir / PREVIOUS)
    write_private(newest, content)


def forget_last_good(state_dir: Path) -> None:
    """Keep no configuration, nor its secrets. Raises OSError where they cannot be removed."""
    for name in (NEWEST, PREVIOUS):
        (state_dir / name).unlink(missing_ok=True)


def read_last_good(path: Path) -> tuple[Config | None, tuple[Problem, ...]]:
    """Read one generation back; None when it is missing, damaged or of no use.

    What another version of the phone wrote is taken as far as this one understands it, with a
    warning for each key that it does not. Certificates and keys are laid out beside `path`.
    """
    stored = _decode(path)
    if stored is None:
        return None, ()
    layer = read_layer(stored.config, _Stored(str(path)))
    merged = Merged()
    merged.add(layer)
    if not merged.accounts or merged.missing(frozenset()):
        return None, ()
    for entry in merged.accounts:
        for name, prefix in _PEM_FILES.items():
            given = entry.values.get(name)
            content = stored.authorities.get(given.value) if given else None
            if given and content is not None:
                laid_out = _laid_out(prefix, content, given.value, path.parent)
                entry.values[name] = replace(given, value=laid_out)
    problems = tuple(replace(problem, severity="warning") for problem in layer.problems)
    try:
        return msgspec.convert(merged.document(), Config), problems
    except msgspec.ValidationError:
        return None, ()


class _Document(msgspec.Struct, frozen=True):
    """What a generation holds: the configuration, and the text of each PEM file by its path."""

    config: dict[str, Any]
    authorities: dict[str, str] = {}


def _encode(config: Config) -> bytes:
    plain = msgspec.to_builtins(config)
    authorities = {}
    for account in plain.get("account", ()):
        account.pop("password_file", None)
        for path in filter(None, map(account.get, _PEM_FILES)):
            authorities[path] = Path(path).read_text(encoding="ascii", errors="replace")
    plain.get("nat", {}).pop("turn_password_file", None)
    plain.get("security", {}).pop("pin_file", None)
    plain.get("provisioning", {}).pop("password_file", None)
    body = msgspec.json.encode(_Document(plain, authorities))
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _decode(path: Path) -> _Document | None:
    read = read_regular(path, _MAX_BYTES)
    if isinstance(read, str):
        return None
    checksum, _, body = read.content.partition(b"\n")
    if checksum != hashlib.sha256(body).hexdigest().encode():
        return None
    try:
        return msgspec.json.decode(body, type=_Document)
    except msgspec.MsgspecError:
        return None


def _laid_out(prefix: str, text: str, given: str, directory: Path) -> str:
    """A file with this text; the given one where the directory cannot be written."""
    content = text.encode()
    path = directory / f"{prefix}-{hashlib.sha256(content).hexdigest()[:16]}.pem"
    try:
        if not path.exists() or path.read_bytes() != content:
            write_private(path, content)
    except OSError:
        return given
    return str(path)


class _Stored:
    """A stored configuration has no lines worth pointing at."""

    def __init__(self, file: str) -> None:
        self._file = file

    def key_place(self, _path: KeyPath, /) -> Place:
        return Place(self._file)

    def value_place(self, _path: KeyPath, /) -> Place:
        return Place(self._file)

    def origin(self, _path: KeyPath, /) -> Origin:
        return Origin(self._file)
