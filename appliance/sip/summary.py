"""What a message summary says (RFC 3842 section 5.2). Pure: the body of a NOTIFY in, a value out.

Whatever stands in a body, it is a `Summary` or none; a line that is no line of a summary is passed
over. Who may say such a thing, and what becomes of it, is decided elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from appliance.sip.translate import address

CLASSES = (
    *("voice-message", "fax-message", "pager-message"),
    *("multimedia-message", "text-message", "none"),
)
"""The classes of messages, RFC 3458 section 6.2."""
MOST = 2**32 - 1
"""The highest count, RFC 3842 section 5.2."""
_COUNTS = re.compile(
    r"(\d{1,10})\s*/\s*(\d{1,10})(?:\s*\(\s*(\d{1,10})\s*/\s*(\d{1,10})\s*\))?", re.ASCII
)
_LINE = re.compile(r"([A-Za-z-]+)[ \t]*:[ \t]*(.*)")
_NUMBER = re.compile(r"[0-9A-Za-z*#+._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages of one class there are; the urgent ones are counted among the others."""

    new: int
    old: int
    new_urgent: int = 0
    old_urgent: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """The state of a mailbox. `account` is the URI that reaches it, empty where it is not told."""

    waiting: bool
    account: str = ""
    classes: tuple[tuple[str, Counts], ...] = ()
    """Counts by class, each once; a server need not tell any."""

    @property
    def new(self) -> int:
        """New messages of all classes; a mailbox that only says that some wait has one."""
        told = sum(counts.new for _, counts in self.classes)
        return max(1, told) if self.waiting else 0

    @property
    def urgent(self) -> int:
        """How many of the new messages are urgent."""
        told = sum(counts.new_urgent for _, counts in self.classes)
        return min(self.new, told)

    @property
    def number(self) -> str:
        """What is dialled to hear them; empty where none is told, or none that can be dialled."""
        user = address(self.account)[0] if "@" in self.account or "tel:" in self.account else ""
        return user if _NUMBER.fullmatch(user) else ""


def parse_summary(body: str) -> Summary | None:
    """Read the body of a NOTIFY; None where it does not say whether messages wait."""
    told: dict[str, str] = {}
    for line in re.sub(r"\r?\n[ \t]+", " ", body).splitlines():
        found = _LINE.fullmatch(line.strip())
        if found is not None:
            told.setdefault(found[1].lower(), found[2].strip())
    waiting = told.get("messages-waiting", "").lower()
    if waiting not in ("yes", "no"):
        return None
    counted = ((name, _counts(told[name])) for name in CLASSES if name in told)
    return Summary(
        waiting == "yes",
        told.get("message-account", ""),
        tuple((name, counts) for name, counts in counted if counts is not None),
    )


def _counts(text: str) -> Counts | None:
    found = _COUNTS.fullmatch(text)
    if found is None:
        return None
    numbers = [int(number) for number in found.groups("0")]
    return Counts(*numbers) if max(numbers) <= MOST else None
