"""Files for one unit's eyes only: the library's own, and those of the command `age`."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import pyrage
import pytest

from appliance.provisioning.fetch import FetchFailed
from appliance.provisioning.seal import IDENTITY, Identity

SECRET = b'[[account]]\npassword = "x"\n'


def sealed_for(recipient: str) -> bytes:
    return bytes(pyrage.encrypt(SECRET, [pyrage.x25519.Recipient.from_str(recipient)]))


def refused(identity: Identity, sealed: bytes) -> None:
    with pytest.raises(FetchFailed) as caught:
        identity.opened(sealed, "https://h/x.age")
    assert (caught.value.kind, caught.value.agent) == ("sealed", "Settings sealed")


def test_an_identity_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    state = tmp_path / "state"
    recipient = Identity(state).recipient
    assert recipient.startswith("age1")
    assert Identity(state).recipient == recipient
    assert stat.S_IMODE((state / IDENTITY).stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert Identity(state).opened(sealed_for(recipient), "") == SECRET


def test_what_was_sealed_for_another_unit_stays_sealed(tmp_path: Path) -> None:
    other = Identity(tmp_path / "other").recipient
    refused(Identity(tmp_path / "own"), sealed_for(other))


def test_what_is_cut_or_altered_anywhere_stays_sealed(tmp_path: Path) -> None:
    identity = Identity(tmp_path)
    right = sealed_for(identity.recipient)
    for place in range(len(right)):
        refused(identity, right[:place])
        refused(identity, right[:place] + bytes([right[place] ^ 1]) + right[place + 1 :])


@pytest.mark.parametrize("damage", [b"", b"AGE-SECRET-KEY-1QQQ\n", b"\xff\xfe", b"\0" * 75])
def test_a_damaged_identity_is_said_and_not_replaced(tmp_path: Path, damage: bytes) -> None:
    identity = Identity(tmp_path)
    right = sealed_for(identity.recipient)
    (tmp_path / IDENTITY).write_bytes(damage)
    refused(identity, right)
    with pytest.raises(ValueError, match=r"age|ascii"):
        _ = identity.recipient
    assert (tmp_path / IDENTITY).read_bytes() == damage


@pytest.mark.parametrize("armour", [[], ["--armor"]])
def test_what_the_command_sealed(tmp_path: Path, armour: list[str]) -> None:
    if shutil.which("age") is None:
        pytest.skip("age is missing: run tests/peers/setup.sh")
    identity = Identity(tmp_path)
    command = ["age", *armour, "--recipient", identity.recipient]
    sealed = subprocess.run(command, input=SECRET, capture_output=True, check=True).stdout
    assert identity.opened(sealed, "") == SECRET
