"""Which sound device the phone speaks through, how loud, and what is said when there is none."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TextIO

from appliance.config.model import Audio
from appliance.loop import PhoneLoop
from appliance.phone.effects import SetHeadset
from appliance.phone.events import (
    CallAnswered,
    CallIncoming,
    Event,
    HeadsetChanged,
    HookLifted,
    KeyPressed,
    ProblemFound,
)
from appliance.settings import LINE_LEVEL
from appliance.wiring.headset import HeadsetButtons
from hw.hotplug import Hotplug, Uevent
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
LOOK_SECONDS = 2.0
"""Between two looks for a headset that is missed by somebody just now."""

Cards = Callable[[], list[SoundCard]]


def listen(on_event: Callable[[Uevent], None]) -> Hotplug:
    """The kernel's news of sound cards."""
    return Hotplug(
        {"sound", "hidraw"}, on_event, on_problem=lambda problem: log.warning("%s", problem)
    )


@dataclass(frozen=True, slots=True)
class Sound:
    """The device that was found: its PCM (empty for none), its words, its mixer if it has one."""

    pcm: str
    found: HeadsetChanged
    mixer: Mixer | None = None
    port: str = ""
    """The USB port that it is in, for its buttons; empty for any other device."""
    fallback: bool = False
    """Nobody named it and it is no USB headset: it serves until there is one."""


def find_sound(settings: Audio, look: Cards = sound_cards) -> Sound:
    """The device for ``[audio] headset``, with its mixer set to the configured levels."""
    cards = look()
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
    fallback = settings.headset == "auto" and not (card is not None and card.usb)
    port = card.port if card else ""
    return Sound(pcm, found, _mixer(card, settings), port, fallback)


def _pcms() -> Iterator[Pcm]:
    """What ALSA's configuration names; asked only when somebody wants to know."""
    try:
        yield from configured_pcms()
    except ImportError:
        log.warning("pyalsaaudio is not installed: neither mixers nor configured PCMs are known")


def _mixer(card: SoundCard | None, settings: Audio) -> Mixer | None:
    """The card's mixer, if it has an earpiece level at all; microphones without one are usual."""
    if card is None:
        return None
    mixer = Mixer(card.control)
    return mixer if _set_levels(mixer, settings) else None


def _set_levels(mixer: Mixer, settings: Audio) -> bool:
    """Set a mixer as configured; False where it has no level for the earpiece."""
    try:
        mixer.set_percent("playback", settings.earpiece_volume)
    except (MixerError, ImportError) as error:
        log.info("levels in software: %s", error)
        return False
    try:
        mixer.set_percent("capture", settings.microphone_volume)
    except MixerError as error:
        log.info("the microphone has no level of its own: %s", error)
    return True


class Bridge(Protocol):
    """The SIP engine, as far as a headset goes."""

    def set_headset(self, pcm: str) -> None:
        """Speak through this PCM."""

    def set_level(self, which: str, percent: int) -> None:
        """Set a level in software."""

    def step_volume(self, which: str, steps: int) -> int:
        """Change a level in software."""


