"""The door to the pins: opening them, and telling their failures from our own.

Everything else in this package is handed a gpiozero pin factory and neither knows nor cares which:
the kernel's lines on a unit (`hw.kernel_pins`), the mock with wires (`hw.simulated.wiring`)
elsewhere. gpiozero is imported here and in the parts that own pins, when they are made, and never
by importing a module.
"""

from __future__ import annotations

from typing import Any

from hw.problem import OnProblem, Problem

PinFactory = Any
"""A gpiozero `Factory`; the library ships no annotations."""


def open_pins(on_problem: OnProblem, chip: int | None = None) -> PinFactory | None:
    """This machine's GPIO, from the kernel; None, and a report, where there is none.

    `chip` is the number of ``/dev/gpiochip…``; unless told, the one of the 40-pin header.
    """
    from hw.kernel_pins import KernelFactory

    try:
        return KernelFactory(chip)
    except pin_errors() as error:
        on_problem(
            Problem(
                "gpio",
                "keys, hook and lamps are not available",
                str(error) or type(error).__name__,
                "a GPIO chip that this user may open",
                "is this a Raspberry Pi, and is the user in the group gpio?",
            )
        )
    return None


def pin_errors() -> tuple[type[Exception], ...]:
    """What opening or claiming a pin may raise when the hardware is missing or taken."""
    from gpiozero import GPIOZeroError

    return (GPIOZeroError, OSError)


def default_factory() -> PinFactory:
    """The process's one pin factory: gpiozero's own choice, unless one was set."""
    from gpiozero import Device

    Device.ensure_pin_factory()
    return Device.pin_factory
