"""Which server a unit's configuration comes from: the card's word, else what discovery finds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from appliance.config.model import Config
from appliance.config.provision import Discovery
from appliance.loop import PhoneLoop
from appliance.phone.events import Event, NetworkChanged
from appliance.provisioning import stick
from appliance.provisioning.candidate import Candidate, refusal
from appliance.provisioning.discover import UNIT, Surroundings, discover, settled, usable
from appliance.provisioning.shelf import Shelf
from hw.hotplug import Hotplug, Uevent

log = logging.getLogger(__name__)

ALL: tuple[Discovery, ...] = ("usb", "dhcp", "dns")
PATIENCE_SECONDS = 60.0
"""How long a unit that has been served before waits for a network that names its server."""
MOUNT_SECONDS = (0.5, 2.0, 5.0)
"""After the kernel has told of a disk: when somebody may have mounted it."""
FORMER = "the server of the settings in force"


@dataclass(frozen=True, slots=True)
class Served:
    """A configuration whose `provisioning.url` is set, and the words for who named it."""

    config: Config
    source: str


def named(config: Config, shelf: Shelf) -> Served | None:
    """The server as far as it is known already: by the configuration, or by what is on trial.

    A trial ends where it began, and its phone must not miss the registration.
    """
    if config.provisioning.url is not None:
        return Served(config, "provisioning.url")
    former = _former(shelf) if shelf.stage.trial else ""
    return _with(config, Candidate(former, FORMER)) if former else None


def sources(config: Config, shelf: Shelf) -> tuple[Discovery, ...]:
    """Who may name the server: who the configuration says, else all for a unit without accounts.

    A unit that somebody has set up by its card is not at the mercy of its network; one whose
    accounts a discovered server has given goes on asking.
    """
    wanted = config.provisioning.discover
    if wanted is None:
        wanted = ALL if not config.accounts or shelf.stage.in_force else ()
    return wanted if config.provisioning.url is None else ()


def listen(on_event: Callable[[Uevent], None]) -> Hotplug:
    """The kernel's news of disks."""
    return Hotplug({"block"}, on_event, on_problem=lambda problem: log.warning("%s", problem))


async def discovered(
    config: Config,
    shelf: Shelf,
    phone: PhoneLoop,
    around: Surroundings = UNIT,
    *,
    hotplug: Callable[[Callable[[Uevent], None]], Hotplug] = listen,
) -> Served:
    """The configuration with the first server found that may be used; waits until there is one.

    It asks at once, when a stick has been put in, and when the network is another one. A unit that
    was served before, and finds nobody for a while, goes on with the server that it had.
    """
    wanted, clear_text = sources(config, shelf), config.provisioning.clear_text
    moved = asyncio.Event()

    def heard(event: Event) -> None:
        if isinstance(event, NetworkChanged) and event.online:
            moved.set()

    def plugged(_: Uevent) -> None:
        for seconds in MOUNT_SECONDS:
            loop.call_later(seconds, moved.set)

    loop = asyncio.get_running_loop()
    ends = loop.time() + PATIENCE_SECONDS
    ended = phone.subscribe(heard)
    news = hotplug(plugged) if "usb" in wanted else None
    try:
        while True:
            moved.clear()
            found = await discover(wanted, around, clear_text=clear_text)
            _tell(found, clear_text=clear_text)
            chosen = usable(found, clear_text=clear_text)
            former = await asyncio.to_thread(_former, shelf)
            if chosen is None and former:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(ends):
                        await moved.wait()
                if not moved.is_set():
                    chosen = Candidate(former, FORMER)
            elif chosen is None:
                await moved.wait()
            if chosen is not None:
                chosen = await settled(chosen, clear_text=clear_text)
                log.info("discovery: %s, named by %s", chosen.url, chosen.source)
                return _with(config, chosen)
    finally:
        ended()
        if news is not None:
            news.close()


def _with(config: Config, chosen: Candidate) -> Served:
    served = replace(config.provisioning, url=chosen.url)
    return Served(replace(config, provisioning=served), chosen.source)


def _former(shelf: Shelf) -> str:
    """Where what is in force came from; empty where nothing is."""
    number = shelf.stage.in_force
    index = shelf.index(number) if number else None
    return index.url if index is not None else ""


def _tell(found: tuple[Candidate, ...], *, clear_text: bool) -> None:
    for candidate in found:
        why = "" if stick.is_stick(candidate.url) else refusal(candidate, clear_text=clear_text)
        if why:
            log.warning("discovery: %s, named by %s: %s", candidate.url, candidate.source, why)
