"""The theory of operation.

A phone is a function: `step(state, event)` gives the next state and the effects to perform. All
that has ever happened to the phone is in the state; all that it does to the world is in the
effects. The function is total: every event in every state is answered, if only by no change; it
never raises, waits, reads a clock or draws a random number.

Three ideas carry the rest:

* **What the agent faces.** A unit has a few lines but one pair of ears. `front` names the call that
  keys, hook and display speak of; a number being typed (`entry`) and the words of a call that has
  just ended (`ended`) stand before it. Being *engaged* (handset lifted, or hands-free through the
  headset) decides whether dialling makes sound and whether an incoming call rings or only knocks.
* **Commands and standing orders.** What is done once (INVITE, BYE, a DTMF digit) is said by the
  module that decides it. What lasts (tones, lamps, audio path, timers) is never said by anyone: it
  is worked out from the state by `outputs`, and the difference between before and after is said.
* **Late is harmless.** Events name their call by id and their timer by the moment it was set for.
  What no longer exists cannot be meant, so a late event falls through.

The modules around this one hold a concern each: `dialling`, `calls`, `farend`, `consultation`,
`transfer`, `moved`, `conference`, `autoanswer`, `emergency`, `forward`, `reminder`, `remote`,
`texts`, `registration`, `keys`, `softkeys`, `sound`, `lock`, `session`, `mailbox`, `parking`,
`pickup`, `colleagues`, `directory`, `selftest`, `status`, `calllog`, and `menu` with its pages.
They change the phone through a `Turn`, which lives only inside `step`; at its end each lets go of
what has become pointless (`tidy`).
"""

from __future__ import annotations

from dataclasses import replace

from appliance.phone import (
    calls,
    colleagues,
    conference,
    configuration,
    consultation,
    dialling,
    emergency,
    farend,
    headset,
    keys,
    lock,
    mailbox,
    menu,
    moved,
    registration,
    reminder,
    remote,
    selftest,
    session,
    setup,
    sound,
    texts,
    transfer,
)
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
    ServerFound,
    TextReceived,
    TimePassed,
    TimerFired,
    TransferProgress,
    VolumeChanged,
)
from appliance.phone.outputs import changes, outputs
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.unit import SETTINGS, Problem

TICK_SECONDS = 1.0
MINUTE_SECONDS = 60.0
BLUR_SECONDS = 1e-6
"""By as much a moment may be off by rounding, lest a second be waited for that is there."""
_HANDS = (KeyPressed, HeadsetHook, HookLifted, HookReplaced, CallIncoming)
"""What hurries a registration: a hand at the phone, or a call that shows that the server is there.

Not the end of a call: a server that dies ends the calls of a whole site at once.
"""
_USES = (
    *_HANDS,
    CallEnded,
    CallReferred,
    CallReplaced,
    TransferProgress,
    RemoteControl,
    TextReceived,
)
"""What wakes the display: somebody uses the phone, or should look."""


def step(phone: Phone, event: Event) -> tuple[Phone, tuple[Effect, ...]]:
    """The next state, and the effects in the order in which they are to be performed."""
    turn = take(phone, event)
    if turn.phone is phone or isinstance(event, TimePassed):
        return turn.phone, tuple(turn.commands)
    return turn.phone, (*turn.commands, *changes(outputs(phone), outputs(turn.phone)))


def take(phone: Phone, event: Event) -> Turn:
    """The next state and what is done once; what lasts follows from the two states."""
    if isinstance(event, TimePassed):
        return Turn(replace(phone, now=event.now))
    turn = Turn(phone)
    if phone.started:
        _take(turn, event)
    else:
        _before_start(turn, event)
    consultation.tidy(turn)
    transfer.tidy(turn)
    conference.tidy(turn)
    emergency.tidy(turn)
    menu.tidy(turn, phone)
    calls.back_to_session(turn)
    calls.tidy(turn)
    farend.begin_sessions(turn)
    calls.dial_codes(turn)
    sound.tidy(turn)
    reminder.tidy(turn)
    _wind_clock(turn)
    if turn.phone == phone:
        turn.phone = phone
    return turn


