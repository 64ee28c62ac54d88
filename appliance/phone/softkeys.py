"""The three soft keys: what they are called and what they do, state by state.

Each label stands for another key or for one of a few actions that have no key of their own. All of
those are in the `menu` too, so that a unit without soft keys loses nothing.
"""

from __future__ import annotations

from appliance.phone.state import Call, Phone

SOFT_KEYS = ("soft1", "soft2", "soft3")
END = "end"
NEW = "new"
SWAP = "swap"
DROP = "drop"
MORE = "more"
NUMBERS = "numbers"
CLEAR = "clear"

Label = tuple[str, str]
"""What stands on the display, and the action: another key's name, `END`, `NEW` … or nothing."""

_FREE: Label = ("", "")
_MORE: Label = ("More", MORE)
_TRANSFER: Label = ("Transf", "transfer")


def soft_keys(phone: Phone) -> tuple[Label, Label, Label]:
    """The three labels, left to right, with their actions."""
    front = phone.front_call
    if phone.menu is not None:
        return ("Select", "ok"), _FREE, ("Close", "back")
    if phone.waiting is not None:
        return ("Answer", "ok"), _FREE, ("Refuse", "back")
    if phone.prompting is not None:
        return _prompt(phone)
    if phone.entry is not None:
        if phone.entry.digits:
            return ("Dial", "ok"), ("Delete", "back"), ("Cancel", END)
        redial = ("Redial", "redial") if phone.last_number else _FREE
        return redial, (("Line", "down") if phone.settings.several else _FREE), ("Cancel", END)
    if front is not None:
        return _call(phone, front)
    if phone.ended is not None:
        return ("Redial", "redial"), _FREE, ("Close", "back")
    redial = ("Redial", "redial") if phone.last_number else _FREE
    return (
        redial,
        (("Clear", "ok") if phone.missed or phone.refused_settings else _FREE),
        ("DND", "dnd"),
    )


def _prompt(phone: Phone) -> tuple[Label, Label, Label]:
    asking, entry = phone.prompting, phone.entry
    blind = asking is not None and asking.purpose == "transfer"
    if entry is not None and entry.digits:
        return ("Call", "ok"), (_TRANSFER if blind else _FREE), ("Delete", "back")
    return (("Redial", "redial") if phone.last_number else _FREE), _FREE, ("Back", "back")


def _call(phone: Phone, front: Call) -> tuple[Label, Label, Label]:
    mute = ("Unmute" if phone.muted else "Mute", "mute")
    asking = phone.consulting
    if front.phase != "talking":
        if asking is None:
            return _FREE, mute, ("End", END)
        return (_TRANSFER if asking.purpose == "transfer" else _FREE), mute, ("Back", "back")
    if asking is not None:
        finish = _TRANSFER if asking.purpose == "transfer" else ("Join", "conference")
        return finish, ("Swap", SWAP), _MORE
    if front.held:
        return ("Resume", "hold"), (("New", NEW) if phone.free_lines else _FREE), _MORE
    if front.joined:
        return ("Split", "conference"), mute, _MORE
    return ("Hold", "hold"), _TRANSFER, _MORE


def action(phone: Phone, key: str) -> str:
    """What the soft key `key` stands for just now; empty for nothing."""
    return soft_keys(phone)[SOFT_KEYS.index(key)][1]
