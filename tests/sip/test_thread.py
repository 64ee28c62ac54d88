from __future__ import annotations

import gc
import threading
from collections.abc import Callable

from appliance.sip.thread import Alarm, SipThread

PATIENCE_SECONDS = 5.0


class Room:
    """A tenant without pjsua2: sleeps on a condition, notes what is done to it."""

    def __init__(self, thread: SipThread, fails: str = "") -> None:
        self.thread = thread
        self.fails = fails
        self.log: list[str] = []
        self.threads: set[str] = set()
        self.bell = threading.Event()

    def _note(self, what: str) -> None:
        self.log.append(what)
        self.threads.add(threading.current_thread().name)
        if what == self.fails:
            raise RuntimeError(f"{what} fails")

    def open(self) -> None:
        self._note("open")

    def wait(self, seconds: float) -> None:
        self._note("wait")
        self.bell.wait(seconds)
        self.bell.clear()

    def wake(self) -> None:
        self.bell.set()

    def close(self, seconds: float) -> None:
        self._note("close")


class Life:
    """A thread with a `Room`, and what it reported."""

    def __init__(self, fails: str = "") -> None:
        self.rooms: list[Room] = []
        self.started = threading.Event()
        self.over = threading.Event()
        self.why = ""
        self.thread = SipThread(self._move_in, self.started.set, self._ended)
        self._fails = fails
        self.thread.start()

    @property
    def room(self) -> Room:
        return self.rooms[0]

    def _move_in(self, thread: SipThread) -> Room:
        self.rooms.append(Room(thread, self._fails))
        return self.rooms[0]

    def _ended(self, why: str) -> None:
        self.why = why
        self.over.set()

    def end(self) -> str:
        self.thread.stop(1.0)
        assert self.over.wait(PATIENCE_SECONDS)
        return self.why

    def run(self, action: Callable[[], object]) -> None:
        done = threading.Event()

        def both() -> None:
            try:
                action()
            finally:
                done.set()

        self.thread.call(both)
        assert done.wait(PATIENCE_SECONDS)


def test_the_tenant_lives_on_the_thread_named_sip() -> None:
    life = Life()
    assert life.started.wait(PATIENCE_SECONDS)
    life.run(lambda: life.room._note("called"))
    assert life.end() == ""
    assert life.room.threads == {"sip"}
    assert life.room.log[0] == "open"
    assert life.room.log[-1] == "close"
    assert "called" in life.room.log


def test_calls_queued_before_the_start_are_made_in_order() -> None:
    life = Life()
    seen: list[int] = []
    for number in range(100):
        life.thread.call(lambda number=number: seen.append(number))  # type: ignore[misc]
    life.end()
    assert seen == list(range(100))


def test_alarms_ring_in_time_and_in_order_unless_cancelled() -> None:
    life = Life()
    rung: list[str] = []
    last = threading.Event()
    kept: list[Alarm] = []

    def wind() -> None:
        life.thread.later(0.04, last.set)
        life.thread.later(0.02, lambda: rung.append("second"))
        life.thread.later(0.01, lambda: rung.append("first"))
        kept.append(life.thread.later(0.015, lambda: rung.append("never")))
        kept[0].cancel()

    life.run(wind)
    assert last.wait(PATIENCE_SECONDS)
    assert rung == ["first", "second"]
    life.end()


def test_garbage_is_collected_on_the_thread_only() -> None:
    class Cycle:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            collectors.append(threading.current_thread().name)

    collectors: list[str] = []
    life = Life()
    assert life.started.wait(PATIENCE_SECONDS)
    Cycle()
    litter = [[] for _ in range(20_000)]  # type: ignore[var-annotated]
    assert not gc.isenabled()
    assert not collectors
    life.thread.call(lambda: None)
    for _ in range(3):
        life.run(lambda: None)
    assert collectors == ["sip"]
    del litter
    life.end()
    assert gc.isenabled()


def test_what_fails_in_open_is_reported() -> None:
    life = Life("open")
    assert life.over.wait(PATIENCE_SECONDS)
    assert life.why == "RuntimeError: open fails"
    assert not life.started.is_set()
    assert life.room.log[-1] == "close", "what it has opened before is not left behind"


def test_what_fails_in_the_middle_ends_the_thread_and_evicts_the_tenant() -> None:
    life = Life("wait")
    assert life.over.wait(PATIENCE_SECONDS)
    assert life.why == "RuntimeError: wait fails"
    assert life.room.log[-1] == "close"


def test_a_command_that_fails_ends_the_thread() -> None:
    life = Life()
    life.thread.call(lambda: life.room.nonsense())  # type: ignore[attr-defined]  # noqa: PLW0108
    assert life.over.wait(PATIENCE_SECONDS)
    assert "nonsense" in life.why


def test_a_crash_noted_by_a_callback_ends_the_thread() -> None:
    life = Life()
    life.thread.call(lambda: life.thread.crash(ValueError("in a callback")))
    assert life.over.wait(PATIENCE_SECONDS)
    assert life.why == "ValueError: in a callback"


def test_what_fails_in_close_is_reported() -> None:
    life = Life("close")
    assert life.started.wait(PATIENCE_SECONDS)
    assert "close fails" in life.end()
