"""Keeps a running phone's configuration what the server has for it.

A task of the phone's loop: it looks when the schedule says so, or at once when somebody asks; what
has changed is staged, judged like any configuration, and used: at once where the phone can go on
with it, otherwise by a new start when the agent does not need the phone. It is on trial then: once
the first account has registered the new configuration is kept, and if it has not in time, the phone
goes back to the one before and says why. Whatever a server does, the phone that runs is not touched
by it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from appliance.config.problems import Problem, errors
from appliance.errors import PhoneError
from appliance.phone.events import Event, ProblemFound, RegistrationChanged, ResyncRequested
from appliance.phone.state import Phone
from appliance.phone.unit import SETTINGS
from appliance.phone.words import in_line
from appliance.provisioning.collect import Place, Trust, collect
from appliance.provisioning.fetch import Access, Fetcher, FetchFailed
from appliance.provisioning.schedule import Schedule
from appliance.provisioning.seal import Identity
from appliance.provisioning.shelf import Offer, Shelf
from appliance.provisioning.stages import Usage

log = logging.getLogger(__name__)

REFUSED_SECONDS = 86400.0
"""How long what was rolled back is not tried again as it was."""

Outcome = Literal["never", "unchanged", "changed", "refused", "failed"]
Use = Callable[[], Awaitable[Usage]]
Judge = Callable[[tuple[Path, ...]], tuple[Problem, ...]]
"""Reads the files of a generation above the card's; their problems."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a unit looks, and whom it trusts there."""

    url: str
    place: Place
    access: Access
    keys: tuple[str, ...] = ()
    trial_seconds: float = 60.0
    stale_seconds: float = 172800.0


@dataclass(frozen=True, slots=True)
class Look:
    """What came of the last look; `at` in seconds since 1970, 0 for never."""

    outcome: Outcome = "never"
    at: float = 0.0
    kind: str = ""
    words: str = ""
    detail: str = ""


