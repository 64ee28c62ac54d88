"""The state diagrams, drawn from the core itself.

Walks a phone over the events that an agent or a far end causes, and gives one arrow for each change
of mode as Mermaid: the pictures in the README (``python -m appliance.readme``) cannot say anything
that the code does not do. One is of a phone with a single line, the other of what a second call is
for: transfer and conference.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

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
    TransferProgress,
)
from appliance.phone.explore import example_settings, kind, mode
from appliance.phone.outputs import outputs
from appliance.phone.state import Phone, new_phone

_KEYS = {"1": "digit", "#": "#", "ok": "ok", "back": "back", "hold": "hold", "headset": "headset"}
_SECOND_KEYS = {key: key for key in ("transfer", "conference", "back", "#")} | {"1": "digit"}

_TOLD = frozenset(
    {
        *("talking", "transfer prompt", "conference prompt", "consulting, calling", "consulting"),
        *("consulting, ringing", "transferring", "conference", "held"),
    }
)
"""The modes whose arrows the second diagram shows; the others' are in the first."""

Arrows = dict[tuple[str, str], tuple[str, ...]]
"""What leads from one mode to another, by (from, to)."""


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


def _second_alphabet(phone: Phone) -> Iterator[tuple[str, Event]]:
    yield "replace", HookReplaced()
    for key, label in _SECOND_KEYS.items():
        yield label, KeyPressed(key)
    for call in phone.calls:
        yield "180", CallProgress(call.id, 180)
        yield "200", CallAnswered(call.id)
        yield "far end ends", CallEnded(call.id, 486)
        for code in (200, 486):
            yield f"NOTIFY {code}", TransferProgress(call.id, code, serial=call.refers)


def arrows() -> Arrows:
    """A phone with one line, and no menu."""
    first = new_phone(example_settings(lines=1, speed_dial=(), sleep=0.0))
    return _walk(first, _alphabet)


def second_arrows() -> Arrows:
    """A phone in a call, and what the agent makes of it with a second one."""
    phone = new_phone(example_settings(speed_dial=(), sleep=0.0))
    call = CallIncoming(2, 0, "100")
    for event in (PhoneStarted(), call, HookLifted(), CallAnswered(call.call)):
        phone, _ = step(phone, event)
    return {pair: how for pair, how in _walk(phone, _second_alphabet).items() if pair[0] in _TOLD}


def _walk(first: Phone, alphabet: Callable[[Phone], Iterator[tuple[str, Event]]]) -> Arrows:
    found: dict[tuple[str, str], dict[str, None]] = {}
    seen = {kind(first)}
    queue = deque([first])
    while queue:
        phone = queue.popleft()
        for label, event in alphabet(phone):
            after, _ = step(phone, event)
            if after.menu is not None:
                continue
            if mode(after) != mode(phone):
                found.setdefault((mode(phone), mode(after)), {})[label] = None
            if kind(after) not in seen:
                seen.add(kind(after))
                queue.append(after)
    return {pair: tuple(labels) for pair, labels in found.items()}


def diagram() -> str:
    """The states of a phone with one line, as a Mermaid code block."""
    return _drawn(arrows(), "starting")


def second_diagram() -> str:
    """The states of transfer and conference, as a Mermaid code block."""
    return _drawn(second_arrows(), "talking")


def _drawn(found: Arrows, first: str) -> str:
    lines = ["```mermaid", "stateDiagram-v2", "    direction LR", f"    [*] --> {first}"]
    names = dict.fromkeys(name for pair in found for name in pair)
    lines += [f"    {_id(name)}: {name}" for name in names if _id(name) != name]
    for (before, after), labels in found.items():
        lines.append(f"    {_id(before)} --> {_id(after)}: {', '.join(labels)}")
    return "\n".join([*lines, "```"])


def _id(name: str) -> str:
    return name.replace(",", "").replace(" ", "_").replace("-", "_")
