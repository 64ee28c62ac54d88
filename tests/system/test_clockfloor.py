"""The floor of the clock: kept, believed, told; and the kernel's word when the clock is set."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from appliance.phone.events import ClockSet, Event, ProblemFound
from appliance.system.built import built_at, is_synchronised
from appliance.system.clockfloor import DAY_SECONDS, FILE, ClockFloor, ClockKeeper
from tests.hw.waiting import until

WRONG = ProblemFound("clock", "CLOCK-01", "Clock is wrong")
MENDED = ProblemFound("clock", "", "")


def test_the_floor_is_what_was_noted_or_the_age_of_the_software(tmp_path: Path) -> None:
    floor = ClockFloor(tmp_path / "state")
    assert floor.read() == built_at() > 0
    later = int(time.time()) + 10 * DAY_SECONDS
    floor.note(later)
    assert ClockFloor(tmp_path / "state").read() == later


def test_it_is_written_once_a_day_and_anew_when_it_was_wrong(tmp_path: Path) -> None:
    floor, file = ClockFloor(tmp_path), tmp_path / FILE
    floor.note(5_000_000_000)
    for moment, kept in (
        (5_000_000_000 + DAY_SECONDS - 1, 5_000_000_000),
        (5_000_000_000 + DAY_SECONDS, 5_000_000_000 + DAY_SECONDS),
        (4_000_000_000, 4_000_000_000),
    ):
        floor.note(moment)
        assert file.read_text() == f"{kept}\n"


@pytest.mark.parametrize("content", [b"", b"soon", b"\xff", b"1e9"])
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

    asyncio.run(story())
    assert abs(int((tmp_path / FILE).read_text()) - time.time()) < DAY_SECONDS


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
