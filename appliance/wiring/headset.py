"""The buttons of the headset in use, as events; what the phone is, as the headset's lights.

The headset is the USB device whose sound card the phone speaks through; its hidraw nodes come a
moment before or after that card, and go with it. A headset without any is a headset all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from appliance.phone.effects import SetHeadset
from appliance.phone.events import Event, HeadsetHook, KeyPressed, KeyReleased, ProblemFound
from appliance.ports import Post
from appliance.wiring.troubles import words_of
from hw.headset import HidHeadset, HidNode, hid_nodes
from hw.problem import Problem
from hw.telephony import Lights, Press

log = logging.getLogger(__name__)

PART = "headset buttons"
_KEYS = {"mute": "mute", "flash": "flash", "up": "volume_up", "down": "volume_down"}


class HeadsetButtons:
    """Follows the headset from port to port; for the loop's thread, and until `close`."""

    def __init__(
        self,
        post: Post,
        *,
        look: Callable[[str], list[HidNode]] = hid_nodes,
        connect: Callable[..., HidHeadset] = HidHeadset,
    ) -> None:
        self._post = post
        self._look = look
        self._connect = connect
        self._port = ""
        self._nodes: list[HidNode] = []
        self._headset: HidHeadset | None = None
        self._lights = Lights()
        self._troubled = False

    def follow(self, port: str) -> None:
        """The headset is in this USB port now; empty: in none. Looks again if it is the same."""
        nodes = self._look(port) if port else []
        alive = self._headset is not None and self._headset.is_open
        if (port, nodes) == (self._port, self._nodes) and (alive or not nodes):
            return
        self.close()
        self._port, self._nodes = port, nodes
        if self._troubled:
            self._troubled = False
            self._post(ProblemFound(PART, "", ""))
        if nodes:
            self._headset = self._connect(nodes, self._pressed, on_problem=self._failed)
            self._headset.show(self._lights)

    def again(self) -> None:
        """HID devices have come or gone."""
        self.follow(self._port)

    def indicate(self, effect: SetHeadset) -> None:
        """Tell the headset what the phone is."""
        self._lights = Lights(effect.off_hook, effect.ringing, effect.muted, effect.held)
        if self._headset is not None:
            self._headset.show(self._lights)

    def close(self) -> None:
        """Leave the headset alone."""
        if self._headset is not None:
            self._headset.close()
            self._headset = None

    def _pressed(self, press: Press) -> None:
        for event in _events(press):
            self._post(event)

    def _failed(self, problem: Problem) -> None:
        log.error("AUDIO-07: %s", problem)
        self._troubled = True
        self._post(ProblemFound(PART, "AUDIO-07", words_of(problem)))


def _events(press: Press) -> tuple[Event, ...]:
    key = _KEYS.get(press)
    if key is None:
        return (HeadsetHook(press == "off-hook"),)
    return KeyPressed(key), KeyReleased(key)
