from __future__ import annotations

import argparse
import io
import json
import threading
from pathlib import Path

import pytest
from PIL import Image

from appliance.control.commands import add_parser
from appliance.errors import ConfigRefused, ControlError, PhoneError, UsageError
from appliance.phone.events import ProblemFound
from tests.control.desk import DEADLINE, ECHO, Served


def ctl(phone: Served, *words: str) -> str:
    return ctl_at(phone.path.parent, *words)


def ctl_at(state: Path, *words: str) -> str:
    parser = argparse.ArgumentParser(prog="deskphone")
    add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["ctl", "--state", str(state), *words])
    out = io.StringIO()
    assert arguments.run(arguments, out, io.StringIO()) == 0
    return out.getvalue()


def test_a_call_by_commands(phone: Served) -> None:
    assert ctl(phone, "calls", "--history") == "no call yet\n"
    assert ctl(phone, "calls") == "no call\n"
    assert json.loads(ctl(phone, "calls", "--json")) == []
    assert ctl(phone, "lift") == ""
    ctl(phone, "press", "6", "0", "0", "#")
    phone.until(lambda: phone.desk.phone.calls[0].codec == "opus")
    assert ctl(phone, "calls").startswith("1 talking out 600: account 1001, opus, secure, ")
    (call,) = json.loads(ctl(phone, "calls", "--json"))
    assert (call["state"], call["number"]) == ("talking", ECHO)
    ctl(phone, "replace")
    assert ctl(phone, "calls") == "no call\n"


def test_status_in_both_forms(phone: Served) -> None:
    status = json.loads(ctl(phone, "status", "--json"))
    assert status["name"] == "Desk 12"
    assert status["accounts"][0]["registration"]["state"] == "registered"
    assert ctl(phone, "status").startswith("Desk 12: deskphone 0.1.0, up 12 s, on-hook\n")


def test_screen_in_all_forms(phone: Served, tmp_path: Path) -> None:
    assert ctl(phone, "screen") == ctl(phone, "screen", "--text")
    assert ctl(phone, "screen").startswith("Desk 12\n")
    assert ctl(phone, "screen", "--png", str(tmp_path / "screen.png")) == ""
    with Image.open(tmp_path / "screen.png") as picture:
        assert picture.size == (128, 64)
    with pytest.raises(UsageError, match="expected a file to write"):
        ctl(phone, "screen", "--png", str(tmp_path / "nowhere" / "screen.png"))


def test_a_picture_goes_to_the_standard_output(phone: Served) -> None:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    arguments = parser.parse_args(
        ["ctl", "--state", str(phone.path.parent), "screen", "--png", "-"]
    )
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw)
    assert arguments.run(arguments, out, io.StringIO()) == 0
    assert raw.getvalue().startswith(b"\x89PNG")


def test_dial_and_hang_up(phone: Served) -> None:
    assert ctl(phone, "dial", ECHO) == ""
    phone.until(lambda: phone.desk.phone.calls[0].phase == "talking")
    with pytest.raises(PhoneError, match="the phone did not call 'x'") as told:
        ctl(phone, "dial", "x")
    assert told.value.exit_code == 1
    assert ctl(phone, "hangup") == ""
    assert phone.do(lambda: phone.desk.phone.calls) == ()


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_watch_prints_events_until_the_phone_is_gone(phone: Served, form: list[str]) -> None:
    told = io.StringIO()
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["ctl", "--state", str(phone.path.parent), "watch", *form])
    ended: list[BaseException] = []

    def watch() -> None:
        try:
            arguments.run(arguments, told, io.StringIO())
        except ControlError as error:
            ended.append(error)

    watcher = threading.Thread(target=watch)
    watcher.start()
    phone.until(lambda: phone.desk.watched == 1)
    phone.do(lambda: phone.desk.post(ProblemFound("display", "OLED-01", "No display")))
    phone.until(lambda: "OLED-01" in told.getvalue())
    phone.do(phone.tasks[0].cancel)
    watcher.join(DEADLINE)
    line = next(line for line in told.getvalue().splitlines() if "OLED-01" in line)
    if form:
        assert json.loads(line)["event"] == "ProblemFound"
    else:
        assert line == "2026-11-23 ProblemFound part=display code=OLED-01 text=No display"
    assert "closed the connection" in str(ended[0])


def test_reload_tells_what_came_of_it(phone: Served) -> None:
    assert ctl(phone, "reload") == "configuration v8 is in force\n"
    phone.desk.refusal = ConfigRefused("CFG-01", "Bad configuration", "one\ntwo")
    with pytest.raises(PhoneError, match="CFG-01: one\ntwo") as told:
        ctl(phone, "reload")
    assert told.value.exit_code == 78


def test_a_key_that_does_not_exist_is_usage(phone: Served) -> None:
    with pytest.raises(UsageError, match="did you mean mute") as told:
        ctl(phone, "press", "1", "mut")
    assert told.value.exit_code == 2
    assert phone.do(lambda: phone.desk.phone.entry) is None


@pytest.mark.parametrize("hold", ["-1", "61", "long", "nan"])
def test_a_hold_that_cannot_be_is_usage(phone: Served, hold: str) -> None:
    with pytest.raises(SystemExit) as told:
        ctl(phone, "press", "1", f"--hold={hold}")
    assert told.value.code == 2


def test_a_key_is_held(phone: Served) -> None:
    ctl(phone, "press", "--hold", "0.05", "1")
    assert phone.desk.keys_down == []
    assert phone.do(lambda: phone.desk.phone.entry) is not None


def test_no_phone_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="no socket there; expected a running phone") as told:
        ctl_at(tmp_path / "empty", "status")
    assert told.value.exit_code == 1


def test_the_call_log_is_told_in_words_and_as_json(phone: Served) -> None:
    for number in ("600", "486"):
        ctl(phone, "dial", number)
        phone.until(lambda: bool(phone.desk.phone.calls or phone.desk.phone.ended))
        ctl(phone, "hangup")
    busy, echo = ctl(phone, "calls", "--history").splitlines()
    assert echo.endswith(" placed 600: account 1001, ended here")
    assert " placed 486: account 1001, " in busy
    told = json.loads(ctl(phone, "calls", "--history", "--json"))
    assert [call["number"] for call in told] == ["486", "600"]
    assert told[1]["since"].endswith("Z") and told[1]["length_s"] == 0
