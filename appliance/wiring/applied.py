"""Another configuration for a phone that lives: what can be used at once is, and the rest waits.

The phone goes on through it: a call is not touched, and an account that proves itself otherwise
registers alone. Only what a device, a socket or the SIP library was made with takes a new start.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import msgspec

from appliance.config.changes import Changes, compare, fingerprint
from appliance.config.lastgood import Chosen, Source
from appliance.config.model import Audio, Config
from appliance.contacts.read import read_directory, tell_refusals
from appliance.loop import PhoneLoop
from appliance.phone.directory import Directory
from appliance.phone.events import ConfigurationChanged, ProblemFound
from appliance.phone.unit import SETTINGS
from appliance.settings import core_settings, preferred, sip_settings
from appliance.sip.settings import SipSettings

log = logging.getLogger(__name__)


class Levels(Protocol):
    """Whoever has levels of its own: the headset, the ringer."""

    def use(self, audio: Audio) -> None:
        """Sound as loud as this says."""


class Accounts(Protocol):
    """The SIP engine, as far as accounts go."""

    def change(self, settings: SipSettings) -> None:
        """Prove itself otherwise."""


@dataclass(slots=True)
class InForce:
    """The configuration that the phone lives with, from its start or from later on."""

    config: Config
    source: Source
    directory: Directory
    phone: PhoneLoop
    since: float = 0.0
    """The monotonic moment since which it is used."""
    version: str = ""
    files: str = ""
    sip: SipSettings | None = None
    accounts: Accounts | None = None
    levels: tuple[Levels, ...] = ()
    told: Callable[[str], None] = lambda _: None
    """Is told every version that comes into force."""

    def __post_init__(self) -> None:
        self.since = time.monotonic()
        self.version = version_of(self.config)
        self.files = fingerprint(self.config)

    def needs_restart(self, config: Config) -> tuple[str, ...]:
        """The keys for which `config` takes a new start."""
        changed = compare(self.config, config).restart
        if not changed and fingerprint(config) != self.files:
            return ("account: a certificate or its authority",)
        return changed

    async def use(self, chosen: Chosen) -> Changes | None:
        """Use a configuration from now on; None, and nothing is done, where that takes a new start.

        What has not changed at all is no reason to do anything; contacts are read again.
        """
        config = chosen.config
        assert config is not None
        if self.needs_restart(config):
            return None
        loop = asyncio.get_running_loop()
        files, country = config.directory.files, config.phone.country
        directory, contacts = await loop.run_in_executor(None, read_directory, files, country)
        changes = compare(self.config, config)
        if self.needs_restart(config) or self._watches_others(config, directory):
            return None
        if directory.contacts != self.directory.contacts and "directory.files" not in changes.live:
            changes = replace(changes, live=(*changes.live, "directory.files"))
        if changes.keys:
            tell_refusals(contacts, log)
            self._take(chosen, config, directory, changes)
        return changes

    def _watches_others(self, config: Config, directory: Directory) -> bool:
        """Whether other colleagues are watched: subscriptions are made at the start."""
        assert self.sip is not None
        made = sip_settings(config, self.sip.audio, mark=self.sip.mark, directory=directory)
        return [one.watch for one in made.accounts] != [one.watch for one in self.sip.accounts]

    def _take(self, chosen: Chosen, config: Config, directory: Directory, changes: Changes) -> None:
        assert self.sip is not None and self.accounts is not None
        phone = self.phone
        now = phone.phone.settings
        core = replace(
            core_settings(
                config,
                now.seed,
                soft_keys=now.soft_keys,
                directory=directory,
                by_hand=chosen.source == "by-hand",
            ),
            start_spread=now.start_spread,
        )
        if changes.accounts:
            made = sip_settings(config, self.sip.audio, mark=self.sip.mark, directory=directory)
            proven = tuple(
                replace(new, clock_floor=old.clock_floor)
                for new, old in zip(made.accounts, self.sip.accounts, strict=True)
            )
            self.sip = replace(self.sip, accounts=proven)
            self.accounts.change(self.sip)
        if any(key.startswith("audio.") for key in changes.live):
            for part in self.levels:
                part.use(preferred(config, phone.phone.preferences).audio)
        self.config, self.source, self.directory = config, chosen.source, directory
        self.since, self.version = time.monotonic(), version_of(config)
        self.told(self.version)
        log.info("used from now on: %s", ", ".join(changes.keys))
        phone.post(ConfigurationChanged(core, changes.accounts, changes.keys))
        if any(problem.part == SETTINGS for problem in phone.phone.problems):
            phone.post(ProblemFound(SETTINGS, "", ""))


def version_of(config: Config) -> str:
    """Eight hexadecimal digits that change when anything in force does."""
    return hashlib.sha256(msgspec.json.encode(config)).hexdigest()[:8]
