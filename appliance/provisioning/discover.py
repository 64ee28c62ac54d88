"""Discovery: who serves this unit's configuration, asked of all that is around it.

A stick is looked at, the DHCP servers and the search domains are asked, all at once and for no
longer than `SECONDS`. What a stick says comes before what DHCP says, and that before the DNS; for
those behind a server that may be used nobody waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from appliance.config.provision import Discovery
from appliance.provisioning import dhcp, dns_service, stick
from appliance.provisioning.address import address
from appliance.provisioning.candidate import Candidate, refusal

log = logging.getLogger(__name__)

SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the system says what there is: links and leases, and name servers."""

    netif: Path = Path("/run/systemd/netif")
    resolv: Path = Path("/etc/resolv.conf")


UNIT = Surroundings()


async def discover(
    sources: Collection[Discovery],
    around: Surroundings = UNIT,
    *,
    clear_text: bool = False,
    seconds: float = SECONDS,
) -> tuple[Candidate, ...]:
    """Every folder that one of `sources` names, in the order of use; never raises for what they do.

    Those behind the first one that may be used are there only if they were no slower.
    """
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    questions: list[Coroutine[Any, Any, tuple[Candidate, ...]]] = []
    try:
        async with asyncio.timeout_at(ends):
            questions = await _questions(sources, around, seconds)
    except TimeoutError:
        log.warning("discovery: nothing could be read within %g s", seconds)
    tasks = [asyncio.create_task(question) for question in questions]
    try:
        async with asyncio.timeout_at(ends):
            for task in tasks:
                if usable(await task, clear_text=clear_text) is not None:
                    break
    except TimeoutError:
        log.info("discovery: not everybody has answered within %g s", seconds)
    finally:
        done = [task for task in tasks if task.done() and not task.cancelled()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return tuple(candidate for task in done for candidate in task.result())


def usable(candidates: Collection[Candidate], *, clear_text: bool) -> Candidate | None:
    """The first one that may be used: a stick, or a folder by HTTPS, or as `clear_text` says."""
    for candidate in candidates:
        if stick.is_stick(candidate.url) and candidate.source == stick.SOURCE:
            return candidate
        if not refusal(candidate, clear_text=clear_text):
            return candidate
    return None


async def settled(candidate: Candidate, *, clear_text: bool) -> Candidate:
    """The candidate by TFTP, if that may be meant and nobody is there by HTTPS."""
    if not (clear_text and candidate.tftp):
        return candidate
    try:
        origin = address(candidate.url).origin
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(origin.host, origin.port)
    except (OSError, ValueError):
        return replace(candidate, url=candidate.tftp)
    writer.close()
    return candidate


async def _questions(
    sources: Collection[Discovery], around: Surroundings, seconds: float
) -> list[Coroutine[Any, Any, tuple[Candidate, ...]]]:
    """What is to be asked, in the order of use."""
    wanted = "dhcp" in sources
    held = await asyncio.to_thread(dhcp.leases, around.netif) if wanted else ()
    links = await asyncio.to_thread(dhcp.links, around.netif) if wanted else ()
    asked: list[Coroutine[Any, Any, tuple[Candidate, ...]]] = []
    if "usb" in sources:
        asked.append(asyncio.to_thread(stick.named))
    asked += [question(lease) for lease in held for question in (dhcp.informed, dhcp.told)]
    asked += [dhcp.informed6(link) for link in links]
    if "dns" in sources:
        asked.append(dns_service.served(around.resolv, seconds))
    return asked
