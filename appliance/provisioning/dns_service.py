"""A service of the search domains in the DNS that serves configurations (RFC 2782, RFC 6763).

Either the records stand at the service's own name, or a pointer there leads to them, as DNS-SD has
it: SRV for the server, and TXT with `path=` where its files are not in the first folder of all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.provisioning.candidate import MAX_CANDIDATES, Candidate, of_service

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver
    from dns.name import Name

log = logging.getLogger(__name__)

SERVICE = "_deskphone-cfg._tcp"
MAX_DOMAINS = 4
MAX_INSTANCES = 4
"""Of a service in a domain; more are not looked at."""


async def served(resolv: Path, seconds: float) -> tuple[Candidate, ...]:
    """What the search domains of `resolv` name, a file as resolv.conf(5) has it.

    Whatever name servers do, it raises nothing; one that is silent is waited for so many seconds.
    """
    resolver = await asyncio.to_thread(_resolver, resolv, seconds)
    if resolver is None:
        return ()
    domains = resolver.search[:MAX_DOMAINS]
    found = await asyncio.gather(*(_of_domain(resolver, domain) for domain in domains))
    return tuple(candidate for several in found for candidate in several)


def _resolver(resolv: Path, seconds: float) -> Resolver | None:
    """Loads the library, which takes as long as a question; None where nobody can be asked."""
    from dns.asyncresolver import Resolver
    from dns.exception import DNSException

    try:
        resolver = Resolver(str(resolv))
    except (DNSException, OSError, ValueError) as error:
        log.info("discovery: DNS: nobody can be asked: %s", error)
        return None
    resolver.lifetime = seconds
    return resolver


async def _of_domain(resolver: Resolver, domain: Name) -> tuple[Candidate, ...]:
    from dns.exception import DNSException
    from dns.name import from_text

    try:
        service = from_text(SERVICE, domain)
    except DNSException:
        return ()
    pointers, *own = await asyncio.gather(
        _asked(resolver, service, "PTR"), _of_name(resolver, service)
    )
    instances = [pointer.target for pointer in pointers[:MAX_INSTANCES]]
    others = await asyncio.gather(*(_of_name(resolver, instance) for instance in instances))
    found = [candidate for several in (*own, *others) for candidate in several]
    return tuple(found[:MAX_CANDIDATES])


async def _of_name(resolver: Resolver, name: Name) -> tuple[Candidate, ...]:
    services, texts = await asyncio.gather(
        _asked(resolver, name, "SRV"), _asked(resolver, name, "TXT")
    )
    strings = [string for text in texts for string in text.strings]
    shown = name.to_text(omit_final_dot=True)
    return tuple(
        candidate
        for service in services
        for candidate in of_service(
            service.target.to_text(omit_final_dot=True), service.port, strings, shown
        )
    )


async def _asked(resolver: Resolver, name: Name, kind: str) -> Sequence[Any]:
    """The records in the order of use; none where nobody says that there are any."""
    from dns.exception import DNSException

    try:
        answer = await resolver.resolve(name, kind, raise_on_no_answer=False)
    except (DNSException, OSError, UnicodeError):
        return ()
    if answer.rrset is None:
        return ()
    records: Sequence[Any] = list(answer.rrset.processing_order())
    return records
