"""One turn of the core: the state on its way from an event to the next state.

A `Turn` exists only inside `step`. The small modules of this room change the phone through it and
note the commands that go with the change; nothing outlives the turn but the two results.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from appliance.phone.effects import Effect
from appliance.phone.state import Call, Notice, Phone
from appliance.phone.words import Words

NOTICE_SECONDS = 3.0


@dataclass(slots=True)
class Turn:
    """The phone being changed, and the commands said so far, in order."""

    phone: Phone
    commands: list[Effect] = field(default_factory=list)

    def set(self, **changes: Any) -> None:
        """Change fields of the phone."""
        self.phone = replace(self.phone, **changes)

    def do(self, effect: Effect) -> None:
        """Say a command."""
        self.commands.append(effect)

    def edit(self, call: Call, **changes: Any) -> Call:
        """Change a call in place; returns the changed one."""
        changed = replace(call, **changes)
        self.set(calls=tuple(changed if c.id == call.id else c for c in self.phone.calls))
        return changed

    def after(self, seconds: float) -> float:
        """The moment `seconds` from now, on the phone's monotonic clock."""
        return self.phone.now.monotonic + seconds

    def notify(self, text: Words, seconds: float = NOTICE_SECONDS, about: int = 0) -> None:
        """Show a few words for a moment; `about` is the call whose end they tell, 0 for none."""
        self.set(notice=Notice(text, self.after(seconds), about))
