"""What a phone's life has to do with the server of its configuration, if it has one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from appliance.config.model import Config
from appliance.control.status import ProvisioningStatus
from appliance.loop import PhoneLoop
from appliance.phone.events import ProblemFound
from appliance.phone.unit import SETTINGS
from appliance.phone.words import in_line
from appliance.provisioning.keeper import Keeper, Look
from appliance.provisioning.shelf import Shelf
from appliance.wiring.discovered import Served, discovered, named, sources
from appliance.wiring.provisioned import keeper_for, provisioning_status


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
    ) -> None:
        """`again` has the phone start anew; `floor` has a moment that is known to be past."""
        self._config = config
        self._shelf = shelf
        self._phone = phone
        self._files, self._state, self._floor, self._again = files, state, floor, again
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

    async def asked(self) -> Look | None:
        """Look now, and what came of it; None while there is no server."""
        return await self._keeper.asked() if self._keeper is not None else None

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
        )
        if self._keeper is not None:
            self._phone.subscribe(self._keeper.heard)
            _ = self._phone.spawn("provisioning", self._keeper.run())
