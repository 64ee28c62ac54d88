"""What is served, checked as the units will read it: each device file, and all together."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from appliance.config.crosscheck import CheckBoard
from appliance.config.include import gather
from appliance.config.load import load
from appliance.config.model import Config
from appliance.config.problems import Place, Problem, shown
from appliance.config.unit import Unit, plain_mac

_EXPECTED = "device files named by MAC, such as b827eb010203.toml"


def check_folder(folder: Path, check_board: CheckBoard | None = None) -> tuple[int, list[Problem]]:
    """How many units a folder serves, and all that is wrong; never raises for what it reads."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as error:
        place = Place(str(folder))
        return 0, [Problem(place, "", error.strerror or "an error", "a directory")]
    units = [(path, mac) for path in paths if (mac := plain_mac(path.stem)) is not None]
    problems: list[Problem] = []
    if not units:
        problems.append(Problem(Place(str(folder)), "", "no device file", _EXPECTED))
    read: set[str] = set()
    configs: list[tuple[Path, Config]] = []
    for path, mac in units:
        loaded = load([path], {}, check_board=check_board, unit=Unit(mac, mac))
        problems += loaded.problems
        read |= {reading.source.file for reading in gather([path])}
        if loaded.config is not None:
            configs.append((path, loaded.config))
    problems += _clashes(configs)
    problems += _strangers(path for path in paths if str(path) not in read)
    return len(units), list(dict.fromkeys(problems))


def _clashes(configs: Iterable[tuple[Path, Config]]) -> Iterable[Problem]:
    seen: dict[tuple[str, str], Path] = {}
    for path, config in configs:
        for index, account in enumerate(config.accounts):
            other = seen.setdefault((account.user, account.server), path)
            if other != path:
                found = f"{shown(account.user)}, which {other.name} has too"
                hint = "the PBX rings only the one that registered last"
                yield Problem(
                    Place(str(path)), f"account[{index}].user", found, "each extension once", hint
                )


def _strangers(paths: Iterable[Path]) -> Iterable[Problem]:
    for path in paths:
        hint = "a unit's file is named by its MAC, and a shared one by `include`"
        yield Problem(Place(str(path)), "", "a file that no unit reads", _EXPECTED, hint, "warning")
