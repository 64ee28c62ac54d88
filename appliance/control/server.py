"""The phone's end of the control socket.

Each client is served by a task of its own and can do no more than ask: what it sends is bounded and
checked, what it does not read is bounded and then dropped, and what it holds down comes up again
when it goes. An error that is not the client's ends the client's task with it, for it is a fault of
the phone, and whoever spawned the task has to know.
"""

from __future__ import annotations

import asyncio
import select
from collections import deque
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from appliance.control import heard
from appliance.control.face import PhoneFace
from appliance.control.protocol import (
    MAX_LINE,
    AnyAnswer,
    AnyRequest,
    CallsAnswer,
    Dial,
    Done,
    GetCalls,
    GetHeard,
    GetHistory,
    GetScreen,
    GetStatus,
    HangUp,
    HeardAnswer,
    HistoryAnswer,
    Lift,
    PictureAnswer,
    Press,
    Reload,
    ReloadAnswer,
    Replace,
    ScreenAnswer,
    StatusAnswer,
    Watch,
    Watching,
    decode_request,
    encode,
    encode_event,
    failed,
)
from appliance.control.sockets import Claim
from appliance.control.status import past_call
from appliance.errors import ControlError, PhoneError
from appliance.phone.events import (
    DialRequested,
    Event,
    HangUpRequested,
    KeyPressed,
    KeyReleased,
)
from appliance.phone.state import Phone

Spawn = Callable[[str, Coroutine[Any, Any, None]], asyncio.Task[None]]
"""Starts a named background task whose death by an error is the phone's death."""

MAX_CLIENTS = 32
WATCH_QUEUE = 1000
"""Events that may wait for a watcher to read; one more, and it is dropped."""

SEND_SECONDS = 10.0
LAST_WORD_SECONDS = 2.0


