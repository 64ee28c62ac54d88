from __future__ import annotations

from pathlib import Path

import pytest

from appliance.control.paths import Places, places


def test_a_chosen_directory_holds_both_state_and_socket(tmp_path: Path) -> None:
    chosen = tmp_path / "one"
    assert places(chosen, {}, root=tmp_path) == Places(chosen, chosen / "control.sock")


def test_a_relative_directory_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert places(Path("two"), {}, root=tmp_path).socket == tmp_path / "two" / "control.sock"


def test_a_unit_uses_its_service_managers_directories(tmp_path: Path) -> None:
    state = tmp_path / "var/lib/deskphone"
    state.mkdir(parents=True)
    unit = Places(state, tmp_path / "run/deskphone/control.sock")
    assert places(None, {"XDG_STATE_HOME": "/elsewhere"}, root=tmp_path) == unit
    assert places(state, {}, root=tmp_path) == unit


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"XDG_STATE_HOME": "/states", "HOME": "/home/it"}, "/states/deskphone"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/home/it"}, "/home/it/.local/state/deskphone"),
        ({"HOME": "/home/it"}, "/home/it/.local/state/deskphone"),
    ],
)
def test_elsewhere_it_is_the_users_own(
    tmp_path: Path, environ: dict[str, str], expected: str
) -> None:
    assert places(None, environ, root=tmp_path).state == Path(expected)
