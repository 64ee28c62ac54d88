"""``deskphone audio test``: the headset's self-test in the terminal, while no call is up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import msgspec

from appliance.audio import selftest
from appliance.config.load import load
from appliance.config.model import Audio
from appliance.config.problems import refusal
from appliance.config.unit import this_unit
from appliance.wiring.boards import check_board
from appliance.wiring.examine import Tested, examine
from appliance.wiring.plans import CARD

INSTRUCTION = "Silence for a second, then a tone; after the tone say a few words for three seconds."


def audio_test(configs: Sequence[Path], out: TextIO, *, as_json: bool = False) -> int:
    """Test and tell; 0 if the headset works, 1 if not. Raises `ConfigRefused`.

    Without `configs` it is the unit's own configuration that names the headset, and on a machine
    that has none it is `auto`.
    """
    audio = Audio()
    files = tuple(configs) or tuple(path for path in (CARD,) if path.exists())
    if files:
        loaded = load(files, check_board=check_board, unit=this_unit())
        if loaded.config is None:
            raise refusal(loaded.problems)
        audio = loaded.config.audio
    if not as_json:
        out.write(f"{INSTRUCTION}\n")
        out.flush()
    tested = examine(audio.headset)
    if as_json:
        out.write(json.dumps(msgspec.to_builtins(tested, enc_hook=str)) + "\n")
    else:
        out.write(_words(tested))
    return 0 if tested.verdict == selftest.OK.name else 1


def _words(tested: Tested) -> str:
    lines = [f"{tested.verdict}: {tested.text}"]
    if tested.device:
        lines.append(f"  device     {tested.device}  {tested.name}".rstrip())
    lines.append(f"  evidence   {tested.evidence}")
    if tested.next_step:
        lines.append(f"  next step  {tested.next_step}")
    return "".join(f"{line}\n" for line in lines)
