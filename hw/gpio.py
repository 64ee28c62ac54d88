"""The door to the GPIO library: opening it, and telling its failures from our own.

Everything else in this package is handed a gpiozero pin factory and neither knows nor cares which:
lgpio's on a unit, the mock with wires (`hw.simulated.wiring`) elsewhere. gpiozero is imported here
and in the parts that own pins, when they are made, and never by importing a module.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

from hw.problem import OnProblem, Problem

PinFactory = Any
"""A gpiozero `Factory`; the library ships no annotations."""

RUNTIME_DIRECTORY = "RUNTIME_DIRECTORY"


def open_pins(on_problem: OnProblem, chip: int | None = None) -> PinFactory | None:
    """This machine's GPIO through lgpio; None, and a report, where there is none.

    `chip` is the number of ``/dev/gpiochip…``; unless told, the one of the 40-pin header.
    """
    try:
        with _LgpioDirectory():
            from gpiozero.pins.lgpio import LGPIOFactory

            return LGPIOFactory(chip)
    except ImportError as error:
        on_problem(
            Problem(
                "gpio",
                "keys, hook and lamps are not available",
                f"no {error.name or 'lgpio'} library",
                "lgpio",
                "install deskphone with its extra `unit`",
            )
        )
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

    lgpio = sys.modules.get("lgpio")
    library: tuple[type[Exception], ...] = (lgpio.error,) if lgpio is not None else ()
    return (GPIOZeroError, OSError, *library)


def default_factory() -> PinFactory:
    """The process's one pin factory: gpiozero's own choice, unless one was set."""
    from gpiozero import Device

    Device.ensure_pin_factory()
    return Device.pin_factory


class _LgpioDirectory:
    """Gives lgpio a place for its notification pipe, and takes back that it moves there.

    lgpio makes a named pipe in the working directory when it is imported, and changes to
    ``$LG_WD`` where that is set (its lgUtil.c, lgNotify.c). The working directory of a unit is
    read-only, and the phone's relative paths must go on meaning what they meant.
    """

    def __enter__(self) -> None:
        place = os.environ.get(RUNTIME_DIRECTORY, "").split(":")[0] or tempfile.gettempdir()
        os.environ.setdefault("LG_WD", place)
        self._before = os.open(".", os.O_RDONLY | os.O_DIRECTORY)

    def __exit__(self, *exception: object) -> None:
        os.fchdir(self._before)
        os.close(self._before)