class Keeper:
    """One for each life of a phone; `again` has it live anew with what is on the shelf."""

    def __init__(
        self,
        source: Source,
        shelf: Shelf,
        schedule: Schedule,
        *,
        state: Path,
        floor: Path,
        judge: Judge,
        phone: Callable[[], Phone],
        post: Callable[[Event], None],
        again: Callable[[], None],
        use: Use,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.look = Look()
        self.good_at = shelf.seen_at()
        """When a look was last successful, in seconds since 1970; 0: never."""
        self.recipient = ""
        """What files for this unit alone are sealed for (age)."""
        self._source = source
        self._shelf = shelf
        self._schedule = schedule
        self._identity = Identity(state)
        self._floor = floor
        self._judge = judge
        self._phone = phone
        self._post = post
        self._told = False
        self._again = again
        self._use = use
        self._now = now
        self._asked = asyncio.Event()
        self._answers: list[asyncio.Future[Look]] = []
        self._restart = False
        self._moved = asyncio.Event()
        self._registered = False
        self._began = now()

    @property
    def url(self) -> str:
        """Where it looks."""
        return self._source.url

    @property
    def stale(self) -> bool:
        """Whether no look was successful for too long."""
        return self._now() - max(self.good_at, self._began) > self._source.stale_seconds

    def heard(self, event: Event) -> None:
        """What happens in the phone, as far as it matters here."""
        if isinstance(event, RegistrationChanged) and event.account == 0:
            self._registered = event.state == "registered"
        elif isinstance(event, ResyncRequested):
            self._restart |= event.restart
            self._asked.set()
        self._moved.set()

    async def asked(self) -> Look:
        """Look now; what came of it."""
        answer: asyncio.Future[Look] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        self._asked.set()
        return await answer

    async def run(self) -> None:
        """Look for changes for as long as the phone lives; first of all, end a trial."""
        if self._shelf.stage.trial and not await self._tried():
            return
        await self._look_on()

    async def _look_on(self) -> None:
        try:
            self.recipient = await asyncio.to_thread(lambda: self._identity.recipient)
        except (OSError, ValueError) as error:
            log.warning("provisioning: nothing can be sealed for this unit: %s", error)
        pause = self._schedule.first(configured=bool(self._shelf.stage.kept))
        looks = failures = 0
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._asked.wait()
            self._asked.clear()
            answers, self._answers = self._answers, []
            restart, self._restart = self._restart, False
            looks += 1
            self.look = await self._looked()
            if self.look.outcome == "changed":  # whoever has asked meanwhile is answered too
                answers += self._answers
            for answer in answers:
                if not answer.done():
                    answer.set_result(self.look)
            failures = failures + 1 if self.look.outcome == "failed" else 0
            self._tell_age()
            self._tell_trouble()
            if restart or (self.look.outcome == "changed" and not await self._used()):
                await self._until(lambda: not _is_needed(self._phone()))
                self._again()
                return
            if self._shelf.stage.trial and not await self._tried():
                return
            local = time.localtime(self._now())
            minute = local.tm_hour * 60 + local.tm_min + local.tm_sec / 60
            pause = self._schedule.after(looks, failures, minute)

    async def _looked(self) -> Look:
        """Look once; never raises for what a server does."""
        look = Look("unchanged", self._now())
        try:
            offer = await self._collected()
            look = await asyncio.to_thread(self._taken, offer, look)
        except FetchFailed as error:
            look = replace(
                look, outcome="failed", kind=error.kind, words=error.agent, detail=error.it
            )
        except OSError as error:
            look = replace(
                look,
                outcome="failed",
                kind="no-room",
                words="No room for settings",
                detail=f"what was fetched cannot be kept: {error}",
            )
        if look.outcome in ("unchanged", "changed"):
            self.good_at = look.at
            await asyncio.to_thread(self._shelf.note_seen, look.at)
        level = logging.INFO if look.outcome in ("unchanged", "changed") else logging.WARNING
        log.log(
            level,
            "provisioning: %s%s",
            look.outcome,
            f": {look.detail}" if look.detail else "",
            extra={"PROVISIONING": look.kind or look.outcome},
        )
        return look

    async def _collected(self) -> Offer:
        source, shelf = self._source, self._shelf
        trust = Trust(self._identity, source.keys, shelf.stage.version)
        known = await asyncio.to_thread(shelf.known)
        async with Fetcher(source.access, self._floor) as fetcher:
            return await collect(source.url, source.place, fetcher, trust, known)

    def _taken(self, offer: Offer, look: Look) -> Look:
        """Stage an offer that is new, if it holds. On the disk thread."""
        shelf, stage = self._shelf, self._shelf.stage
        index = shelf.index(stage.in_force) if stage.in_force else None
        if index is not None and index.digest == offer.digest:
            return look
        if offer.digest == stage.refused and look.at < stage.refused_at + REFUSED_SECONDS:
            return replace(look, outcome="refused", kind="refused-before", detail=stage.why)
        shelf.put(offer)
        wrong = errors(self._judge(shelf.files()))
        if wrong:
            listing = "\n".join(str(problem) for problem in wrong)
            shelf.refuse(f"{len(wrong)} mistakes; the first: {wrong[0]}", look.at)
            return replace(look, outcome="refused", kind="mistakes", detail=listing)
        return replace(look, outcome="changed")

    async def _used(self) -> bool:
        """Go on with the generation in force; False where that takes a new start."""
        usage = await self._use()
        if usage == "registers":
            self._registered = False
        return usage != "restart"

    async def _tried(self) -> bool:
        """End the trial; False if the phone is to end, for it starts anew."""
        seconds = self._source.trial_seconds
        try:
            async with asyncio.timeout(seconds):
                await self._until(lambda: self._registered)
        except TimeoutError:
            phone = self._phone()
            at = phone.registrations[0] if phone.registrations else None
            why = f"{at.verdict}: {at.evidence}" if at else "it has no account"
            words = f"not registered within {seconds:g} s ({why})"
            await self._until(lambda: not _is_needed(self._phone()))
            await asyncio.to_thread(self._shelf.fail, words, self._now())
            log.warning(
                "provisioning: rolled back: %s", words, extra={"PROVISIONING": "rolled-back"}
            )
            if await self._used():
                self._post(ProblemFound(SETTINGS, "PROVISION-02", in_line("New settings refused")))
                return True
            self._again()
            return False
        await asyncio.to_thread(self._shelf.prove)
        self.look = Look("changed", self._now())
        self.good_at = self.look.at
        log.info("provisioning: the new configuration is kept", extra={"PROVISIONING": "kept"})
        return True

    def _tell_trouble(self) -> None:
        """On the display of a unit that has no settings yet: why it gets none."""
        if self._phone().settings.accounts:
            return
        bad = self.look.outcome in ("failed", "refused")
        words = in_line("No settings: {why}", why=self.look.kind) if bad else ""
        self._post(ProblemFound("provisioning", "PROVISION-01" if bad else "", words))

    def _tell_age(self) -> None:
        """On the display and in the journal: that nobody knows whether the settings are current."""
        if self.stale == self._told:
            return
        self._told = self.stale
        words = in_line("Settings not checked") if self.stale else ""
        self._post(ProblemFound("provisioning", "PROVISION-03" if words else "", words))
        if self.stale:
            hours = self._source.stale_seconds / 3600
            log.warning(
                "provisioning: no successful look for more than %g h; the last one: %s",
                hours,
                self.look.detail,
                extra={"PROVISIONING": "stale"},
            )

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._moved.clear()
            await self._moved.wait()


def _is_needed(phone: Phone) -> bool:
    """Whether the agent would miss the phone, if only for a second."""
    return phone.engaged or bool(phone.calls) or phone.entry is not None


def refusal_of(look: Look) -> PhoneError:
    """A look that came to nothing, for whoever asked for it."""
    detail = f"{look.detail}\nthe phone goes on with the configuration it has"
    return PhoneError("PROVISION-01", look.words or "Settings refused", detail)
