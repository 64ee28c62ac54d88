"""Where the phone rings: in the headset, or on a loudspeaker of its own.

The device is looked for each time the phone rings, by its stable id, so that one that was plugged
in a minute ago is found and one that is gone is missed at once. Without it the phone rings in the
headset, and says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from appliance.audio.synth import render
from appliance.audio.tones import ToneSpec
from appliance.config.model import Audio
from appliance.phone.effects import Effect, SetRinger
from appliance.phone.events import ProblemFound
from appliance.phone.words import in_line
from appliance.ports import Post
from appliance.wiring.sound import Cards
from hw.problem import Problem
from hw.ringer import Ringer as Loudspeaker
from hw.soundcard import named, sound_cards

log = logging.getLogger(__name__)

IN_THE_HEADSET = "headset"
"""The value of ``[audio] ringer`` that asks for no device of its own."""
VOLUME_STEP = 10
"""Percent to a step of 3 dB."""


class Bridge(Protocol):
    """The SIP engine, as far as ringing goes."""

    def perform(self, effect: Effect) -> None:
        """Ring in the headset, or stop."""

    def set_level(self, which: str, percent: int) -> None:
        """Set a level in software."""

    def step_volume(self, which: str, steps: int) -> int:
        """Change a level in software."""


@dataclass(frozen=True, slots=True)
class HeadsetRinger:
    """`ports.Ringer`: the phone rings in the headset."""

    bridge: Bridge

    def perform(self, effect: SetRinger) -> None:
        """Ring, or stop."""
        self.bridge.perform(effect)

    def step_volume(self, which: str, steps: int) -> int:
        """Change the ring's level by steps of 3 dB; percent."""
        return self.bridge.step_volume(which, steps)

    def use(self, audio: Audio) -> None:
        """Ring as loud as this says."""
        self.bridge.set_level("ringer", audio.ringer_volume)

    def close(self) -> None:
        """Nothing to release."""


class DeviceRinger:
    """`ports.Ringer`: the phone rings on ``[audio] ringer``, else in the headset.

    For the loop's thread, and until `close`.
    """

    def __init__(
        self,
        settings: Audio,
        rings: Mapping[str, ToneSpec],
        bridge: Bridge,
        post: Post,
        *,
        cards: Cards = sound_cards,
        loudspeaker: Callable[..., Loudspeaker] = Loudspeaker,
        rate: int = 16000,
    ) -> None:
        self._wanted = settings.ringer
        self._percent = settings.ringer_volume
        self._rings = rings
        self._bridge = bridge
        self._post = post
        self._cards = cards
        self._rate = rate
        self._samples: dict[str, bytes] = {}
        self._pcm = ""
        self._order = SetRinger(False)
        self._troubled = False
        self._loudspeaker = loudspeaker(rate, on_problem=self._failed, on_ringing=self._sounds)
        self.failed = self._loudspeaker.failed

    def perform(self, effect: SetRinger) -> None:
        """Ring, or stop."""
        self._order = effect
        if not effect.ringing or effect.ring not in self._rings:
            self._loudspeaker.rest()
            self._bridge.perform(effect)
            return
        pcm = named(self._wanted, self._cards())
        if pcm is None:
            self._trouble(f"[audio] ringer = {self._wanted!r} is not plugged in")
            return
        self._pcm = pcm
        self._loudspeaker.ring(pcm, self._ring())

    def step_volume(self, which: str, steps: int) -> int:
        """Change the ring's level by steps of 3 dB, at once where it rings; percent."""
        percent = self._bridge.step_volume(which, steps)
        self._sound_at(percent)
        return percent

    def use(self, audio: Audio) -> None:
        """Ring as loud as this says; where, stays as it was."""
        self._bridge.set_level("ringer", audio.ringer_volume)
        self._sound_at(audio.ringer_volume)

    def _sound_at(self, percent: int) -> None:
        if percent == self._percent:
            return
        self._percent, self._samples = percent, {}
        sounds = self._order.ringing and self._order.ring in self._rings
        if sounds and not self._troubled:
            self._loudspeaker.ring(self._pcm, self._ring())

    def close(self) -> None:
        """Ring no more, and release the device."""
        self._loudspeaker.close()

    def _ring(self) -> bytes:
        name = self._order.ring
        if name not in self._samples:
            self._samples[name] = render(self._rings[name], self._percent, self._rate)
        return self._samples[name]

    def _sounds(self) -> None:
        if self._troubled:
            self._troubled = False
            self._post(ProblemFound("ringer", "", ""))

    def _failed(self, problem: Problem) -> None:
        self._trouble(str(problem))

    def _trouble(self, found: str) -> None:
        """Say it once, and ring where there is still something to hear it with."""
        if not self._troubled:
            log.error("AUDIO-06: %s; the phone rings in the headset", found)
            self._troubled = True
            self._post(ProblemFound("ringer", "AUDIO-06", in_line("Ringer does not sound")))
        self._bridge.perform(self._order)
