"""Pins from the kernel: the parts of a unit on them, asleep at rest; and the ABI byte by byte."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero import InputDevice, PinInvalidEdges, PinInvalidFunction, PinInvalidPull
from gpiozero.exc import PinFixedPull, PinSetInput

from hw import kernel_pins as kp
from hw.board import DEFAULT_BOARD as BOARD
from hw.hook import HookSwitch
from hw.keypad import MatrixKeypad
from hw.lamps import Lamps
from hw.problem import Problem
from tests.hw.chips import CONFIGFS, Chip, SimulatedByTheKernel, SimulatesTheKernel
from tests.hw.waiting import until

GPIO_SIM = os.access(CONFIGFS, os.W_OK)


@pytest.fixture(params=["a fake kernel", "gpio-sim"] if GPIO_SIM else ["a fake kernel"])
def chip(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chip]:
    made: Chip
    if request.param == "gpio-sim":
        made = SimulatedByTheKernel()
    else:
        made = SimulatesTheKernel(monkeypatch)
    for line in range(28):
        made.pull(line, True)
    try:
        yield made
    finally:
        made.close()


def entries(directory: str) -> int:
    return sum(1 for _ in Path(directory).iterdir())


class Unit:
    """A whole unit on a chip; `press` wires a row to a column."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.factory = chip.open()
        self.said: list[str] = []
        self.problems: list[Problem] = []
        self._closed: set[tuple[int, int]] = set()
        self._low: set[int] = set()
        self._driven: set[int] = set()
        self.factory.pin_class = self._wired()
        chip.pull(self.hook_line, False)
        parts: dict[str, Any] = {
            "on_problem": self.problems.append,
            "pin_factory": self.factory,
        }
        self.keypad = MatrixKeypad(BOARD, self._note("+"), self._note("-"), **parts)
        chip.pull(self.hook_line, False)
        self.hook = HookSwitch(
            BOARD, lambda: self.said.append("lift"), lambda: self.said.append("replace"), **parts
        )
        chip.pull(self.hook_line, False)
        self.lamps = Lamps(BOARD, **parts)

    @property
    def hook_line(self) -> int:
        assert BOARD.hook is not None
        return BOARD.hook

    def press(self, key: str) -> None:
        self._closed.add(BOARD.contact(key))
        self._settle()

    def release(self, key: str) -> None:
        self._closed.discard(BOARD.contact(key))
        self._settle()

    def close(self) -> None:
        for part in (self.keypad, self.hook, self.lamps, self.factory):
            part.close()

    def _note(self, sign: str) -> Callable[[str], None]:
        return lambda key: self.said.append(sign + key)

    def _settle(self) -> None:
        low = {BOARD.rows[r] for r, c in self._closed if BOARD.columns[c] in self._driven}
        for row in BOARD.rows:
            if (row in low) != (row in self._low):
                self.chip.pull(row, row not in low)
        self._low = low

    def _wired(unit) -> type[kp.KernelPin]:  # noqa: N805
        class Wired(kp.KernelPin):
            def output_with_state(self, state: float) -> None:
                super().output_with_state(state)
                unit._driven.add(self._number)
                unit._settle()

            def input_with_pull(self, pull: str) -> None:
                super().input_with_pull(pull)
                unit._driven.discard(self._number)
                unit._settle()

        return Wired


def test_every_key_and_the_hook(chip: Chip) -> None:
    async def story() -> None:
        it = Unit(chip)
        keys = [key for row in BOARD.keys for key in row]
        for key in keys:
            it.press(key)
            await until(lambda: it.keypad.pressed)
            it.release(key)
            await until(lambda: it.keypad.resting)
        assert it.said == [sign + key for key in keys for sign in "+-"]
        it.said.clear()
        for up, said in ((True, "lift"), (False, "replace")):
            chip.pull(it.hook_line, up)
            await until(lambda: it.said)
            assert it.said == [said]
            it.said.clear()
        assert it.problems == []
        it.close()

    asyncio.run(story())


def test_at_rest_nothing_wakes_and_no_thread_runs(chip: Chip) -> None:
    def switches() -> int:
        state = Path("/proc/thread-self/status").read_text()
        return int(re.findall(r"^voluntary.*?(\d+)", state, re.MULTILINE)[0])

    def threads() -> set[str]:
        return {path.name for path in Path("/proc/self/task").iterdir()}

    async def story() -> None:
        others = threads()
        it = Unit(chip)
        try:
            it.press("1")
            await until(lambda: it.keypad.pressed)
            it.release("1")
            await until(lambda: it.keypad.resting)
            before = switches()
            await asyncio.sleep(1.0)
            assert switches() - before <= 2
            assert threads() <= others
        finally:
            it.close()

    asyncio.run(story())


def test_a_hook_that_chatters_ends_right(chip: Chip) -> None:
    async def story() -> None:
        it = Unit(chip)
        for turn in range(200):
            chip.pull(it.hook_line, turn % 2 == 0)
            await asyncio.sleep(0.0005)
        chip.pull(it.hook_line, True)
        await until(lambda: it.said == ["lift"])
        it.close()

    asyncio.run(story())


def test_lamps_are_lit_and_go_out_at_the_end(chip: Chip) -> None:
    async def story() -> None:
        it = Unit(chip)
        line = BOARD.lamps.call
        assert line is not None and not chip.level(line)
        it.lamps.set("call", "on")
        assert chip.level(line)
        it.lamps.set("call", "off")
        assert not chip.level(line)
        it.close()

    asyncio.run(story())


