"""Which sound device the phone speaks through, how loud, and what is said when there is none."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from appliance.config.model import Audio
from appliance.phone.events import HeadsetChanged
from appliance.ports import Headset
from hw.soundcard import (
    Mixer,
    MixerError,
    Pcm,
    SoundCard,
    choose,
    configured_pcms,
    sound_cards,
)

log = logging.getLogger(__name__)

MISSING = HeadsetChanged("missing")


@dataclass(frozen=True, slots=True)
class Sound:
    """The device that was found: its PCM (empty for none), its words, its mixer if it has one."""

    pcm: str
    found: HeadsetChanged
    mixer: Mixer | None = None


def find_sound(settings: Audio) -> Sound:
    """The device for ``[audio] headset``, with its mixer set to the configured levels."""
    cards = sound_cards()
    pcm = choose(settings.headset, cards, _pcms())
    if pcm is None:
        log.warning(
            "no headset: [audio] headset = %r, and this machine has %s",
            settings.headset,
            ", ".join(card.id for card in cards) or "no sound card",
        )
        return Sound("", MISSING)
    card = next((card for card in cards if card.alsa_name == pcm), None)
    found = HeadsetChanged("ready", card.id if card else pcm, card.name if card else pcm)
    return Sound(pcm, found, _mixer(card, settings))


def _pcms() -> list[Pcm]:
    try:
        return configured_pcms()
    except ImportError:
        log.warning("pyalsaaudio is not installed: neither mixers nor configured PCMs are known")
        return []


def _mixer(card: SoundCard | None, settings: Audio) -> Mixer | None:
    """The card's mixer, if it has an earpiece level at all; microphones without one are usual."""
    if card is None:
        return None
    mixer = Mixer(card.control)
    try:
        mixer.set_percent("playback", settings.earpiece_volume)
    except (MixerError, ImportError) as error:
        log.info("levels in software: %s", error)
        return None
    try:
        mixer.set_percent("capture", settings.microphone_volume)
    except MixerError as error:
        log.info("the microphone has no level of its own: %s", error)
    return mixer


class MixerLevels:
    """The earpiece's level by the headset's own mixer; the ringer's by `software`."""

    def __init__(self, mixer: Mixer, software: Headset) -> None:
        self._mixer = mixer
        self._software = software

    def step_volume(self, which: str, steps: int) -> int:
        """Change a level by steps of 3 dB; the new level in percent."""
        if which == "earpiece":
            try:
                return self._mixer.step("playback", steps).percent
            except MixerError as error:
                log.warning("level in software: %s", error)
        return self._software.step_volume(which, steps)


def audio_list(out: TextIO, *, as_json: bool) -> int:
    """``deskphone audio list``: the devices by stable id; 0."""
    cards, pcms = sound_cards(), _pcms()
    if as_json:
        listing = [
            {"id": card.id, "name": card.name, "pcm": card.alsa_name, **_ways(card)}
            for card in cards
        ]
        listing += [{"id": pcm.name, "name": "", "pcm": pcm.name, **_ways(pcm)} for pcm in pcms]
        out.write(json.dumps(listing) + "\n")
        return 0
    rows = [(card.id, card.name, _words(card)) for card in cards]
    rows += [(pcm.name, "ALSA PCM", _words(pcm)) for pcm in pcms]
    if not rows:
        out.write("no sound devices\n")
    out.writelines(row + "\n" for row in _columns(rows))
    return 0


def _ways(device: SoundCard | Pcm) -> dict[str, bool]:
    return {"playback": device.playback, "capture": device.capture}


def _words(device: SoundCard | Pcm) -> str:
    ways = [name for name, able in _ways(device).items() if able]
    return " and ".join(ways) or "neither playback nor capture"


def _columns(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(2)] if rows else [0, 0]
    return [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}" for a, b, c in rows]
