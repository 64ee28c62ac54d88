"""An agent's session as VICIdial keeps it, and all that does not end it.

The server calls the phone into a conference and leaves it there; customers come and go.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.phone import Phone, configuration
from tests.interop.test_calllog import kill
from tests.peers.asterisk import Asterisk
from tests.peers.asterisk_files import SHORT_TIMER_S
from tests.peers.namespace import Namespace
from tests.peers.process import wait_until

pytestmark = pytest.mark.peers

USER = "1001"
CONFERENCE = "605"
NAME = "S11231945078600051"
AGENT = '[agent]\npreset = "vicidial"\n'
NAMES_OF_RECALLS = ("ACagcW17324567891001", "LIN-SALES_1-261123194507")
"""As the agent's page has the phone called again, and with messages for the phone switched on."""
CUSTOMERS = 10
PROMPT_S = 1.0
"""From the INVITE to the answer, the tone that announces it included."""
SHORT_S = 8.0
"""A network that is away for so long does not end it."""
NOTICED_S = 20.0


def logs_in(
    pbx: Asterisk, name: str = NAME, number: str = "0000000000", channel: str = f"PJSIP/{USER}"
) -> None:
    """The dialler calls the phone, as an agent's log-in has it do, or by another name."""
    pbx.manager.action(
        "Originate",
        Channel=channel,
        Context="phones",
        Exten=CONFERENCE,
        Priority="1",
        CallerID=f'"{name}" <{number}>',
        Async="true",
    )


def members(pbx: Asterisk, count: int) -> None:
    """Wait until the conference has so many of them."""

    def look() -> bool:
        listed = pbx.command(f"confbridge list {CONFERENCE}")
        return listed.count("PJSIP/") + listed.count("Local/") == count

    wait_until(look, 15.0, f"{count} in the conference")


@pytest.mark.parametrize("name", [NAME, *NAMES_OF_RECALLS])
def test_it_is_known_by_each_name_that_the_dialler_gives_it(
    pbx: Asterisk, tmp_path: Path, name: str
) -> None:
    config = configuration(pbx.accounts[USER], pbx.address, more=AGENT)
    with Phone(tmp_path, config) as phone:
        phone.registered()
        logs_in(pbx, name)
        phone.call("talking", session=True)
        phone.says("Agent session")


@pytest.mark.parametrize(
    ("known_by", "number", "channel"),
    [
        ('session_numbers = ["8600051"]', "8600051", f"PJSIP/{USER}"),
        ('session_header = "X-Session: yes"', "200", f"Local/{USER}@dialler-marks"),
    ],
)
def test_it_is_known_by_its_number_or_a_header(
    pbx: Asterisk, tmp_path: Path, known_by: str, number: str, channel: str
) -> None:
    more = f"[agent]\n{known_by}\n"
    with Phone(tmp_path, configuration(pbx.accounts[USER], pbx.address, more=more)) as phone:
        phone.registered()
        logs_in(pbx, "Ann", "2001")
        phone.call("incoming", "2001")
        phone.press("back")
        phone.no_call()
        logs_in(pbx, "Ann", number, channel)
        phone.call("talking", session=True)
        phone.says("Agent session")
        phone.lift()
        phone.replace()
        phone.says("Session goes on")


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
    desk.says("Ended by server")
    desk.press("back")
    desk.says("Session lost", "Ended by server")
    logs_in(pbx)
    desk.call("talking", session=True, timeout_s=5.0)
    assert desk.status().lamps["call"] == "on"


@pytest.mark.parametrize("name", NAMES_OF_RECALLS)
def test_one_that_is_called_again_at_once_is_taken_within_a_second(
    pbx: Asterisk, desk: Phone, name: str
) -> None:
    before = desk.call("talking", session=True)
    pbx.command("channel request hangup all")
    since = pbx.manager.mark()
    logs_in(pbx, name)

    def becomes(state: str, within_s: float) -> None:
        def fits(event: dict[str, str]) -> bool:
            return event["ChannelStateDesc"] == state and event["CallerIDName"] == name

        pbx.manager.wait_for_event("Newstate", fits, within_s, since)

    becomes("Ringing", PROMPT_S)
    becomes("Up", 3 * PROMPT_S)
    assert desk.call("talking", session=True).id != before.id
    members(pbx, 1)


def test_it_outlives_the_refresh_of_its_session_timer(pbx: Asterisk, tmp_path: Path) -> None:
    user = "1037"
    with Phone(tmp_path, configuration(pbx.accounts[user], pbx.address, more=AGENT)) as phone:
        phone.registered()
        logs_in(pbx, channel=f"PJSIP/{user}")
        before = phone.call("talking", session=True)
        since = len(pbx.log)
        pbx.command("pjsip set logger on")
        refresh = re.compile(r"CSeq: \d+ (INVITE|UPDATE)")
        wait_until(
            lambda: len(refresh.findall(pbx.log[since:])) >= 2,
            SHORT_TIMER_S,
            "a refresh and its answer",
        )
        pbx.command("pjsip set logger off")
        assert phone.call("talking", session=True).id == before.id


@pytest.mark.usefixtures("pbx")
def test_a_server_that_dies_is_noticed_and_its_next_call_taken(tmp_path: Path) -> None:
    with Namespace() as network, Asterisk(network) as pbx:
        config = configuration(pbx.accounts[USER], pbx.address, more=AGENT)
        with Phone(tmp_path, config) as phone:
            phone.registered()
            logs_in(pbx)
            phone.call("talking", session=True)
            pbx.wait_until_kept(USER)
            pbx.die()
            phone.says("Server silent", timeout_s=NOTICED_S)
            assert phone.status().lamps["call"] == "blinking"
            phone.press("back")
            pbx.boot_again()
            pbx.wait_for_registration(USER, 60.0)
            logs_in(pbx, NAMES_OF_RECALLS[0])
            phone.call("talking", session=True)
            pbx.die()
            pbx.boot_again()
            phone.says("Server forgot it", timeout_s=NOTICED_S)
            assert "code=481" in phone.journal


def test_a_network_that_is_away_for_long_ends_it_and_for_a_short_while_does_not(
    network: Namespace, pbx: Asterisk, desk: Phone
) -> None:
    first = desk.call("talking", session=True)
    network.swallow()
    end = time.monotonic() + SHORT_S
    try:
        wait_until(lambda: time.monotonic() >= end, 2 * SHORT_S, "some seconds to pass")
        quiet = heard(desk)
    finally:
        network.let_through()
    wait_until(lambda: heard(desk) > quiet, 10.0, "the server to be heard again")
    assert desk.call("talking", session=True).id == first.id
    network.swallow()
    try:
        desk.says("Server silent", timeout_s=NOTICED_S)
    finally:
        network.let_through()
    members(pbx, 0)
    pbx.wait_for_registration(USER, 60.0)
    logs_in(pbx)
    desk.call("talking", session=True)


def heard(phone: Phone) -> int:
    """How many packets have come from the server."""
    return phone.call("talking", session=True).rtp.rx


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
        line = re.search(r"^\d\d:\d\d:\d\d WARNING (.*) session=cut$", phone.journal, re.MULTILINE)
        assert line is not None and line[1].startswith("a session was cut")
    with Phone(tmp_path, config) as phone:
        phone.registered()
        phone.says("Session lost", "Phone restarted")
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
