"""Every state that can be reached, found by trying every event in each.

The state space is infinite in numbers and times but small in kind. Two states are of one kind when
the agent could not tell them apart but for digits, names and seconds; `kind` says so as a value.
`explore` walks from a new phone over an alphabet of events until no new kind appears. The tests
hold the rules of the house against each step of that walk, and the diagram in the README is drawn
from it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from appliance.phone.calllog import Record
from appliance.phone.core import step, take
from appliance.phone.digitmap import parse_digit_map
from appliance.phone.effects import Effect
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallLives,
    CallMedia,
    CallProgress,
    CallReferred,
    CallReplaced,
    CallTurnedAway,
    ClockSet,
    ColleagueChanged,
    ConfigurationChanged,
    ConnectionLost,
    DialRequested,
    Event,
    FactsRead,
    HangUpRequested,
    HeadsetChanged,
    HeadsetHook,
    HeadsetTested,
    HookLifted,
    HookReplaced,
    KeyPressed,
    KeyReleased,
    MessagesChanged,
    NetworkChanged,
    PartyChanged,
    PhoneStarted,
    ProblemFound,
    RegistrationChanged,
    RemoteControl,
    ResyncRequested,
    ServerFound,
    TextReceived,
    TimePassed,
    TimerFired,
    TransferProgress,
    VolumeChanged,
)
from appliance.phone.outputs import Outputs, changes, is_idle, outputs
from appliance.phone.settings import AccountSettings, Settings
from appliance.phone.state import Call, Phone, new_phone

KEYS = (
    *"1*#",
    *("line1", "line2", "hold", "mute", "redial", "headset", "speaker", "dnd", "soft1", "soft2"),
    *("soft3", "up", "down", "ok", "back", "volume_up", "volume_down", "transfer", "conference"),
    *("messages", "directory"),
)
"""The keys of the walk; one digit stands for all."""


Kind = tuple[Any, ...]
"""What tells one kind of state from another; `mode` comes first."""


@dataclass(frozen=True, slots=True)
class Step:
    """One arrow of the walk, with the standing orders at both of its ends."""

    before: Phone
    event: Event
    after: Phone
    effects: tuple[Effect, ...]
    stood: Outputs
    stands: Outputs


def mode(phone: Phone) -> str:
    """The trade's word for what the phone is doing, as the diagram shows it."""
    front = phone.front_call
    if phone.menu is not None:
        return "menu"
    if phone.waiting is not None:
        return "call waiting" if phone.engaged else "incoming"
    if phone.entry is not None:
        if not phone.engaged:
            return "on-hook dialling"
        if phone.prompting is not None:
            return f"{phone.prompting.purpose} prompt"
        return "dialling" if phone.entry.digits else "dial tone"
    if front is not None:
        return _call_mode(phone, front)
    if phone.ended is not None:
        return "ended"
    return "idle" if phone.started else "starting"


def _call_mode(phone: Phone, call: Call) -> str:
    if phone.handover is not None and phone.handover.call == call.id:
        return "transferring"
    if phone.consulting is not None:
        return "consulting" if call.phase == "talking" else f"consulting, {call.phase}"
    if call.joined:
        return "conference held" if call.held else "conference"
    if call.phase == "talking":
        return "held" if call.held else "remote hold" if call.remote_held else "talking"
    if call.answering:
        return "answering"
    return "early media" if call.early_media else call.phase


