"""`deskphone config`: what it prints, where, and how it exits; and what is made from the model."""

from __future__ import annotations

import argparse
import io
import json
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import load, load_or_last_good, require
from appliance.config.commands import add_parser
from appliance.config.fields import SECTIONS
from appliance.config.lastgood import store_last_good
from appliance.config.model import Config
from appliance.config.reference import BEGIN, END, README, main, renewed
from appliance.config.schema import schema
from appliance.config.show import show, toml
from appliance.errors import ConfigRefused
from tests.config.conftest import Write
from tests.config.test_mistakes import GOOD, TEN

FULL = (
    GOOD
    + """\
transport = "tls"
backup_servers = ["pbx2", "[2001:db8::1]:5061"]
display_name = "Zoë \\"Z\\" \\\\"
[phone]
timezone = "Europe/Berlin"
[dial]
speed_dial = { 9 = "+49123", 0 = "*97" }
interdigit_timeout = 2.5
[display]
address = 0x3d
[board]
rows = [5, 6]
columns = [12]
keys = [["1"], [""]]
hook_closed = "on-hook"
lamps.message = 17
"""
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(*arguments: str, out: io.StringIO | None = None) -> tuple[int, str, str]:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["config", *arguments])
    out, err = out or io.StringIO(), io.StringIO()
    return parsed.run(parsed, out, err), out.getvalue(), err.getvalue()


def test_check_is_content(write: Write) -> None:
    assert run("check", str(write(GOOD))) == (0, "", "0 errors, 0 warnings\n")


def test_check_counts_and_exits_with_1(write: Write) -> None:
    code, out, err = run("check", str(write(TEN)))
    assert (code, err) == (1, "11 errors, 0 warnings\n")
    assert len([line for line in out.splitlines() if ": error: " in line]) == 11


def test_check_lets_warnings_pass(write: Write) -> None:
    code, out, err = run("check", str(write(GOOD + 'srtp = "required"\n')))
    assert (code, err) == (0, "0 errors, 1 warning\n")
    assert ": warning: " in out


def test_check_for_machines(write: Write) -> None:
    path = write(GOOD + 'transport = "tsl"\n')
    code, out, err = run("check", "--json", str(path))
    assert (code, err) == (1, "")
    assert json.loads(out) == {
        "ok": False,
        "problems": [
            {
                "file": str(path),
                "line": 5,
                "column": 13,
                "key": "account[0].transport",
                "found": '"tsl"',
                "expected": 'one of "udp", "tcp", "tls"',
                "hint": 'did you mean "tls"?',
                "severity": "error",
            }
        ],
    }


