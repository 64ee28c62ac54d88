"""Signed manifests, signed by the real ssh-keygen."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from appliance.provisioning.fetch import FetchFailed
from appliance.provisioning.trust import NAMESPACE, Manifest, verified

CONTENT = json.dumps({"version": 3, "files": {"common.toml": "ab"}}).encode()


class Key:
    def __init__(self, folder: Path, kind: str) -> None:
        folder.mkdir()
        self.file = folder / "key"
        command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "it", "-f", str(self.file)]
        subprocess.run(command, check=True)
        self.public = self.file.with_name("key.pub").read_text()

    def sign(self, content: bytes, namespace: str = NAMESPACE) -> bytes:
        command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(self.file), "-n", namespace]
        return subprocess.run(command, input=content, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return Key(tmp_path_factory.mktemp("keys") / "it", "ed25519")


def check(content: bytes, signature: bytes, *keys: str, newest: int = 0) -> Manifest:
    return asyncio.run(verified(content, signature, keys, "https://h/manifest.json", newest))


def refused(content: bytes, signature: bytes, *keys: str, newest: int = 0) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        check(content, signature, *keys, newest=newest)
    assert len(caught.value.agent) <= 21
    return caught.value


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_keys_of_every_kind(tmp_path: Path, key: Key, kind: str) -> None:
    other = Key(tmp_path / "other", kind)
    found = check(CONTENT, other.sign(CONTENT), key.public, other.public)
    assert found == Manifest(3, {"common.toml": "ab"})
    assert refused(CONTENT, other.sign(CONTENT), key.public).kind == "not-signed"


def test_what_does_not_count(key: Key) -> None:
    right = key.sign(CONTENT)
    for content, signature, keys in (
        (CONTENT + b" ", right, [key.public]),
        (CONTENT, key.sign(CONTENT, "file"), [key.public]),
        (CONTENT, right, []),
        (CONTENT, right, ["ssh-ed25519 nonsense", "\0"]),
        (CONTENT, b"", [key.public]),
        (CONTENT, b"\xff" * 100, [key.public]),
    ):
        assert refused(content, signature, *keys).kind == "not-signed"


def test_a_key_is_one_line(key: Key, tmp_path: Path) -> None:
    other = Key(tmp_path / "other", "ed25519")
    trick = f"ssh-ed25519 AAAA\n* {other.public}"
    assert refused(CONTENT, other.sign(CONTENT), trick).kind == "not-signed"


def test_a_signature_that_is_cut_anywhere(key: Key) -> None:
    right = key.sign(CONTENT)
    assert right.endswith(b"-----END SSH SIGNATURE-----\n")

    async def story() -> list[object]:
        cut = [
            verified(CONTENT, right[:length], [key.public], "", 0)
            for length in range(len(right) - 1)
        ]
        return list(await asyncio.gather(*cut, return_exceptions=True))

    for found in asyncio.run(story()):
        assert isinstance(found, FetchFailed)
        assert found.kind == "not-signed"


def test_an_older_version_is_a_replay(key: Key) -> None:
    right = key.sign(CONTENT)
    assert check(CONTENT, right, key.public, newest=3).version == 3
    error = refused(CONTENT, right, key.public, newest=4)
    assert (error.kind, error.agent) == ("replayed", "Settings too old")


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{}", b"[]", b'{"version": "3", "files": {}}', b'{"version": -1, "files": {}}'),
        *(b'{"version": 1e30, "files": {}}', b'{"version": 1, "files": {"\xff": ""}}'),
        b'{"version": 99999999999999999999999, "files": {}}',
        b'{"version": 1, "files": {}, "more": ' + b"[" * 10_000,
    ],
)
def test_what_is_signed_but_no_manifest(key: Key, content: bytes) -> None:
    assert refused(content, key.sign(content), key.public).kind == "no-manifest"


def test_without_ssh_keygen_nothing_is_trusted(
    key: Key, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = key.sign(CONTENT)
    monkeypatch.setenv("PATH", str(tmp_path))
    error = refused(CONTENT, right, key.public)
    assert error.kind == "not-signed"
    assert "openssh-client" in error.it


def test_without_room_nothing_is_trusted(key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    right = key.sign(CONTENT)
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    assert "cannot be looked at" in refused(CONTENT, right, key.public).it