def kind(phone: Phone) -> Kind:
    """What an agent could tell apart, without digits, names, lines, ids and seconds.

    A menu, or a key that is held down, counts once for each mode that it stands before. Beside a
    call that rings the microphone, a dial tone and what is dialled are as they are without one.
    """
    if phone.menu is not None or phone.key_down is not None:
        key = phone.key_down.key if phone.key_down is not None else ""
        below = mode(replace(phone, menu=None))
        pages = _path(phone, below == "idle")
        return mode(phone), below, phone.off_hook, pages, key, _lock(phone)
    front = phone.front_call
    alone = len(phone.calls) == 1 and phone.entry is None
    calls = tuple(
        sorted(
            (
                call.phase,
                call.account,
                call.answering,
                call.early_media and alone,
                call.held,
                call.remote_held and not call.held and alone,
                call.joined,
                call.session,
                call is front,
            )
            for call in phone.calls
        )
    )
    entry = phone.entry
    quiet = phone.waiting is None
    return (
        mode(phone),
        phone.off_hook,
        phone.hands_free,
        calls,
        (len(entry.digits) > 1, bool(entry.digits), bool(entry.due), entry.account)
        if entry and quiet
        else bool(entry and entry.digits),
        phone.muted and quiet,
        phone.warned and bool(phone.silence_due) and quiet,
        bool(phone.silence_due) and quiet,
        (_plans(phone), _urgent(phone)),
        (_alarm(phone), _unasked(phone), bool(phone.session_lost) and is_idle(phone)),
        _at_rest(phone) if is_idle(phone) else None,
        _lock(phone),
        _standing(phone),
    )


def _path(phone: Phone, exact: bool) -> tuple[Any, ...]:
    """Which pages are open; `exact`: with what is marked, to walk through all of them."""
    path = phone.menu.path if phone.menu is not None else ()
    return tuple(
        (place.page.name, bool(place.typed), place.marked if exact else 0) for place in path
    )


def _at_rest(phone: Phone) -> tuple[Any, ...]:
    """What a phone at rest has to tell; of several things at once only that there are those."""
    registration = tuple(
        (r.state, min(r.failures, 2), bool(r.retry_due)) for r in phone.registrations
    )
    usual = (("registered", 0, False),) * len(registration)
    told = (
        (any(_away(phone)), _away(phone)),
        (registration != usual, registration),
        (phone.asleep, phone.asleep),
        (any(_notes(phone)), _notes(phone)),
    )
    several = sum(there for there, _ in told) > 1
    return tuple(there if several else what for there, what in told)


def _standing(phone: Phone) -> tuple[Any, ...]:
    """How the accounts stand with their servers, while nothing else is of interest."""
    if not is_idle(phone) or phone.dnd or phone.asleep or any(_notes(phone)):
        return ()
    return tuple((r.queued, r.server, bool(r.seek_due)) for r in phone.registrations)


def _plans(phone: Phone) -> tuple[Any, ...]:
    asking, handover = phone.prompting or phone.consulting, phone.handover
    return (
        (asking.purpose, asking.call == phone.front) if asking else None,
        handover is not None and handover.call == phone.front,
        _doubt(phone),
    )


def _doubt(phone: Phone) -> bool:
    """Whether a call that could not be given, alone and in front, may be gone."""
    alone = len(phone.calls) == 1 and phone.entry is None and phone.failure is not None
    return alone and phone.failure is not None and phone.failure.doubted


def _urgent(phone: Phone) -> tuple[bool, ...]:
    """Whether a call, alone and faced, is an emergency call, and has accounts left."""
    attempt = phone.attempt
    alone = len(phone.calls) == 1 and phone.entry is None and phone.handover is None
    urgent = alone and phone.calls[0].urgent and not phone.calls[0].held
    return (attempt is not None and bool(attempt.due),) if urgent else ()


def _unasked(phone: Phone) -> tuple[bool, ...]:
    """Whether a call, alone, is answered by itself, and has said so."""
    waiting = phone.waiting
    if waiting is None or len(phone.calls) > 1 or phone.entry is not None:
        return ()
    return bool(waiting.answer_due), waiting.announced


def _away(phone: Phone) -> tuple[bool, ...]:
    """Whether calls are sent away; where to is the same to all."""
    kept = phone.preferences
    return (kept.dnd, bool(kept.forward_always), bool(kept.forward_no_answer))


def _lock(phone: Phone) -> bool:
    """Whether it is locked, where that can be told; a call is a call."""
    return phone.locked and not phone.calls and not phone.asleep and not phone.dnd


