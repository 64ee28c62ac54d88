"""Where a phone keeps its state and where it listens: the one place that decides.

On a unit these are the directories that its service manager makes; elsewhere the user's own
(XDG Base Directory Specification). A machine is a unit if it has the unit's state directory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SOCKET_NAME = "control.sock"
UNIT_STATE = Path("var/lib/deskphone")
UNIT_RUNTIME = Path("run/deskphone")


@dataclass(frozen=True, slots=True)
class Places:
    """The state directory of a phone and the path of its control socket."""

    state: Path
    socket: Path


def places(chosen: Path | None, environ: Mapping[str, str], *, root: Path = Path("/")) -> Places:
    """The places of the phone that ``--state`` names, or of this machine's own phone.

    `root` is where the file system begins; tests give their own.
    """
    unit = Places(root / UNIT_STATE, root / UNIT_RUNTIME / SOCKET_NAME)
    if chosen is None:
        if unit.state.is_dir():
            return unit
        chosen = _home(environ) / "deskphone"
    state = chosen.expanduser().absolute()
    return unit if state == unit.state else Places(state, state / SOCKET_NAME)


def _home(environ: Mapping[str, str]) -> Path:
    given = Path(environ.get("XDG_STATE_HOME", ""))
    if given.is_absolute():
        return given
    home = environ.get("HOME", "")
    return (Path(home) if home else Path.home()) / ".local" / "state"