class HeadsetKeeper:
    """Looks for a headset that is missing, and steps the level of the one that is there.

    It looks when the kernel tells that sound cards have come or gone, when somebody lifts the
    handset or presses its key, when a call comes or is answered, and when the engine cannot open
    it. Where the kernel tells nothing it looks every two seconds while the phone is in use without
    a headset; otherwise there is no timer. A headset in use is not left for another one that is
    plugged in. A `ports.Headset`; for the loop's thread, and until `close`. Looking reads sysfs,
    some ten microseconds a card; asking ALSA for its default takes two milliseconds, where a card
    would do but none is a USB headset.
    """

    def __init__(
        self,
        sound: Sound,
        settings: Audio,
        phone: PhoneLoop,
        bridge: Bridge,
        *,
        cards: Cards = sound_cards,
        hotplug: Callable[[Callable[[Uevent], None]], Hotplug] = listen,
        buttons: HeadsetButtons | None = None,
    ) -> None:
        self._sound = sound
        self._settings = settings
        self._phone = phone
        self._bridge = bridge
        self._cards = cards
        self._ready = sound.found.state == "ready"
        self._refused: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._unsubscribe = phone.subscribe(self._heard)
        self._hotplug = hotplug(self._plugged)
        self._buttons = buttons or HeadsetButtons(phone.post)
        self._buttons.follow(sound.port)

    def close(self) -> None:
        """Look no more."""
        self._hotplug.close()
        self._buttons.close()
        self._unsubscribe()
        self._rest()

    def indicate(self, effect: SetHeadset) -> None:
        """Tell the headset what the phone is."""
        self._buttons.indicate(effect)

    def step_volume(self, which: str, steps: int) -> int:
        """Change a level by steps of 3 dB, the earpiece's by its own mixer; the new percent."""
        mixer = self._sound.mixer
        if which == "earpiece" and mixer is not None:
            try:
                return mixer.step("playback", steps).percent
            except MixerError as error:
                log.warning("level in software: %s", error)
        return self._bridge.step_volume(which, steps)

    def use(self, audio: Audio) -> None:
        """Sound as loud as this says; which headset it is stays as it was."""
        self._settings = audio
        mixer = self._sound.mixer
        if mixer is None:
            self._bridge.set_level("earpiece", audio.earpiece_volume)
            self._bridge.set_level("microphone", audio.microphone_volume)
        else:
            _set_levels(mixer, audio)

    def _heard(self, event: Event) -> None:
        match event:
            case HookLifted() | CallIncoming() | CallAnswered() | KeyPressed("headset"):
                if not self._ready or self._sound.fallback:
                    self._look()
            case ProblemFound("headset", _, ""):
                self._refused = None
                if not self._ready:
                    self._look()
            case ProblemFound("headset"):
                self._lost()

    def _plugged(self, event: Uevent) -> None:
        """Sound cards have come or gone, or the buttons of some headset."""
        log.debug("%s of %s", event.action, event.path)
        self._buttons.again()
        if event.subsystem == "hidraw":
            return
        self._refused = None
        if self._ready and not self._sound.fallback:
            if self._still_there():
                return
            self._gone()
        self._look()

    def _still_there(self) -> bool:
        """Whether the headset in use is plugged in; one that is no card is never pulled out."""
        pcm = self._sound.pcm
        if pcm in ("", self._sound.found.id):
            return True
        return any(card.alsa_name == pcm for card in self._cards())

    def _gone(self) -> None:
        """It was pulled out: what it was told to play goes nowhere, and the agent is told."""
        log.warning("the headset was unplugged: %s", self._sound.found.name)
        self._ready = False
        self._bridge.set_headset("")
        self._buttons.follow("")
        self._phone.post(MISSING)

    def _look(self) -> None:
        pcm = self._choice()
        if pcm is None or pcm != self._refused:
            self._refused = None
            if pcm is not None and not (self._ready and pcm == self._sound.pcm):
                self._take(find_sound(self._settings, self._cards))
        if not self._ready:
            self._look_again()

    def _lost(self) -> None:
        """The engine cannot open the headset: another takes its place, or it is missing."""
        pcm = self._choice()
        if pcm is not None and pcm != self._sound.pcm:
            self._take(find_sound(self._settings, self._cards))
            return
        self._refused = pcm
        if self._ready:
            self._ready = False
            self._phone.post(MISSING)
        self._look_again()

    def _take(self, sound: Sound) -> None:
        if not sound.pcm:
            return
        before, self._sound, self._ready = self._sound, sound, True
        self._rest()
        if (before.mixer is None) != (sound.mixer is None):
            own = sound.mixer is not None
            audio = self._settings
            self._bridge.set_level("earpiece", LINE_LEVEL if own else audio.earpiece_volume)
            self._bridge.set_level("microphone", LINE_LEVEL if own else audio.microphone_volume)
        self._bridge.set_headset(sound.pcm)
        self._buttons.follow(sound.port)
        self._phone.post(sound.found)

    def _choice(self) -> str | None:
        return choose(self._settings.headset, self._cards(), _pcms())

    def _look_again(self) -> None:
        phone = self._phone.phone
        if not self._hotplug.active and self._timer is None and (phone.engaged or phone.calls):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(LOOK_SECONDS, self._time_passed)

    def _time_passed(self) -> None:
        self._timer = None
        self._look()

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def audio_list(out: TextIO, *, as_json: bool) -> int:
    """``deskphone audio list``: the devices by stable id; 0."""
    cards, pcms = sound_cards(), list(_pcms())
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
