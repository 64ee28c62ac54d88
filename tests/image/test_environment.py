"""The packages of a lock are installed once, and each clone's .venv is a copy that is its own."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import zipfile
from pathlib import Path

import pytest

SETUP = Path(__file__).resolve().parents[2] / "image" / "setup"
PYTHON = "/usr/bin/python3"
SCRIPT = """
set -euo pipefail
. "$SETUP/say.sh"; . "$SETUP/environment.sh"
kept=$(kept_environment "$1")
[[ -d $kept ]] || make_environment "$kept" "$1"
"$PYTHON" -m venv --without-pip "$2"
copy_environment "$kept" "$2"
"""


def wheel(folder: Path) -> str:
    """A package with a command; the line of a lock file that names it."""
    path = folder / "greeter-1.0-py3-none-any.whl"
    files = {
        "greeter.py": "import sys\n\ndef main() -> None:\n    print(sys.executable)\n",
        "greeter-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: greeter\nVersion: 1.0\n",
        "greeter-1.0.dist-info/WHEEL": (
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
        "greeter-1.0.dist-info/entry_points.txt": "[console_scripts]\ngreet = greeter:main\n",
    }
    record = "".join(f"{name},sha256={_digest(text)},{len(text)}\n" for name, text in files.items())
    record += "greeter-1.0.dist-info/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in (*files.items(), ("greeter-1.0.dist-info/RECORD", record)):
            packed.writestr(name, text)
    return f"greeter==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def set_up(folder: Path, lock: Path, venv: Path) -> subprocess.CompletedProcess[str]:
    """What set-up does of it, with no index in reach."""
    given = {
        **os.environ,
        "SETUP": str(SETUP),
        "PYTHON": PYTHON,
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder / "shelf"),
    }
    return subprocess.run(
        ("bash", "-c", SCRIPT, "set-up", lock, venv),
        env=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120.0,
    )


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    (tmp_path / "shelf").mkdir()
    path = tmp_path / "requirements.txt"
    path.write_text(wheel(tmp_path / "shelf"))
    return path


def test_a_second_clone_needs_no_package_and_has_commands_of_its_own(
    tmp_path: Path, lock: Path
) -> None:
    for number in (1, 2):
        venv = tmp_path / f"clone {number}" / ".venv"
        done = set_up(tmp_path, lock, venv)
        assert done.returncode == 0, done.stderr
        told = subprocess.run((venv / "bin" / "greet",), capture_output=True, text=True, check=True)
        assert told.stdout.strip() == str(venv / "bin" / "python")
        for path in (tmp_path / "shelf").iterdir():
            path.unlink()


def test_what_cannot_be_installed_is_not_kept(tmp_path: Path, lock: Path) -> None:
    right = lock.read_text()
    lock.write_text(right[:-9] + "00000000\n")
    failed = set_up(tmp_path, lock, tmp_path / "venv")
    assert failed.returncode != 0
    kept = tmp_path / "cache" / "deskphone" / "environments"
    assert [path.name for path in kept.iterdir() if not path.name.endswith((".new", "lock"))] == []
    lock.write_text(right)
    assert set_up(tmp_path, lock, tmp_path / "venv").returncode == 0
