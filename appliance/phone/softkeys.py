"""The three soft keys: what they are called and what they do, state by state.

Each label stands for another key or for one of two actions that have no key of their own, so that
a unit without soft keys loses nothing that its other keys cannot do.
"""

from __future__ import annotations

from appliance.phone.state import Phone

SOFT_KEYS = ("soft1", "soft2", "soft3")
END = "end"
NEW = "new"

Label = tuple[str, str]
"""What stands on the display, and the action: another key's name, `END`, `NEW`, or nothing."""

_FREE: Label = ("", "")


def soft_keys(phone: Phone) -> tuple[Label, Label, Label]:
    """The three labels, left to right, with their actions."""
    front = phone.front_call
    if phone.waiting is not None:
        return ("Answer", "ok"), _FREE, ("Refuse", "back")
    if phone.entry is not None:
        if phone.entry.digits:
            return ("Dial", "ok"), ("Delete", "back"), ("Cancel", END)
        redial = ("Redial", "redial") if phone.last_number else _FREE
        return redial, (("Line", "down") if phone.settings.several else _FREE), ("Cancel", END)
    if front is not None:
        mute = ("Unmute" if phone.muted else "Mute", "mute")
        if front.held:
            return ("Resume", "hold"), (("New", NEW) if phone.free_lines else _FREE), ("End", END)
        if front.phase == "talking":
            return ("Hold", "hold"), mute, ("End", END)
        return _FREE, mute, ("End", END)
    if phone.ended is not None:
        return ("Redial", "redial"), _FREE, ("Close", "back")
    redial = ("Redial", "redial") if phone.last_number else _FREE
    return redial, (("Clear", "ok") if phone.missed else _FREE), ("DND", "dnd")


def action(phone: Phone, key: str) -> str:
    """What the soft key `key` stands for just now; empty for nothing."""
    return soft_keys(phone)[SOFT_KEYS.index(key)][1]