def test_what_was_closed_may_be_opened_again_and_nothing_is_left_open(chip: Chip) -> None:
    async def story() -> None:
        before = entries("/proc/self/fd")
        it = Unit(chip)
        it.keypad.close()
        again = MatrixKeypad(BOARD, it.said.append, it.said.append, pin_factory=it.factory)
        it.press("7")
        await until(lambda: it.said == ["7"])
        again.close()
        it.close()
        assert entries("/proc/self/fd") == before + chip.own_descriptors

    asyncio.run(story())


def test_a_line_that_another_program_has_is_a_problem(chip: Chip) -> None:
    async def story() -> None:
        chip.take(BOARD.rows[0])
        it = Unit(chip)
        assert not it.keypad.working and it.hook.working
        assert "busy" in it.problems[0].found
        it.close()

    asyncio.run(story())


def test_it_keeps_the_rules_of_gpiozeros_pins(chip: Chip) -> None:
    async def story() -> None:
        factory = chip.open()
        device = InputDevice(5, pull_up=True, pin_factory=factory)
        pin = device.pin
        assert (pin.function, pin.pull, pin.edges, pin.state) == ("input", "up", "both", True)
        with pytest.raises(PinSetInput):
            pin.state = 1
        with pytest.raises(PinInvalidPull):
            pin.pull = "sideways"
        with pytest.raises(PinInvalidEdges):
            pin.edges = "blunt"
        with pytest.raises(PinInvalidFunction):
            pin.function = "decoration"
        seen: list[bool] = []

        def note(_at: float, level: bool) -> None:
            seen.append(level)

        pin.when_changed = note
        for edges, levels in (("both", [False, True]), ("rising", [True]), ("falling", [False])):
            seen.clear()
            pin.edges = edges
            chip.pull(5, False)
            chip.pull(5, True)
            await until(lambda expected=levels: seen == expected)  # type: ignore[misc]
        pin.when_changed = None
        seen.clear()
        chip.pull(5, False)
        await asyncio.sleep(0.01)
        assert seen == []
        pin.function = "output"
        assert not chip.level(5)
        pin.state = 1
        assert chip.level(5) and pin.state
        pin.output_with_state(0)
        assert not chip.level(5)
        pin.output_with_state(1)
        assert chip.level(5)
        with pytest.raises(PinFixedPull):
            pin.pull = "up"
        with pytest.raises(PinFixedPull):
            factory.pin(2).pull = "down"
        factory.close()

    asyncio.run(story())


def test_the_header_is_found_by_its_label() -> None:
    if not GPIO_SIM:
        pytest.skip("needs root and a kernel with gpio-sim and configfs")
    chip = SimulatedByTheKernel()
    try:
        factory = kp.KernelFactory()
        opened = Path(f"/proc/self/fd/{factory.descriptor}").readlink()
        assert opened == Path(f"/dev/gpiochip{chip.number}")
        factory.close()
    finally:
        chip.close()
    with pytest.raises(OSError, match="header"):
        kp.KernelFactory()


def test_numbers_and_layouts_are_the_kernels(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None or not Path("/usr/include/linux/gpio.h").exists():
        pytest.skip("needs a C compiler and the kernel's headers (linux-libc-dev)")
    ours = {
        "sizeof(struct gpiochip_info)": kp.CHIP_INFO.size,
        "sizeof(struct gpio_v2_line_config)": kp.CONFIG.size,
        "sizeof(struct gpio_v2_line_request)": kp.REQUEST.size,
        "sizeof(struct gpio_v2_line_values)": kp.VALUES.size,
        "sizeof(struct gpio_v2_line_event)": kp.EVENT.size,
        "offsetof(struct gpio_v2_line_request, config)": 288,
        "offsetof(struct gpio_v2_line_request, num_lines)": 560,
        "offsetof(struct gpio_v2_line_request, fd)": 588,
        "offsetof(struct gpio_v2_line_config, attrs)": 32,
        "GPIO_GET_CHIPINFO_IOCTL": kp.GET_CHIP_INFO,
        "GPIO_V2_GET_LINE_IOCTL": kp.GET_LINE,
        "GPIO_V2_LINE_SET_CONFIG_IOCTL": kp.SET_CONFIG,
        "GPIO_V2_LINE_GET_VALUES_IOCTL": kp.GET_VALUES,
        "GPIO_V2_LINE_SET_VALUES_IOCTL": kp.SET_VALUES,
        "GPIO_V2_LINE_FLAG_INPUT": kp.FUNCTIONS["input"],
        "GPIO_V2_LINE_FLAG_OUTPUT": kp.FUNCTIONS["output"],
        "GPIO_V2_LINE_FLAG_EDGE_RISING": kp.EDGES["rising"],
        "GPIO_V2_LINE_FLAG_EDGE_FALLING": kp.EDGES["falling"],
        "GPIO_V2_LINE_FLAG_BIAS_PULL_UP": kp.PULLS["up"],
        "GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN": kp.PULLS["down"],
        "GPIO_V2_LINE_FLAG_BIAS_DISABLED": kp.PULLS["floating"],
        "GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES": kp.OUTPUT_VALUES,
        "GPIO_V2_LINE_EVENT_RISING_EDGE": kp.RISING,
    }
    checks = "".join(
        f'_Static_assert({name} == {value}, "{name}");\n' for name, value in ours.items()
    )
    source = tmp_path / "abi.c"
    source.write_text("#include <stddef.h>\n#include <linux/gpio.h>\n" + checks)
    compiled = subprocess.run(
        [compiler, "-fsyntax-only", str(source)], check=False, capture_output=True, text=True
    )
    assert compiled.returncode == 0, compiled.stderr
