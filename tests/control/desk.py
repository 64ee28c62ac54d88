"""A phone for the control room's tests: the real core, with a far end that does as it is told.

`Desk` implements `PhoneFace` in full; its SIP engine is a table of numbers. `Served` puts one
behind a real control socket, on an event loop of its own, so that tests may use blocking sockets.
"""

from __future__ import annotations

import asyncio
import io
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image

from appliance.control.face import Listener, PhoneFace
from appliance.control.server import ControlServer
from appliance.control.status import ConfigStatus, Extras, RtpStatus, Status, build_status
from appliance.errors import ConfigRefused, EngineError, HardwareError
from appliance.phone.calllog import Record
from appliance.phone.core import step
from appliance.phone.effects import Effect, HoldCall, PlaceCall, SetLamp, StartTimer
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallMedia,
    CallProgress,
    Event,
    HeadsetChanged,
    HookLifted,
    HookReplaced,
    KeyPressed,
    KeyReleased,
    PhoneStarted,
    ProblemFound,
    RegistrationChanged,
    TimePassed,
    TimerFired,
)
from appliance.phone.moment import Moment
from appliance.phone.screen import Screen
from appliance.phone.settings import AccountSettings, Settings
from appliance.phone.state import Phone, new_phone
from appliance.phone.view import view
from tests.peers.patience import Patience

T = TypeVar("T")

SETTINGS = Settings(
    name="Desk 12",
    accounts=(AccountSettings("1001", "Agent 1001", "pbx.example.com", "tls"),),
)
REGISTERED = RegistrationChanged(
    0, "registered", 200, "ok", "Registered", expires_in=280, server_in_use="192.0.2.1:5061"
)
ECHO, BUSY, SILENT = "600", "486", "408"
MISSING_KEY = "directory"
DEADLINE = 10.0


class Desk:
    """A phone whose calls go nowhere: 600 answers, 486 is busy, 408 says nothing."""

    def __init__(self, *, registered: bool = True) -> None:
        self._state = new_phone(SETTINGS)
        self._listeners: list[Listener] = []
        self.lamps: Mapping[str, str] = {"message": "off", "call": "off", "mute": "off"}
        self.keys_down: list[str] = []
        self.samples: Sequence[int] = ()
        self.rate = 16000
        self.refusal: ConfigRefused | None = None
        self.fault: Exception | None = None
        self.deaf: EngineError | None = None
        self.post(PhoneStarted())
        self.post(HeadsetChanged("ready", "usb-test", "Test headset"))
        if registered:
            self.post(REGISTERED)

    @property
    def phone(self) -> Phone:
        return self._state

    @property
    def screen(self) -> Screen:
        return view(self._state)

    def post(self, event: Event) -> None:
        moment = Moment(asyncio.get_running_loop().time(), "10:15", "Mon 23 Nov", 0.0, "2026-11-23")
        self._state, _ = step(self._state, TimePassed(moment))
        self._state, effects = step(self._state, event)
        for effect in effects:
            self._perform(effect)
        for listener in tuple(self._listeners):
            listener(event)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def busy(self, events: int) -> None:
        """Let so many things happen at once."""
        for _ in range(events):
            self.post(ProblemFound("part", "P-1", "x" * 50))

    @property
    def watched(self) -> int:
        """How many listeners there are."""
        return len(self._listeners)

    async def press(self, key: str) -> None:
        if key == MISSING_KEY:
            raise HardwareError("KEY-01", "No such key", f"this board has no key {key}")
        self.keys_down.append(key)
        self.post(KeyPressed(key))

    async def release(self, key: str) -> None:
        self.keys_down.remove(key)
        self.post(KeyReleased(key))

    async def lift(self) -> None:
        self.post(HookLifted())

    async def replace(self) -> None:
        self.post(HookReplaced())

    async def status(self) -> Status:
        if self.fault is not None:
            raise self.fault
        quality = {call.id: RtpStatus(512, 515, 0, 1.2, 4.3) for call in self._state.calls}
        config = ConfigStatus("v7", "/boot/firmware/deskphone.toml", 60)
        extras = Extras("0.1.0", 12.34, self.lamps, self.screen.text(), config, quality)
        return build_status(self._state, extras)

    async def history(self) -> tuple[Record, ...]:
        return self._state.history

    async def picture(self) -> bytes:
        png = io.BytesIO()
        Image.new("1", (128, 64)).save(png, "PNG")
        return png.getvalue()

    async def reload(self) -> str:
        if self.refusal is not None:
            raise self.refusal
        return "configuration v8 is in force"

    async def heard(self, seconds: float) -> tuple[Sequence[int], int]:
        if self.deaf is not None:
            raise self.deaf
        return self.samples[-round(seconds * self.rate) :], self.rate

    def _perform(self, effect: Effect) -> None:
        loop = asyncio.get_running_loop()
        match effect:
            case SetLamp(lamp, state):
                self.lamps = {**self.lamps, lamp: state}
            case StartTimer(name, due):
                loop.call_at(due, self.post, TimerFired(name, due))
            case HoldCall(call, held):
                loop.call_soon(self.post, CallMedia(call, "opus", secure=True, held=held))
            case PlaceCall(call, _, number):
                for event in _far_end(call, number):
                    loop.call_soon(self.post, event)


def _far_end(call: int, number: str) -> tuple[Event, ...]:
    if number == ECHO:
        media = CallMedia(call, "opus", secure=True)
        return CallProgress(call, 180), CallAnswered(call), media
    if number == BUSY:
        return (CallEnded(call, 486, "Busy Here"),)
    return ()


class Served:
    """A `Desk` behind its control socket; its methods are for the test's own thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, desk: Desk, path: Path) -> None:
        self.loop = loop
        self.desk = desk
        self.path = path
        self.tasks: list[asyncio.Task[None]] = []

    def do(self, what: Callable[[], T]) -> T:
        """Call something on the phone's thread."""

        async def inside() -> T:
            return what()

        return asyncio.run_coroutine_threadsafe(inside(), self.loop).result(DEADLINE)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until this holds on the phone's thread."""
        patience = Patience(DEADLINE)
        while not self.do(condition):
            assert not patience.over, "this has not come to be"
            time.sleep(0.005)

    def connect(self) -> socket.socket:
        """A raw connection, for clients that do not behave."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(DEADLINE)
        line.connect(str(self.path))
        return line

    def spawn(self, name: str, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task and remember it, to know whether one has died of an error."""
        task = self.loop.create_task(coroutine, name=name)
        self.tasks.append(task)
        return task

    @property
    def deaths(self) -> list[BaseException]:
        """The errors of which tasks have died."""
        over = (task for task in self.tasks if task.done() and not task.cancelled())
        return [error for task in over if (error := task.exception()) is not None]


@contextmanager
def served(path: Path) -> Iterator[Served]:
    """A phone that runs, listens at `path` and is left in good order: no task has died."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="asyncio")
    thread.start()

    async def begin() -> tuple[Served, ControlServer]:
        desk = Desk()
        phone = Served(loop, desk, path)
        face: PhoneFace = desk
        server = ControlServer(face, path, phone.spawn)
        await server.start()
        return phone, server

    try:
        phone, server = asyncio.run_coroutine_threadsafe(begin(), loop).result(DEADLINE)
        try:
            yield phone
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(DEADLINE)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(DEADLINE)
        loop.close()
    assert all(task.done() for task in phone.tasks)
