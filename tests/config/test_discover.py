"""`[provisioning]`: a file that says who may name the server needs no account; clear text."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.config.load import load


def read(folder: Path, text: str) -> tuple[tuple[str, ...] | None, list[str]]:
    file = folder / "deskphone.toml"
    file.write_text(f"[provisioning]\n{text}\n")
    loaded = load([file], {})
    found = loaded.config.provisioning.discover if loaded.config is not None else None
    return found, [problem.found for problem in loaded.problems]


@pytest.mark.parametrize("wanted", [("usb",), ("dns", "dhcp", "usb")])
def test_it_stands_for_an_account(tmp_path: Path, wanted: tuple[str, ...]) -> None:
    assert read(tmp_path, f"discover = {list(wanted)}") == (wanted, [])


def test_nobody_is_no_account(tmp_path: Path) -> None:
    assert read(tmp_path, "discover = []") == (None, ["no account"])


def test_another_source_is_a_mistake(tmp_path: Path) -> None:
    found, problems = read(tmp_path, 'discover = ["tftp"]')
    assert found is None
    assert any("tftp" in problem for problem in problems)


@pytest.mark.parametrize("scheme", ["http", "tftp", "TFTP"])
def test_clear_text_is_allowed_by_name(tmp_path: Path, scheme: str) -> None:
    url = f'url = "{scheme}://192.0.2.1/units/"\n'
    assert read(tmp_path, url)[1] == ["a server without TLS"]
    assert read(tmp_path, f"{url}clear_text = true")[1] == []
    assert read(tmp_path, f"{url}clear_text = true\nclear_text_secrets = true")[1] == []
    alone = "discover = []\nclear_text_secrets = true"
    assert "no clear_text" in read(tmp_path, alone)[1]