class ControlServer:
    """Serves a phone on a local socket from `start` to `stop`."""

    def __init__(self, face: PhoneFace, path: Path, spawn: Spawn) -> None:
        self._face = face
        self._path = path
        self._spawn = spawn
        self._claim: Claim | None = None
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; raises `ControlError` if another phone does so already, or nobody can."""
        self._claim = Claim(self._path)
        self._server = await asyncio.start_unix_server(
            self._welcome, sock=self._claim.socket, limit=MAX_LINE
        )

    async def stop(self) -> None:
        """Stop listening and let every client go; may be called more than once."""
        if self._server is None or self._claim is None:
            return
        self._server.close()
        clients = tuple(self._clients)
        for client in clients:
            client.cancel()
        if clients:
            await asyncio.wait(clients, timeout=LAST_WORD_SECONDS)
        self._claim.release()
        self._server = self._claim = None

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._spawn("control client", self._serve(_Session(self._face, reader, writer)))
        self._clients.add(task)
        task.add_done_callback(self._clients.discard)
        task.add_done_callback(lambda _: writer.transport.abort())

    async def _serve(self, session: _Session) -> None:
        try:
            if len(self._clients) > MAX_CLIENTS:
                await session.refuse(_too_many())
            else:
                await session.run()
            await session.close()
        except _ClientGoneError:
            return


class _ClientGoneError(Exception):
    """The client has closed its end, or does not read what it asked for."""


class _Session:
    """One client: its requests are answered in the order in which they came."""

    def __init__(
        self, face: PhoneFace, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._face = face
        self._reader = reader
        self._writer = writer

    async def run(self) -> None:
        """Serve until the client has nothing more to ask."""
        try:
            while line := await self._line():
                if line.isspace():
                    continue
                if isinstance(request := self._read(line), Watch):
                    return await self._watch()
                await self._send(encode(await self._answer(request)))
        except ControlError as error:
            await self.refuse(error)

    async def refuse(self, error: ControlError) -> None:
        """Say why this client is not served any further."""
        await self._send(encode(failed(error)), LAST_WORD_SECONDS)

    async def close(self) -> None:
        """Close when the client has read everything, or after a short patience."""
        self._writer.close()
        try:
            async with asyncio.timeout(LAST_WORD_SECONDS):
                await self._writer.wait_closed()
        except (TimeoutError, ConnectionError) as error:
            raise _ClientGoneError from error

    def _read(self, line: bytes) -> AnyRequest | PhoneError:
        try:
            return decode_request(line)
        except PhoneError as error:
            return error

    async def _answer(self, request: AnyRequest | PhoneError) -> AnyAnswer:
        if isinstance(request, PhoneError):
            return failed(request)
        try:
            return await answer(self._face, request, self._listened_to)
        except PhoneError as error:
            return failed(error)

    def _listened_to(self) -> bool:
        """Whether somebody may still read the answer: not both directions closed (poll(2))."""
        socket = self._writer.get_extra_info("socket")
        if socket is None or socket.fileno() < 0:
            return False
        hung_up = select.poll()
        hung_up.register(socket.fileno(), 0)
        return not hung_up.poll(0)

    async def _line(self) -> bytes:
        """The next line; empty when the client has said its last. Raises for one too long."""
        try:
            return await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as error:
            return error.partial
        except asyncio.LimitOverrunError as error:
            raise ControlError(
                "CTL-05",
                "Request too long",
                f"found a request of more than {MAX_LINE} bytes, expected a short JSON object and"
                " a line break; this connection is closed",
            ) from error
        except ConnectionError as error:
            raise _ClientGoneError from error

    async def _send(self, data: bytes, seconds: float | None = SEND_SECONDS) -> None:
        try:
            async with asyncio.timeout(seconds):
                self._writer.write(data)
                await self._writer.drain()
        except (TimeoutError, ConnectionError) as error:
            raise _ClientGoneError from error

    async def _watch(self) -> None:
        """Stream events until the client goes or falls too far behind."""
        waiting: deque[bytes] = deque([encode(Watching())])
        more = asyncio.Event()
        more.set()

        def listen(event: Event) -> None:
            if len(waiting) >= WATCH_QUEUE:
                pump.cancel()
                leave()
                return
            waiting.append(encode_event(_told(event, self._face.phone), self._face.phone.now))
            more.set()

        pump = asyncio.create_task(self._pump(waiting, more), name="control watch")
        gone = asyncio.create_task(self._until_gone(), name="control watcher")
        leave = self._face.subscribe(listen)
        try:
            await asyncio.wait((pump, gone), return_when=asyncio.FIRST_COMPLETED)
            if pump.cancelled():
                await self.refuse(_too_slow(len(waiting)))
            else:
                for ended in (task for task in (pump, gone) if task.done()):
                    ended.result()
        finally:
            leave()
            pump.cancel()
            gone.cancel()
            await asyncio.gather(pump, gone, return_exceptions=True)

    async def _pump(self, waiting: deque[bytes], more: asyncio.Event) -> None:
        while await more.wait():
            more.clear()
            while waiting:
                await self._send(waiting.popleft(), None)

    async def _until_gone(self) -> None:
        try:
            while await self._reader.read(MAX_LINE):
                pass
        except ConnectionError:
            return


async def answer(
    face: PhoneFace, request: AnyRequest, wanted: Callable[[], bool] = lambda: True
) -> AnyAnswer:
    """Do what is asked and say what came of it. Raises `PhoneError` when it cannot be done.

    Keys are pressed as long as the answer is `wanted`: a client that goes takes its fingers along.
    """
    match request:
        case Press(keys, hold):
            for key in keys:
                if wanted():
                    await tap(face, key, hold)
        case Lift():
            await face.lift()
        case Replace():
            await face.replace()
        case Dial(number):
            _dial(face, number)
        case HangUp():
            face.post(HangUpRequested())
        case GetStatus():
            return StatusAnswer(await face.status())
        case GetCalls():
            return CallsAnswer((await face.status()).calls)
        case GetHistory():
            return HistoryAnswer(tuple(map(past_call, await face.history())))
        case GetScreen("text"):
            return ScreenAnswer(face.screen.text(), face.screen.icons)
        case GetScreen():
            return PictureAnswer(await face.picture())
        case GetHeard(hz):
            return _heard(*await face.heard(heard.WINDOW_SECONDS), hz)
        case Reload():
            return ReloadAnswer(await face.reload())
        case Watch():
            raise ControlError("CTL-04", "Not understood", "events are told on the socket only")
    return Done()


async def tap(face: PhoneFace, key: str, hold: float = 0.0) -> None:
    """Press a key, hold it for so many seconds, and let it come up whatever happens meanwhile."""
    await face.press(key)
    try:
        await asyncio.sleep(hold)
    finally:
        await face.release(key)


def _dial(face: PhoneFace, number: str) -> None:
    before = face.phone.next_call
    face.post(DialRequested(number))
    phone = face.phone
    if phone.next_call == before:
        words = phone.notice.text if phone.notice else "Not a number"
        raise ControlError(
            "CTL-09",
            words,
            f"the phone did not call {number[:64]!r}: {words}; expected digits, * or #, a free"
            " line and an account. `deskphone ctl status` shows them",
        )


def _heard(samples: heard.Samples, rate: int, hz: float | None) -> HeardAnswer:
    level = heard.level_dbfs(samples)
    return HeardAnswer(
        level_dbfs=round(level, 1),
        silent=heard.is_silent(samples),
        strongest_hz=heard.strongest_hz(samples, rate),
        share=None if hz is None else round(heard.tone_share(samples, rate, hz), 3),
    )


def _too_many() -> ControlError:
    return ControlError(
        "CTL-08",
        "Too many programs",
        f"found {MAX_CLIENTS} programs on the control socket already, expected fewer; end one",
    )


def _told(event: Event, phone: Phone) -> Event:
    """The event as a watcher may know it: not which keys make a PIN."""
    hidden = phone.menu is not None and phone.menu.place.page.hidden
    match event:
        case KeyPressed() if hidden:
            return KeyPressed("")
        case KeyReleased() if hidden:
            return KeyReleased("")
        case _:
            return event


def _too_slow(lost: int) -> ControlError:
    return ControlError(
        "CTL-10",
        "Watcher too slow",
        f"this watcher fell {lost} events behind and is dropped; expected it to read at least as"
        " fast as things happen. Connect again, and read what comes at once",
    )
