"""The floor of the clock: kept, believed, told; and the kernel's word when the clock is set."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.phone.events import ClockSet, Event, ProblemFound
from appliance.system.built import built_at, is_synchronised
from appliance.system.clockfloor import DAY_SECONDS, FILE, STEP_SECONDS, ClockFloor, ClockKeeper
from tests.hw.waiting import until

WRONG = ProblemFound("clock", "CLOCK-01", "Clock is wrong")
MENDED = ProblemFound("clock", "", "")


def test_the_floor_is_what_was_noted_or_the_age_of_the_software(tmp_path: Path) -> None:
    floor = ClockFloor(tmp_path / "state")
    assert floor.read() == built_at() > 0
    later = int(built_at()) + 10 * DAY_SECONDS
    assert floor.note(later)
    assert ClockFloor(tmp_path / "state").read() == later


def test_it_is_written_once_a_day_never_back_and_a_month_on_at_most(tmp_path: Path) -> None:
    floor, file = ClockFloor(tmp_path), tmp_path / FILE
    first = int(built_at()) + 2 * DAY_SECONDS
    assert floor.note(first)
    far = first + DAY_SECONDS + STEP_SECONDS
    for moment, kept in (
        (first + DAY_SECONDS - 1, first),
        (first + DAY_SECONDS, first + DAY_SECONDS),
        (first - DAY_SECONDS, first + DAY_SECONDS),
        (1.0, first + DAY_SECONDS),
        (5_000_000_000, far),
        (far - DAY_SECONDS, far),
    ):
        before = file.read_text()
        assert floor.note(moment) is (file.read_text() != before)
        assert file.read_text() == f"{kept}\n"


@given(st.lists(st.floats(0.0, 1e11), max_size=20), st.integers(2, 2000))
def test_no_time_server_lowers_it_or_carries_it_off(claims: list[float], days: int) -> None:
    """However often one lies, true time is past the floor again after a month for each lie."""
    with TemporaryDirectory() as folder:
        floor = ClockFloor(Path(folder))
        truth = built_at() + days * DAY_SECONDS
        reached = built_at()
        for claim in claims:
            floor.note(claim)
            before, reached = reached, floor.read()
            assert before <= reached <= max(before, min(claim, before + STEP_SECONDS))
        while floor.read() <= truth - DAY_SECONDS:
            assert floor.note(truth)
        assert floor.read() <= max(truth, built_at() + len(claims) * STEP_SECONDS)


@pytest.mark.parametrize("content", [b"", b"soon", b"\xff", b"1e9", b"99999999999"])
def test_a_damaged_file_is_no_floor(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert ClockFloor(tmp_path).read() == built_at()


def test_a_clock_before_the_floor_is_told_and_a_good_one_is_noted(tmp_path: Path) -> None:
    async def story() -> None:
        told: list[Event] = []
        ClockKeeper(
            ClockFloor(tmp_path), told.append, now=lambda: 1.0, synchronised=lambda: False
        ).close()
        assert told == [WRONG]
        ClockKeeper(ClockFloor(tmp_path), told.append, synchronised=lambda: True).close()
        assert told == [WRONG]

        kept = built_at() + 2 * DAY_SECONDS
        ClockKeeper(
            ClockFloor(tmp_path), told.append, now=lambda: kept, synchronised=lambda: True
        ).close()
        assert told == [WRONG]
        assert int((tmp_path / FILE).read_text()) == int(kept)

    asyncio.run(story())


def test_a_day_of_lies_counts_once(tmp_path: Path) -> None:
    """Each clock that is set is looked at; not each of them moves the floor."""

    async def story() -> None:
        moments, hours = [built_at() + 1e9], [0.0]
        floor = ClockFloor(tmp_path)
        keeper = ClockKeeper(
            floor,
            lambda _: None,
            now=lambda: moments[0],
            uptime=lambda: hours[0] * 3600.0,
            synchronised=lambda: True,
        )
        try:
            for passed in (0.0, 1.0, 11.0):
                hours[0] = passed
                keeper.look()
                assert floor.read() == int(built_at() + STEP_SECONDS)
            hours[0] = 24.0
            keeper.look()
            assert floor.read() > built_at() + 1.9 * STEP_SECONDS
        finally:
            keeper.close()

    asyncio.run(story())


def test_a_time_server_is_not_believed_before_the_softwares_own_date(tmp_path: Path) -> None:
    async def story() -> None:
        told: list[Event] = []
        (tmp_path / FILE).write_text(f"{int(built_at()) + 20 * DAY_SECONDS}\n")
        for now in (built_at() - 1.0, built_at() + DAY_SECONDS):
            ClockKeeper(
                ClockFloor(tmp_path),
                told.append,
                now=lambda now=now: now,  # type: ignore[misc]
                synchronised=lambda: True,
            ).close()
        assert told == [WRONG]

    asyncio.run(story())


def test_somebody_sets_the_clock(tmp_path: Path) -> None:
    """It is set to what it says, which the kernel takes for a step all the same."""

    async def story() -> None:
        told: list[Event] = []
        moments = [1.0]
        keeper = ClockKeeper(
            ClockFloor(tmp_path), told.append, now=lambda: moments[0], synchronised=lambda: None
        )
        try:
            assert told == [WRONG]
            moments[0] = time.time()
            time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME))
            await until(lambda: told == [WRONG, ClockSet(), MENDED])
        except PermissionError:
            pytest.skip("setting the clock needs CAP_SYS_TIME")
        finally:
            keeper.close()

    asyncio.run(story())


def test_small_steps_are_told_once_they_come_to_a_second(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Some virtual machines set their clock many times a second, by a hair each time."""
    caplog.set_level("INFO")

    async def story() -> None:
        told: list[Event] = []
        now, looks = [built_at() + 5.0], [0]

        def kept() -> None:
            looks[0] += 1

        keeper = ClockKeeper(
            ClockFloor(tmp_path),
            told.append,
            now=lambda: now[0],
            uptime=lambda: 7.0,
            synchronised=kept,
        )
        try:
            for step, words in (
                (-0.4, 0),
                (-0.4, 0),
                (-0.4, 1),
                (0.9, 1),
                (-0.9, 1),
                (-3600.0, 2),
            ):
                now[0] += step
                before = looks[0]
                time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME))
                await until(lambda before=before: looks[0] > before)  # type: ignore[misc]
                assert [each for each in told if isinstance(each, ClockSet)] == [ClockSet()] * words
        except PermissionError:
            pytest.skip("setting the clock needs CAP_SYS_TIME")
        finally:
            keeper.close()

    asyncio.run(story())
    said = [record.getMessage() for record in caplog.records if "was set" in record.getMessage()]
    assert said == ["the clock was set by -1 s", "the clock was set by -3600 s"]


def test_where_the_kernel_may_not_be_asked_the_time_servers_client_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under ProtectClock=, which answers adjtimex(2) with an error."""

    class Forbidden:
        def adjtimex(self, _: object) -> int:
            return -1

    monkeypatch.setattr("appliance.system.built.ctypes.CDLL", lambda _: Forbidden())
    stamp = tmp_path / "timesync" / "synchronized"
    assert is_synchronised(stamp) is None
    stamp.parent.mkdir()
    assert is_synchronised(stamp) is False
    stamp.touch()
    assert is_synchronised(stamp) is True
