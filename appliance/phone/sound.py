"""How loud the phone is: the volume keys, and their place in the menu.

The level itself is the device's to keep; what it has become is told by `VolumeChanged`.
"""

from __future__ import annotations

from functools import partial

from appliance.phone import selftest
from appliance.phone.effects import StepVolume, Volume
from appliance.phone.pages import Item, Page, opens
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import in_menu, in_title


def step(turn: Turn, steps: int) -> None:
    """Louder (+1) or quieter (-1): what rings if it rings, else the earpiece."""
    phone = turn.phone
    rings = phone.waiting is not None and not phone.engaged
    turn.do(StepVolume("ringer" if rings else "earpiece", steps))


def changed(turn: Turn, which: str, percent: int) -> None:
    """Tell the level that it has now."""
    turn.notify(
        in_title("Ringer {percent} %", percent=percent)
        if which == "ringer"
        else in_title("Volume {percent} %", percent=percent)
    )


def _set(turn: Turn, which: Volume, steps: int) -> None:
    turn.do(StepVolume(which, steps))


LEVELS = (
    Item(in_menu("Louder"), partial(step, steps=1)),
    Item(in_menu("Quieter"), partial(step, steps=-1)),
)
"""For the menu of what can be done just now: the page stays, for the next step."""


def _items(_: Phone) -> tuple[Item, ...]:
    return (
        *LEVELS,
        Item(in_menu("Ring louder"), partial(_set, which="ringer", steps=1)),
        Item(in_menu("Ring quieter"), partial(_set, which="ringer", steps=-1)),
        selftest.ITEM,
    )


SOUND = Page("sound", lambda _: in_title("Sound"), _items)


def entries(_: Phone) -> tuple[Item, ...]:
    """How loud it is, as a page of its own."""
    return (Item(in_menu("Sound"), opens(SOUND)),)
