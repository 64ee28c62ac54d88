"""Two phones on one machine, each with its own state, ports and socket, call each other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.interop.phone import ROOT, Phone, configuration
from tests.peers.asterisk import Asterisk
from tests.peers.asterisk_files import Account

ONE_HZ, TWO_HZ = 700.0, 1200.0
Desks = tuple[Phone, Phone]


@pytest.fixture(scope="module")
def at_asterisk(pbx: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    """Two phones at an Asterisk: 1001 over UDP, 1002 over TCP."""
    one = configuration(pbx.accounts["1001"], pbx.address)
    two = configuration(pbx.accounts["1002"], pbx.address, transport="tcp")
    yield from desks(tmp_path_factory.mktemp("asterisk"), one, two)


@pytest.fixture(scope="module")
def at_embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    """Two phones at one embedded PBX, which lives as long as its standard input is open."""
    with subprocess.Popen(
        [sys.executable, "-m", "appliance.demo", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdin
        told = json.loads(process.stdout.readline())
        server = f"{told['address']}:{told['port']}"
        accounts = [Account(a["user"], a["password"]) for a in told["accounts"]]
        one, two = (configuration(account, server) for account in accounts)
        yield from desks(tmp_path_factory.mktemp("embedded"), one, two)
        process.stdin.close()
        assert process.wait(5) == 0


def desks(folder: Path, one: str, two: str) -> Iterator[Desks]:
    """Both phones, registered."""
    with ExitStack() as stack:
        pair = (
            stack.enter_context(Phone(folder / "one", one, speaks=ONE_HZ)),
            stack.enter_context(Phone(folder / "two", two, speaks=TWO_HZ)),
        )
        for phone in pair:
            phone.registered()
        yield pair


@pytest.fixture(params=[pytest.param("at_asterisk", marks=pytest.mark.peers), "at_embedded"])
def pair(request: pytest.FixtureRequest) -> Desks:
    """Two registered phones; every test leaves them on-hook and without a call."""
    found: Desks = request.getfixturevalue(request.param)
    return found


def test_one_calls_the_other_and_both_hear(pair: Desks) -> None:
    one, two = pair
    one.lift()
    one.type("1002")
    one.call("ringing", "1002")
    two.call("incoming", "1001")
    two.says("Incoming call")
    two.lift()
    one.call("talking", "1002")
    two.call("talking", "1001")
    one.hears(TWO_HZ)
    two.hears(ONE_HZ)
    one.press("hold")
    one.call("held", "1002")
    one.hears_nothing()
    two.hears_nothing()
    one.press("hold")
    one.hears(TWO_HZ)
    two.hears(ONE_HZ)
    one.replace()
    one.no_call()
    two.says("Call ended")
    two.replace()


def test_the_one_that_was_called_hangs_up(pair: Desks) -> None:
    one, two = pair
    two.dial("1001")
    one.call("incoming", "1002")
    one.press("ok")
    one.call("talking", "1002")
    two.call("talking", "1001")
    one.hang_up()
    one.no_call()
    two.says("Call ended")
    two.no_call()


def test_refused_and_given_up(pair: Desks) -> None:
    one, two = pair
    one.dial("1002")
    two.call("incoming", "1001")
    two.press("back")
    assert one.call("ended", "1002").code == 486
    one.hang_up()
    one.dial("1002")
    two.call("incoming", "1001")
    one.hang_up()
    two.no_call()
    two.says("Missed")
    two.press("ok")
    one.no_call()


def test_each_calls_the_other_at_the_same_moment(pair: Desks) -> None:
    one, two = pair
    one.dial("1002")
    two.dial("1001")
    one.call("incoming", "1002")
    two.call("incoming", "1001")
    one.says("Call waiting")
    two.says("Call waiting")
    one.press("ok")
    one.call("talking", "1002")
    two.call("talking", "1001")
    one.hang_up()
    one.no_call()
    two.until(lambda s: not any(c.state == "talking" for c in s.calls), "the call to end")
    two.hang_up()
    two.no_call()


def test_they_share_nothing(pair: Desks) -> None:
    one, two = pair
    assert one.state != two.state
    assert (one.state / "control.sock").is_socket()
    assert (one.state / "control.sock").stat().st_mode & 0o777 == 0o660
    users = {phone.status().accounts[0].user for phone in pair}
    assert users == {"1001", "1002"}
