"""The `deskphone` command as IT uses it: wrong configurations, `ctl` and all its verbs, exit codes.

Everything here runs at the embedded PBX or at none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.interop.phone import COMMAND, ROOT, Phone, configuration, deskphone
from tests.peers.asterisk_files import Account
from tests.peers.process import Child, wait_until

NOWHERE = configuration(Account("1001", "hush-hush"), "127.0.0.1:9")
TEN_MISTAKES = """\
[phone]
nam = "Desk 12"
country = "uk"
language = english

[[account]]
user = 1001
pasword = "hush-hush"
server = "sip:pbx.example.com"
transport = "tsl"
expires = 30
[audio]
codecs = ["ulaw"]
[dial]
interdigit_timeout = 0
"""
MISTAKEN_LINES = [2, 3, 4, 7, 8, 9, 10, 11, 13, 15]


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """A phone at its embedded PBX; every test leaves it on-hook and without a call."""
    with Phone(tmp_path_factory.mktemp("phone"), None) as started:
        started.registered()
        yield started


def ctl(phone: Phone, *words: str | Path) -> str:
    """What `deskphone ctl` prints when all is well."""
    done = deskphone("ctl", "--state", phone.state, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(phone: Phone, *words: str | Path) -> tuple[int, str]:
    """The exit code and the words of a `deskphone ctl` that fails, without a traceback."""
    done = deskphone("ctl", "--state", phone.state, *words)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_ten_mistakes_are_ten_messages_and_no_phone(tmp_path: Path) -> None:
    config = tmp_path / "wrong.toml"
    config.write_text(TEN_MISTAKES)
    done = deskphone("simulate", "--headless", "--state", tmp_path / "state", "--config", config)
    assert done.returncode == 78
    assert done.stdout == ""
    *told, last = done.stderr.splitlines()
    found = [re.match(rf"{re.escape(str(config))}:(\d+):\d+: error: .*expected", t) for t in told]
    assert [int(match[1]) for match in found if match] == MISTAKEN_LINES
    assert len(told) == len(MISTAKEN_LINES)
    assert last.startswith("deskphone: CONFIG-01")
    assert "10 mistakes" in last
    assert "hush-hush" not in done.stderr
    checked = deskphone("config", "check", config)
    assert checked.returncode == 1
    assert (checked.stdout + checked.stderr).count(": error: ") == len(MISTAKEN_LINES)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("simulate", "--config", "nowhere.toml"), 78, "nowhere.toml"),
        (("simulate", "--headless", "--script", "nowhere.phone"), 2, "nowhere.phone"),
        (("simulate", "--mute"), 2, "--mute"),
        ((), 2, "COMMAND"),
        (("telephone",), 2, "telephone"),
        (("ctl", "--state", "nowhere", "status"), 1, "CTL-01"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(words: tuple[str, ...], code: int, told: str) -> None:
    done = deskphone(*words)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_phone_goes_on_with_its_last_good_configuration(tmp_path: Path) -> None:
    with Phone(tmp_path, NOWHERE + '[phone]\nname = "Desk 12"\n') as phone:
        assert phone.status().config.source == "given"
    with Phone(tmp_path, TEN_MISTAKES) as phone:
        status = phone.until(lambda s: s.problems, "a problem to be told")
        assert status.name == "Desk 12"
        assert status.config.source == "last-good"
        (problem,) = status.problems
        assert (problem.part, problem.code) == ("settings", "CONFIG-01")
        assert "deskphone.toml 2" in problem.text
        assert "warning" in phone.icons()
        phone.says("Wrong settings", problem.text, "CONFIG-01")
        phone.press("ok")
        phone.until(lambda s: "Wrong settings" not in s.screen, "the screen to be cleared")
        assert phone.journal.count(": error: ") == len(MISTAKEN_LINES)
        assert "hush-hush" not in phone.journal


def test_a_reload_takes_effect_unless_it_is_wrong(tmp_path: Path) -> None:
    with Phone(tmp_path, NOWHERE + '[phone]\nname = "Before"\n') as phone:
        assert phone.status().name == "Before"
        phone.config.write_text(TEN_MISTAKES)
        code, words = refused(phone, "reload")
        assert code == 78
        assert words.count(": error: ") == len(MISTAKEN_LINES)
        assert phone.status().name == "Before"
        phone.config.write_text(NOWHERE + '[phone]\nname = "After"\n')
        assert "starts anew" in ctl(phone, "reload")
        phone.born_again()
        assert phone.until(lambda s: s.name == "After", "the new name").config.source == "given"


def test_no_reload_while_a_scenario_is_played(tmp_path: Path) -> None:
    script = tmp_path / "long.phone"
    script.write_text("wait 60s\n")
    with Phone(tmp_path, NOWHERE, script=script) as phone:
        code, words = refused(phone, "reload")
        assert code == 1
        assert "when it has ended" in words


def test_a_scenario_can_listen_where_nobody_asked_for_a_recording(tmp_path: Path) -> None:
    script = tmp_path / "dial-tone.phone"
    script.write_text("expect registered\nlift; expect heard tone 440\n")
    words = ("--state", tmp_path / "state", "--script", script)
    done = deskphone("simulate", "--headless", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all 3 steps held" in done.stdout


def test_status_has_the_shape_of_the_contract(phone: Phone) -> None:
    ctl(phone, "dial", "600")
    phone.call("talking", "600")
    status = json.loads(ctl(phone, "status", "--json"))
    ctl(phone, "hangup")
    phone.no_call()
    text = {"version", "name"}
    assert all(isinstance(status[key], str) for key in text)
    assert (status["hook"], status["dnd"], status["messages"]) == ("on", False, 0)
    assert status["uptime_s"] > 0
    (account,) = status["accounts"]
    assert (account["user"], account["transport"]) == ("1001", "udp")
    registration = account["registration"]
    assert (registration["state"], registration["code"]) == ("registered", 200)
    assert (registration["verdict"], registration["text"]) == ("ok", "Registered")
    assert registration["expires_in"] > 0
    assert registration["next_step"] == ""
    assert account["server"] in registration["server_in_use"]
    (call,) = status["calls"]
    expected: dict[str, Any] = {
        "account": "1001",
        "direction": "out",
        "state": "talking",
        "number": "600",
        "name": "",
        "muted": False,
        "held": False,
        "secure": False,
        "codec": "opus",
    }
    assert {key: call[key] for key in expected} == expected
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", call["since"])
    assert set(call["rtp"]) == {"rx", "tx", "lost", "jitter_ms", "mos"}
    assert status["headset"]["state"] == "ready"
    assert set(status["lamps"]) == {"message", "call", "mute"}
    assert "Talking" in " ".join(status["screen"])
    assert set(status["config"]) == {"version", "source", "age_s", "trial"}
    assert "password" not in json.dumps(status).replace("wrong-password", "")


def test_a_call_by_hand_on_the_command_line(phone: Phone, tmp_path: Path) -> None:
    assert ctl(phone, "lift") == ""
    assert ctl(phone, "screen", "--text").startswith("Dial\n")
    assert ctl(phone, "press", "6", "0", "0", "#") == ""
    phone.call("talking", "600")
    assert "talking out 600" in ctl(phone, "calls")
    (call,) = json.loads(ctl(phone, "calls", "--json"))
    assert call["number"] == "600"
    assert ctl(phone, "screen", "--png", tmp_path / "screen.png") == ""
    with Image.open(tmp_path / "screen.png") as picture:
        assert (picture.format, picture.size) == ("PNG", (128, 64))
        assert picture.convert("1").getbbox()
    assert "talking" in ctl(phone, "status")
    ctl(phone, "replace")
    phone.no_call()
    assert ctl(phone, "calls") == "no call\n"


def test_what_ctl_cannot_do_has_an_exit_code_and_words(phone: Phone, tmp_path: Path) -> None:
    assert refused(phone, "press", "hodl")[0] == 2
    assert "hold" in refused(phone, "press", "hodl")[1]
    assert refused(phone, "dial", "front desk")[0] == 1
    assert refused(phone, "screen", "--png", tmp_path / "no" / "where.png")[0] == 2
    assert "restart" in refused(phone, "reload")[1]
    assert refused(phone, "jump")[0] == 2


def test_two_phones_do_not_share_a_state(phone: Phone) -> None:
    second = deskphone("simulate", "--headless", "--state", phone.state)
    assert second.returncode == 1
    assert "CTL-02" in second.stderr
    assert "Traceback" not in second.stderr
    assert phone.status().hook == "on"


def test_watch_tells_whole_events_one_a_line(phone: Phone, tmp_path: Path) -> None:
    words = [*COMMAND, "ctl", "--state", str(phone.state), "watch", "--json"]
    with Child(words, tmp_path / "events", cwd=ROOT) as watching:

        def is_watched() -> bool:
            phone.press("hold")
            return "KeyPressed" in watching.text()

        wait_until(is_watched, 10, "the watcher to see a key")
        phone.lift()
        phone.replace()
        watching.wait_for_text("HookReplaced.*\n")
        events = [json.loads(line) for line in watching.text().splitlines()]
    assert all({"event", "monotonic", "utc"} <= set(event) for event in events)
    hook = [event["event"] for event in events if event["event"].startswith("Hook")]
    assert hook == ["HookLifted", "HookReplaced"]
    assert {"KeyPressed", "hold"} <= {str(value) for event in events for value in event.values()}
    times = [event["monotonic"] for event in events]
    assert times == sorted(times)
