"""Standing orders: everything that follows from the state alone.

Tone, ringer, lamps, audio path, timers, brightness and the SIP engine's policy are functions of
the state, like the view. `step` compares them before and after and says what changed; nobody ever
"stops a tone", and so no tone can be left on.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.phone import autoanswer, calllog, emergency, forward, selftest, session, sound
from appliance.phone.calllog import Record
from appliance.phone.effects import (
    Effect,
    KeepCall,
    KeepPreferences,
    LampState,
    SetAudio,
    SetBrightness,
    SetDigit,
    SetHeadset,
    SetLamp,
    SetRinger,
    SetTone,
    StartTimer,
    StopTimer,
    TestHeadset,
    Tone,
    WatchCall,
)
from appliance.phone.moved import referable
from appliance.phone.policy import SetPolicy
from appliance.phone.preferences import Preferences
from appliance.phone.registration import seek_timer_name, timer_name
from appliance.phone.state import Phone


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the muscles should be doing in a state."""

    tone: Tone
    ringer: SetRinger
    audio: SetAudio
    digit: SetDigit
    lamps: tuple[SetLamp, ...]
    headset: SetHeadset
    policy: SetPolicy
    brightness: int
    test: TestHeadset
    preferences: Preferences
    calls: tuple[Record, ...]
    watch: WatchCall
    timers: tuple[tuple[str, float], ...]


def outputs(phone: Phone) -> Outputs:
    """Work out every standing order of a state."""
    return Outputs(
        tone=_tone(phone),
        ringer=_ringer(phone),
        audio=_audio(phone),
        digit=_digit(phone),
        lamps=_lamps(phone),
        headset=SetHeadset(
            off_hook=phone.engaged,
            ringing=phone.waiting is not None,
            muted=phone.muted,
            held=any(call.held for call in phone.calls),
        ),
        policy=policy(phone),
        preferences=phone.preferences,
        calls=calllog.open_records(phone),
        watch=WatchCall(session.watched(phone)),
        test=TestHeadset(selftest.running(phone)),
        brightness=0 if phone.asleep else phone.settings.brightness,
        timers=_timers(phone),
    )


def policy(phone: Phone) -> SetPolicy:
    """Which calls may ring."""
    return SetPolicy(
        phone.free_lines,
        phone.dnd,
        referable(phone),
        phone.preferences.forward_always,
        phone.preferences.forward_busy,
        phone.settings.sessions,
        emergency.goes_on(phone),
    )


def changes(before: Outputs, after: Outputs) -> list[Effect]:
    """The effects that lead from one set of standing orders to another."""
    if before == after:
        return []
    effects: list[Effect] = []
    if after.test != before.test:
        effects.append(after.test)
    if after.policy != before.policy:
        effects.append(after.policy)
    if after.ringer != before.ringer:
        effects.append(after.ringer)
    if after.tone != before.tone:
        effects.append(SetTone(after.tone))
    if after.audio != before.audio:
        effects.append(after.audio)
    if after.digit != before.digit:
        effects.append(after.digit)
    effects += [lamp for lamp in after.lamps if lamp not in before.lamps]
    if after.headset != before.headset:
        effects.append(after.headset)
    if after.preferences != before.preferences:
        effects.append(KeepPreferences(after.preferences))
    effects += [KeepCall(record) for record in after.calls if record not in before.calls]
    if after.watch != before.watch:
        effects.append(after.watch)
    if after.brightness != before.brightness:
        effects.append(SetBrightness(after.brightness))
    names = {name for name, _ in after.timers}
    effects += [StopTimer(name) for name, _ in before.timers if name not in names]
    effects += [StartTimer(*timer) for timer in after.timers if timer not in before.timers]
    return effects


def first(phone: Phone) -> list[Effect]:
    """Every standing order of a phone that has just been switched on, said for the first time."""
    now = outputs(phone)
    return [
        now.policy,
        now.ringer,
        SetTone(now.tone),
        now.audio,
        *now.lamps,
        now.headset,
        SetBrightness(now.brightness),
    ]


