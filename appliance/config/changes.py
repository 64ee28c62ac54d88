"""What another configuration asks of a phone that runs: little, a REGISTER, or a restart.

A key that only the phone's behaviour reads (`LIVE`) holds from the next key press on. One by which
an account proves itself, or that it tells its server (`REGISTERED`), takes a REGISTER of that
account. Whatever is not named here belongs to a device, a socket or the library, and the phone
starts anew for it: that is the safe answer for a key that comes new into `model`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from appliance.config.account import Account
from appliance.config.model import Config

LIVE: dict[str, tuple[str, ...]] = {
    "phone": ("name", "language", "start_spread"),
    "audio": ("earpiece_volume", "microphone_volume", "ringer_volume"),
    "dial": (
        "digit_map",
        "interdigit_timeout",
        "speed_dial",
        "hotline",
        "hotline_delay",
        "transfer",
        "park",
        "park_slots",
        "pickup",
        "group_pickup",
        "emergency",
    ),
    "forward": ("no_answer_after", "codes"),
    "agent": (
        "preset",
        "session_numbers",
        "session_header",
        "auto_answer",
        "auto_answer_numbers",
        "auto_answer_muted",
        "auto_answer_in_call",
    ),
    "directory": ("files",),
    "security": ("pin", "pin_file", "lock_after"),
    "display": ("brightness", "sleep"),
    "account": ("label", "ring", "mailbox"),
}
REGISTERED = ("password", "password_file", "auth_user", "display_name", "expires")
"""Keys of an account."""
_FILES = ("ca_file", "certificate_file", "private_key_file")
"""Keys of an account that name what the library reads."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs, as keys of the configuration."""

    live: tuple[str, ...] = ()
    accounts: tuple[int, ...] = ()
    """Those that register anew."""
    registered: tuple[str, ...] = ()
    """The keys for which they do."""
    restart: tuple[str, ...] = ()
    """The keys for which the phone starts anew."""

    @property
    def keys(self) -> tuple[str, ...]:
        """All that differs."""
        return (*self.live, *self.registered, *self.restart)


def compare(before: Config, after: Config) -> Changes:
    """What it takes to go on with the configuration `after`."""
    live: list[str] = []
    restart: list[str] = []
    for section in before.__struct_fields__:
        if section == "accounts":
            continue
        was, now = getattr(before, section), getattr(after, section)
        for key in was.__struct_fields__:
            if getattr(was, key) != getattr(now, key):
                of_behaviour = key in LIVE.get(section, ())
                (live if of_behaviour else restart).append(f"{section}.{key}")
    if len(before.accounts) != len(after.accounts):
        return Changes(tuple(live), restart=("account", *restart))
    accounts: list[int] = []
    registered: list[str] = []
    for number, (old, new) in enumerate(zip(before.accounts, after.accounts, strict=True)):
        for key in _differing(old, new):
            name = f"account[{number}].{key}"
            if key in LIVE["account"]:
                live.append(name)
            elif key in REGISTERED:
                registered.append(name)
                accounts.append(number)
            else:
                restart.append(name)
    return Changes(tuple(live), tuple(dict.fromkeys(accounts)), tuple(registered), tuple(restart))


def fingerprint(config: Config) -> str:
    """Another one when a file has changed that the accounts name, and the library reads once."""
    digest = hashlib.sha256()
    for account in config.accounts:
        for key in _FILES:
            name = getattr(account, key)
            try:
                content = Path(name).read_bytes() if name else b""
            except OSError:
                content = b""
            digest.update(msgspec.json.encode((name, content)))
    return digest.hexdigest()


def _differing(old: Account, new: Account) -> list[str]:
    return [key for key in old.__struct_fields__ if getattr(old, key) != getattr(new, key)]
