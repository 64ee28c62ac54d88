"""An agent's session as VICIdial keeps it, and all that does not end it.

The server calls the phone into a conference and leaves it there; customers come and go.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.phone import Phone, configuration
from tests.interop.test_calllog import kill
from tests.peers.asterisk import Asterisk
from tests.peers.namespace import Namespace
from tests.peers.process import wait_until

pytestmark = pytest.mark.peers

USER = "1001"
CONFERENCE = "605"
NAME = "S11231945078600051"
AGENT = '[agent]\npreset = "vicidial"\n'
CUSTOMERS = 10


def logs_in(pbx: Asterisk, name: str = NAME) -> None:
    """The dialler calls the phone, as an agent's log-in has it do, or by another name."""
    pbx.manager.action(
        "Originate",
        Channel=f"PJSIP/{USER}",
        Context="phones",
        Exten=CONFERENCE,
        Priority="1",
        CallerID=f'"{name}" <0000000000>',
        Async="true",
    )


def members(pbx: Asterisk, count: int) -> None:
    """Wait until the conference has so many of them."""

    def look() -> bool:
        listed = pbx.command(f"confbridge list {CONFERENCE}")
        return listed.count("PJSIP/") + listed.count("Local/") == count

    wait_until(look, 15.0, f"{count} in the conference")


@pytest.fixture
def desk(pbx: Asterisk, tmp_path: Path) -> Iterator[Phone]:
    """A phone with a session."""
    with Phone(tmp_path, configuration(pbx.accounts[USER], pbx.address, more=AGENT)) as phone:
        phone.registered()
        logs_in(pbx)
        phone.call("talking", session=True)
        phone.says("Agent session", "Session 0:")
        members(pbx, 1)
        yield phone


def test_customers_come_and_go(pbx: Asterisk, desk: Phone) -> None:
    for _ in range(CUSTOMERS):
        pbx.command(f"channel originate Local/{CONFERENCE}@phones application Wait 60")
        members(pbx, 2)
        names = [channel["Channel"] for channel in pbx.channels()]
        customer = next(name for name in names if name.startswith(f"Local/{CONFERENCE}"))
        pbx.command(f"channel request hangup {customer}")
        members(pbx, 1)
    desk.call("talking", session=True)


def test_no_accident_ends_it(pbx: Asterisk, network: Namespace, desk: Phone) -> None:
    desk.lift()
    desk.replace()
    desk.says("Session goes on")
    desk.press("headset")
    desk.says("End session?")
    desk.press("1")
    network.disconnect()
    network.reconnect()
    desk.call("talking", session=True)
    members(pbx, 1)
    desk.press("headset", "2")
    desk.no_call()
    members(pbx, 0)
    assert "lost" not in desk.screen()


def test_one_that_is_lost_is_told_and_the_next_one_taken(pbx: Asterisk, desk: Phone) -> None:
    pbx.command("channel request hangup all")
    status = desk.until(lambda s: s.lamps["call"] == "blinking", "the lamp to blink")
    assert status.accounts[0].registration.state == "registered"
    desk.says("Session lost")
    logs_in(pbx)
    desk.call("talking", session=True, timeout_s=5.0)
    assert desk.status().lamps["call"] == "on"


def kept(phone: Phone) -> bool:
    """Whether a power cut would leave the word of a session behind."""
    choices = phone.state / "preferences.json"
    return choices.exists() and json.loads(choices.read_text())["session"] is True


def test_after_a_restart_it_is_known_that_one_was_cut(pbx: Asterisk, tmp_path: Path) -> None:
    config = configuration(pbx.accounts[USER], pbx.address, more=AGENT)
    killed = Phone(tmp_path, config)
    with pytest.raises(ProcessLookupError), killed:
        killed.registered()
        logs_in(pbx)
        killed.call("talking", session=True)
        wait_until(lambda: kept(killed), 10.0, "the session to be on the card")
        kill(killed)
    with Phone(tmp_path, config) as phone:
        phone.registered()
        phone.says("Session lost", "Phone restarted")
        assert "a session was cut" in phone.journal
        logs_in(pbx)
        phone.call("talking", session=True)


def test_do_not_disturb_does_not_keep_it_off(pbx: Asterisk, tmp_path: Path) -> None:
    config = configuration(pbx.accounts[USER], pbx.address, more=AGENT)
    with Phone(tmp_path, config) as phone:
        phone.registered()
        phone.press("dnd")
        phone.says("Do not disturb")
        logs_in(pbx, "Ann")
        phone.until(lambda s: s.missed == 1, "the other call to be missed")
        logs_in(pbx)
        phone.call("talking", session=True)


def test_an_agent_who_is_rung_for_each_call_is_asked_nothing(pbx: Asterisk, tmp_path: Path) -> None:
    """On-hook agents: no session is kept, each call rings and ends like any other."""
    config = configuration(pbx.accounts[USER], pbx.address, more=AGENT)
    with Phone(tmp_path, config) as phone:
        phone.registered()
        pbx.command("channel request hangup all")
        members(pbx, 0)
        for customer in ("Ann", "Bob", "Eve"):
            logs_in(pbx, customer)
            phone.call("incoming")
            phone.says(customer)
            phone.lift()
            phone.call("talking", session=False)
            members(pbx, 1)
            phone.replace()
            phone.no_call()
            members(pbx, 0)
        assert "lost" not in phone.screen()
