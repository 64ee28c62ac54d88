"""The location service: which phone stands behind an extension (RFC 3261 section 10.3).

Pure: the time is handed in, no timer runs; a binding that has expired is simply not found any
more. Bindings live in memory only, for the PBX lives no longer than the phone that it serves.
"""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_EXPIRES = 3600
"""Seconds granted to a contact that does not ask for a time (RFC 3261 section 10.2.1.1)."""
LONGEST_EXPIRES = 3600
"""Seconds granted at most."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One Contact of a REGISTER; `expires` in seconds, None where it has no such parameter."""

    uri: str
    expires: int | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A phone that can be reached under an extension until the moment `until`."""

    uri: str
    source: tuple[str, int]
    until: float
    call_id: str
    cseq: int

    def remaining(self, now: float) -> int:
        """Whole seconds left, rounded as a 200 reports them."""
        return max(0, round(self.until - now))


class OutOfOrder(Exception):
    """A REGISTER older than one already honoured under the same Call-ID (RFC 3261, 10.3 step 7)."""


class Registrar:
    """Bindings by extension; all moments in seconds on one monotonic clock."""

    def __init__(self) -> None:
        self._bindings: dict[str, dict[str, Binding]] = {}

    def register(
        self,
        user: str,
        contacts: tuple[Contact, ...],
        *,
        expires: int | None,
        source: tuple[str, int],
        call_id: str,
        cseq: int,
        now: float,
    ) -> tuple[Binding, ...]:
        """Add, refresh or (with zero seconds) remove contacts; what is registered afterwards.

        `expires` is the Expires header and counts where a contact brings no time of its own.
        Raises OutOfOrder and then changes nothing.
        """
        held = {binding.uri: binding for binding in self.bindings(user, now)}
        for contact in contacts:
            _in_order(held.get(contact.uri), call_id, cseq)
        for contact in contacts:
            held.pop(contact.uri, None)
            wanted = contact.expires if contact.expires is not None else expires
            granted = min(DEFAULT_EXPIRES if wanted is None else wanted, LONGEST_EXPIRES)
            if granted > 0:
                held[contact.uri] = Binding(contact.uri, source, now + granted, call_id, cseq)
        self._bindings[user] = held
        return tuple(held.values())

    def unregister_all(self, user: str, *, call_id: str, cseq: int, now: float) -> None:
        """Forget every contact, as ``Contact: *`` with zero seconds asks; may raise OutOfOrder."""
        for binding in self.bindings(user, now):
            _in_order(binding, call_id, cseq)
        self._bindings.pop(user, None)

    def bindings(self, user: str, now: float) -> tuple[Binding, ...]:
        """The live bindings of an extension, the most recently registered last."""
        return tuple(
            binding for binding in self._bindings.get(user, {}).values() if binding.until > now
        )

    def find(self, user: str, now: float) -> Binding | None:
        """Where to reach an extension: its most recent live binding."""
        bindings = self.bindings(user, now)
        return bindings[-1] if bindings else None


def _in_order(known: Binding | None, call_id: str, cseq: int) -> None:
    if known is not None and known.call_id == call_id and cseq <= known.cseq:
        raise OutOfOrder(f"CSeq {cseq} is not above {known.cseq} for {known.uri}")