def _alarm(phone: Phone) -> bool:
    """Whether the ringer tells of a lost headset in a call, or of a call that waits alone.

    One such call stands for every other.
    """
    front = phone.front_call
    if len(phone.calls) != 1 or front is None or phone.entry is not None or not phone.alarm_due:
        return False
    return front.live or (front.held and not (phone.off_hook or front.remote_held or front.session))


def _notes(phone: Phone) -> tuple[bool, ...]:
    urgent = bool(phone.urgent_messages) and not phone.missed
    texts = bool(phone.text) and not (phone.missed or phone.messages or phone.problems)
    return bool(phone.missed), bool(phone.messages), urgent, bool(phone.problems), texts


def events_of(phone: Phone, number: int) -> Iterator[Event]:
    """The alphabet in this state: every sort of event, meant for what exists and for what does not.

    `number` makes call ids of the far end unique.
    """
    yield PhoneStarted()
    for key in KEYS:
        yield KeyPressed(key)
    yield from (KeyReleased("1"), KeyReleased("*"), HookLifted(), HookReplaced(), HangUpRequested())
    yield from (DialRequested("+1 (23) 4"), DialRequested("112"), DialRequested("none"))
    yield from (HeadsetHook(off_hook=True), HeadsetHook(off_hook=False), KeyPressed("flash"))
    yield from (HeadsetChanged("ready", "usb", "Headset"), HeadsetChanged("missing"))
    yield from (ProblemFound("display", "HW-01", "No display"), ProblemFound("display", "", ""))
    yield from (MessagesChanged(0, 3), MessagesChanged(0, 1, 1, "*97"), MessagesChanged(0, 0))
    yield from (ColleagueChanged("1002", "ringing"), ResyncRequested())
    yield from (MessagesChanged(9, 1), TextReceived(0, "100", "Ann", "Say hello"))
    yield from (HeadsetTested("Headset works", "usb"), FactsRead(("eth0: 192.0.2.20",), ("1.0",)))
    yield from (VolumeChanged("ringer", 40), VolumeChanged("earpiece", 50))
    for verdict, state in (
        ("ok", "registered"),
        ("nat-rewritten", "registered"),
        ("silent", "failed"),
        ("wrong-password", "failed"),
    ):
        yield RegistrationChanged(0, state, verdict=verdict)  # type: ignore[arg-type]
    yield from (RegistrationChanged(0, "trying"), RegistrationChanged(9, "registered"))
    yield from (NetworkChanged(True), ServerFound(0, 0), ConnectionLost(0, dead=True), ClockSet())
    if is_idle(phone):
        yield from _of_servers()
        yield from _of_settings(phone)
    yield from (CallIncoming(2 * number, 0, "100", "Ann"), CallIncoming(2 * number, 7, "100"))
    yield CallIncoming(2 * number, 0, "101", trusted=True, answer_after=0.0)
    yield CallTurnedAway(CallIncoming(2 * number, 0, "100"), "full")
    yield CallTurnedAway(CallIncoming(2 * number, 7, "100"), "dnd")
    for known in phone.settings.sessions.numbers.written:
        yield CallIncoming(2 * number, 0, known, trusted=True)
    for account in range(1, len(phone.settings.accounts)):
        yield RegistrationChanged(account, "registered")
        yield CallIncoming(2 * number, account, "100")
    for call in (*(call.id for call in phone.calls), 999_999):
        yield from (CallProgress(call, 100), CallProgress(call, 180), CallProgress(call, 183, True))
        yield from (CallAnswered(call), CallEnded(call), CallEnded(call, 486))
        yield CallIncoming(call, 0, "")
        yield from (PartyChanged(call, "200", "Bob"), CallLives(call))
        yield from (RemoteControl(call, "talk"), RemoteControl(call, "hold"))
        yield CallReferred(call, 2 * number, "300")
        yield CallReplaced(call, 2 * number, "300", "Eve")
        yield from (CallMedia(call, "G722"), CallMedia(call, "opus", True, True, True))
    for given in phone.calls:
        for code in (180, 200, 486):
            yield TransferProgress(given.id, code, serial=given.refers)
    yield from (TransferProgress(999_999, 200), TransferProgress(phone.front, 200, serial=99))
    for name, due in outputs(phone).timers:
        yield from (TimerFired(name, due), TimerFired(name, due - 1.0))


