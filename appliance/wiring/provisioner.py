"""What a phone's life has to do with the server of its configuration.

Only a phone that has one, or looks for one, loads this and what it takes to fetch and open files.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from appliance.config.formats import parse_day_part
from appliance.config.load import load
from appliance.config.model import Config
from appliance.config.problems import Problem
from appliance.config.unit import this_unit
from appliance.control.status import ProvisioningStatus
from appliance.loop import PhoneLoop
from appliance.phone.events import ProblemFound
from appliance.phone.unit import SETTINGS
from appliance.phone.words import in_line
from appliance.provisioning.collect import Place
from appliance.provisioning.fetch import Access
from appliance.provisioning.keeper import Keeper, Source, Use, refusal_of
from appliance.provisioning.schedule import Schedule
from appliance.provisioning.shelf import Shelf
from appliance.settings import unit_seed
from appliance.wiring.boards import check_board
from appliance.wiring.discovered import Served, discovered, named, sources


class Provisioner:
    """One for each life of a phone: finds its server, and keeps to what that has."""

    def __init__(
        self,
        config: Config,
        shelf: Shelf,
        phone: PhoneLoop,
        *,
        files: Sequence[Path],
        state: Path,
        floor: Path,
        again: Callable[[], None],
        use: Use,
    ) -> None:
        """`again` has the phone start anew, `use` does without if that can be.

        `floor` has a moment that is known to be past.
        """
        self._config = config
        self._shelf = shelf
        self._phone = phone
        self._files, self._state, self._floor = files, state, floor
        self._again, self._use = again, use
        self._keeper: Keeper | None = None
        self._source = ""

    def begin(self) -> None:
        """Look for a server, or to it; tell of a configuration that was rolled back."""
        served = named(self._config, self._shelf)
        if served is not None:
            self._keep(served)
        elif sources(self._config, self._shelf):
            _ = self._phone.spawn("discovery", self._discover())
        if self._shelf.stage.why and not self._shelf.stage.trial:
            words = in_line("New settings refused")
            self._phone.post(ProblemFound(SETTINGS, "PROVISION-02", words))

    def status(self) -> ProvisioningStatus | None:
        """What `status` says of it; None while there is no server."""
        return provisioning_status(self._keeper, self._source)

    async def finds(self) -> bool:
        """Look now: whether there is something newer, which the phone goes on with, on trial.

        Raises `PhoneError` if there may be, but it cannot be had or is refused.
        """
        if self._keeper is None:
            return False
        look = await self._keeper.asked()
        if look.outcome not in ("changed", "unchanged"):
            raise refusal_of(look)
        return look.outcome == "changed"

    async def _discover(self) -> None:
        self._keep(await discovered(self._config, self._shelf, self._phone))

    def _keep(self, served: Served) -> None:
        self._source = served.source
        self._keeper = keeper_for(
            served.config,
            self._shelf,
            self._phone,
            files=self._files,
            state=self._state,
            floor=self._floor,
            again=self._again,
            use=self._use,
        )
        if self._keeper is not None:
            self._phone.subscribe(self._keeper.heard)
            _ = self._phone.spawn("provisioning", self._keeper.run())


def keeper_for(
    config: Config,
    shelf: Shelf,
    phone: PhoneLoop,
    *,
    files: Sequence[Path],
    state: Path,
    floor: Path,
    again: Callable[[], None],
    use: Use,
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
            clear_text_secrets=served.clear_text_secrets,
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
        use=use,
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
