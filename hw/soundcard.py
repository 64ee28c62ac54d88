"""Sound cards by ids that last, and their mixers.

ALSA numbers its cards as they come; after a reboot, or when a headset is plugged in again, a number
may mean another card. So a card is known here by what it is: a USB card by vendor, product and
serial number (or, where it has none of its own, the port it is plugged into), any other by the id
that its driver gives it. Cards come from sysfs; PCMs that somebody has configured, and mixers, come
through pyalsaaudio. A machine without sound has no cards, which is no error.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

Direction = Literal["playback", "capture"]

VOLUME_STEP = 3.0
"""What one press of a volume key changes, in dB."""

PREFERRED: dict[Direction, tuple[str, ...]] = {
    "playback": ("Headset", "Headphone", "PCM", "Speaker", "Master"),
    "capture": ("Headset", "Mic", "Capture"),
}
"""Names of mixer controls, the likeliest first, as USB headsets and PCs have them."""


@dataclass(frozen=True, slots=True)
class SoundCard:
    """A sound card: `id` lasts, `card` is ALSA's own id of it, `port` the USB port (``1-1.2``)."""

    id: str
    name: str
    card: str
    playback: bool
    capture: bool
    device: int = 0
    port: str = ""

    @property
    def usb(self) -> bool:
        """Whether it is plugged in, and may be unplugged."""
        return bool(self.port)

    @property
    def alsa_name(self) -> str:
        """The PCM to open; ALSA converts rates and formats where the card cannot."""
        return f"plughw:CARD={self.card},DEV={self.device}"

    @property
    def control(self) -> str:
        """The control device whose mixer is the card's."""
        return f"hw:CARD={self.card}"


@dataclass(frozen=True, slots=True)
class Pcm:
    """A PCM that ALSA's configuration names."""

    name: str
    playback: bool
    capture: bool


def sound_cards(sysfs: Path = Path("/sys"), proc: Path = Path("/proc")) -> list[SoundCard]:
    """The cards of this machine, sorted by their ids; empty where there are none."""
    words = _proc_names(proc)
    found = [
        card
        for path in sorted((sysfs / "class/sound").glob("card[0-9]*"))
        if (card := _card(path, words)) is not None
    ]
    twins = Counter(card.id for card in found)
    distinct = (replace(card, id=_by_port(card)) if twins[card.id] > 1 else card for card in found)
    return sorted(distinct, key=lambda card: card.id)


def alsa_name(stable_id: str, cards: Iterable[SoundCard]) -> str | None:
    """The PCM of the card with this id; None if it is not there just now."""
    return next((card.alsa_name for card in cards if card.id == stable_id), None)


def choose(wanted: str, cards: Iterable[SoundCard], pcms: Iterable[Pcm] = ()) -> str | None:
    """The PCM for ``[audio] headset``: `auto`, a stable id, or the name of a PCM.

    `auto` is the first USB card that both plays and records, else what the machine has made its
    default if there is any other such card; None if there is nothing to speak with. An id of a card
    that is not there is None; any other text is taken for a PCM's name.
    """
    cards = list(cards)
    if wanted == "auto":
        able = [card for card in cards if card.playback and card.capture]
        headset = next((card for card in able if card.usb), None)
        if headset is not None:
            return headset.alsa_name
        if not able:
            return None
        usable = any(pcm.name == "default" and pcm.playback and pcm.capture for pcm in pcms)
        return "default" if usable else able[0].alsa_name
    return named(wanted, cards)


def named(wanted: str, cards: Iterable[SoundCard]) -> str | None:
    """The PCM for a stable id, None if it is not there; any other text is a PCM's own name."""
    if re.match(r"(usb|card):", wanted):
        return alsa_name(wanted, cards)
    return wanted


def configured_pcms() -> list[Pcm]:
    """What ALSA's configuration offers besides the cards themselves, through pyalsaaudio."""
    import alsaaudio

    playback = alsaaudio.pcms(alsaaudio.PCM_PLAYBACK)
    capture = alsaaudio.pcms(alsaaudio.PCM_CAPTURE)
    names = dict.fromkeys(name for name in (*playback, *capture) if name != "null")
    return [Pcm(name, name in playback, name in capture) for name in names]


def _card(path: Path, words: dict[str, str]) -> SoundCard | None:
    card = _read(path / "id")
    if not card:
        return None
    playback, capture = _devices(path, "p"), _devices(path, "c")
    device = min(playback & capture or playback or capture, default=0)
    usb = _usb_device(path / "device")
    name = words.get(card, card)
    identity, port = f"card:{card}", ""
    if usb is not None:
        port = usb.name
        name = " ".join(_usb_words(usb)) or name
        product = f"usb:{_read(usb / 'idVendor')}:{_read(usb / 'idProduct')}"
        serial = re.sub(r"\s+", "_", _read(usb / "serial"))
        identity = f"{product}:{serial}" if serial else f"{product}@{port}"
    return SoundCard(identity, name, card, bool(playback), bool(capture), device, port)


def _by_port(card: SoundCard) -> str:
    """An id for a card whose maker gave the same serial number to every one of them."""
    if not card.usb:
        return card.id
    product = ":".join(card.id.partition("@")[0].split(":")[:3])
    return f"{product}@{card.port}"


