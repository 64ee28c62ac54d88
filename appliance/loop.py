"""Inbox, step, perform: the one way through the phone.

Whatever happens is posted here as an event, on the loop's own thread; the core answers with a new
state and effects; the effects go to whoever can perform them. Nobody else changes the state and
nobody else calls a muscle. Background tasks are started here and nowhere else: one that dies takes
the phone down loudly, and the service manager starts it afresh.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

from appliance.languages import translated
from appliance.phone.calllog import Record
from appliance.phone.core import step
from appliance.phone.effects import (
    Effect,
    KeepCall,
    KeepPreferences,
    ReadFacts,
    SeeMissed,
    SetBrightness,
    SetHeadset,
    SetLamp,
    SetRinger,
    SetUpByHand,
    StartTimer,
    StepVolume,
    StopTimer,
    TestHeadset,
)
from appliance.phone.events import Event, PhoneStarted, TimePassed, TimerFired, VolumeChanged
from appliance.phone.language import language_of
from appliance.phone.outputs import first
from appliance.phone.preferences import Preferences
from appliance.phone.screen import Screen
from appliance.phone.settings import Settings
from appliance.phone.state import Phone, new_phone
from appliance.phone.view import view
from appliance.ports import Clock, Muscles

log = logging.getLogger(__name__)

Listener = Callable[[Event], None]
Farewell = Callable[[], Awaitable[None]]


class PhoneLoop:
    """A running phone: holds the state, and is the only one who does.

    All methods are for the loop's thread. `post` may be called from inside a performer or a
    listener; the event then waits for its turn.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        preferences: Preferences | None = None,
        history: tuple[Record, ...] = (),
    ) -> None:
        self.phone: Phone = new_phone(settings, preferences, history)
        self.lamps: dict[str, str] = {}
        self._clock = clock
        self._muscles: Muscles | None = None
        self._inbox: deque[Event] = deque()
        self._draining = False
        self._drawing = False
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._listeners: list[Listener] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[None] = self._loop.create_future()

    @property
    def screen(self) -> Screen:
        """What the display shows, or will as soon as it can."""
        return translated(view(self.phone), language_of(self.phone))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` of every event after its step; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def post(self, event: Event) -> None:
        """Something happened."""
        self._inbox.append(event)
        if self._draining or self._muscles is None:
            return
        self._draining = True
        try:
            while self._inbox:
                self._take(self._inbox.popleft())
        finally:
            self._draining = False

    def spawn(self, name: str, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a background task; if it dies of an error, so does the phone."""
        task = self._loop.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)
        return task

    def fail(self, error: BaseException) -> None:
        """Something that the phone cannot live without is broken: end, loudly."""
        if not self._over.done():
            self._over.set_exception(error)

    def stop(self) -> None:
        """End in good order."""
        if not self._over.done():
            self._over.set_result(None)

    async def run(self, muscles: Muscles, close_doors: Farewell | None = None) -> None:
        """Be a phone until `stop`; raises what `fail` was given. Always shuts the SIP room down.

        Events that were posted before are taken when the muscles are there to follow them.
        `close_doors` is awaited first of all when it ends: nobody shall ask a phone that is going.
        """
        self._muscles = muscles
        self.phone, _ = step(self.phone, TimePassed(self._clock.now()))
        muscles.display.show(self.screen)
        try:
            await muscles.sip.start()
            self._perform_all(first(self.phone))
            self.post(PhoneStarted())
            failed = muscles.sip.failed
            await asyncio.wait((self._over, failed), return_when=asyncio.FIRST_COMPLETED)
            (failed if failed.done() else self._over).result()
        finally:
            if close_doors is not None:
                await close_doors()
            for timer in self._timers.values():
                timer.cancel()
            self._timers.clear()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await muscles.sip.stop()

    def _take(self, event: Event) -> None:
        phone, _ = step(self.phone, TimePassed(self._clock.now()))
        self.phone, effects = step(phone, event)
        self._perform_all(effects)
        if not self._drawing:
            self._drawing = True
            self._loop.call_soon(self._draw)
        for listener in tuple(self._listeners):
            listener(event)

    def _draw(self) -> None:
        self._drawing = False
        if self._muscles is not None:
            self._muscles.display.show(self.screen)

    def _perform_all(self, effects: Iterable[Effect]) -> None:
        if self._muscles is not None:
            for effect in effects:
                self._perform(self._muscles, effect)

    def _perform(self, muscles: Muscles, effect: Effect) -> None:
        match effect:
            case StartTimer(name, due):
                self._cancel(name)
                self._timers[name] = self._loop.call_at(due, self._timer_fired, name, due)
            case StopTimer(name):
                self._cancel(name)
            case SetLamp(lamp, state):
                self.lamps[lamp] = state
                muscles.lamps.set(lamp, state)
            case SetHeadset():
                muscles.headset.indicate(effect)
            case SetBrightness(percent):
                muscles.display.set_brightness(percent)
            case StepVolume(which, steps):
                part = muscles.ringer if which == "ringer" else muscles.headset
                percent = part.step_volume(which, steps)
                self.post(VolumeChanged(which, percent))
            case KeepPreferences(preferences):
                muscles.store.keep(preferences)
            case KeepCall(record):
                muscles.store.keep_call(record)
            case SeeMissed():
                muscles.store.see_missed()
            case TestHeadset(running):
                muscles.unit.test_headset(running=running)
            case SetUpByHand():
                muscles.unit.set_up(effect)
            case ReadFacts():
                self.post(muscles.unit.facts())
            case SetRinger():
                muscles.ringer.perform(effect)
            case _:
                muscles.sip.perform(effect)

    def _cancel(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _timer_fired(self, name: str, due: float) -> None:
        self._timers.pop(name, None)
        self.post(TimerFired(name, due))

    def _task_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.critical("task %s died: %s", task.get_name(), error)
            self.fail(error)
