"""``deskphone run`` as on a Pi: pins, panel and core together, on mock pins and a test panel."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from appliance.control.paths import places
from appliance.errors import ConfigRefused, UsageError
from appliance.face import Face
from appliance.phone.screen import Screen
from appliance.screens.render import render
from appliance.settings import audio_settings
from appliance.wiring import desk as desks
from appliance.wiring.life import Plan, live
from appliance.wiring.plans import Simulation, check_sound_files, run_unit
from hw.board import DEFAULT_BOARD
from hw.oled import Oled
from hw.simulated.wiring import SimulatedUnit
from tests.hw.ssd1306 import FakePanel
from tests.hw.waiting import until
from tests.peers.audio import tone, write_wav

ACCOUNT = '[[account]]\nuser = "1001"\npassword = "x"\nserver = "127.0.0.1:9"\n'


class Pi:
    """The parts of a unit: what is soldered to it and what it shows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.unit = SimulatedUnit(DEFAULT_BOARD)
        self.panel = FakePanel()
        monkeypatch.setattr(desks, "open_pins", lambda _: self.unit.pin_factory)
        monkeypatch.setattr(desks, "Oled", partial(Oled, connect=self.panel.connect))

    def shows(self, screen: Screen) -> bool:
        return self.panel.on and self.panel.picture().tobytes() == render(screen).tobytes()


@pytest.fixture
def pi(monkeypatch: pytest.MonkeyPatch) -> Pi:
    return Pi(monkeypatch)


def typed(face: Face, number: str) -> bool:
    return face.phone.entry is not None and face.phone.entry.digits == number


def run(config: Path, state: Path, story: Callable[[Face], Coroutine[Any, Any, int]]) -> int:
    """Be the unit's phone until the story is told; its exit code."""
    plan = Plan(
        files=(config,),
        places=places(state, {}),
        desk=desks.unit_desk,
        audio=lambda settings, _: audio_settings(settings, ""),
        perform=story,
    )
    return asyncio.run(live(plan, io.StringIO()))


def test_hook_keys_lamps_and_panel_are_those_of_the_phone(pi: Pi, tmp_path: Path) -> None:
    config = tmp_path / "deskphone.toml"
    config.write_text(ACCOUNT)

    async def story(face: Face) -> int:
        await until(lambda: face.phone.started)
        pi.unit.lift()
        await until(lambda: face.phone.off_hook)
        for number, key in (("4", "4"), ("42", "2")):
            pi.unit.press(key)
            await until(partial(typed, face, number))
            pi.unit.release(key)
        await until(lambda: pi.shows(face.screen))
        assert face.screen.big == "42"
        pi.unit.replace()
        await until(lambda: not face.phone.off_hook)
        await until(lambda: pi.shows(face.screen))
        return 0

    assert run(config, tmp_path / "state", story) == 0
    assert not pi.panel.on


def test_a_unit_with_nothing_to_run_with_leaves_its_first_mistake_on_the_panel(
    pi: Pi, tmp_path: Path
) -> None:
    config = tmp_path / "deskphone.toml"
    config.write_text('[phone]\nnmae = "x"\n' + ACCOUNT)
    told = io.StringIO()
    with pytest.raises(ConfigRefused) as refused:
        run_unit((config,), tmp_path / "state", told)
    assert "did you mean" in told.getvalue()
    assert "nmae" in refused.value.agent
    assert pi.shows(
        Screen("message", "Wrong settings", lines=(refused.value.agent,), code=refused.value.code)
    )


@pytest.mark.parametrize("content", [None, b"", b"RIFF....WAVE", b"no sound"])
def test_a_microphone_that_is_no_wav_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    microphone = tmp_path / "voice.wav"
    if content is not None:
        microphone.write_bytes(content)
    with pytest.raises(UsageError, match=r"AUDIO-02: --mic .*voice\.wav.*expected a WAV file"):
        check_sound_files(Simulation(microphone=microphone))


def test_sound_files_that_can_be_used(tmp_path: Path) -> None:
    microphone = write_wav(tmp_path / "voice.wav", tone(440, 0.1))
    check_sound_files(Simulation(microphone=microphone, earpiece=tmp_path / "ear.wav"))
    with pytest.raises(UsageError, match=r"AUDIO-03: --earpiece .*Is a directory"):
        check_sound_files(Simulation(earpiece=tmp_path))