def is_idle(phone: Phone) -> bool:
    """On-hook with nothing going on."""
    return not (phone.engaged or phone.calls or phone.entry or phone.ended)


def _tone(phone: Phone) -> Tone:
    front = phone.front_call
    if any(call.announced for call in phone.calls if call.ringing_here):
        return "auto-answer"
    if phone.waiting is not None and phone.engaged:
        return "call-waiting"
    if phone.ended is not None:
        return phone.ended.tone
    if phone.entry is not None:
        if phone.entry.digits or not phone.silence_due:
            return "none"
        return "off-hook-warning" if phone.warned else "dial"
    if front is not None and front.phase == "ringing" and not front.early_media:
        return "ringback"
    return "none"


def _ringer(phone: Phone) -> SetRinger:
    waiting = phone.waiting
    if waiting is not None and not phone.engaged and not waiting.announced:
        return SetRinger(True, sound.ring_of(phone, waiting.account))
    if phone.sample_due:
        return SetRinger(True, phone.preferences.ring)
    if phone.alarm_due and (phone.calls or (phone.session_lost and not phone.engaged)):
        return SetRinger(True, "headset-lost")
    return SetRinger(False)


def _audio(phone: Phone) -> SetAudio:
    front = phone.front_call
    if front is None or not (front.live or (front.outward and front.early_media)):
        return SetAudio(0, muted=False)
    others = tuple(call.id for call in phone.partners(front))
    return SetAudio(front.id, phone.muted, others)


def _digit(phone: Phone) -> SetDigit:
    down = phone.key_down
    if down is None or not down.call or down.call != _audio(phone).call:
        return SetDigit()
    return SetDigit(down.call, down.key, down.press)


def _lamps(phone: Phone) -> tuple[SetLamp, ...]:
    call: LampState = "off"
    if phone.waiting is not None or phone.session_lost:
        call = "blinking"
    elif phone.calls:
        call = "on"
    message: LampState = "on" if phone.messages or phone.missed else "off"
    if phone.urgent_messages:
        message = "blinking"
    mute: LampState = "on" if phone.muted else "off"
    if not phone.calls and (phone.dnd or phone.preferences.forward_always):
        mute = "blinking"
    return (
        SetLamp("call", call),
        SetLamp("message", message),
        SetLamp("mute", mute),
    )


def _timers(phone: Phone) -> tuple[tuple[str, float], ...]:
    due = {
        "clock": phone.clock_due,
        "interdigit": phone.entry.due if phone.entry else 0.0,
        "silence": phone.silence_due,
        "ended": phone.ended.due if phone.ended else 0.0,
        "alarm": phone.alarm_due,
        "remind": phone.remind_due,
        "notice": phone.notice.due if phone.notice else 0.0,
        "menu": phone.menu.due if phone.menu else 0.0,
        "sample": phone.sample_due,
        "text": phone.text.due if phone.text else 0.0,
        "emergency": phone.attempt.due if phone.attempt else 0.0,
        "no-answer": forward.due_of(phone),
        "auto-answer": autoanswer.due_of(phone),
        "transfer": phone.handover.due if phone.handover else 0.0,
        "long-press": phone.key_down.due if phone.key_down else 0.0,
        "sleep": _idle_due(phone, 0.0 if phone.asleep else phone.settings.sleep),
        "lock": _idle_due(phone, phone.settings.lock_after if _lockable(phone) else 0.0),
    }
    for account, registration in enumerate(phone.registrations):
        due[timer_name(account)] = registration.retry_due
        due[seek_timer_name(account)] = registration.seek_due
    return tuple((name, moment) for name, moment in due.items() if moment)


def _idle_due(phone: Phone, seconds: float) -> float:
    """When the phone will have rested for so long; 0 seconds: never."""
    if not seconds or not phone.started or not is_idle(phone):
        return 0.0
    return phone.active_at + seconds


def _lockable(phone: Phone) -> bool:
    return bool(phone.settings.pin) and not phone.locked
