"""SRV records (RFC 2782): which hosts and ports serve SIP for a name, asked through dnspython.

The system resolver knows only addresses. A name server that is silent, cannot answer (SERVFAIL) or
talks nonsense has not said that there is no record: the host by that name, at the usual port, may
be another machine. The library costs 70 ms to import and is therefore loaded when the first name
without a port comes along.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from appliance.sip.settings import Transport

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

ANSWER_SECONDS = 1.0
PATIENCE_SECONDS = 2.0
DNS_PORT = 53
_SERVICES: dict[Transport, str] = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}


class UnansweredError(Exception):
    """No name server has said whether there are such records; its words tell IT why."""


@dataclass(frozen=True, slots=True)
class Service:
    """One record: the lower the priority the earlier, the higher the weight the more often."""

    priority: int
    weight: int
    host: str
    port: int


async def services(
    name: str, transport: Transport, nameservers: Sequence[str] = (), port: int = DNS_PORT
) -> list[Service]:
    """The records for SIP over `transport` at `name`, in the order of use; empty without any.

    By priority, and among equals at random by weight (RFC 2782, usage rules). `nameservers` are
    asked instead of the system's. Raises `UnansweredError` and nothing else, whatever they do.
    """
    from dns.exception import DNSException, Timeout
    from dns.resolver import NoNameservers, NoResolverConfiguration

    try:
        answer = await _resolver(nameservers, port).resolve(
            f"{_SERVICES[transport]}.{name.rstrip('.')}.", "SRV", raise_on_no_answer=False
        )
    except NoResolverConfiguration:
        raise UnansweredError(f"{name}: no name server is configured to ask for SRV") from None
    except (Timeout, NoNameservers, OSError) as error:
        what = "did not answer" if isinstance(error, Timeout) else "could not answer"
        raise UnansweredError(f"{name}: the name server {what} for SRV") from None
    except (DNSException, UnicodeError):
        return []
    if answer.rrset is None:
        return []
    records: Iterable[Any] = answer.rrset.processing_order()
    found = (Service(r.priority, r.weight, r.target.to_text(True), r.port) for r in records)
    return [service for service in found if service.host not in (".", "@", "") and service.port]


def _resolver(nameservers: Sequence[str], port: int) -> Resolver:
    from dns.asyncresolver import Resolver

    resolver = Resolver(configure=not nameservers)
    if nameservers:
        resolver.nameservers = list(nameservers)
    resolver.port = port
    resolver.timeout = ANSWER_SECONDS
    resolver.lifetime = PATIENCE_SECONDS
    return resolver