def _take(turn: Turn, event: Event) -> None:
    if isinstance(event, _USES):
        turn.set(active_at=turn.phone.now.monotonic, asleep=False)
    if isinstance(event, _HANDS):
        registration.hurry(turn)
    match event:
        case KeyPressed(key):
            keys.press(turn, key)
        case KeyReleased(key):
            keys.release(turn, key)
        case HeadsetHook(off_hook):
            headset.hook(turn, off_hook=off_hook)
        case HookLifted():
            keys.lift(turn)
        case HookReplaced():
            keys.replace_handset(turn)
        case CallIncoming():
            farend.incoming(turn, event)
        case CallTurnedAway():
            farend.turned_away(turn, event)
        case CallProgress():
            farend.progress(turn, event)
        case CallAnswered():
            farend.answered(turn, event)
            transfer.answered(turn, event)
        case CallMedia():
            farend.media(turn, event)
        case CallEnded():
            transfer.ended(turn, event)
            farend.ended(turn, event)
        case PartyChanged():
            farend.party(turn, event)
        case RemoteControl():
            remote.control(turn, event)
        case TextReceived():
            texts.received(turn, event)
        case TransferProgress():
            transfer.progress(turn, event)
        case CallLives():
            transfer.lives(turn, event)
        case CallReferred():
            moved.referred(turn, event)
        case CallReplaced():
            moved.replaced(turn, event)
        case RegistrationChanged():
            registration.changed(turn, event)
        case ConnectionLost():
            registration.lost(turn, event)
        case ServerFound():
            registration.found(turn, event)
        case ClockSet():
            registration.clock_set(turn)
        case ConfigurationChanged():
            configuration.changed(turn, event)
        case NetworkChanged():
            registration.network_changed(turn, event)
            setup.look(turn)
        case TimerFired(name, due):
            _timer(turn, name, due)
        case _:
            _report(turn, event)


def _before_start(turn: Turn, event: Event) -> None:
    """Until the engine stands only trouble, headset and hook are noted; nobody can call yet."""
    match event:
        case PhoneStarted():
            turn.set(started=True, active_at=turn.phone.now.monotonic)
            registration.start(turn)
            setup.look(turn)
            lock.started(turn)
            session.started(turn)
            calls.settle(turn)
        case HookLifted() | HookReplaced():
            turn.set(off_hook=isinstance(event, HookLifted))
        case HeadsetChanged() | ProblemFound():
            _report(turn, event)


def _report(turn: Turn, event: Event) -> None:
    match event:
        case DialRequested(number):
            dialling.requested(turn, number)
        case HangUpRequested():
            calls.hang_up(turn, surely=True)
        case HeadsetChanged():
            headset.changed(turn, event)
        case MessagesChanged():
            mailbox.told(turn, event)
        case ColleagueChanged():
            colleagues.told(turn, event)
        case ProblemFound(part, code, text):
            rest = tuple(known for known in turn.phone.problems if known.part != part)
            turn.set(problems=(*rest, Problem(part, code, text)) if text else rest)
            if part == SETTINGS:
                turn.set(settings_read=False)
        case HeadsetTested():
            selftest.tested(turn, event)
        case FactsRead():
            turn.set(facts=event)
        case VolumeChanged(which, percent):
            sound.changed(turn, which, percent)


def _timer(turn: Turn, name: str, due: float) -> None:
    phone = turn.phone
    match name:
        case "interdigit":
            dialling.interdigit_ended(turn, due)
        case "long-press":
            keys.long_press(turn, due)
        case "menu":
            menu.timed_out(turn, due)
        case "sample":
            sound.sampled(turn, due)
        case "transfer":
            transfer.patience_ended(turn, due)
        case "text":
            texts.grew_old(turn, due)
        case "emergency":
            farend.patience_ended(turn, due)
        case "no-answer":
            farend.unanswered(turn, due)
        case "auto-answer":
            farend.by_itself(turn, due)
        case "remind":
            reminder.rang(turn, due)
        case "alarm" if phone.alarm_due == due:
            turn.set(alarm_due=0.0)
        case "notice" if phone.notice is not None and phone.notice.due == due:
            turn.set(notice=None)
        case "ended" if phone.ended is not None and phone.ended.due == due:
            calls.dismiss(turn)
            _warn(turn)
        case "silence" if phone.silence_due == due:
            if phone.warned:
                turn.set(silence_due=0.0)
            else:
                _warn(turn)
        case "clock" if phone.clock_due == due:
            turn.set(clock_due=0.0)
        case "lock":
            lock.unused(turn, due)
        case "sleep" if due == phone.active_at + phone.settings.sleep:
            turn.set(asleep=True)
        case _:
            registration.rang(turn, name, due)


def _warn(turn: Turn) -> None:
    """Nobody dialled: tell that the handset is off its cradle."""
    if turn.phone.entry is not None and not turn.phone.entry.digits:
        turn.set(warned=True, silence_due=turn.after(calls.WARNING_SECONDS))


def _wind_clock(turn: Turn) -> None:
    """Wake each second while a call is timed on the display, else when the minute turns."""
    phone = turn.phone
    if not phone.started:
        return
    if phone.asleep:
        turn.set(clock_due=0.0, clock_fast=False)
        return
    front = phone.front_call
    fast = front is not None and front.phase == "talking"
    if phone.clock_due and fast == phone.clock_fast:
        return
    now = phone.now
    if front is not None and fast:
        lasted = now.monotonic - front.answered_at
        due = front.answered_at + TICK_SECONDS * (1 + (lasted + BLUR_SECONDS) // TICK_SECONDS)
    else:
        due = turn.after(MINUTE_SECONDS - now.second % MINUTE_SECONDS)
    turn.set(clock_due=due, clock_fast=fast)