def _of_servers() -> Iterator[Event]:
    """What else is heard of registrars; it is the same to the phone whatever the agent does."""
    for verdict in ("forbidden", "banned-likely", "bad-config"):
        yield RegistrationChanged(0, "failed", verdict=verdict)
    yield RegistrationChanged(0, "failed", verdict="server-error", retry_after=30.0)
    yield RegistrationChanged(0, "failed", verdict="silent", alternatives=1)
    yield RegistrationChanged(0, "off")
    yield from (NetworkChanged(False), ServerFound(9, 0), ConnectionLost(9), ConnectionLost(0))
    yield ConnectionLost(0, dead=True, alternatives=1)


def _of_settings(phone: Phone) -> Iterator[Event]:
    """Settings that change nothing, that offer new credentials, and that are another phone's."""
    yield ConfigurationChanged(phone.settings)
    yield ConfigurationChanged(phone.settings, tuple(range(len(phone.settings.accounts))))
    yield ConfigurationChanged(replace(phone.settings, accounts=()))


def explore(
    settings: Settings,
    check: Callable[[Step], None],
    limit: int = 100_000,
    history: tuple[Record, ...] = (),
    elsewhere: Callable[[Phone], bool] = lambda _: False,
) -> dict[Kind, Phone | None]:
    """Walk until no new kind of state appears; the phone that was tried of each kind, None if none.

    `check` sees every step, and none is kept: there are hundreds of thousands. `limit` bounds the
    number of kinds that are found. With a `history` the phone has been used in an earlier life.
    What is walked `elsewhere` is reached, and not gone on from.
    """
    first = new_phone(settings, history=history)
    tried: dict[Kind, Phone | None] = {kind(first): None}
    queue = deque([first])
    number = 0
    while queue and len(tried) < limit:
        phone = queue.popleft()
        found = kind(phone)
        now = replace(phone.now, monotonic=phone.now.monotonic + 1.0)
        phone, _ = step(phone, TimePassed(now))
        tried[found] = phone
        stands = outputs(phone)
        number += 1
        for event in events_of(phone, number):
            arrow = _arrow(phone, event, stands)
            check(arrow)
            reached = kind(arrow.after) if arrow.after is not phone else found
            if reached not in tried:
                tried[reached] = None
                if not elsewhere(arrow.after):
                    queue.append(arrow.after)
    return tried


def _arrow(phone: Phone, event: Event, stood: Outputs) -> Step:
    """As `step`, but what stood before is known, and what stands afterwards is told."""
    turn = take(phone, event)
    if turn.phone is phone:
        return Step(phone, event, phone, tuple(turn.commands), stood, stood)
    stands = outputs(turn.phone)
    effects = (*turn.commands, *changes(stood, stands))
    return Step(phone, event, turn.phone, effects, stood, stands)


def example_settings(**changes: Any) -> Settings:
    """Settings with one of everything, for the walk."""
    usual = Settings(
        name="Desk 12",
        accounts=(AccountSettings("1001", "Agent", "pbx.example.com", servers=2),),
        digit_map=parse_digit_map("11|[02-9]x.T|*x.T"),
        speed_dial=(("1", "600"),),
        emergency=("112", "911"),
        sleep=60.0,
    )
    return replace(usual, **changes)


def example_history() -> tuple[Record, ...]:
    """Calls of an earlier life, for the walk."""
    return (
        Record(0, "missed", "100", "Ann", "1001", end="there"),
        Record(0, "received", "200", "", "1002", length=83, end="here"),
        Record(0, "placed", "300", end="failed", code=486),
    )
