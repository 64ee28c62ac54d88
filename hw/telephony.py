"""What a headset's reports mean to a telephone, and its lights to the headset.

The usages are those of the HID Usage Tables 1.5: telephony page (0x0B) for hook switch, phone mute
and flash, consumer page (0x0C) for volume, LED page (0x08) for what the host tells. A switch that
is absolute and stays where it is put says a state; one that is relative, or springs back, says that
it was pushed. Pure: reports in, words out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hw.hid_report import Descriptor, Field

Press = Literal["off-hook", "on-hook", "hook", "muted", "open", "mute", "flash", "up", "down"]
"""`hook` and `mute` are pushes; off-hook, on-hook, `muted` and `open` are states of a switch."""

HOOK_SWITCH, FLASH, PHONE_MUTE = 0xB0020, 0xB0021, 0xB002F
VOLUME_UP, VOLUME_DOWN = 0xC00E9, 0xC00EA
LED_MUTE, LED_OFF_HOOK, LED_RING, LED_HOLD = 0x80009, 0x80017, 0x80018, 0x80020
LED_MICROPHONE = 0x80021
"""The mute light of headsets that have no `LED_MUTE`."""
_BUTTONS: dict[int, Press] = {FLASH: "flash", VOLUME_UP: "up", VOLUME_DOWN: "down"}
_READ = (HOOK_SWITCH, PHONE_MUTE, *_BUTTONS)


@dataclass(frozen=True, slots=True)
class Lights:
    """What the headset is to know of the telephone."""

    off_hook: bool = False
    ring: bool = False
    mute: bool = False
    hold: bool = False


class Telephony:
    """One HID interface of a headset: remembers the last state of its switches."""

    def __init__(self, descriptor: Descriptor) -> None:
        self._descriptor = descriptor
        self._hook = descriptor.find("input", HOOK_SWITCH)
        self._mute = descriptor.find("input", PHONE_MUTE)
        self._last: dict[int, dict[int, int]] = {}
        leds = (LED_OFF_HOOK, LED_RING, LED_MUTE, LED_HOLD, LED_MICROPHONE)
        fields = [field for led in leds if (field := descriptor.find("output", led)) is not None]
        self._outputs = sorted({field.report for field in fields})
        self._has_mute_light = descriptor.find("output", LED_MUTE) is not None

    @property
    def useful(self) -> bool:
        """Whether it has anything that a telephone can use."""
        usages = (one for field in self._descriptor.fields for one in field.usages)
        return bool(self._outputs) or any(
            first <= wanted <= last for first, last in usages for wanted in _READ
        )

    def take(self, data: bytes) -> list[Press]:
        """What an input report says that the one before it did not."""
        number = self._descriptor.number(data)
        now = {usage: value for usage, value in self._descriptor.decode(data).items() if value}
        before = self._last.get(number, {})
        self._last[number] = now
        presses: list[Press] = []
        hook = self._changed(self._hook, number, before, now)
        if hook is not None and self._hook is not None:
            if not self._hook.relative:
                presses.append("off-hook" if hook else "on-hook")
            elif hook:
                presses.append("hook")
        mute = self._changed(self._mute, number, before, now)
        if mute is not None and self._mute is not None:
            if not (self._mute.relative or self._mute.momentary):
                presses.append("muted" if mute else "open")
            elif mute:
                presses.append("mute")
        presses += [
            press
            for usage, press in _BUTTONS.items()
            if now.get(usage, 0) > 0 and not before.get(usage)
        ]
        return presses

    def reports(self, lights: Lights) -> list[bytes]:
        """The output reports that tell the headset all of this."""
        values = {
            LED_OFF_HOOK: lights.off_hook,
            LED_RING: lights.ring,
            LED_MUTE: lights.mute,
            LED_HOLD: lights.hold,
            LED_MICROPHONE: lights.mute and not self._has_mute_light,
        }
        return [self._descriptor.encode(number, values) for number in self._outputs]

    @staticmethod
    def _changed(
        field: Field | None, number: int, before: dict[int, int], now: dict[int, int]
    ) -> bool | None:
        if field is None or field.report != number:
            return None
        was, is_ = before.get(field.usage, 0) > 0, now.get(field.usage, 0) > 0
        return is_ if was != is_ else None
