"""Files and environment in, a configuration or all of its problems out.

`load` never raises for what it reads. It goes on after every mistake, so that IT mends a file once
and not ten times; a configuration exists only when no error is left, warnings do not refuse it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from appliance.config.crosscheck import CheckBoard, crosscheck
from appliance.config.environment import read_environment
from appliance.config.fields import SECTIONS
from appliance.config.files import check_ca, check_exposure, check_identity, read_secret, resolve
from appliance.config.include import gather
from appliance.config.merge import Merged
from appliance.config.model import Config
from appliance.config.problems import (
    ENVIRONMENT,
    KeyPath,
    Origin,
    Place,
    Problem,
    did_you_mean,
    errors,
    refusal,
    spell,
)
from appliance.config.unit import IMAGINED, Unit
from appliance.config.validate import Entry, Value, read_layer

_SECRETS = (("nat", "turn_password"), ("security", "pin"), ("provisioning", "password"))
"""Keys that hold a secret, besides the accounts' ``password``; each has one that names a file."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of some files. `config` is None if and only if a problem is an error.

    `origins` tells for each key path where its value comes from; a path that is missing there has
    its default. Problems stand in the order of the files and lines.
    """

    config: Config | None
    problems: tuple[Problem, ...] = ()
    origins: Mapping[KeyPath, Origin] = field(default_factory=dict)


def load(
    paths: Sequence[Path],
    env: Mapping[str, str] | None = None,
    *,
    check_board: CheckBoard | None = None,
    unit: Unit = IMAGINED,
) -> Loaded:
    """Read, merge and judge configuration files, later ones winning key by key.

    `env` is the process environment unless given. `check_board` judges the wiring with what only
    the hardware room knows; it sees a [board] whose keys hold one by one. `unit` is whose MAC and
    serial number take the place of placeholders.
    """
    merged = Merged()
    problems: list[Problem] = []
    broken: frozenset[str] = frozenset()
    complete = True
    files = []
    for reading in gather(paths):
        source = reading.source
        files.append(source.file)
        layer = read_layer(unit.filled(dict(reading.data)), source)
        problems += [*reading.problems, *layer.problems]
        broken |= source.parsed.broken
        complete &= source.parsed.complete
        merged.add(layer)
    env = os.environ if env is None else env
    environment = read_environment(env)
    problems += environment.layer.problems
    merged.add(environment.layer)
    problems += merged.add_numbered(environment.accounts)
    problems += merged.settle()
    if complete:
        problems += _absent(merged, paths, problems) + merged.missing(broken)
    problems += merged.surplus()
    problems += check_exposure(_secrets(merged))
    for index, entry in enumerate(merged.accounts):
        problems += _read_files(index, entry, env)
    for path in _SECRETS:
        problems += _read_section_secret(merged, path, env)
    problems += _read_provisioning(merged, env)
    _resolve_directory(merged, env)
    problems += crosscheck(merged, check_board)
    ordered = _ordered(problems, files)
    config = None if errors(ordered) else msgspec.convert(merged.document(), Config)
    return Loaded(config, ordered, merged.origins())


def require(loaded: Loaded) -> Config:
    """The configuration; raises `ConfigRefused` with every problem when there is none."""
    if loaded.config is None:
        raise refusal(loaded.problems)
    return loaded.config


def _absent(merged: Merged, paths: Sequence[Path], problems: Sequence[Problem]) -> list[Problem]:
    meant = did_you_mean("account", SECTIONS)
    if merged.accounts or any(p.key.startswith("account") or p.hint == meant for p in problems):
        return []
    served = (merged.at(("provisioning", key)) for key in ("url", "discover"))
    if any(given is not None and given.value for given in served):
        return []
    place = Place(str(paths[-1]), 1, 1) if paths else Place(ENVIRONMENT)
    expected = (
        "at least one [[account]] with user, password and server, or who has them: `url` or"
        " `discover` in [provisioning]"
    )
    return [Problem(place, "account", "no account", expected)]


def _secrets(merged: Merged) -> Iterator[tuple[str, Value]]:
    """The secrets that stand in the configuration itself, by their keys."""
    for index, entry in enumerate(merged.accounts):
        if "password" in entry.values:
            yield spell(("account", index, "password")), entry.values["password"]
    for path in _SECRETS:
        if path in merged.values:
            yield spell(path), merged.values[path]


def _read_files(index: int, entry: Entry, env: Mapping[str, str]) -> list[Problem]:
    problems: list[Problem] = []
    values = entry.values
    if "password_file" in values and "password" not in values:
        key = spell(("account", index, "password_file"))
        secret, found = read_secret(key, values["password_file"], env)
        problems += found
        if secret is not None:
            values["password"] = secret
    return problems + _read_certificates(("account", index), values, env)


def _read_provisioning(merged: Merged, env: Mapping[str, str]) -> list[Problem]:
    section = "provisioning"
    values = {str(p[1]): value for p, value in merged.values.items() if p[0] == section}
    problems = _read_certificates((section,), values, env)
    merged.values.update({(section, name): value for name, value in values.items()})
    return problems


def _read_certificates(
    where: KeyPath, values: dict[str, Value], env: Mapping[str, str]
) -> list[Problem]:
    """Give the PEM files that a table names their full paths, if they can be used."""
    problems: list[Problem] = []
    if "ca_file" in values:
        key = spell((*where, "ca_file"))
        values["ca_file"], found = check_ca(key, values["ca_file"], env)
        problems += found
    if "certificate_file" in values:
        chain, private = values["certificate_file"], values.get("private_key_file")
        keys = tuple(spell((*where, f"{n}_file")) for n in ("certificate", "private_key"))
        chain, private, found = check_identity((keys[0], keys[1]), chain, private, env)
        values |= {"certificate_file": chain, "private_key_file": private}
        problems += found
    return problems


def _resolve_directory(merged: Merged, env: Mapping[str, str]) -> None:
    """Give each directory file its full path, as seen from the file that names it."""
    path = ("directory", "files")
    named = merged.values.get(path)
    if named is not None:
        files = tuple(str(resolve(replace(named, value=file), env)) for file in named.value)
        merged.values[path] = replace(named, value=files)


def _read_section_secret(
    merged: Merged, path: tuple[str, str], env: Mapping[str, str]
) -> list[Problem]:
    named = (path[0], f"{path[1]}_file")
    given = merged.values.get(named)
    if given is None or path in merged.values:
        return []
    secret, problems = read_secret(spell(named), given, env)
    if secret is not None:
        merged.values[path] = secret
    return problems


def _ordered(problems: Sequence[Problem], files: Sequence[str]) -> tuple[Problem, ...]:
    order = {file: number for number, file in enumerate(dict.fromkeys(files))}

    def rank(problem: Problem) -> tuple[int, int, int]:
        place = problem.place
        return order.get(place.file, len(order)), place.line, place.column

    return tuple(sorted(dict.fromkeys(problems), key=rank))
