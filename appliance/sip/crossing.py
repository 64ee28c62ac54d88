"""The crossing between the loop and the sip thread: what goes over, what comes back, how it ends.

Every method but `hand` is for the loop's thread. When a tenant dies nobody waits for its answer any
more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from appliance.errors import EngineError
from appliance.sip.thread import SipThread, Tenant

log = logging.getLogger(__name__)

START_SECONDS = 20.0
GOODBYE_SECONDS = 1.5
STOP_SECONDS = 2.5

R = TypeVar("R", bound=Tenant)
T = TypeVar("T")


class Crossing(Generic[R]):
    """A sip thread with a tenant, from `start` to `stop`; for one asyncio loop.

    `died` is called when it ends though nobody asked for it, or not in good order.
    """

    def __init__(self, died: Callable[[EngineError], None]) -> None:
        self._died = died
        self._thread: SipThread | None = None
        self._tenant: R | None = None
        self._stopping = False

    async def start(self, make: Callable[[SipThread], R]) -> None:
        """Start the thread; `make` makes the tenant there.

        Returns when commands are accepted, raises `EngineError`.
        """
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[str] = self._loop.create_future()

        def move_in(thread: SipThread) -> R:
            self._tenant = make(thread)
            return self._tenant

        self._thread = SipThread(
            move_in,
            lambda: self.hand(self._started),
            lambda why: self.hand(self._over, why),
        )
        self._thread.start()
        await asyncio.wait(
            (self._ready, self._ended), timeout=START_SECONDS, return_when="FIRST_COMPLETED"
        )
        if not self._ready.done():
            why = self._ended.result() if self._ended.done() else "it did not answer in time"
            raise EngineError("SIP-01", "SIP does not start", f"the SIP library: {why}")

    def hand(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call a function on the loop's thread, from the sip thread."""
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            log.debug("the loop is closed; %s is dropped", function.__name__)

    def do(self, action: Callable[[R], None]) -> None:
        """Run an action on the sip thread, soon; before the start it is dropped."""
        if self._thread is not None:
            self._thread.call(lambda: action(self.tenant()))

    async def ask(self, question: Callable[[R], T]) -> T:
        """The answer to a question that is put on the sip thread; raises `EngineError`."""
        answer: asyncio.Future[T] = self._loop.create_future()

        def settle(result: T) -> None:
            if not answer.done():
                answer.set_result(result)

        self.do(lambda tenant: self.hand(settle, question(tenant)))
        await asyncio.wait((answer, self._ended), return_when="FIRST_COMPLETED")
        if not answer.done():
            raise EngineError("SIP-05", "SIP has stopped", "the SIP engine has stopped")
        return answer.result()

    def tenant(self) -> R:
        """Who lives there."""
        assert self._tenant is not None
        return self._tenant

    async def stop(self) -> None:
        """End the thread in good order; at most `STOP_SECONDS`, whatever the library does."""
        self._stopping = True
        if self._thread is None or not self._thread.alive:
            return
        self._thread.stop(GOODBYE_SECONDS)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.shield(self._ended)
        except TimeoutError:
            log.critical("SIP-04: the SIP library hangs; the process ends without it")

    def _started(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)

    def _over(self, why: str) -> None:
        self._tenant = None
        if not self._ended.done():
            self._ended.set_result(why)
        if self._ready.done() and (why or not self._stopping):
            self._died(EngineError("SIP-03", "SIP has failed", f"the sip thread died: {why}"))
