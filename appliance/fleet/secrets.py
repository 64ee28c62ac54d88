"""Passwords that nobody has to invent: made once, kept, and the same at every rendering."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from appliance.config.writing import write_private
from appliance.errors import UsageError
from appliance.fleet.units import Entry

LENGTH = 20
"""119 bits; and the most that VICIdial's API takes as a `registration_password`."""
_ALPHABET = string.ascii_letters + string.digits

Kept = dict[str, dict[str, str]]
"""MAC → user → password."""


def fill(entries: Iterable[Entry], store: Path) -> int:
    """Give every account without a password one, from `store` or new; how many are new.

    Raises `UsageError` if the store is none of ours or cannot be written (mode 0600).
    """
    kept = _read(store)
    new = 0
    for entry in entries:
        mine = kept.setdefault(entry.unit.mac, {})
        for account in entry.accounts:
            if "password" in account or "password_file" in account:
                continue
            user = str(account["user"])
            if user not in mine:
                mine[user] = "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))
                new += 1
            account["password"] = mine[user]
    if new:
        _write(store, kept)
    return new


def _read(store: Path) -> Kept:
    try:
        kept: dict[str, Any] = msgspec.json.decode(store.read_bytes(), type=Kept)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _refused(store, error.strerror or "an error") from None
    except msgspec.MsgspecError:
        raise _refused(store, "what is no list of passwords of ours") from None
    return kept


def _write(store: Path, kept: Kept) -> None:
    content = msgspec.json.format(msgspec.json.encode({mac: kept[mac] for mac in sorted(kept)}))
    try:
        write_private(store, content + b"\n")
    except OSError as error:
        raise _refused(store, error.strerror or "an error") from None


def _refused(store: Path, found: str) -> UsageError:
    it = f"{store}: found {found}, expected the passwords of an earlier rendering, or no file"
    return UsageError("FLEET-02", "No passwords", it)