def _devices(card: Path, direction: str) -> set[int]:
    """Numbers of the card's PCM devices; sysfs has them as ``pcmC0D3p``."""
    number = card.name.removeprefix("card")
    pattern = re.compile(rf"pcmC{number}D(\d+){direction}$")
    nodes = (*card.parent.glob(f"pcmC{number}D*"), *card.glob(f"pcmC{number}D*"))
    return {int(match[1]) for node in nodes if (match := pattern.match(node.name))}


def _usb_device(interface: Path) -> Path | None:
    """The USB device that a card's interface belongs to, if it is one."""
    try:
        resolved = interface.resolve(strict=True)
    except OSError:
        return None
    for directory in (resolved, *resolved.parents):
        if (directory / "idVendor").is_file():
            return directory
    return None


def _usb_words(usb: Path) -> Iterator[str]:
    manufacturer, product = _read(usb / "manufacturer"), _read(usb / "product")
    if manufacturer and not product.lower().startswith(manufacturer.lower()):
        yield manufacturer
    if product:
        yield product


def _proc_names(proc: Path) -> dict[str, str]:
    """ALSA id → name in words, of ``/proc/asound/cards``."""
    lines = re.finditer(
        r"^ *\d+ \[(\S+) *\]: \S+ - (.+)$", _read(proc / "asound/cards"), re.MULTILINE
    )
    return {match[1]: match[2].strip() for match in lines}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\n\0 ")
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Volume:
    """A level: percent of the control's range, and decibels where the card knows them."""

    percent: int
    db: float | None = None


class MixerError(OSError):
    """A mixer, or a control of it, that is not there or refuses: which one and what ALSA says."""


class Mixer:
    """The levels of one card, through pyalsaaudio.

    `device` is a control device (`SoundCard.control`, ``default``). The controls are opened anew
    each time: a headset that was unplugged raises MixerError instead of setting what is gone, and
    so does one that goes in the middle of it. Nothing else is raised here.
    """

    def __init__(self, device: str) -> None:
        self.device = device

    def controls(self, direction: Direction) -> list[str]:
        """Names of the controls that have such a volume, the likeliest first."""
        import alsaaudio

        preferred = PREFERRED[direction]
        with self._asking():
            names = alsaaudio.mixers(device=self.device)
            able = [name for name in names if _capable(self._open(name), direction)]
        return sorted(
            able, key=lambda name: preferred.index(name) if name in preferred else len(preferred)
        )

    def volume(self, direction: Direction, control: str | None = None) -> Volume:
        """The level just now, of the first channel."""
        import alsaaudio

        mixer, pcm = self._control(direction, control)
        with self._asking():
            levels = mixer.getvolume(pcm, alsaaudio.VOLUME_UNITS_PERCENTAGE)
        if not levels:
            raise MixerError(f"mixer {self.device}: no {direction} volume in any channel")
        return Volume(levels[0], _decibels(mixer, pcm))

    def set_percent(self, direction: Direction, percent: int, control: str | None = None) -> Volume:
        """Set all channels to percent of the control's range; what it has become."""
        mixer, pcm = self._control(direction, control)
        with self._asking():
            mixer.setvolume(max(0, min(100, percent)), pcmtype=pcm)
        return self.volume(direction, control)

    def set_db(self, direction: Direction, db: float, control: str | None = None) -> Volume:
        """Set all channels to decibels, within the control's range; what it has become."""
        import alsaaudio

        mixer, pcm = self._control(direction, control)
        with self._asking():
            low, high = mixer.getrange(pcm, alsaaudio.VOLUME_UNITS_DB)
            value = max(low, min(high, round(db * 100)))
            mixer.setvolume(value, pcmtype=pcm, units=alsaaudio.VOLUME_UNITS_DB)
        return self.volume(direction, control)

    def step(self, direction: Direction, steps: int, control: str | None = None) -> Volume:
        """Louder or softer by steps of 3 dB; by 5 % each where the card knows no decibels.

        pyalsaaudio makes decibels up for a card that has none, and sets nothing then.
        """
        before = self.volume(direction, control)
        if before.db is not None:
            after = self.set_db(direction, before.db + VOLUME_STEP * steps, control)
            if after.percent != before.percent:
                return after
        return self.set_percent(direction, before.percent + 5 * steps, control)

    def _control(self, direction: Direction, name: str | None) -> tuple[Any, int]:
        import alsaaudio

        controls = self.controls(direction)
        if not controls or (name is not None and name not in controls):
            raise MixerError(
                f"mixer {self.device}: no {direction} volume"
                f"{f' {name!r}' if name else ''}; it has {', '.join(controls) or 'none'}"
            )
        pcm = alsaaudio.PCM_PLAYBACK if direction == "playback" else alsaaudio.PCM_CAPTURE
        return self._open(name or controls[0]), pcm

    def _open(self, control: str) -> Any:
        import alsaaudio

        with self._asking():
            return alsaaudio.Mixer(control, device=self.device)

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        """Raise MixerError for whatever ALSA complains of."""
        import alsaaudio

        try:
            yield
        except alsaaudio.ALSAAudioError as error:
            raise MixerError(f"mixer {self.device}: {error}") from None


def _capable(mixer: Any, direction: Direction) -> bool:
    wanted = f"{direction.capitalize()} Volume"
    return any(capability in ("Volume", wanted) for capability in mixer.volumecap())


def _decibels(mixer: Any, pcm: int) -> float | None:
    import alsaaudio

    try:
        hundredths = mixer.getvolume(pcm, alsaaudio.VOLUME_UNITS_DB)
    except alsaaudio.ALSAAudioError:
        return None
    return hundredths[0] / 100 if hundredths else None
