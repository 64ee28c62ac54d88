"""The thread of a device that blocks: what it says, and what becomes of its mistakes."""

from __future__ import annotations

import asyncio
import threading

import pytest

from hw.worker import Worker


def test_what_the_thread_says_is_heard_on_the_loops() -> None:
    async def scenario() -> None:
        heard: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()

        def work() -> None:
            speaker = threading.current_thread().name
            worker.tell(
                lambda: heard.set_result((speaker, threading.current_thread().name)),
            )

        worker = Worker("device", work, None)
        worker.start()
        here = threading.current_thread().name
        assert await asyncio.wait_for(heard, 10) == ("device", here)
        worker.join(10)
        assert not worker.failed.done()

    asyncio.run(scenario())


def test_a_mistake_is_handed_to_the_loop() -> None:
    async def scenario() -> None:
        def work() -> None:
            raise ZeroDivisionError("a mistake of ours")

        worker = Worker("device", work, None)
        worker.start()
        with pytest.raises(ZeroDivisionError, match="a mistake of ours"):
            await asyncio.wait_for(worker.failed, 10)

    asyncio.run(scenario())


def test_a_loop_that_has_ended_is_told_nothing_and_nothing_breaks() -> None:
    ended = threading.Event()
    outcome: list[BaseException | None] = []

    def work() -> None:
        ended.wait(10)
        try:
            worker.tell(lambda: None)
        except BaseException as error:
            outcome.append(error)
            raise
        outcome.append(None)

    async def scenario() -> Worker:
        worker = Worker("device", work, None)
        worker.start()
        return worker

    worker = asyncio.run(scenario())
    ended.set()
    worker.join(10)
    assert outcome == [None]
