"""The agent's choices outlive the phone, a power cut, another version, and a card that is full."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.config.load import load
from appliance.phone.preferences import Preferences
from appliance.phone.standing import Refusal
from appliance.settings import preferred
from appliance.store.preferences import FILE
from appliance.store.state import StateStore


def kept(state: Path) -> Preferences:
    """What the next life of the phone finds."""
    reader = StateStore(state)
    preferences, _ = reader.read()
    reader.close()
    return preferences


def written(path: Path) -> Preferences:
    return msgspec.json.decode(path.read_bytes() if path.exists() else b"{}", type=Preferences)


def live(state: Path, story: Callable[[StateStore], Coroutine[Any, Any, None]]) -> None:
    async def life() -> None:
        store = StateStore(state, rest_seconds=0.05)
        await story(store)
        store.close()

    asyncio.run(life())


def test_a_choice_is_written_when_it_has_come_to_rest(tmp_path: Path) -> None:
    async def story(store: StateStore) -> None:
        for level in range(0, 100, 10):
            store.keep(Preferences(ringer=level))
        assert not (tmp_path / "state" / FILE).exists(), "nine of ten would be written in vain"
        async with asyncio.timeout(10):
            while written(tmp_path / "state" / FILE) != Preferences(ringer=90):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    live(tmp_path / "state", story)
    assert (tmp_path / "state" / FILE).stat().st_mode & 0o777 == 0o600


def test_what_waits_is_written_when_the_phone_ends(tmp_path: Path) -> None:
    async def story(store: StateStore) -> None:
        store.keep(Preferences("silent", earpiece=30))

    live(tmp_path, story)
    assert kept(tmp_path) == Preferences("silent", earpiece=30)


@pytest.mark.parametrize("guard", [Preferences(locked=True), Preferences(wrong_pins=1)])
def test_what_guards_the_phone_is_written_at_once(tmp_path: Path, guard: Preferences) -> None:
    async def story() -> None:
        store = StateStore(tmp_path, rest_seconds=3600)
        store.keep(guard)
        async with asyncio.timeout(10):
            while written(tmp_path / FILE) != guard:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        store.close()

    asyncio.run(story())


def test_the_newest_choice_is_the_last_that_is_written(tmp_path: Path) -> None:
    async def story() -> None:
        store = StateStore(tmp_path, rest_seconds=3600)
        for number in range(1, 200):
            store.keep(Preferences(wrong_pins=number))
        store.keep(Preferences(wrong_pins=199, ring="silent"))
        store.close()

    asyncio.run(story())
    assert kept(tmp_path) == Preferences(wrong_pins=199, ring="silent")
    assert [found.name for found in tmp_path.glob("pref*")] == [FILE]


def test_a_phone_without_choices_writes_nothing(tmp_path: Path) -> None:
    async def story(store: StateStore) -> None:
        assert store.read()[0] == Preferences()

    live(tmp_path, story)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b'{"ring": 7}', b'{"ringer": "loud"}', b"\xff"])
def test_a_damaged_file_is_told_and_put_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    (tmp_path / FILE).write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert kept(tmp_path) == Preferences()
    assert "STATE-02" in caplog.text
    assert f"it is now {FILE}.damaged" in caplog.text
    assert (tmp_path / f"{FILE}.damaged").read_bytes() == content
    assert not (tmp_path / FILE).exists()


def test_what_another_version_kept_is_taken_as_far_as_it_is_known(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b'{"ring": "silent", "wallpaper": "blue"}')
    assert kept(tmp_path) == Preferences("silent")


def test_a_card_that_cannot_be_written_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").touch()

    async def story(store: StateStore) -> None:
        store.keep(Preferences("silent"))

    with caplog.at_level(logging.WARNING):
        live(tmp_path / "state", story)
    assert "choices are lost at the next start" in caplog.text


def test_levels_take_the_place_of_the_configured_ones(tmp_path: Path) -> None:
    path = tmp_path / "deskphone.toml"
    path.write_text(
        '[[account]]\nuser = "1"\npassword = "secret"\nserver = "127.0.0.1"\n'
        "[audio]\nearpiece_volume = 60\nringer_volume = 70\n"
    )
    config = load((path,)).config
    assert config is not None
    assert preferred(config, Preferences()) == config
    audio = preferred(config, Preferences(earpiece=20, ringer=900)).audio
    assert (audio.earpiece_volume, audio.ringer_volume) == (20, 100)


def test_refused_credentials_outlive_a_crash(tmp_path: Path) -> None:
    """Written at once: a crash has no time to write what waits."""
    refused = Preferences(refusals=(Refusal("mark", (2, 1), 401, "401 Unauthorized"),))

    async def story() -> None:
        store = StateStore(tmp_path / "state", rest_seconds=60.0)
        store.keep(refused)
        async with asyncio.timeout(10):
            while written(tmp_path / "state" / FILE) != refused:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        store.close()

    asyncio.run(story())
    assert kept(tmp_path / "state") == refused
