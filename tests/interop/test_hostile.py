"""Fingers and contacts gone mad: thousands of keys a second, a hook that chatters, unknown keys.

Afterwards the phone must be what it was: no tone, no call, and ready for the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from appliance.control import protocol
from appliance.control.runner import play
from appliance.control.scenario import parse
from appliance.control.server import tap
from appliance.control.sockets import connect
from appliance.errors import HardwareError, PhoneError
from appliance.face import Face
from appliance.phone.events import Event
from appliance.wiring.fingers import PinFingers
from appliance.wiring.plans import Simulation, simulate
from hw.board import DEFAULT_BOARD
from hw.simulated.wiring import SimulatedUnit
from tests.interop.phone import Phone

PRESSES = 10_000
CLIENTS = 25
A_REQUEST = 64
KEYS = tuple(key for row in DEFAULT_BOARD.keys for key in row if key)
STILL_CALLS = """
lift; replace; expect no call; expect heard silence
lift; expect heard tone 440
press 6 0 1 #; expect call talking 601; expect heard tone 1004
replace; expect no call; expect heard silence
lift; expect screen "Dial"
"""


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Phone]:
    """A phone at its embedded PBX, as a process."""
    with Phone(tmp_path, None) as started:
        started.registered()
        yield started


def at_the_contacts(
    folder: Path,
    mischief: Callable[[Face, SimulatedUnit], Awaitable[None]],
    board: Path | None = None,
) -> None:
    """A phone in this process, its contacts at the mercy of `mischief`; it must call afterwards."""

    async def performance(face: Face) -> int:
        fingers = face._fingers
        assert isinstance(fingers, PinFingers)
        assert await play(face, parse("expect registered within 10s"), report.append) == 0
        await mischief(face, fingers._unit)
        return await play(face, parse(STILL_CALLS), report.append)

    report: list[str] = []
    said = io.StringIO()
    earpiece = folder / "earpiece.wav"
    options = Simulation(state=folder, headless=True, earpiece=earpiece, board=board)
    code = simulate(options, said, said, performance)
    assert code == 0, "\n".join(report)


def test_ten_thousand_key_presses_in_a_second_from_many_programs(phone: Phone) -> None:
    dice = random.Random(1)
    with contextlib.ExitStack() as stack:
        socket = phone.state / "control.sock"
        lines = [stack.enter_context(connect(socket, 5.0)) for _ in range(CLIENTS)]
        began = time.monotonic()
        for number in range(PRESSES // A_REQUEST + 1):
            keys = tuple(dice.choices(KEYS, k=A_REQUEST))
            lines[number % CLIENTS].sendall(protocol.encode(protocol.Press(keys)))
        assert time.monotonic() - began < 1.0
        phone.until(lambda s: s.hook == "on", "an answer in the middle of it", timeout_s=1.0)
    phone.until(lambda _: is_quiet(phone), "the keys to come to rest")
    phone.lift()
    phone.replace()
    phone.no_call()
    phone.lift()
    phone.hears(440)
    phone.type("601")
    phone.call("talking", "601")
    phone.hears(1004)
    phone.replace()
    phone.no_call()
    phone.hears_nothing()


def is_quiet(phone: Phone) -> bool:
    """Whether keys can be pressed without somebody else's in the way."""
    try:
        phone.press("up", "down")
    except PhoneError as error:
        assert error.code == "HW-04"
        return False
    return True


def test_ten_thousand_contacts_in_a_second(tmp_path: Path) -> None:
    async def mischief(face: Face, unit: SimulatedUnit) -> None:
        dice = random.Random(2)
        crossings = [(row, column) for row in range(7) for column in range(4)]
        unit.lift()
        began = time.process_time()
        for number in range(PRESSES):
            contact = dice.choice(crossings)
            unit.close_contact(contact)
            if number % 16 == 0:
                await asyncio.sleep(0)
            unit.open_contact(contact)
        assert time.process_time() - began < 2.0, "of this process, whatever else is running"
        unit.replace()
        await asyncio.sleep(0.2)

    at_the_contacts(tmp_path, mischief)


def test_a_hook_that_chatters_a_thousand_times_a_second(tmp_path: Path) -> None:
    async def mischief(face: Face, unit: SimulatedUnit) -> None:
        loop = asyncio.get_running_loop()
        heard: list[Event] = []
        leave = face.subscribe(heard.append)
        began = loop.time()
        for number in range(1000):
            unit.lift()
            unit.replace()
            await asyncio.sleep(max(0.0, began + (number + 1) / 1000 - loop.time()))
        leave()
        assert loop.time() - began < 3.0
        assert not any(type(event).__name__.startswith("Hook") for event in heard)

    at_the_contacts(tmp_path, mischief)


def test_a_key_that_cannot_be_noticed_is_not_left_down(tmp_path: Path) -> None:
    async def mischief(face: Face, unit: SimulatedUnit) -> None:
        await face.press("1")
        await face.press("3")
        with pytest.raises(HardwareError, match="HW-04"):
            await tap(face, "7")
        await face.release("1")
        await face.release("3")
        assert not unit.pressed
        await asyncio.gather(*(tap(face, "7") for _ in range(5)))
        assert not unit.pressed
        assert await play(face, parse('expect screen "1377777"'), print) == 0

    at_the_contacts(tmp_path, mischief)


def test_contacts_that_are_no_keys_are_reported_and_change_nothing(tmp_path: Path) -> None:
    async def mischief(face: Face, unit: SimulatedUnit) -> None:
        before = face.screen
        for _ in range(2):
            unit.close_contact((0, 0))
            assert await play(face, parse('expect screen "contact is no key"'), print) == 0
            unit.open_contact((0, 0))
        assert [problem.part for problem in face.phone.problems] == ["keypad"]
        assert not face.phone.calls
        assert face.screen.title == before.title

    rows = [["" if key == "soft1" else key for key in row] for row in DEFAULT_BOARD.keys]
    board = tmp_path / "board.toml"
    board.write_text(f"[board]\nkeys = {json.dumps(rows)}\n")
    at_the_contacts(tmp_path, mischief, board)
