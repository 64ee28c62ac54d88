"""ALSA's PCMs by their names, as the library lists them. Lives on the sip thread."""

from __future__ import annotations

from typing import Any, Literal


def number_of(devices: Any, name: str, channels: Literal["inputCount", "outputCount"]) -> int:
    """The number that the library's device manager gives a PCM which has such channels.

    Its list is made anew when the name is not in it, or is there without channels: so it notes a
    PCM that could not be opened just then. Raises `LookupError` in words for IT.
    """
    for _ in range(2):
        found = [device for device in devices.enumDev2() if device.name == name]
        if any(getattr(device, channels) for device in found):
            return int(devices.lookupDev("ALSA", name))
        devices.refreshDevs()
    raise LookupError(
        f"ALSA has no PCM named {name!r} that opens; `deskphone audio list` shows what it has"
    )
