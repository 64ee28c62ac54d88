"""How loud the phone is and how it rings: the volume keys, and both in the menu.

A level is the device's to change; what it has become is told by `VolumeChanged`, and kept.
"""

from __future__ import annotations

from functools import partial

from appliance.phone import selftest
from appliance.phone.effects import StepVolume, Volume
from appliance.phone.pages import Item, Page, is_open, opens
from appliance.phone.preferences import prefer
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import in_menu, in_title

STANDARD = "ring"
"""How an account rings that was given no ring of its own: as the country's bells do."""
RINGS = (
    (STANDARD, in_menu("Standard")),
    ("bellcore-dr1", in_menu("Long")),
    ("bellcore-dr2", in_menu("Two long")),
    ("bellcore-dr3", in_menu("Short, short, long")),
    ("bellcore-dr4", in_menu("Short, long, short")),
    ("silent", in_menu("Silent")),
)
"""What the agent may choose from: GR-506's patterns by their sound."""
SAMPLE_SECONDS = 5.0


def step(turn: Turn, steps: int) -> None:
    """Louder (+1) or quieter (-1): what rings if it rings, else the earpiece."""
    phone = turn.phone
    rings = phone.waiting is not None and not phone.engaged
    turn.do(StepVolume("ringer" if rings else "earpiece", steps))


def changed(turn: Turn, which: str, percent: int) -> None:
    """Tell the level that it has now, and keep it."""
    prefer(turn, **{"ringer" if which == "ringer" else "earpiece": percent})
    turn.notify(
        in_title("Ringer {percent} %", percent=percent)
        if which == "ringer"
        else in_title("Volume {percent} %", percent=percent)
    )


def ring_of(phone: Phone, account: int) -> str:
    """How a call for this account rings: as configured or, where that is nothing special, chosen.

    A choice that this version does not know is none.
    """
    configured, chosen = phone.settings.accounts[account].ring, phone.preferences.ring
    return chosen if configured == STANDARD and chosen in dict(RINGS) else configured


def sampled(turn: Turn, due: float) -> None:
    """The ring that was chosen has been heard."""
    if turn.phone.sample_due == due:
        turn.set(sample_due=0.0)


def tidy(turn: Turn) -> None:
    """Nobody wants to hear it any longer who has left the page."""
    if turn.phone.sample_due and not is_open(turn.phone, RING):
        turn.set(sample_due=0.0)


def _ring(turn: Turn, name: str) -> None:
    prefer(turn, ring=name)
    turn.set(sample_due=turn.after(SAMPLE_SECONDS))


def _rings(phone: Phone) -> tuple[Item, ...]:
    chosen = phone.preferences.ring if phone.preferences.ring in dict(RINGS) else STANDARD
    return tuple(
        Item(words, partial(_ring, name=name), ticked=name == chosen) for name, words in RINGS
    )


RING = Page("ring", lambda _: in_title("Ring tone"), _rings)


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
        Item(in_menu("Ring tone"), opens(RING)),
        selftest.ITEM,
    )


SOUND = Page("sound", lambda _: in_title("Sound"), _items)


def entries(_: Phone) -> tuple[Item, ...]:
    """How loud it is, as a page of its own."""
    return (Item(in_menu("Sound"), opens(SOUND)),)
