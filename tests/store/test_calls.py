"""The call log outlives restarts, kill -9, torn files, damage, and a card that takes nothing."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.errors import PhoneError
from appliance.phone.calllog import Record
from appliance.phone.events import Event, ProblemFound
from appliance.store.calls import BESIDE, FILE, CallDatabase
from appliance.store.state import PART, StateStore

ANN = Record(2, "missed", "100", "Ann", "1001", began=1_795_000_000.0, offset=3600, end="there")
BOB = Record(1, "placed", "200", "", "1001", began=1_795_000_100.5, length=83, end="here")
KILLS = 12


def database(state: Path, **more: int) -> CallDatabase:
    """One that nothing may be wrong with."""

    def damaged(why: str) -> None:
        raise AssertionError(why)

    return CallDatabase(state, damaged, **more)


def found(state: Path) -> tuple[Record, ...]:
    """What the next life of the phone finds."""
    with closing(database(state)) as calls:
        return calls.read()


def live(state: Path, story: Callable[[StateStore], Coroutine[Any, Any, None]]) -> None:
    async def life() -> None:
        store = StateStore(state)
        await story(store)
        store.close()

    asyncio.run(life())


def test_what_was_logged_is_found_the_newest_first(tmp_path: Path) -> None:
    async def story(store: StateStore) -> None:
        assert store.read()[1] == ()
        for record in (ANN, BOB):
            store.keep_call(record)
        assert await store.calls() == (replace(BOB, id=0), replace(ANN, id=0))

    live(tmp_path / "state", story)
    assert found(tmp_path / "state") == (replace(BOB, id=0), replace(ANN, id=0))
    assert (tmp_path / "state" / FILE).stat().st_mode & 0o777 == 0o600


def test_a_call_is_one_row_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    with closing(database(tmp_path)) as calls:
        calls.keep(replace(BOB, end="", length=0, number="2"))
        calls.keep(replace(BOB, end="", length=0))
        assert calls.read() == ()
        calls.keep(BOB)
        calls.keep(replace(BOB, number="300"))
        assert [record.number for record in calls.read()] == ["300", "200"]


def test_a_call_that_the_phone_did_not_see_the_end_of_is_cut(tmp_path: Path) -> None:
    with closing(database(tmp_path)) as calls:
        calls.keep(replace(BOB, end=""))
    assert [(record.number, record.end) for record in found(tmp_path)] == [("200", "cut")]


def test_missed_calls_that_were_seen_stay_seen(tmp_path: Path) -> None:
    async def story(store: StateStore) -> None:
        store.keep_call(ANN)
        store.see_missed()
        store.keep_call(ANN)

    live(tmp_path, story)
    assert [record.seen for record in found(tmp_path)] == [False, True]


def test_the_oldest_make_room(tmp_path: Path) -> None:
    with closing(database(tmp_path, capacity=50)) as calls:
        for number in range(120):
            calls.keep(replace(BOB, number=str(number)))
    assert [int(record.number) for record in found(tmp_path)] == list(range(119, 69, -1))


def test_it_is_written_as_a_power_cut_demands(tmp_path: Path) -> None:
    with closing(database(tmp_path)) as calls:
        calls.keep(ANN)
        assert calls._run("PRAGMA journal_mode") == [("wal",)]
        assert calls._run("PRAGMA synchronous") == [(2,)]


def test_kill_9_loses_no_call_that_was_on_the_card(tmp_path: Path) -> None:
    told: set[int] = set()
    there: tuple[Record, ...] = ()
    for life in range(KILLS):
        command = [sys.executable, "-m", "tests.store.writer", str(tmp_path), str(len(there))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(3 + 5 * life):
                told.add(int(writer.stdout.readline()))
            writer.send_signal(signal.SIGKILL)
            told |= {int(line) for line in writer.stdout if line.endswith("\n")}
        there = found(tmp_path)
        assert [int(record.number) for record in reversed(there)] == list(range(len(there)))
        whole = {record.length for record in there if record.end == "there"}
        assert told <= whole, "a call that was on the card"
        assert len(there) - len(whole) <= life + 1, "each life cuts one call at most"
        with closing(sqlite3.connect(tmp_path / FILE)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.fixture(scope="module")
def powered_off(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files as they are in the middle of a life, 40 calls long; half are in the log only."""
    living, state = (tmp_path_factory.mktemp(name) for name in ("living", "off"))
    with closing(database(living)) as calls:
        for number in range(40):
            calls.keep(replace(BOB, number=str(number)))
            if number == 20:
                calls._run("PRAGMA wal_checkpoint(TRUNCATE)")
        for suffix in ("", *BESIDE):
            shutil.copy(living / (FILE + suffix), state / (FILE + suffix))
    return state


