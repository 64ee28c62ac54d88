"""An account that somebody typed on the phone: kept in the state directory, outranked by all else.

Where the card's files or a server's come to an account, what was typed is left alone; it is used
again when they no longer do, for a unit that is taken home must not forget how to ring.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from appliance.config.lastgood import forget_last_good
from appliance.config.load import load
from appliance.config.problems import Problem, errors, quote
from appliance.config.unit import this_unit
from appliance.config.writing import write_private
from appliance.phone.effects import SetUpByHand
from appliance.wiring.boards import check_board

FILE = "by-hand.toml"
_CANDIDATE = "by-hand.new.toml"


def below(files: Sequence[Path], state: Path) -> tuple[Path, ...]:
    """The file of the account that was typed, where there is one and `files` come to none."""
    typed = state / FILE
    if not typed.is_file():
        return ()
    given = load(files, check_board=check_board, unit=this_unit()).config if files else None
    return () if given is not None and given.accounts else (typed,)


def keep(typed: SetUpByHand, files: Sequence[Path], state: Path) -> Problem | None:
    """Keep an account for the next life, in place of the one before; None when that is done.

    Without a user the one before is forgotten, in what was kept as the last good configuration too.
    Raises OSError where the state directory cannot be written.
    """
    if not typed.user:
        (state / FILE).unlink(missing_ok=True)
        forget_last_good(state)
        return None
    candidate = state / _CANDIDATE
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(candidate, _text(typed).encode())
    found = errors(load((candidate, *files), check_board=check_board, unit=this_unit()).problems)
    if found:
        candidate.unlink()
        return found[0]
    candidate.replace(state / FILE)
    return None


def _text(typed: SetUpByHand) -> str:
    values = {
        "user": typed.user,
        "password": typed.password,
        "server": typed.server,
        "transport": typed.transport,
    }
    return "[[account]]\n" + "".join(f"{key} = {quote(said)}\n" for key, said in values.items())