def test_colour_only_on_a_terminal(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    path = str(write(TEN))
    assert "\x1b[1;31merror\x1b[0m" in run("check", path, out=Terminal())[1]
    assert "\x1b" not in run("check", path)[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("check", path, out=Terminal())[1]


def test_show_merges_and_names_origins(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPHONE_LOG_LEVEL", "debug")
    card, served = write(GOOD, "card"), write("[phone]\nname = 'Desk 12'\n", "served")
    code, out, _ = run("show", str(card), str(served))
    lines = {" ".join(line.split()) for line in out.splitlines()}
    assert code == 0
    assert f'name = "Desk 12" # {served}:2' in lines
    assert f'user = "1001" # {card}:2' in lines
    assert f'password = "(hidden)" # {card}:3' in lines
    assert 'level = "debug" # environment' in lines
    assert 'language = "en" # default' in lines
    assert "# timezone is not set" in lines


def test_show_for_machines(write: Write) -> None:
    path = write(FULL)
    shown = json.loads(run("show", "--json", str(path))[1])
    assert shown["config"]["account"][0]["password"] == "(hidden)"
    assert shown["config"]["board"]["lamps"] == {"message": 17}
    assert shown["config"]["dial"]["speed_dial"] == {"9": "+49123", "0": "*97"}
    assert shown["origins"]["account[0].password"] == f"{path}:3"
    assert shown["origins"]["log.level"] == "default"


def test_what_show_prints_is_the_same_configuration(write: Write) -> None:
    first = load([write(FULL)], {})
    shown = show(first).replace('"(hidden)"', '"geheim"')
    assert require(load([write(shown, "shown.toml")], {})) == require(first)


def test_what_show_prints_of_a_password_file_loads_again(write: Write) -> None:
    write("geheim\n", "secret")
    first = load([write(GOOD.replace('password = "geheim"', 'password_file = "secret"'))], {})
    again = require(load([write(show(first), "shown.toml")], {}))
    assert again == require(first)


@pytest.mark.parametrize("command", ["show", "diff"])
def test_the_others_refuse_what_does_not_hold(write: Write, command: str) -> None:
    bad, good = str(write(TEN)), str(write(GOOD, "good"))
    arguments = [good, bad] if command == "diff" else [bad]
    with pytest.raises(ConfigRefused) as caught:
        run(command, *arguments)
    assert caught.value.exit_code == 78
    assert str(caught.value).count(": error: ") == 11


def test_diff_says_what_would_change(write: Write) -> None:
    a = write(GOOD + "expires = 60\n[dial]\nspeed_dial.1 = '600'\n", "a")
    b = write(GOOD + GOOD.replace("1001", "1002") + "[dial]\nspeed_dial.2 = '601'\n", "b")
    code, out, _ = run("diff", str(a), str(b))
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert code == 0
    assert lines[:2] == [
        f"- account[0].expires = 60 # {a}:5",
        "+ account[0].expires = 300 # default",
    ]
    assert f'- dial.speed_dial.1 = "600" # {a}:7' in lines
    assert f'+ dial.speed_dial.2 = "601" # {b}:10' in lines
    assert f'+ account[1].user = "1002" # {b}:6' in lines
    assert run("diff", str(a), str(a)) == (0, "", "")


def test_the_schema_describes_every_key() -> None:
    document: dict[str, Any] = json.loads(run("schema")[1])
    assert document == json.loads(json.dumps(schema()))
    definitions = document["$defs"]
    layers = {"include", "account_defaults"}
    assert set(definitions["Config"]["properties"]) == set(SECTIONS) | layers
    assert set(definitions["AccountDefaults"]["properties"]) == set(SECTIONS["account"])
    for section, fields in SECTIONS.items():
        properties = definitions[section.capitalize()]["properties"]
        assert set(properties) == set(fields)
        assert all(about["description"] for about in properties.values())
    assert definitions["Account"]["properties"]["expires"] == {
        "description": "Lifetime asked for a registration",
        "x-unit": "s",
        "type": "integer",
        "minimum": 60,
        "maximum": 3600,
        "default": 300,
    }
    assert definitions["Account"]["properties"]["password"]["writeOnly"]
    assert '"null"' not in json.dumps(document)


def test_the_table_of_keys_is_up_to_date() -> None:
    readme = README.read_text(encoding="utf-8")
    assert readme == renewed(readme), "run: python -m appliance.config.reference"
    assert main(["--check"]) == 0


def test_the_table_of_keys_is_rewritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}old\n{END}after\n")
    monkeypatch.setattr("appliance.config.reference.README", readme)
    assert main(["--check"]) == 1
    assert main([]) == 0
    assert main(["--check"]) == 0
    text = readme.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| `expires` | a whole number from 60 to 3600 s | `300` |" in text


def test_warnings_do_not_spoil_what_is_shown(write: Write) -> None:
    code, out, err = run("show", str(write(GOOD + 'srtp = "required"\n')))
    assert code == 0
    assert ": warning: " not in out
    assert ": warning: account[0].srtp" in err


def test_a_readme_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the lines"):
        renewed("# config\n")


def test_the_first_configuration_in_the_readme_holds(write: Write) -> None:
    _, _, rest = README.read_text(encoding="utf-8").partition("```toml\n")
    text, _, _ = rest.partition("```")
    assert require(load([write(text)], {})).accounts[0].transport == "tls"


@given(st.integers(0, 100), st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_configuration_survives_toml_and_json(percent: int, name: str) -> None:
    shape = SECTIONS["phone"]["name"].shape
    assert tomllib.loads(f"v = {toml(name, shape)}") == {"v": name}
    document = {
        "account": [{"user": "1", "password": "x", "server": "s"}],
        "audio": {"ringer_volume": percent},
    }
    config = msgspec.convert(document, Config)
    assert msgspec.json.decode(msgspec.json.encode(config), type=Config) == config


def test_the_stored_configuration_equals_the_given_one(write: Write, tmp_path: Path) -> None:
    config = require(load([write(FULL)], {}))
    store_last_good(config, tmp_path)
    bad = write(TEN, "bad.toml")
    assert load_or_last_good([bad], tmp_path, {}).config == config
