"""A phone on the bench: feed it events, look at what it shows and asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.phone.core import step
from appliance.phone.dialling import LONG_PRESS_SECONDS
from appliance.phone.effects import Effect
from appliance.phone.events import (
    CallAnswered,
    CallIncoming,
    CallProgress,
    Event,
    HeadsetChanged,
    KeyPressed,
    KeyReleased,
    PhoneStarted,
    RegistrationChanged,
    TimePassed,
    TimerFired,
)
from appliance.phone.explore import example_settings, mode
from appliance.phone.outputs import outputs
from appliance.phone.state import Phone, new_phone
from appliance.phone.view import view

AT_ONCE: dict[str, Any] = {"transfer_on_answer": False}
"""A number is given a call by a blind REFER, and not rung first."""


class Bench:
    """A core with a clock that is turned by hand; remembers the effects since last asked."""

    def __init__(self, registered: bool = True, **settings: Any) -> None:
        self.phone: Phone = new_phone(example_settings(**settings))
        self.effects: list[Effect] = []
        self.feed(HeadsetChanged("ready", "usb-1", "Headset"), PhoneStarted())
        if registered:
            self.feed(RegistrationChanged(0, "registered", 200, "ok"))
        self.effects.clear()

    def feed(self, *events: Event) -> Bench:
        """Let things happen, one after the other."""
        for event in events:
            self.phone, effects = step(self.phone, event)
            self.effects.extend(effects)
        return self

    def press(self, *keys: str) -> Bench:
        """Press and release keys."""
        for key in keys:
            self.feed(KeyPressed(key), KeyReleased(key))
        return self

    def hold(self, key: str) -> Bench:
        """Hold a key down until it is a long press."""
        return self.feed(KeyPressed(key)).wait(LONG_PRESS_SECONDS).feed(KeyReleased(key))

    def dial(self, number: str) -> Bench:
        """Press the digits of a number."""
        return self.press(*number)

    def wait(self, seconds: float) -> Bench:
        """Let time pass, and every timer that falls due ring in its order."""
        end = self.phone.now.monotonic + seconds
        while True:
            due = sorted((when, name) for name, when in outputs(self.phone).timers if when <= end)
            if not due:
                break
            when, name = due[0]
            self._now(when)
            self.feed(TimerFired(name, when))
        self._now(end)
        return self

    def _now(self, moment: float) -> None:
        moment = max(moment, self.phone.now.monotonic)
        epoch = self.phone.now.epoch + moment - self.phone.now.monotonic
        self.feed(TimePassed(replace(self.phone.now, monotonic=moment, epoch=epoch)))

    def talk(self, number: str = "600") -> int:
        """Be in a call that was placed and answered; its id."""
        self.press("headset").dial(number).press("#")
        call = self.phone.calls[-1].id
        self.feed(CallProgress(call, 180), CallAnswered(call))
        self.effects.clear()
        return call

    def rung(self, call: int = 2, number: str = "1234567", name: str = "") -> Bench:
        """Be called."""
        return self.feed(CallIncoming(call, 0, number, name))

    def did(self) -> list[Effect]:
        """The effects since last asked."""
        done, self.effects = self.effects, []
        return done

    @property
    def mode(self) -> str:
        """What the phone is doing."""
        return mode(self.phone)

    @property
    def tone(self) -> str:
        """What the earpiece plays."""
        return outputs(self.phone).tone

    @property
    def words(self) -> str:
        """Every word on the display."""
        return " / ".join(view(self.phone).text())
