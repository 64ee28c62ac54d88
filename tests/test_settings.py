"""What the rooms are told of the configuration."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from appliance.config.account import Account
from appliance.settings import credentials_mark

ACCOUNT = Account(user="1001", password="secret", server="pbx.example.com")


@pytest.fixture
def boot_id(tmp_path: Path) -> Path:
    place = tmp_path / "boot_id"
    place.write_text("5d2a3ad2-0a8b-4d0b-9c9f-0f6f3f6f0b8e\n")
    return place


@pytest.mark.parametrize(
    "changes",
    [
        {"user": "1002"},
        {"password": "other"},
        {"auth_user": "login"},
        {"server": "other.example.com"},
        {"backup_servers": ("backup.example.com",)},
        {"outbound_proxy": "sip:edge.example.com"},
    ],
)
def test_other_credentials_have_another_mark(boot_id: Path, changes: dict[str, object]) -> None:
    changed = msgspec.structs.replace(ACCOUNT, **changes)
    assert credentials_mark(changed, boot_id) != credentials_mark(ACCOUNT, boot_id)


def test_what_proves_nothing_changes_no_mark(boot_id: Path) -> None:
    changed = msgspec.structs.replace(ACCOUNT, display_name="Agent", label="Sales")
    assert credentials_mark(changed, boot_id) == credentials_mark(ACCOUNT, boot_id)


def test_a_machine_that_was_switched_off_begins_anew(boot_id: Path) -> None:
    before = credentials_mark(ACCOUNT, boot_id)
    boot_id.write_text("another")
    assert credentials_mark(ACCOUNT, boot_id) != before


def test_a_machine_that_does_not_say_remembers_nothing(tmp_path: Path) -> None:
    assert credentials_mark(ACCOUNT, tmp_path / "none") == ""
    assert credentials_mark(ACCOUNT), "Linux says it"
