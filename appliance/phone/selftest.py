"""The headset's self-test, from the menu: it runs exactly as long as its page is open.

So whatever closes the page (a call that rings, a lifted handset, *back*) gives the headset free
before anything is to be heard in it.
"""

from __future__ import annotations

from appliance.phone.events import HeadsetTested
from appliance.phone.pages import Item, Page, is_open, open_page, turn_to
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import in_menu, in_text, in_title

_RUNNING = "running"


def _text(phone: Phone) -> tuple[str, ...]:
    if running(phone) or phone.tested is None:
        return (in_text("Be silent until the tone is over, then say a few words."),)
    return (phone.tested.text, phone.tested.device)


TEST = Page("headset test", lambda _: in_title("Headset test"), text=_text)


def _begin(turn: Turn) -> None:
    open_page(turn, TEST, _RUNNING)


ITEM = Item(in_menu("Headset test"), _begin)


def running(phone: Phone) -> bool:
    """Whether the headset is being tested."""
    return is_open(phone, TEST, _RUNNING)


def tested(turn: Turn, event: HeadsetTested) -> None:
    """It is over; what comes after the page was left is of no interest."""
    if running(turn.phone):
        turn.set(tested=event)
        turn_to(turn, "")
