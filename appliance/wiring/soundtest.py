"""``deskphone audio test``: five seconds with the headset that the phone would take.

Opens the device beside the phone, which leaves it alone while nobody speaks; every other microphone
of the unit listens meanwhile, for a voice that is heard there and not in the headset has found the
wrong device. The arithmetic is `appliance.audio.selftest`'s.
"""

from __future__ import annotations

import errno
import json
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TextIO

import msgspec
from msgspec import Struct

from appliance.audio import selftest
from appliance.audio.selftest import AudioVerdict, Measured
from appliance.config.load import load
from appliance.config.model import Audio
from appliance.config.problems import refusal
from appliance.config.unit import this_unit
from appliance.wiring.boards import check_board
from appliance.wiring.plans import CARD
from hw.duplex import DuplexError, converse, record
from hw.soundcard import SoundCard, choose, configured_pcms, sound_cards

log = logging.getLogger(__name__)

INSTRUCTION = "Silence for a second, then a tone; after the tone say a few words for three seconds."


class Tested(Struct, frozen=True, kw_only=True):
    """The outcome: `verdict` and `text` as in `AudioVerdict`, `device` a stable id or a PCM."""

    verdict: str
    text: str
    next_step: str
    evidence: str
    device: str
    name: str
    measured: Measured | None = None


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
        out.write(json.dumps(msgspec.to_builtins(tested)) + "\n")
    else:
        out.write(_words(tested))
    return 0 if tested.verdict == selftest.OK.name else 1


def examine(wanted: str, cards: Callable[[], list[SoundCard]] = sound_cards) -> Tested:
    """Test the device for ``[audio] headset``; takes `selftest.SECONDS`, and blocks for so long."""
    found = cards()
    try:
        pcm = choose(wanted, found, configured_pcms())
    except ImportError:
        return _tell(selftest.BROKEN, "pyalsaaudio is not installed", wanted, "")
    if pcm is None:
        present = ", ".join(card.id for card in found) or "no sound card"
        return _tell(selftest.MISSING, f"[audio] headset = {wanted!r}; there is {present}", "", "")
    card = next((card for card in found if card.alsa_name == pcm), None)
    device, name = (card.id, card.name) if card else (pcm, "ALSA PCM")
    try:
        recorded, aside = _listen(pcm, [one for one in found if one.capture and one is not card])
    except DuplexError as error:
        verdict = selftest.BUSY if error.errno == errno.EBUSY else selftest.BROKEN
        return _tell(verdict, error.strerror or str(error), device, name)
    measured = selftest.measure(recorded)
    others = {one: selftest.measure(data) for one, data in aside.items()}
    verdict = selftest.judge(measured, list(others.values()))
    evidence = selftest.in_words(measured)
    if verdict is selftest.WRONG:
        heard = [one for one, figures in others.items() if figures.hears_speech]
        evidence += f"; the voice was heard by {', '.join(heard)}"
    return _tell(verdict, evidence, device, name, measured)


def _listen(pcm: str, others: Sequence[SoundCard]) -> tuple[bytes, dict[str, bytes]]:
    """What the headset's microphone has heard, and each other one that could be opened."""
    with ThreadPoolExecutor(max_workers=1 + len(others), thread_name_prefix="soundtest") as pool:
        asides = {
            other.id: pool.submit(record, other.alsa_name, selftest.SECONDS, selftest.RATE)
            for other in others
        }
        recorded = converse(pcm, selftest.prompt(), selftest.RATE)
    heard = {}
    for device, aside in asides.items():
        try:
            heard[device] = aside.result()
        except DuplexError as error:
            log.info("%s was not listened to: %s", device, error.strerror)
    return recorded, heard


def _tell(
    verdict: AudioVerdict, evidence: str, device: str, name: str, measured: Measured | None = None
) -> Tested:
    return Tested(
        verdict=verdict.name,
        text=verdict.text,
        next_step=verdict.next_step,
        evidence=evidence,
        device=device,
        name=name,
        measured=measured,
    )


def _words(tested: Tested) -> str:
    lines = [f"{tested.verdict}: {tested.text}"]
    if tested.device:
        lines.append(f"  device     {tested.device}  {tested.name}".rstrip())
    lines.append(f"  evidence   {tested.evidence}")
    if tested.next_step:
        lines.append(f"  next step  {tested.next_step}")
    return "".join(f"{line}\n" for line in lines)
