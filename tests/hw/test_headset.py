"""A headset's buttons and lights, at the other end of a socket pair instead of a hidraw node."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from hw.headset import PRESSES, HidHeadset, HidNode, Patience, Switch, hid_nodes
from hw.problem import Problem
from hw.telephony import Lights, Press
from tests.hw.descriptors import EPOS, JABRA, POLY
from tests.hw.test_soundcard import Machine
from tests.hw.waiting import until

OFF_HOOK, ON_HOOK, MUTE = b"\x02\x01\x00", b"\x02\x00\x00", b"\x02\x08\x00"


class Ear:
    """A headset by its USB end; what it was told last stands in `told`."""

    def __init__(self, descriptor: bytes = JABRA) -> None:
        self.device, self.host = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.device.setblocking(False)
        self.host.setblocking(False)
        self.node = HidNode("hidraw7", descriptor)
        self.pressed: list[Press] = []
        self.problems: list[Problem] = []
        self.told: list[bytes] = []

    def open(self, error: OSError | None = None, nodes: list[HidNode] | None = None) -> None:
        def connect(path: Path) -> int:
            assert path == Path("/dev/hidraw7")
            if error is not None:
                raise error
            return os.dup(self.host.fileno())

        self.headset = HidHeadset(
            nodes or [self.node],
            self.pressed.append,
            on_problem=self.problems.append,
            connect=connect,
        )

    def says(self, *reports: bytes) -> None:
        for report in reports:
            self.device.send(report)

    def listen(self) -> list[bytes]:
        with contextlib.suppress(BlockingIOError):
            while data := self.device.recv(64):
                self.told.append(data)
        return self.told


def play(
    story: Callable[[Ear], Coroutine[Any, Any, None]], ear: Ear | None = None, **how: Any
) -> Ear:
    ear = ear or Ear()

    async def life() -> None:
        ear.open(**how)
        try:
            await story(ear)
        finally:
            ear.headset.close()
            ear.device.close()
            ear.host.close()

    asyncio.run(life())
    return ear


def test_a_headset_is_told_what_the_phone_is_as_soon_as_it_is_there() -> None:
    async def story(ear: Ear) -> None:
        await until(lambda: ear.listen() == [b"\x02\x00\x00"])
        ear.headset.show(Lights(ring=True))
        await until(lambda: ear.listen()[-1] == b"\x02\x04\x00")
        ear.headset.show(Lights(ring=True))
        ear.headset.show(Lights(off_hook=True))
        await until(lambda: ear.listen()[-1] == b"\x02\x01\x00")
        assert len(ear.told) == 3

    play(story)


def test_phone_mute_is_answered_even_when_nothing_came_of_it() -> None:
    async def story(ear: Ear) -> None:
        await until(lambda: len(ear.listen()) == 1)
        ear.says(MUTE, ON_HOOK)
        await until(lambda: ear.pressed == ["mute"])
        await until(lambda: len(ear.listen()) == 2)
        assert ear.told[-1] == b"\x02\x00\x00"

    play(story)


def test_the_answer_to_a_button_is_what_the_phone_has_become() -> None:
    async def story(ear: Ear) -> None:
        await until(lambda: len(ear.listen()) == 1)
        ear.headset._on_press = lambda press: ear.headset.show(Lights(off_hook=True))
        ear.says(OFF_HOOK)
        await until(lambda: len(ear.listen()) == 2)
        assert ear.told[-1] == b"\x02\x01\x00"

    play(story)


def test_an_echo_is_no_button() -> None:
    async def story(ear: Ear) -> None:
        ear.headset.show(Lights(off_hook=True))
        ear.says(OFF_HOOK)
        ear.headset.show(Lights())
        ear.headset.show(Lights(off_hook=True))
        ear.says(ON_HOOK, OFF_HOOK, b"\x02\x11\x00")
        await until(lambda: ear.pressed)
        assert ear.pressed == ["flash"]
        ear.says(ON_HOOK)
        await until(lambda: len(ear.pressed) > 1)
        assert ear.pressed == ["flash", "on-hook"]

    play(story)


def test_a_mute_switch_is_followed_and_its_echo_is_not() -> None:
    async def story(ear: Ear) -> None:
        ear.says(b"\x03\x02")
        await until(lambda: ear.pressed == ["mute"])
        ear.headset.show(Lights(mute=True))
        ear.says(b"\x03\x03")
        await until(lambda: ear.pressed == ["mute", "off-hook"])

    play(story, Ear(EPOS))


def test_a_flood_is_heard_as_far_as_a_hand_could_do_it() -> None:
    async def story(ear: Ear) -> None:
        sent = 0
        while sent < 1000:
            with contextlib.suppress(BlockingIOError):
                ear.says(MUTE, ON_HOOK)
                sent += 1
            ear.listen()
            await asyncio.sleep(0)
        await until(lambda: ear.problems)
        assert PRESSES <= len(ear.pressed) < 500
        assert len(ear.problems) == 1
        assert "never rest" in str(ear.problems[0])

    play(story)


def test_one_that_is_unplugged_falls_silent_and_nothing_more() -> None:
    async def story(ear: Ear) -> None:
        ear.listen()
        ear.device.close()
        await until(lambda: not ear.headset.is_open)
        ear.headset.show(Lights(off_hook=True))
        assert ear.problems == []

    play(story)


def test_a_node_that_may_not_be_opened_is_a_problem_in_words() -> None:
    async def story(ear: Ear) -> None:
        assert not ear.headset.is_open
        (problem,) = ear.problems
        assert "Permission denied" in str(problem) and "udev" in str(problem)

    play(story, error=PermissionError(13, "Permission denied"))


def test_a_descriptor_that_is_none_is_a_problem_in_words() -> None:
    async def story(ear: Ear) -> None:
        assert "a collection to end" in str(ear.problems[0])

    play(story, Ear(b"\xc0"))


def test_a_node_without_anything_for_a_telephone_is_not_opened() -> None:
    async def story(ear: Ear) -> None:
        assert not ear.headset.is_open and not ear.problems

    play(story, Ear(b""), error=OSError(5, "opened all the same"))


def test_lamps_that_cannot_be_set_are_a_problem_and_buttons_go_on(tmp_path: Path) -> None:
    async def story() -> None:
        reading, writing = os.pipe2(os.O_NONBLOCK)
        problems: list[Problem] = []
        pressed: list[Press] = []
        headset = HidHeadset(
            [HidNode("hidraw7", POLY)], pressed.append, on_problem=problems.append,
            connect=lambda path: reading,
        )  # fmt: skip
        await until(lambda: problems)
        assert "Bad file descriptor" in str(problems[0])
        os.write(writing, b"\x08\x02")
        await until(lambda: pressed == ["off-hook"])
        headset.close()
        os.close(writing)

    asyncio.run(story())


def test_echoes_are_awaited_for_half_a_second() -> None:
    now = [0.0]
    switch = Switch(lambda: now[0])
    switch.tell(True)
    switch.tell(False)
    now[0] = 1.0
    assert switch.is_news(True)
    assert not switch.is_news(False)


def test_patience_comes_back() -> None:
    now = [0.0]
    patience = Patience(lambda: now[0])
    assert [patience.allows() for _ in range(12)] == [True] * 10 + [False] * 2
    now[0] = 0.25
    assert patience.allows()
    assert not patience.allows()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_nodes_of_a_card_are_those_of_its_usb_device(machine: Machine) -> None:
    (machine.sysfs / "class/hidraw").mkdir()
    for number, port in ((0, "1-1.2"), (3, "1-1.4")):
        interface = machine.usb(port, f"S{number}")
        hid = interface / f"0003:0D8C:0014.000{number}"
        node = hid / f"hidraw/hidraw{number}"
        node.mkdir(parents=True)
        (hid / "report_descriptor").write_bytes(JABRA)
        (node / "device").symlink_to("../..")
        (machine.sysfs / f"class/hidraw/hidraw{number}").symlink_to(node)
    (machine.sysfs / "class/hidraw/hidraw9").mkdir()
    assert hid_nodes("1-1.4", machine.sysfs) == [HidNode("hidraw3", JABRA)]
    assert hid_nodes("2-1", machine.sysfs) == []
    assert hid_nodes("1-1.2", machine.sysfs / "nowhere") == []
