"""Which host of a server is asked next: RFC 3263 section 4.3, kept apart for each server.

A server's name may stand for several hosts: SRV records, several addresses. They are tried in the
order in which the name was resolved, one after the other, and the name is resolved anew when all
have failed. The host that registered us is kept to while the name still leads to it, for another
of the same worth may not know us, and one that has asked to be left alone is left out while there
are others. Pure: it is told what was found, what came of it, and when.
"""

from __future__ import annotations

from appliance.sip.targets import Target


class Hunt:
    """The hosts of one server of one account."""

    def __init__(self) -> None:
        self._hosts: tuple[Target, ...] = ()
        self._at = 0
        self._good: Target | None = None
        self._closed: dict[tuple[str, int], float] = {}

    @property
    def next(self) -> Target | None:
        """The host to ask next; None: resolve the name first."""
        return self._hosts[self._at] if 0 < self._at < len(self._hosts) else None

    @property
    def alternatives(self) -> int:
        """How many hosts have not been tried since the name was resolved."""
        return max(0, len(self._hosts) - max(1, self._at))

    def begin(self, hosts: tuple[Target, ...], now: float) -> Target:
        """The name was resolved at the monotonic moment `now`; the host to ask first."""
        good = self._good
        until = {host: self._closed.get(host.place, now) for host in hosts}
        hosts = tuple(host for host in hosts if until[host] <= now) or (
            min(hosts, key=until.__getitem__),
        )
        kept = [host for host in hosts if good is not None and host.place == good.place]
        self._hosts = (*kept, *(host for host in hosts if host not in kept))
        self._at = 0
        return self._hosts[0]

    def is_closed(self, host: Target, now: float) -> bool:
        """Whether this host has asked to be left alone for longer."""
        return self._closed.get(host.place, now) > now

    def succeeded(self, host: Target) -> None:
        """It registered us."""
        self._at = 0
        self._good = host
        self._closed.pop(host.place, None)

    def failed(self, place: tuple[str, int] | None = None, until: float = 0.0) -> None:
        """The host that was asked last, or that was in use, does not serve.

        One at a `place` (address and port) that has asked for it is left alone until then, on the
        monotonic clock.
        """
        self._at += 1
        self._good = None
        if place is not None:
            self._closed[place] = until

    def prefer(self, host: Target) -> None:
        """Begin with this host next time."""
        self._at = 0
        self._good = host
