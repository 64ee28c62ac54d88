"""A phone as wired, with a directory as large and as odd as any site's: it is read beside the loop.

How long that takes is measured by ``make bench``.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.config.model import Config
from appliance.control.paths import places
from appliance.face import Face
from appliance.phone.directory import Directory
from appliance.ports import Post
from appliance.settings import audio_settings
from appliance.wiring.desk import Desk, unit_desk
from appliance.wiring.life import Plan, live
from tests.hw.waiting import until
from tests.wiring.test_unit import ACCOUNT, pi

__all__ = ["pi"]

ENTRIES = 20_000
WRONG = (
    (b"Eve;=1+1", "the number '=1+1'"),
    (b"Mallory;4.93E+11", "the number '4.93E+11'"),
    (b"\x81\x8d;1000", "bytes of no encoding"),
    (b"Trent;@SUM(B1)", "the number '@SUM(B1)'"),
)


def row(number: int) -> bytes:
    """A contact, written by one program or another, now and then with the name of a formula."""
    name = f"=SUM(A{number})" if number % 100 == 99 else f"Jörg Müller {number}"
    return f"{name};030 555{number:05}".encode("cp1252" if number % 2 else "utf-8")


def write(path: Path) -> dict[int, str]:
    """The file, and what is wrong with which of its lines."""
    lines = [b"name;number", *map(row, range(ENTRIES))]
    wrong = {}
    for line, (text, found) in enumerate(WRONG, 2):
        lines.insert(line * 1000 - 1, text)
        wrong[line * 1000] = found
    path.write_bytes(b"\r\n".join(lines))
    return wrong


@pytest.mark.usefixtures("pi")
def test_twenty_thousand_contacts_keep_no_phone_from_its_loop(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = write(tmp_path / "people.csv")
    config = tmp_path / "deskphone.toml"
    country = '[phone]\ncountry = "de"\n[directory]\nfiles = ["people.csv"]\n'
    config.write_text(country + ACCOUNT)
    turns, before = 0, 0
    counting: list[asyncio.Task[None]] = []

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    @contextlib.asynccontextmanager
    async def desk(settings: Config, post: Post) -> AsyncIterator[Desk]:
        nonlocal before
        before = turns
        counting[0].cancel()
        async with unit_desk(settings, post) as opened:
            yield opened

    async def story(face: Face) -> int:
        await until(lambda: face.phone.started)
        directory = face.phone.settings.directory
        assert len(directory.contacts) == ENTRIES
        for number in range(ENTRIES):
            found = directory.name_of(f"+4930555{number:05}")
            assert found == row(number).decode("cp1252" if number % 2 else "utf-8").split(";")[0]
        (place,) = directory.find("685537019998")
        assert directory.contacts[place].name == "Jörg Müller 19998"
        return 0

    async def life() -> int:
        counting.append(asyncio.create_task(count()))
        plan = Plan(
            files=(config,),
            places=places(tmp_path / "state", {}),
            desk=desk,
            audio=lambda settings, _: audio_settings(settings, ""),
            perform=story,
        )
        return await live(plan, io.StringIO())

    assert asyncio.run(life()) == 0
    assert before > 0, "the loop stood still while the directory was read"
    told = [text for text in caplog.messages if text.startswith("DIRECTORY-01")]
    assert len(told) == len(wrong)
    for text, (line, found) in zip(told, wrong.items(), strict=True):
        assert f"people.csv:{line}: found {found}, expected " in text


def test_whoever_ends_the_phone_while_it_reads_is_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a `systemctl stop` soon after the start, or after a reload."""
    config = tmp_path / "deskphone.toml"
    config.write_text(ACCOUNT)

    def reads(*_: object) -> tuple[Directory, tuple[()]]:
        os.kill(os.getpid(), signal.SIGTERM)
        return Directory(), ()

    monkeypatch.setattr("appliance.wiring.life.read_directory", reads)
    plan = Plan(
        files=(config,),
        places=places(tmp_path / "state", {}),
        desk=unit_desk,
        audio=lambda settings, _: audio_settings(settings, ""),
    )
    assert asyncio.run(live(plan, io.StringIO())) == 0
