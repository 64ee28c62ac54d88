"""`fleet render` and `fleet check`: what is written holds, for the units and for a real PBX."""

from __future__ import annotations

import csv
import json
import os
import stat
import subprocess
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from appliance.cli import main
from appliance.config import load, require
from appliance.config.unit import Unit
from appliance.fleet.secrets import LENGTH

TABLE = """\
mac,name,user,password,display_name,site,voicemail,server,transport2,user2
b8:27:eb:00:00:01,Desk {last4},1001,,Agent; 1001,berlin,5001,,,
b8:27:eb:00:00:02,Desk 2,1002,given-secret,,,,192.0.2.1,tls,1102
"""


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "fleet.csv"
    path.write_text(TABLE)
    return path


def render(*more: str) -> int:
    return main(["fleet", "render", "fleet.csv", "--out", "served", *more])


def test_a_unit_reads_what_was_written_for_it(table: Path) -> None:
    assert render() == 0
    served = table.parent / "served"
    (served / "common.toml").write_text('[account_defaults]\nserver = "pbx.example.com"\n')
    (served / "site-berlin.toml").write_text('[phone]\ntimezone = "Europe/Berlin"\n')
    device = served / "b827eb000001.toml"
    config = require(load([device], {}, unit=Unit("b827eb000001", "1")))
    assert (config.phone.name, config.phone.timezone) == ("Desk 0001", "Europe/Berlin")
    account = config.accounts[0]
    assert (account.server, account.display_name) == ("pbx.example.com", "Agent; 1001")
    assert len(account.password) == LENGTH
    assert stat.S_IMODE(device.stat().st_mode) == 0o640
    assert main(["fleet", "check", "served"]) == 0


def test_passwords_are_made_once_and_shared_files_are_left_alone(table: Path) -> None:
    assert render() == 0
    served, kept = table.parent / "served", table.parent / "fleet.secrets.json"
    first = (served / "b827eb000001.toml").read_bytes()
    (served / "common.toml").write_text("# ours\n")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert sorted(json.loads(kept.read_text())["b827eb000002"]) == ["1102"]
    assert render() == 0
    assert (served / "b827eb000001.toml").read_bytes() == first
    assert (served / "common.toml").read_text() == "# ours\n"


def test_nothing_is_written_where_a_row_has_a_mistake(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table.write_text(TABLE.replace("1002,given", "1001,given").replace("192.0.2.1", ""))
    assert render() == 1
    assert not (table.parent / "served").exists()
    told = capsys.readouterr()
    assert "fleet.csv:3:3: error: user: found the extension" in told.out
    assert told.err == "1 error, 0 warnings; nothing was written\n"


def test_a_unit_that_left_the_table_is_named(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert render() == 0
    table.write_text("".join(TABLE.splitlines(keepends=True)[:2]))
    assert render() == 0
    assert (
        "b827eb000002.toml: warning: the table no longer has this unit" in capsys.readouterr().out
    )


@pytest.mark.parametrize("key", ['transport = "tls"', 'outbound_proxy = "sips:edge.example.com"'])
def test_accounts_encrypt_as_the_units_will(table: Path, key: str) -> None:
    served = table.parent / "served"
    served.mkdir()
    (served / "site-berlin.toml").write_text(f"[account_defaults]\n{key}\n")
    assert render("--context", "agents") == 0
    conf = (served / "pjsip_deskphones.conf").read_text()
    sections = conf.split("\n\n")
    desk1 = next(section for section in sections if "[1001](deskphone)" in section)
    assert "media_encryption = sdes" in desk1
    assert 'callerid = "Agent, 1001" <1001>' in desk1
    assert "mailboxes = 5001@default" in desk1
    desk2 = next(section for section in sections if "[1002](deskphone)" in section)
    assert "media_encryption" not in desk2
    assert "password = given-secret" in desk2
    assert "context = agents" in conf


def test_vicidials_records_and_requests_say_the_same(table: Path) -> None:
    assert render("--pbx", "vicidial", "--server-ip", "192.0.2.9") == 0
    served = table.parent / "served"
    rows = list(csv.DictReader((served / "vicidial-phones.csv").read_text().splitlines()))
    assert [row["extension"] for row in rows] == ["1001", "1002"]
    assert (rows[0]["voicemail_id"], rows[0]["server_ip"]) == ("5001", "192.0.2.9")
    assert rows[0]["phone_full_name"] == "Desk 0001"
    lines = (served / "vicidial-add-phone.txt").read_text().splitlines()
    assert [{name: value for name, (value,) in parse_qs(line).items()} for line in lines] == rows
    script = served / "vicidial-send.sh"
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
    bare = {"PATH": os.environ["PATH"]}
    refused = subprocess.run(["sh", script], env=bare, capture_output=True, check=False, text=True)
    assert refused.returncode != 0
    assert "VICIDIAL_URL" in refused.stderr


def test_what_vicidial_will_not_take_is_told(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table.write_text("mac,user,password\nb827eb000001,agent,abcdefghijklmnopqrstu\n")
    assert render("--pbx", "vicidial") == 1
    told = [line.partition(": found ")[0] for line in capsys.readouterr().out.splitlines()]
    assert told == [
        "fleet.csv:2:2: error: user",
        "fleet.csv:2:3: error: password",
        "fleet.csv:2: error: server",
    ]


def test_labels_bear_names_and_load_nothing(table: Path) -> None:
    table.write_text(TABLE.replace("Desk 2", "<b>Desk & 2</b>"))
    assert render() == 0
    page = (table.parent / "served/labels.html").read_text()
    assert page.count("<svg") == 2
    assert "B8:27:EB:00:00:02" in page
    assert "&lt;b&gt;Desk &amp; 2&lt;/b&gt;" in page
    assert "src=" not in page
    assert "href=" not in page


def test_a_folder_is_checked_as_a_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account = '[[account]]\nuser = "1001"\npassword = "given-secret"\nserver = "pbx"\n'
    for name, content in (
        ("b827eb000001.toml", account),
        ("b827eb000002.toml", account),
        ("b827eb000003.toml", 'include = "gone.toml"\n' + account.replace("1001", "1003")),
        ("orphan.toml", ""),
    ):
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o640)
    (tmp_path / "b827eb000001.toml").chmod(0o644)
    assert main(["fleet", "check", "--json", str(tmp_path)]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["units"]) == (False, 3)
    assert [
        (Path(p["place"].partition(":")[0]).name, p["severity"]) for p in answer["problems"]
    ] == [
        ("b827eb000001.toml", "warning"),
        ("gone.toml", "error"),
        ("b827eb000002.toml", "error"),
        ("orphan.toml", "warning"),
    ]
    assert main(["fleet", "check", str(tmp_path / "nowhere")]) == 1


def test_the_example_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["fleet", "init"]) == 0
    assert main(["fleet", "render", "fleet.csv"]) == 0
    assert main(["fleet", "init"]) == 2
    assert "FLEET-01" in capsys.readouterr().err


def test_a_store_that_is_none_of_ours_is_left_alone(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = table.parent / "fleet.secrets.json"
    kept.write_text("not ours")
    assert render() == 2
    assert kept.read_text() == "not ours"
    assert "FLEET-02" in capsys.readouterr().err
