"""The embedded PBX as a child: announces itself, sleeps when idle, never outlives its parent."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from appliance.demo import server
from appliance.demo.__main__ import main
from appliance.demo.server import DemoError, EmbeddedPbx
from appliance.errors import PhoneError
from tests.demo.conftest import Launch, end_pbx
from tests.demo.softphone import Call, Dialog, Softphone

TICKS = os.sysconf("SC_CLK_TCK")


def test_it_ends_when_stdin_closes(launch: Launch) -> None:
    pbx = launch()
    begun = time.monotonic()
    assert end_pbx(pbx) == (0, "")
    assert time.monotonic() - begun < 1.0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_on_a_signal(launch: Launch, number: signal.Signals) -> None:
    pbx = launch()
    begun = time.monotonic()
    pbx.process.send_signal(number)
    assert pbx.process.wait(5.0) == 0
    assert time.monotonic() - begun < 1.0
    assert end_pbx(pbx) == (0, "")


def test_it_hangs_up_when_it_ends(launch: Launch) -> None:
    pbx = launch()
    desk = Softphone(pbx.port, "1001", pbx.passwords["1001"])
    talking, ringing = Call(desk, "600"), Call(desk, "603")
    assert talking.outcome().code == 200
    assert ringing.progress().code == 180
    assert end_pbx(pbx) == (0, "")
    assert desk.incoming("BYE").header("Call-ID") == talking.dialog.call_id
    assert ringing.progress().code == 500
    desk.close()


def test_every_start_has_new_passwords_and_the_accounts_asked_for(launch: Launch) -> None:
    one, two = launch("--account", "7"), launch("--account", "7", "--account", "8")
    assert (list(one.passwords), list(two.passwords)) == (["7"], ["7", "8"])
    assert one.passwords["7"] != two.passwords["7"]
    assert (end_pbx(one), end_pbx(two)) == ((0, ""), (0, ""))


def test_a_port_that_is_taken_is_named_and_no_traceback_shown() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        async def enter() -> None:
            async with EmbeddedPbx(port=port):
                raise AssertionError("it started")

        with pytest.raises(DemoError, match=r"DEMO-02.*in use") as refused:
            asyncio.run(enter())
    assert "Traceback" not in refused.value.it
    assert isinstance(refused.value, PhoneError)


@pytest.mark.parametrize(
    "arguments", [["--port", "65536"], ["--port", "x"], ["--account", "a b"], ["--account", ""]]
)
def test_a_wrong_argument_is_a_matter_of_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2


def test_started_by_hand_without_sippy_it_says_what_to_install() -> None:
    start = "import sys; sys.modules['sippy'] = None; from appliance.demo.__main__ import main"
    child = subprocess.run(
        [sys.executable, "-c", f"{start}; sys.exit(main([]))"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 1
    assert "deskphone[demo]" in child.stderr
    assert "Traceback" not in child.stderr


def test_in_words_for_people_and_at_the_end_of_dev_null() -> None:
    child = subprocess.run(
        [sys.executable, "-m", "appliance.demo"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=5.0,
        check=False,
    )
    assert (child.returncode, child.stderr) == (0, "")
    assert "account 1001, password " in child.stdout


def test_idle_it_sleeps(launch: Launch) -> None:
    pbx = launch()
    desk = Softphone(pbx.port, "1001", pbx.passwords["1001"])
    assert desk.register().code == 200
    before = _cost(pbx.process.pid)
    with pytest.raises(subprocess.TimeoutExpired):
        pbx.process.wait(timeout=2.0)
    switches, ticks = (b - a for a, b in zip(before, _cost(pbx.process.pid), strict=True))
    assert switches <= 4
    assert ticks == 0
    assert len(list(Path(f"/proc/{pbx.process.pid}/task").iterdir())) == 1
    desk.close()
    assert end_pbx(pbx) == (0, "")


def test_garbage_is_survived(launch: Launch) -> None:
    pbx = launch()
    desk = Softphone(pbx.port, "1001", pbx.passwords["1001"])
    for text in (
        "\r\n\r\n",
        "\x00" * 1000,
        "INVITE\r\n\r\n" + "x" * 100,
        "INVITE sip:600@127.0.0.1 SIP/2.0\r\nVia: nonsense\r\n\r\n" + "y" * 100,
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1\r\nCSeq: one\r\n\r\n" + "z" * 100,
        "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\n"
        "From: <sip:1001@127.0.0.1>;tag=t\r\nTo: <sip:1001@127.0.0.1>\r\nCall-ID: c\r\n"
        "CSeq: 1 REGISTER\r\nContact: <sip:a@b>;expires=soon\r\nContent-Length: 0\r\n\r\n",
    ):
        desk.send(text)
    desk.sip.sendto(os.urandom(60000), desk.pbx)
    desk.request(
        "INVITE",
        f"sip:600@127.0.0.1:{pbx.port}",
        Dialog("<sip:600@127.0.0.1>", "t", "no-contact"),
        1,
        contact=False,
    )
    assert desk.response("INVITE").code == 400
    assert desk.register().code == 200
    desk.close()
    status, _ = end_pbx(pbx)
    assert status == 0


def test_the_parent_side_starts_uses_and_stops_it() -> None:
    async def use() -> tuple[int, int]:
        async with EmbeddedPbx(users=("1001", "1002", "1003")) as pbx:
            assert pbx.address == "127.0.0.1"
            assert [account.user for account in pbx.accounts] == ["1001", "1002", "1003"]
            account = pbx.accounts[2]
            desk = Softphone(pbx.port, account.user, account.password)
            code = (await asyncio.to_thread(desk.register)).code
            desk.close()
            ended = asyncio.create_task(pbx.wait())
            begun = time.monotonic()
        assert time.monotonic() - begun < 1.0
        return code, await ended

    assert asyncio.run(use()) == (200, 0)


def test_without_sippy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "find_spec", lambda _name: None)
    with pytest.raises(DemoError, match=r"DEMO-01.*deskphone\[demo\]"):
        asyncio.run(EmbeddedPbx().start())


def test_a_child_that_says_nothing_is_given_up_and_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    silent = tmp_path / "silent"
    silent.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    silent.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(silent))
    with pytest.raises(DemoError, match=r"DEMO-02.*nothing within 0.5 s"):
        asyncio.run(EmbeddedPbx(start_seconds=0.5).start())
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def _cost(pid: int) -> tuple[int, int]:
    """Voluntary context switches and CPU ticks of a process so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    switches = next(int(line.split()[1]) for line in status.splitlines() if "voluntary" in line)
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return switches, int(fields[11]) + int(fields[12])
