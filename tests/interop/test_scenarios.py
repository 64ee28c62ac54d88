"""The scenarios of ``tests/scenarios``, each played by a phone of its own at an Asterisk.

They are also what IT staff read first: the language in use, on calls that any PBX knows.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.interop.phone import configuration, play
from tests.peers.asterisk import Asterisk
from tests.peers.baresip import Baresip
from tests.peers.process import PeerFailed

pytestmark = pytest.mark.peers

SCENARIOS = Path(__file__).parents[1] / "scenarios"
USERS = {"messages": "1031", "who-calls": "1033"}
"""Who plays a scenario that 1001 does not."""
MORE = {
    "directory": '[directory]\nfiles = ["contacts.csv"]\n',
    "emergency": 'emergency = ["601", "611"]\nspeed_dial = { 9 = "6110" }\n',
    "hotline-now": 'hotline = "601"\n',
    "intercom-in-call": 'emergency = ["601"]\n[agent]\nauto_answer_in_call = true\n',
    "paging": '[agent]\nauto_answer_numbers = ["2001"]\nauto_answer_muted = true\n',
    "hotline": 'hotline = "601"\nhotline_delay = 2\n',
    "session-lost": '[agent]\npreset = "vicidial"\n',
    "session": '[agent]\npreset = "vicidial"\n',
    "digits": 'speed_dial = { 1 = "631,4071#" }\n',
    "feature-codes": """\
[forward.codes]
forward_always = "*72"
forward_always_off = "*73"
forward_busy = "*90"
forward_busy_off = "*91"
forward_no_answer = "*52"
forward_no_answer_off = "*53"
dnd = "*78"
dnd_off = "*79"
""",
    "forward-unanswered": "[forward]\nno_answer_after = 5\n",
    "lock": 'emergency = ["601"]\n[security]\npin = "2580"\n',
    "parking": 'park_slots = ["704", "705"]\n',
    "parking-lot": 'park = "700"\npark_slots = ["701", "702"]\n',
    "colleagues": 'watch = ["1002", "705"]\npickup = "**"\npark_slots = ["705"]\n',
    "pickup": 'pickup = "**"\ngroup_pickup = "*8"\n',
    "transfer-at-once": 'blind_transfer = "at-once"\n',
    "watched": 'pickup = "**"\n[directory]\nfiles = ["contacts.csv"]\n',
    "messages": """\
[board]
keys = [
    ["soft1", "soft2", "soft3", "headset"], ["1", "2", "3", "hold"], ["4", "5", "6", "mute"],
    ["7", "8", "9", "redial"], ["*", "0", "#", "messages"], ["line1", "line2", "up", "dnd"],
    ["back", "ok", "down", "directory"],
]
""",
}
"""What else stands in the configuration that a scenario is played with, from [dial] on."""
CONTACTS = {
    "directory": "name;number\nBodo Bäcker;602\nAnn Example;601\n",
    "watched": "name;number;watch\nAnna Busy;1003;yes\nAnn Example;1002;yes\nBodo Bäcker;602;\n",
}


@pytest.fixture
def somebody_is_called(pbx: Asterisk, needs_baresip: None) -> Iterator[dict[str, Baresip]]:
    """A call rings at 1002 and one at 1003, each from somebody who is a tone of 1000 Hz."""
    called = {}
    with contextlib.ExitStack() as stack:
        for user in ("1002", "1003"):
            account = pbx.accounts[user]
            called[user] = stack.enter_context(Baresip(pbx.namespace, account, pbx.address))
            called[user].wait_for("REGISTER_OK")
            since = called[user].mark()
            pbx.command(f"channel originate Local/{user}@phones extension 601@phones")
            called[user].wait_for("CALL_INCOMING", since=since)
        yield called
        pbx.command("channel request hangup all")


@pytest.fixture
def somebody_is_busy(somebody_is_called: dict[str, Baresip]) -> None:
    """And 1003 has answered."""
    somebody_is_called["1003"].accept()
    somebody_is_called["1003"].wait_for("CALL_ESTABLISHED")


@pytest.mark.parametrize("scenario", sorted(path.stem for path in SCENARIOS.glob("*.phone")))
def test_a_scenario_holds(
    pbx: Asterisk, tmp_path: Path, scenario: str, request: pytest.FixtureRequest
) -> None:
    account = pbx.accounts[USERS.get(scenario, "1001")]
    if scenario == "wrong-password":
        account = replace(account, password="not-the-password")
    config = configuration(account, pbx.address)
    if scenario == "emergency":
        config = configuration(replace(account, user="1009"), f"{pbx.address}:5999") + config
    if scenario in ("pickup", "colleagues"):
        request.getfixturevalue("somebody_is_called")
    if scenario == "watched":
        request.getfixturevalue("somebody_is_busy")
    if scenario in CONTACTS:
        (tmp_path / "contacts.csv").write_text(CONTACTS[scenario], "cp1252")
    config += "[dial]\ninterdigit_timeout = 1.5\n" + MORE.get(scenario, "")
    report = play(tmp_path, config, SCENARIOS / f"{scenario}.phone")
    assert report[-1].startswith("all ")


def test_an_older_server_says_who_calls_by_another_header(pbx: Asterisk, tmp_path: Path) -> None:
    """Remote-Party-ID, while From names nobody."""
    config = configuration(pbx.accounts["1036"], pbx.address)
    report = play(tmp_path, config, SCENARIOS / "who-calls.phone")
    assert report[-1].startswith("all ")


def test_a_scenario_that_does_not_hold_says_where_and_what_was_seen(
    pbx: Asterisk, tmp_path: Path
) -> None:
    config = configuration(pbx.accounts["1001"], pbx.address)
    steps = "expect registered\nlift; press 6 0 2 #\nexpect call talking 602 within 1s\n"
    with pytest.raises(PeerFailed, match="exit code 1") as failed:
        play(tmp_path, config, steps)
    (evidence,) = failed.value.__notes__
    assert "line 3: expect call talking 602 within 1s … FAILED" in evidence
    assert "seen      call ended 602" in evidence
    assert 'screen "Busy' in evidence
    assert "failed at step 4 of 4, line 3" in evidence


def test_a_scenario_with_mistakes_is_not_begun(tmp_path: Path) -> None:
    with pytest.raises(PeerFailed, match="ended at once") as failed:
        play(tmp_path, None, "lift\npres 6 0 0\nexpect call tlaking\n")
    told = str(failed.value)
    assert "line 2: found `pres`" in told
    assert "line 3: found `tlaking`" in told
    assert "Traceback" not in told


def test_the_readme_names_every_scenario() -> None:
    named = set(re.findall(r"`([a-z-]+)`", (SCENARIOS / "README.md").read_text(encoding="utf-8")))
    assert {path.stem for path in SCENARIOS.glob("*.phone")} <= named
