"""A stick's folder is read as a server's is, and what it said holds when it is out again."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from appliance.config.unit import Unit
from appliance.provisioning import stick
from appliance.provisioning.collect import Place, Trust, collect
from appliance.provisioning.fetch import Access, Fetcher, FetchFailed
from appliance.provisioning.seal import Identity
from appliance.provisioning.shelf import Offer

PLACE = Place(Unit("dca632000001", "c0ffee"))


def taken(url: str, folder: Path, known: Offer | None = None) -> Offer:
    async def story() -> Offer:
        async with Fetcher(Access(), folder / "floor") as fetcher:
            return await collect(url, PLACE, fetcher, Trust(Identity(folder)), known)

    return asyncio.run(story())


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "my stick"
    folder.mkdir()
    monkeypatch.setattr(stick, "MOUNTED", folder)
    return folder


def test_a_file_of_its_own_and_those_of_a_folder(mounted: Path, tmp_path: Path) -> None:
    (mounted / "deskphone.toml").write_text('include = ["more.toml"]\n')
    (mounted / "more.toml").write_text("[phone]\n")
    (url,) = (candidate.url for candidate in stick.named())
    offer = taken(url, tmp_path)
    assert offer.layers == ("deskphone.toml",)
    assert {file.name for file in offer.files} == {"deskphone.toml", "more.toml"}
    folder = mounted / "deskphone"
    folder.mkdir()
    (folder / "common.toml").write_text("[phone]\n")
    (folder / "dca632000001.toml").write_text("[log]\n")
    (url,) = (candidate.url for candidate in stick.named())
    assert taken(url, tmp_path).layers == ("common.toml", "dca632000001.toml")


def test_a_stick_that_is_out_has_not_changed(mounted: Path, tmp_path: Path) -> None:
    file = mounted / "deskphone.toml"
    file.write_text("[phone]\n")
    (url,) = (candidate.url for candidate in stick.named())
    first = taken(url, tmp_path)
    file.write_text("[log]\n")
    second = taken(url, tmp_path, first)
    assert second.digest != first.digest
    file.unlink()
    assert taken(url, tmp_path, second).digest == second.digest
    mounted.rmdir()
    assert taken(url, tmp_path, second).digest == second.digest
    with pytest.raises(FetchFailed) as caught:
        taken(url, tmp_path)
    assert caught.value.kind == "absent"


def test_nothing_but_plain_files_of_a_bearable_size(mounted: Path, tmp_path: Path) -> None:
    file = mounted / "deskphone.toml"
    url = f"file://{tmp_path}/my%20stick/"
    secret = tmp_path / "secret"
    secret.write_text("[phone]\n")
    file.symlink_to(secret)
    for make in (lambda: os.mkfifo(file), file.mkdir, lambda: file.write_bytes(b"#" * (1 << 20))):
        with pytest.raises(FetchFailed) as caught:
            taken(url, tmp_path)
        assert caught.value.kind == "unreadable"
        file.unlink() if not file.is_dir() else file.rmdir()
        make()
    with pytest.raises(FetchFailed) as caught:
        taken(url, tmp_path)
    assert caught.value.kind == "too-big"


def test_no_other_file_of_the_machine(mounted: Path, tmp_path: Path) -> None:
    (tmp_path / "common.toml").write_text("[phone]\n")
    for url in ("file:///etc/", f"file://{tmp_path}/my%20stick/../", f"file://{mounted}/"):
        with pytest.raises(FetchFailed) as caught:
            taken(url, tmp_path)
        assert caught.value.kind == "bad-address"
