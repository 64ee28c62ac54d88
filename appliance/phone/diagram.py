"""The state diagram, drawn from the core itself.

Walks a phone with one line over the events that an agent or a far end causes, and gives one arrow
for each change of mode as Mermaid: the picture in the README (``python -m appliance.readme``)
cannot say anything that the code does not do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from appliance.phone.core import step
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallMedia,
    CallProgress,
    Event,
    HookLifted,
    HookReplaced,
    KeyPressed,
    PhoneStarted,
    TimerFired,
)
from appliance.phone.explore import example_settings, kind, mode
from appliance.phone.outputs import outputs
from appliance.phone.state import Phone, new_phone

_KEYS = {"1": "digit", "#": "#", "ok": "ok", "back": "back", "hold": "hold", "headset": "headset"}


def _alphabet(phone: Phone) -> Iterator[tuple[str, Event]]:
    yield "start", PhoneStarted()
    yield "lift", HookLifted()
    yield "replace", HookReplaced()
    for key, label in _KEYS.items():
        yield label, KeyPressed(key)
    yield "INVITE comes in", CallIncoming(2, 0, "100")
    for call in phone.calls:
        yield "180", CallProgress(call.id, 180)
        yield "183 with SDP", CallProgress(call.id, 183, early_media=True)
        yield ("200" if call.direction == "out" else "ACK"), CallAnswered(call.id)
        yield "far end ends", CallEnded(call.id, 486)
        yield "far end holds", CallMedia(call.id, held=call.held, remote_held=True)
        yield "far end resumes", CallMedia(call.id, held=call.held)
    for name, due in outputs(phone).timers:
        if name in ("interdigit", "ended"):
            yield f"{name} timer", TimerFired(name, due)


def arrows() -> dict[tuple[str, str], tuple[str, ...]]:
    """What leads from one mode to another, by (from, to)."""
    first = new_phone(example_settings(lines=1, speed_dial=(), sleep=0.0))
    found: dict[tuple[str, str], dict[str, None]] = {}
    seen = {kind(first)}
    queue = deque([first])
    while queue:
        phone = queue.popleft()
        for label, event in _alphabet(phone):
            after, _ = step(phone, event)
            if mode(after) != mode(phone):
                found.setdefault((mode(phone), mode(after)), {})[label] = None
            if kind(after) not in seen:
                seen.add(kind(after))
                queue.append(after)
    return {pair: tuple(labels) for pair, labels in found.items()}


def diagram() -> str:
    """The state diagram as a Mermaid code block."""
    lines = ["```mermaid", "stateDiagram-v2", "    direction LR", "    [*] --> starting"]
    names = dict.fromkeys(name for pair in arrows() for name in pair)
    lines += [f"    {_id(name)}: {name}" for name in names if _id(name) != name]
    for (before, after), labels in arrows().items():
        lines.append(f"    {_id(before)} --> {_id(after)}: {', '.join(labels)}")
    return "\n".join([*lines, "```"])


def _id(name: str) -> str:
    return name.replace(" ", "_").replace("-", "_")
