"""Uevents: their messages, and the kernel itself where a test may make it speak."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.hotplug import OVERRUN, UEVENT_PROTOCOL, Hotplug, Uevent, open_uevents, parse_uevent
from hw.problem import Problem
from tests.hw.waiting import until

NULL = Path("/sys/class/mem/null/uevent")
CARD = "/devices/platform/soc/usb1/1-1.2/1-1.2:1.0/sound/card1"


def repeat() -> None:
    """Have the kernel say that ``/dev/null`` has changed."""
    NULL.write_text("change")


needs_root = pytest.mark.skipif(
    not os.access(NULL, os.W_OK), reason="only root may have the kernel repeat a uevent"
)


def message(action: str, path: str, subsystem: str, node: str = "") -> bytes:
    lines = [f"{action}@{path}", f"ACTION={action}", f"DEVPATH={path}", f"SUBSYSTEM={subsystem}"]
    if node:
        lines.append(f"DEVNAME={node}")
    return b"".join(line.encode() + b"\0" for line in (*lines, "SEQNUM=4711"))


def test_a_message_of_the_kernel() -> None:
    assert parse_uevent(message("add", f"{CARD}/controlC1", "sound", "snd/controlC1")) == Uevent(
        "add", f"{CARD}/controlC1", "sound", "snd/controlC1"
    )
    assert parse_uevent(message("remove", CARD, "sound")) == Uevent("remove", CARD, "sound")


@pytest.mark.parametrize(
    "other",
    [
        b"",
        b"libudev\0\xfe\xed\xca\xfe",
        b"add@devices/no-slash\0ACTION=add\0DEVPATH=devices/no-slash\0",
        b"add@/devices/x\0ACTION=remove\0DEVPATH=/devices/x\0",
        b"add@/devices/x\0ACTION=add\0DEVPATH=/devices/y\0",
    ],
)
def test_what_is_no_message_of_the_kernel(other: bytes) -> None:
    assert parse_uevent(other) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    event = parse_uevent(noise)
    assert event is None or event.path.startswith("/")


words = st.text(st.characters(exclude_characters="\0=", codec="utf-8"), max_size=20)


@given(st.sampled_from(["add", "remove", "change", "bind"]), words, words, words)
def test_what_was_said_is_heard(action: str, path: str, subsystem: str, node: str) -> None:
    event = parse_uevent(message(action, f"/{path}", subsystem, node))
    assert event == Uevent(action, f"/{path}", subsystem, node)


class Listener:
    """A `Hotplug` at the end of a socket of its own, or at the kernel's."""

    def __init__(self, folder: Path) -> None:
        self.dev = folder
        self.heard: list[Uevent] = []
        self.problems: list[Problem] = []
        self.mouth, self.ear = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ear.setblocking(False)

    def open(self, connect: Callable[[], socket.socket] | None = None, of: str = "sound") -> None:
        self.hotplug = Hotplug(
            {of},
            self.heard.append,
            on_problem=self.problems.append,
            connect=connect or (lambda: self.ear),
            dev=self.dev,
        )

    def play(self, story: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def life() -> None:
            try:
                await story()
            finally:
                self.hotplug.close()
                self.mouth.close()
                self.ear.close()

        asyncio.run(life())


@pytest.fixture
def listener(tmp_path: Path) -> Listener:
    return Listener(tmp_path)


def test_only_the_subsystems_that_were_asked_for_are_told(listener: Listener) -> None:
    async def story() -> None:
        listener.open()
        listener.mouth.send(message("remove", "/devices/net/lo", "net"))
        listener.mouth.send(b"noise")
        listener.mouth.send(message("remove", CARD, "sound"))
        await until(lambda: listener.heard)
        assert listener.heard == [Uevent("remove", CARD, "sound")]

    listener.play(story)


def test_a_device_is_told_when_its_node_may_be_opened(listener: Listener) -> None:
    async def story() -> None:
        listener.open()
        listener.mouth.send(message("add", f"{CARD}/a", "sound", "snd/controlC1"))
        listener.mouth.send(message("change", CARD, "sound"))
        await until(lambda: listener.heard)
        assert [event.action for event in listener.heard] == ["change"]
        (listener.dev / "snd").mkdir()
        (listener.dev / "snd/controlC1").touch()
        await until(lambda: len(listener.heard) > 1)
        assert listener.heard[1].node == "snd/controlC1"

    listener.play(story)


def test_one_that_goes_before_it_may_be_opened_has_gone(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hw.hotplug.SETTLE_SECONDS", 0.001)

    async def story() -> None:
        listener.open()
        listener.mouth.send(message("add", f"{CARD}/a", "sound", "snd/a"))
        listener.mouth.send(message("remove", f"{CARD}/a", "sound", "snd/a"))
        listener.mouth.send(message("add", f"{CARD}/b", "sound", "snd/b"))
        await until(lambda: len(listener.heard) > 1)
        assert [event.action for event in listener.heard] == ["remove", "add"]
        assert listener.heard[1].node == "snd/b", "told in the end, for opening says what is wrong"

    listener.play(story)


def test_closing_forgets_what_was_on_its_way(listener: Listener) -> None:
    async def story() -> None:
        listener.open()
        listener.mouth.send(message("add", f"{CARD}/a", "sound", "snd/a"))
        await until(lambda: listener.hotplug._settling)
        listener.hotplug.close()
        assert not listener.hotplug._settling
        assert not listener.hotplug.active

    listener.play(story)


def test_where_the_kernel_cannot_be_heard_that_is_said(listener: Listener) -> None:
    def refuse() -> socket.socket:
        raise PermissionError(1, "Operation not permitted")

    async def story() -> None:
        listener.open(refuse)
        assert not listener.hotplug.active
        assert "Operation not permitted" in str(listener.problems[0])

    listener.play(story)


@needs_root
def test_the_kernel_itself(listener: Listener) -> None:
    async def story() -> None:
        listener.open(open_uevents, of="mem")
        repeat()
        await until(lambda: listener.heard)
        assert listener.heard[0] == Uevent("change", "/devices/virtual/mem/null", "mem", "null")

    listener.play(story)


@needs_root
def test_nobody_else_is_believed(listener: Listener) -> None:
    async def story() -> None:
        ours = open_uevents()
        listener.open(lambda: ours, of="mem")
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, UEVENT_PROTOCOL) as liar:
            liar.sendto(message("remove", "/devices/made-up", "mem"), (ours.getsockname()[0], 0))
        repeat()
        await until(lambda: listener.heard)
        assert [event.action for event in listener.heard] == ["change"]

    listener.play(story)


@needs_root
def test_messages_that_were_lost_are_told_as_such(listener: Listener) -> None:
    async def story() -> None:
        ours = open_uevents()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        for _ in range(20):
            repeat()
        listener.open(lambda: ours, of="mem")
        await until(lambda: listener.heard)
        assert OVERRUN in [event.action for event in listener.heard]

    listener.play(story)
