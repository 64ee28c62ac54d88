"""What many of the examples have in common."""

from __future__ import annotations

from appliance.phone.screen import Icon

READY: tuple[Icon, ...] = ("registered", "headset")
