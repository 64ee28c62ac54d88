"""`fleet sign`: what it signs, units take."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import msgspec
import pytest

from appliance.cli import main
from appliance.provisioning.fetch import FetchFailed
from appliance.provisioning.trust import MANIFEST, SIGNATURE, Manifest, verified


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A private key; its public half lies beside it."""
    path = tmp_path / "signing"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "served"
    path.mkdir()
    (path / "common.toml").write_text("# for all\n")
    (path / ".draft").write_text("not yet")
    return path


def sign(folder: Path, key: Path) -> int:
    return main(["fleet", "sign", str(folder), "--key", str(key)])


def taken(folder: Path, key: Path, newest: int = 0) -> Manifest:
    """What a unit that knows the key makes of the folder."""
    public = key.with_suffix(".pub").read_text().strip()
    signed = (folder / MANIFEST).read_bytes(), (folder / SIGNATURE).read_bytes()
    return asyncio.run(verified(*signed, [public], "https://h/", newest))


def test_a_unit_takes_what_was_signed(
    folder: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sign(folder, key) == 0
    assert "1 files, version" in capsys.readouterr().out
    assert list(taken(folder, key).files) == ["common.toml"]
    assert {path.name for path in folder.iterdir()} == {
        ".draft",
        "common.toml",
        MANIFEST,
        SIGNATURE,
    }


def test_the_version_only_grows(folder: Path, key: Path) -> None:
    assert sign(folder, key) == 0
    first = taken(folder, key)
    old = (folder / MANIFEST).read_bytes(), (folder / SIGNATURE).read_bytes()
    assert sign(folder, key) == 0
    second = taken(folder, key, first.version)
    assert second.version > first.version
    (folder / MANIFEST).write_bytes(old[0])
    (folder / SIGNATURE).write_bytes(old[1])
    with pytest.raises(FetchFailed) as refused:
        taken(folder, key, second.version)
    assert refused.value.kind == "replayed"


def test_a_manifest_of_the_future_is_followed_by_a_later_one(folder: Path, key: Path) -> None:
    future = Manifest(4_000_000_000, {})
    (folder / MANIFEST).write_bytes(msgspec.json.encode(future))
    assert sign(folder, key) == 0
    assert taken(folder, key, future.version).version == future.version + 1


@pytest.mark.parametrize("what", ["the folder", "the key", "a key"])
def test_what_is_missing_is_told(
    folder: Path, key: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    match what:
        case "the folder":
            folder = folder / "nowhere"
        case "the key":
            key = folder / "nobody"
        case _:
            key.write_text("no key")
            key.with_suffix(".pub").unlink()
    assert sign(folder, key) == 2
    told = capsys.readouterr().err
    assert "FLEET-04" in told and "expected" in told and "Traceback" not in told
    assert not folder.exists() or not (folder / SIGNATURE).exists()
