"""Which host of a server is asked next: RFC 3263 section 4.3, kept apart for each server.

A server's name may stand for several hosts: SRV records, several addresses. They are tried in the
order in which the name was resolved, one after the other, and the name is resolved anew when all
have failed. The host that registered us is kept to while the name still leads to it, for another
of the same worth may not know us. Pure: it is told what was found and what came of it.
"""

from __future__ import annotations

from appliance.sip.targets import Target


class Hunt:
    """The hosts of one server of one account."""

    def __init__(self) -> None:
        self._hosts: tuple[Target, ...] = ()
        self._at = 0
        self._good: Target | None = None

    @property
    def next(self) -> Target | None:
        """The host to ask next; None: resolve the name first."""
        return self._hosts[self._at] if 0 < self._at < len(self._hosts) else None

    @property
    def alternatives(self) -> int:
        """How many hosts have not been tried since the name was resolved."""
        return max(0, len(self._hosts) - max(1, self._at))

    def begin(self, hosts: tuple[Target, ...]) -> Target:
        """The name was resolved; the host to ask first."""
        good = self._good
        kept = [host for host in hosts if good is not None and host.place == good.place]
        self._hosts = (*kept, *(host for host in hosts if host not in kept))
        self._at = 0
        return self._hosts[0]

    def succeeded(self, host: Target) -> None:
        """It registered us."""
        self._at = 0
        self._good = host

    def failed(self) -> None:
        """The host that was asked last, or that was in use, does not serve."""
        self._at += 1
        self._good = None

    def prefer(self, host: Target) -> None:
        """Begin with this host next time."""
        self._at = 0
        self._good = host
