"""What differs between a unit, a simulated one and a phone under a script, as `Plan`s.

The desk unit, where sound goes, which files configure it; `life` lives the plan.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from appliance.config.load import load
from appliance.config.model import Config
from appliance.control.paths import places
from appliance.control.runner import play
from appliance.control.scenario import parse
from appliance.errors import ConfigRefused, UsageError
from appliance.face import Face
from appliance.settings import audio_settings, just_booted
from appliance.sip.settings import AudioSettings
from appliance.wiring.boards import check_board
from appliance.wiring.desk import Desk, show_refusal, simulated_desk, unit_desk
from appliance.wiring.life import Performance, Plan, live
from appliance.wiring.provisioned import refusal

if TYPE_CHECKING:
    from appliance.demo.server import EmbeddedPbx

CARD = Path("/boot/firmware/deskphone.toml")
"""IT's file on the card of a unit."""
LOOPBACK = "127.0.0.1"
JOURNAL = "journal.log"
_WAV_BITS = 16


def run_unit(configs: Sequence[Path], state: Path | None, err: TextIO) -> int:
    """The phone on a unit, until it is told to end.

    With a configuration that is refused, and none that held before, the unit shows the first
    mistake on its display and ends; the picture stays.
    """
    plan = Plan(
        files=tuple(configs) or tuple(path for path in (CARD,) if path.exists()),
        places=places(state, os.environ),
        desk=unit_desk,
        audio=_unit_audio,
        power_cut=just_booted(),
    )
    try:
        return asyncio.run(live(plan, err))
    except ConfigRefused as error:
        asyncio.run(show_refusal(error))
        raise


def _unit_audio(config: Config, desk: Desk) -> AudioSettings:
    return audio_settings(config, desk.sound.pcm, mixer=desk.sound.mixer is not None)


@dataclass(frozen=True, slots=True)
class Simulation:
    """What ``deskphone simulate`` was asked for."""

    configs: tuple[Path, ...] = ()
    state: Path | None = None
    headless: bool = False
    script: Path | None = None
    microphone: Path | None = None
    earpiece: Path | None = None
    board: Path | None = None


def simulate(
    options: Simulation, out: TextIO, err: TextIO, perform: Performance | None = None
) -> int:
    """The phone on simulated hardware; without a configuration, with the embedded PBX."""
    steps = None
    check_sound_files(options)
    if options.script is not None:
        steps = parse(read_scenario(options.script), options.script.name)

    async def scenario(face: Face) -> int:
        assert steps is not None
        return await play(face, steps, lambda line: print(line, file=out, flush=True))

    if steps is not None:
        perform = scenario
    return asyncio.run(_simulate(options, perform, err))


async def _simulate(options: Simulation, perform: Performance | None, err: TextIO) -> int:
    board = (options.board,) if options.board else ()
    where = places(options.state, os.environ)
    async with contextlib.AsyncExitStack() as stack:
        fixed = None
        if not options.configs:
            from appliance.demo.server import EmbeddedPbx

            pbx = await stack.enter_async_context(EmbeddedPbx())
            fixed = _embedded(pbx, board, err)
        if options.script and options.earpiece is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="deskphone-"))
            options = replace(options, earpiece=Path(folder, "earpiece.wav"))
        plan = Plan(
            files=(*options.configs, *board),
            places=where,
            desk=partial(simulated_desk, headless=options.headless),
            audio=partial(_simulated_audio, options),
            bind_address=LOOPBACK if fixed else "",
            fixed=fixed,
            perform=perform,
            journal=None if options.headless else where.state / JOURNAL,
        )
        return await live(plan, err)


def _embedded(pbx: EmbeddedPbx, board: tuple[Path, ...], err: TextIO) -> Config:
    """The configuration of a phone at the embedded PBX, as a file that `board` is merged into."""
    account = pbx.accounts[0]
    with tempfile.TemporaryDirectory(prefix="deskphone-") as folder:
        file = Path(folder, "embedded.toml")
        file.touch(mode=0o600)
        file.write_text(
            f'[[account]]\nuser = "{account.user}"\npassword = "{account.password}"\n'
            f'server = "{pbx.address}:{pbx.port}"\n',
            encoding="utf-8",
        )
        loaded = load((file, *board), check_board=check_board)
    for problem in loaded.problems:
        print(problem, file=err)
    if loaded.config is None:
        raise refusal(loaded.problems)
    return loaded.config


def _simulated_audio(options: Simulation, config: Config, desk: Desk) -> AudioSettings:
    return audio_settings(
        config,
        desk.sound.pcm,
        mixer=desk.sound.mixer is not None,
        microphone=options.microphone,
        earpiece=options.earpiece,
    )


def read_scenario(path: Path) -> str:
    """The text of a scenario file; raises `PhoneError` if there is none to read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(
            "SCRIPT-02", "No scenario", f"{path}: cannot be read: {why}; give a .phone text file"
        ) from error


def check_sound_files(options: Simulation) -> None:
    """Refuse a microphone that is no WAV file and an earpiece that cannot be written.

    Raises `UsageError`: whoever names a file wants it used, and a scenario that never listens would
    not notice that it is not.
    """
    if options.microphone is not None:
        try:
            with wave.open(str(options.microphone), "rb") as file:
                bits = 8 * file.getsampwidth()
        except (OSError, EOFError, wave.Error) as error:
            why = error.strerror if isinstance(error, OSError) else f"it is no WAV file ({error})"
            raise _no_sound("AUDIO-02", "--mic", options.microphone, why) from error
        if bits != _WAV_BITS:
            raise _no_sound("AUDIO-02", "--mic", options.microphone, f"it has {bits} bits")
    if options.earpiece is not None:
        try:
            options.earpiece.open("ab").close()
        except OSError as error:
            raise _no_sound("AUDIO-03", "--earpiece", options.earpiece, error.strerror) from error


def _no_sound(code: str, option: str, path: Path, why: str | None) -> UsageError:
    expected = "a WAV file of 16 bits" if option == "--mic" else "a file that can be written"
    return UsageError(code, "No sound file", f"{option} {path}: {why}; expected {expected}")
