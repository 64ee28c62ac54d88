"""The three soft keys: what they are called and what they do, state by state.

Each label stands for another key or for one of a few actions that have no key of their own. All of
those are in the `menu` too, so that a unit without soft keys loses nothing.
"""

from __future__ import annotations

from appliance.phone.pages import Menu, lines
from appliance.phone.state import Call, Phone
from appliance.phone.words import NONE, Words, on_key, on_wide_key

SOFT_KEYS = ("soft1", "soft2", "soft3")
END = "end"
NEW = "new"
SWAP = "swap"
DROP = "drop"
MORE = "more"
CLOSE = "close"
"""Closes the menu, and is nothing otherwise."""
CLEAR = "clear"

Label = tuple[Words, str]
"""What stands on the display, and the action: another key's name, `END`, `NEW` … or nothing."""

_FREE: Label = (NONE, "")
_MORE: Label = (on_key("More"), MORE)
_TRANSFER: Label = (on_key("Transf"), "transfer")


def soft_keys(phone: Phone) -> tuple[Label, Label, Label]:
    """The three labels, left to right, with their actions."""
    front = phone.front_call
    if not phone.started or not phone.settings.soft_keys:
        return _FREE, _FREE, _FREE
    if phone.menu is not None:
        return _menu(phone, phone.menu)
    if phone.waiting is not None:
        return (on_wide_key("Answer"), "ok"), _FREE, (on_wide_key("Refuse"), "back")
    if phone.prompting is not None:
        return _prompt(phone)
    if phone.entry is not None:
        if phone.entry.digits:
            return (on_key("Dial"), "ok"), (on_key("Delete"), "back"), (on_key("Cancel"), END)
        redial = (on_key("Redial"), "redial") if phone.last_number else _FREE
        return (
            redial,
            ((on_key("Line"), "down") if phone.settings.several else _FREE),
            (on_key("Cancel"), END),
        )
    if front is not None:
        return _call(phone, front)
    if phone.ended is not None:
        return (on_key("Redial"), "redial"), _FREE, (on_wide_key("Close"), "back")
    if phone.locked:
        unlock = (on_key("Unlock"), MORE)
        return (unlock, _FREE, _FREE) if phone.unprovisioned else (_FREE, unlock, _FREE)
    if phone.unprovisioned and not phone.unseen:
        return (on_key("Menu"), MORE), _FREE, _FREE
    redial = (on_key("Redial"), "redial") if phone.last_number else _FREE
    return (
        redial,
        ((on_key("Clear"), CLEAR) if phone.unseen else (on_key("Menu"), MORE)),
        (on_key("DND"), "dnd"),
    )


def _menu(phone: Phone, menu: Menu) -> tuple[Label, Label, Label]:
    first = len(menu.path) == 1
    leave: Label = (on_wide_key("Close") if first else on_wide_key("Back"), "back")
    if menu.place.page.enter is None:
        return ((on_wide_key("Select"), "ok") if lines(phone) else _FREE), _FREE, leave
    if not menu.place.typed:
        return _FREE, _FREE, leave
    return (on_key("OK"), "ok"), (on_key("Delete"), "back"), (on_key("Cancel"), CLOSE)


def _prompt(phone: Phone) -> tuple[Label, Label, Label]:
    asking, entry = phone.prompting, phone.entry
    blind = asking is not None and asking.purpose == "transfer"
    if entry is not None and entry.digits:
        return (on_key("Call"), "ok"), (_TRANSFER if blind else _FREE), (on_key("Delete"), "back")
    return (
        ((on_key("Redial"), "redial") if phone.last_number else _FREE),
        _FREE,
        (on_key("Back"), "back"),
    )


def _call(phone: Phone, front: Call) -> tuple[Label, Label, Label]:
    mute = (on_key("Unmute") if phone.muted else on_key("Mute"), "mute")
    asking = phone.consulting
    if front.phase != "talking":
        if asking is None:
            return _FREE, mute, (on_key("End"), END)
        return (
            (_TRANSFER if asking.purpose == "transfer" else _FREE),
            mute,
            (on_key("Back"), "back"),
        )
    if asking is not None:
        finish = _TRANSFER if asking.purpose == "transfer" else (on_key("Join"), "conference")
        return finish, (on_key("Swap"), SWAP), _MORE
    if phone.expected is not None and phone.handover and phone.handover.call == front.id:
        return (on_key("Resume"), "hold"), (on_key("Back"), "back"), _MORE
    if front.held:
        return (
            (on_key("Resume"), "hold"),
            ((on_key("New"), NEW) if phone.free_lines else _FREE),
            _MORE,
        )
    if front.joined:
        return (on_key("Split"), "conference"), mute, _MORE
    return (on_key("Hold"), "hold"), _TRANSFER, _MORE


def action(phone: Phone, key: str) -> str:
    """What the soft key `key` stands for just now; empty for nothing."""
    return soft_keys(phone)[SOFT_KEYS.index(key)][1]