@given(kept=st.integers(0, 400_000), noise=st.binary(max_size=64))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_torn_log_is_read_as_far_as_it_is_whole(
    powered_off: Path, tmp_path_factory: pytest.TempPathFactory, kept: int, noise: bytes
) -> None:
    state = tmp_path_factory.mktemp("torn")
    shutil.copy(powered_off / FILE, state / FILE)
    whole = (powered_off / (FILE + "-wal")).read_bytes()
    (state / (FILE + "-wal")).write_bytes(whole[: kept % len(whole)] + noise)
    numbers = [int(record.number) for record in reversed(found(state))]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= 21, "what was in the database itself is there in any case"
    with closing(database(state)) as calls:
        calls.keep(ANN)
    assert found(state)[0].number == ANN.number


@pytest.mark.parametrize(
    "content",
    [b"no database at all", b"SQLite format 3\0" + bytes(range(256)) * 40, os.urandom(8192)],
)
def test_a_damaged_database_is_put_aside_and_the_phone_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    (tmp_path / FILE).write_bytes(content)
    told: list[Event] = []

    async def story(store: StateStore) -> None:
        assert store.read()[1] == ()
        store.attend(told.append)
        store.keep_call(ANN)
        assert len(await store.calls()) == 1
        await asyncio.sleep(0)

    with caplog.at_level(logging.WARNING):
        live(tmp_path, story)
    assert f"it is now {FILE}.damaged, and a new one is begun" in caplog.text
    assert (tmp_path / f"{FILE}.damaged").read_bytes() == content
    words = [problem.text for problem in told if isinstance(problem, ProblemFound)]
    assert words == ["Call log was damaged", ""], "told until a call has been written"


def test_a_database_that_is_damaged_under_way_is_put_aside_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(store: StateStore) -> None:
        for number in range(60):
            store.keep_call(replace(BOB, number=str(number)))
        assert len(await store.calls()) == 60
        store._disk.submit(store._calls._run, "PRAGMA wal_checkpoint(TRUNCATE)").result()
        size = (tmp_path / FILE).stat().st_size
        (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:100] + b"\xff" * size)
        store._disk.submit(store._calls._run, "PRAGMA shrink_memory").result()
        store.keep_call(ANN)
        assert (await store.calls())[0] == replace(ANN, id=0)

    with caplog.at_level(logging.WARNING):
        live(tmp_path, story)
    assert "STATE-03" in caplog.text and "a new one is begun" in caplog.text


@pytest.mark.parametrize("statement", ["PRAGMA user_version = 99", "CREATE TABLE calls (who TEXT)"])
def test_another_program_s_database_is_put_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, statement: str
) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute(statement)
        connection.commit()

    async def story(store: StateStore) -> None:
        assert store.read()[1] == ()

    with caplog.at_level(logging.WARNING):
        live(tmp_path, story)
    assert "STATE-03" in caplog.text
    assert (tmp_path / f"{FILE}.damaged").exists()


def test_a_card_that_takes_nothing_is_told_and_the_phone_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).mkdir()
    told: list[Event] = []

    async def story(store: StateStore) -> None:
        assert store.read()[1] == ()
        store.attend(told.append)
        store.keep_call(ANN)
        store.see_missed()
        with pytest.raises(PhoneError, match="call log cannot be read"):
            await store.calls()
        (tmp_path / FILE).rmdir()
        store.keep_call(ANN)
        assert len(await store.calls()) == 1
        await asyncio.sleep(0)

    with caplog.at_level(logging.WARNING):
        live(tmp_path, story)
    problems = [(event.part, event.text) for event in told if isinstance(event, ProblemFound)]
    assert problems == [(PART, "Calls are not kept"), (PART, "")]
