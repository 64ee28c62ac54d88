"""A unit and the server of its configuration: the files in force, and who looks for newer ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from appliance.config.formats import parse_day_part
from appliance.config.lastgood import Chosen, load_or_last_good
from appliance.config.load import load
from appliance.config.model import Config
from appliance.config.problems import Problem, errors
from appliance.config.unit import this_unit
from appliance.control.status import ProvisioningStatus
from appliance.loop import PhoneLoop
from appliance.provisioning.collect import Place
from appliance.provisioning.fetch import Access
from appliance.provisioning.keeper import Keeper, Source
from appliance.provisioning.schedule import Schedule
from appliance.provisioning.shelf import Shelf
from appliance.settings import unit_seed
from appliance.wiring.boards import check_board


def choose_from(files: Sequence[Path], shelf: Shelf, state: Path) -> Chosen:
    """The configuration to live with: the card's files, and what the server had above them.

    A trial whose files do not hold, now that they are read, is over.
    """
    chosen = read_files(files, shelf, state)
    if shelf.stage.trial and chosen.source != "given":
        shelf.fail(f"refused: {errors(chosen.problems)[0]}", time.time())
        chosen = read_files(files, shelf, state)
    return chosen


def read_files(files: Sequence[Path], shelf: Shelf | None, state: Path) -> Chosen:
    """What the card's files and the server's above them come to now, or else the last good one.

    A unit that has none at all has yet to be told who it is.
    """
    served = shelf.files() if shelf is not None else ()
    if not files and not served:
        return Chosen(Config(), (), "given")
    return load_or_last_good((*files, *served), state, check_board=check_board, unit=this_unit())


def keeper_for(
    config: Config,
    shelf: Shelf,
    phone: PhoneLoop,
    *,
    files: Sequence[Path],
    state: Path,
    floor: Path,
    again: Callable[[], None],
) -> Keeper | None:
    """Who keeps this configuration up to date; None where no server is named."""
    served = config.provisioning
    if served.url is None:
        return None
    unit = this_unit()
    source = Source(
        served.url,
        Place(unit, served.site or "", served.model or ""),
        Access(
            ca_file=served.ca_file or "",
            certificate_file=served.certificate_file or "",
            private_key_file=served.private_key_file or "",
            user=served.user or "",
            password=served.password or "",
            clear_text=served.clear_text,
        ),
        keys=served.signing_keys,
        trial_seconds=float(served.trial),
        stale_seconds=float(served.stale_after),
    )
    schedule = Schedule(
        float(served.interval),
        parse_day_part(served.window) if served.window is not None else None,
        phone.phone.settings.start_spread,
        unit_seed(),
        config.accounts[0].user if config.accounts else "",
    )

    def judge(offered: tuple[Path, ...]) -> tuple[Problem, ...]:
        return load((*files, *offered), check_board=check_board, unit=unit).problems

    return Keeper(
        source,
        shelf,
        schedule,
        state=state,
        floor=floor,
        judge=judge,
        phone=lambda: phone.phone,
        post=phone.post,
        again=again,
    )


def provisioning_status(keeper: Keeper | None, source: str) -> ProvisioningStatus | None:
    """What `status` says of it."""
    if keeper is None:
        return None
    look = keeper.look
    return ProvisioningStatus(
        url=keeper.url,
        source=source,
        outcome=look.outcome,
        reason=look.kind,
        detail=look.detail,
        age_s=int(time.time() - keeper.good_at) if keeper.good_at else None,
        stale=keeper.stale,
        recipient=keeper.recipient,
    )
