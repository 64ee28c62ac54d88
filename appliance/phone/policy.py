"""Which calls may ring here, as a rule that the SIP engine can follow without asking.

A caller is owed an answer within milliseconds, so the engine decides by what the core last allowed
(`SetPolicy`); the core decides again by the same rule when it hears of the call, for it may have
changed its mind meanwhile. A session of the agent's is wanted whatever else is not: the agent has
just logged in for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.phone.events import Unwanted
from appliance.phone.session import Sessions


@dataclass(frozen=True, slots=True)
class SetPolicy:
    """What the SIP engine may decide by itself: how many more calls may ring, and which.

    `referable` is the call that the server may have placed anew by a REFER, 0 for none. Every call
    goes to `forward_always`, those for which there is no line to `forward_busy`, unless empty.
    During an `urgent` call there is none for anybody.
    """

    free_lines: int
    dnd: bool
    referable: int = 0
    forward_always: str = ""
    forward_busy: str = ""
    sessions: Sessions = field(default_factory=Sessions)
    urgent: bool = False

    def unwanted(self, unseen: int = 0, *, session: bool = False) -> Unwanted | None:
        """Why a call that comes now does not ring; None: it does.

        `unseen` calls have come since this was said. For a `session` only a line is needed.
        """
        full = self.urgent or self.free_lines <= unseen
        if self.forward_always and not session:
            return "forwarded"
        if self.dnd and not session:
            return "dnd"
        if full:
            return "forwarded" if self.forward_busy and not session else "full"
        return None

    @property
    def elsewhere(self) -> str:
        """The number that a forwarded call goes to."""
        return self.forward_always or self.forward_busy
