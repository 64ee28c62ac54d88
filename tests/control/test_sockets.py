from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.control.sockets import LONGEST_NAME, Claim, connect
from appliance.errors import ControlError

NOBODY = 65534


def close(claim: Claim) -> None:
    claim.socket.close()
    claim.release()


def test_the_socket_is_for_owner_and_group_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "control.sock"
    claim = Claim(path)
    assert stat.filemode(path.stat().st_mode) == "srw-rw----"
    close(claim)
    assert not path.exists()


def test_a_phone_that_runs_is_not_disturbed(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    claim = Claim(path)
    with pytest.raises(ControlError, match=f"already running; process {os.getpid()} is the phone"):
        Claim(path)
    connect(path, 1.0).close()
    close(claim)


def test_a_foreign_listener_is_not_disturbed_either(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as foreign:
        foreign.bind(str(path))
        foreign.listen()
        with pytest.raises(ControlError, match="already running"):
            Claim(path)
        assert path.exists()


def test_a_socket_that_nobody_listens_on_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    claim = Claim(path)
    connect(path, 1.0).close()
    close(claim)


def test_the_name_is_free_again_when_its_owner_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    code = (
        "import os, pathlib, sys; from appliance.control.sockets import Claim\n"
        "claim = Claim(pathlib.Path(sys.argv[1])); print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"ready\n"
        with pytest.raises(ControlError, match=f"process {owner.pid}"):
            Claim(path)
        owner.kill()
    assert path.exists()
    close(Claim(path))


def test_what_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    path.write_text("notes")
    with pytest.raises(ControlError, match="something that is not a socket has this name"):
        Claim(path)
    assert path.read_text() == "notes"
    path.unlink()
    close(Claim(path))


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ControlError, match="cannot be made") as told:
        Claim(tmp_path / "file" / "control.sock")
    assert told.value.code == "CTL-03"


def test_a_path_too_long_for_an_address_works_all_the_same(tmp_path: Path) -> None:
    path = tmp_path.joinpath(*["directory-with-a-long-name"] * 6) / "control.sock"
    assert len(os.fsencode(path)) > LONGEST_NAME
    claim = Claim(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    connect(path, 1.0).close()
    with pytest.raises(ControlError, match="already running"):
        Claim(path)
    close(claim)
    with pytest.raises(ControlError, match="no socket there"):
        connect(path, 1.0)


def test_nobody_there_says_where_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with pytest.raises(ControlError) as told:
        connect(path, 1.0)
    assert told.value.code == "CTL-01"
    assert f"{path}: no socket there; expected a running phone" in told.value.it
    assert "--state" in told.value.it
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    with pytest.raises(ControlError, match="nobody listens"):
        connect(path, 1.0)


def test_a_stranger_is_told_that_the_socket_is_not_for_him(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    claim = Claim(path)
    if os.geteuid() != 0:
        path.chmod(0)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setuid(NOBODY)
            connect(path, 1.0)
        except ControlError as error:
            code = 0 if error.code == "CTL-06" else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    close(claim)
