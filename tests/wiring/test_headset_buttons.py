"""From a button on a headset to an event of the phone, and from its state to the lights."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from appliance.phone.effects import SetHeadset
from appliance.phone.events import Event, HeadsetHook, KeyPressed, KeyReleased, ProblemFound
from appliance.wiring.headset import PART, HeadsetButtons
from hw.headset import HidHeadset, HidNode
from tests.hw.descriptors import JABRA
from tests.hw.waiting import until

PORT, NODE = "1-1.2", HidNode("hidraw7", JABRA)


class Desk:
    """A headset at the far end of a socket pair, which may be in a port or not."""

    def __init__(self) -> None:
        self.device, self.host = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.host.setblocking(False)
        self.device.settimeout(10.0)
        self.posted: list[Event] = []
        self.nodes: dict[str, list[HidNode]] = {PORT: [NODE]}
        self.error: OSError | None = None
        self.opened = 0
        self.buttons = HeadsetButtons(
            self.posted.append, look=lambda port: self.nodes.get(port, []), connect=self.connect
        )

    def connect(self, nodes: list[HidNode], on_press: Any, **how: Any) -> HidHeadset:
        def open_node(path: Path) -> int:
            if self.error is not None:
                raise self.error
            self.opened += 1
            return os.dup(self.host.fileno())

        return HidHeadset(nodes, on_press, connect=open_node, **how)

    def told(self) -> bytes:
        return self.device.recv(64)


def play(story: Callable[[Desk], Coroutine[Any, Any, None]]) -> None:
    async def life() -> None:
        desk = Desk()
        try:
            await story(desk)
        finally:
            desk.buttons.close()
            desk.device.close()
            desk.host.close()

    asyncio.run(life())


def test_buttons_are_events() -> None:
    async def story(desk: Desk) -> None:
        desk.buttons.follow(PORT)
        for report in (b"\x02\x01\x00", b"\x02\x09\x00", b"\x02\x00\x00", b"\x01\x02"):
            desk.device.send(report)
        desk.buttons.indicate(SetHeadset(False, False, False, False))
        await until(lambda: len(desk.posted) >= 5)
        assert HeadsetHook(off_hook=True) == desk.posted[0]
        assert desk.posted[1:3] == [KeyPressed("mute"), KeyReleased("mute")]
        assert KeyPressed("volume_up") in desk.posted

    play(story)


def test_a_headset_that_comes_back_is_told_where_the_phone_is() -> None:
    async def story(desk: Desk) -> None:
        desk.buttons.follow(PORT)
        assert await asyncio.to_thread(desk.told) == b"\x02\x00\x00"
        desk.buttons.follow("")
        desk.buttons.indicate(SetHeadset(True, False, True, False))
        desk.buttons.follow(PORT)
        heard = [await asyncio.to_thread(desk.told)]
        while heard[-1] != b"\x02\x03\x00":
            heard.append(await asyncio.to_thread(desk.told))
        desk.buttons.again()
        assert desk.opened == 2

    play(story)


def test_buttons_that_come_after_their_card_are_found() -> None:
    async def story(desk: Desk) -> None:
        desk.nodes = {}
        desk.buttons.follow(PORT)
        assert desk.opened == 0
        desk.nodes = {PORT: [NODE]}
        desk.buttons.again()
        assert desk.opened == 1

    play(story)


def test_a_node_that_is_not_ours_is_told_until_it_is() -> None:
    async def story(desk: Desk) -> None:
        desk.error = PermissionError(13, "Permission denied")
        desk.buttons.follow(PORT)
        (problem,) = desk.posted
        assert isinstance(problem, ProblemFound)
        assert (problem.part, problem.code) == (PART, "AUDIO-07")
        desk.error = None
        desk.buttons.again()
        assert desk.posted[1] == ProblemFound(PART, "", "")
        assert desk.opened == 1

    play(story)
