"""Taking a call that rings at a colleague's phone: by the PBX's feature codes, which are dialled.

Directed pick-up names the colleague, whose number follows the code; group pick-up takes whichever
call rings in the agent's group. A code that the PBX does not have is not offered.
"""

from __future__ import annotations

from appliance.phone import dialling
from appliance.phone.pages import Item, Page, opens
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import in_menu, in_title


def entries(phone: Phone) -> tuple[Item, ...]:
    """Both ways, as far as the PBX has them."""
    settings = phone.settings
    found: tuple[Item, ...] = ()
    if settings.group_pickup:
        code = settings.group_pickup
        found = (dialling.line_for(in_menu("Pick up a call"), code),)
    if settings.pickup:
        found = (*found, Item(in_menu("Pick up from"), opens(WHOSE)))
    return found


def from_colleague(turn: Turn, number: str) -> None:
    """Take the call that rings at this number."""
    if number:
        dialling.chosen(turn, turn.phone.settings.pickup + number)


WHOSE = Page("pick-up", lambda _: in_title("Pick up from"), enter=from_colleague)
