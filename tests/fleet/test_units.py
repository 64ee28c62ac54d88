"""One table, many units: what is read, what is refused, and where each mistake stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.config.unit import Unit
from appliance.fleet.example import EXAMPLE
from appliance.fleet.table import read_table
from appliance.fleet.units import Fleet, read_fleet

HEAD = "mac,name,user,password,server\n"
GOOD = HEAD + "b8:27:eb:00:00:01,Desk 1,1001,long enough?,pbx.example.com\n"


def fleet(folder: Path, content: str | bytes, name: str = "fleet.csv") -> Fleet:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_fleet(read_table(path))


def said(read: Fleet, folder: Path) -> list[str]:
    return [str(problem).replace(f"{folder}/", "") for problem in read.problems]


def test_a_row_is_a_unit_with_its_configuration(tmp_path: Path) -> None:
    read = fleet(
        tmp_path,
        "MAC;serial;site;name;user;audio.ringer_volume;dial.speed_dial.1;user2;transport2\n"
        "B8-27-EB-00-00-01;10ab;berlin;Desk 1;1001;40;600;1002;tls\n",
    )
    assert not read.problems
    (entry,) = read.entries
    assert entry.unit == Unit("b827eb000001", "10ab")
    assert (entry.site, entry.voicemail, entry.outbound_cid) == ("berlin", "1001", "1001")
    assert entry.document == {
        "phone": {"name": "Desk 1"},
        "account": [{"user": "1001"}, {"user": "1002", "transport": "tls"}],
        "audio": {"ringer_volume": 40},
        "dial": {"speed_dial": {"1": "600"}},
    }


def test_all_mistakes_are_told_at_once_with_line_and_column(tmp_path: Path) -> None:
    read = fleet(
        tmp_path,
        "mac,user,pasword,password,expires,site,voicemail\n"
        "b8:27:eb:00:00:01,1001,x,1001,300,,\n"
        "nonsense,1002,,has blank,5,../up,x\n"
        "b8:27:eb:00:00:03,,,short,,,\n",
    )
    assert not read.entries
    assert said(read, tmp_path) == [
        "fleet.csv:2:3: error: pasword: found an unknown column, expected a column such as mac,"
        ' name, user, password or audio.headset; did you mean "password"?',
        "fleet.csv:2:4: error: password: found the extension again, expected a password that is"
        " not the extension; leave the cell empty, and a strong one is made",
        'fleet.csv:3:1: error: mac: found "nonsense", expected a MAC address such as'
        " b8:27:eb:01:02:03",
        'fleet.csv:3:6: error: site: found "../up", expected letters, digits, `-`, `_` and `.`,'
        " 32 at most, for it names a file",
        'fleet.csv:3:7: error: voicemail: found "x", expected digits, 20 at most',
        "fleet.csv:3:5: error: account[0].expires: found 5, expected a whole number from 60 to"
        " 3600 s",
        "fleet.csv:3:4: error: password: found an unusable password, expected a password without"
        " blanks and semicolons, which pjsip.conf cannot hold; leave the cell empty, and a strong"
        " one is made",
        "fleet.csv:4:2: error: user: found nothing, expected the extension of this account",
        "fleet.csv:4:4: warning: password: found 5 characters, expected 8 at least; leave the cell"
        " empty, and a strong one is made",
    ]


def test_what_no_two_units_may_share(tmp_path: Path) -> None:
    read = fleet(
        tmp_path,
        HEAD + "b8:27:eb:00:00:01,Desk,1001,one-password,pbx\n"
        "b827eb000001,Other,1002,two-password,pbx\n"
        "b827eb000003,Desk,1001,one-password,pbx\n"
        "b827eb000004,Elsewhere,1001,three-password,pbx2\n",
    )
    assert [(p.place.line, p.place.column, p.severity) for p in read.problems] == [
        (3, 1, "error"),
        (4, 3, "error"),
        (4, 4, "warning"),
        (4, 2, "warning"),
    ]
    assert "one-password" not in "".join(said(read, tmp_path))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_spreadsheets_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    read = fleet(
        tmp_path, GOOD.replace("Desk 1", "Zoë").replace("long enough?", "").encode(encoding)
    )
    assert [entry.name for entry in read.entries] == ["Zoë"]


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    unit = {"mac": "b827eb000001", "user": "1001", "audio.ringer_volume": 40}
    toml = '[[unit]]\nmac = "b827eb000001"\nuser = "1001"\n"audio.ringer_volume" = 40\n'
    documents = [
        fleet(tmp_path, toml, "fleet.toml"),
        fleet(tmp_path, json.dumps([unit]), "fleet.json"),
        fleet(tmp_path, json.dumps({"unit": [unit]}), "fleet.json"),
    ]
    assert [[entry.document for entry in read.entries] for read in documents] == 3 * [
        [{"account": [{"user": "1001"}], "audio": {"ringer_volume": 40}}]
    ]


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        ("", "fleet.csv", "nothing"),
        ('mac,user\n"b8', "fleet.csv", "quotes that do not end"),
        (b"\0\0\0", "fleet.csv", "text in no encoding"),
        ("mac,mac\n", "fleet.csv", "a column for the second time"),
        ("[unit", "fleet.toml", "what is not TOML"),
        ("{", "fleet.json", "what is not JSON"),
        ("{}", "fleet.json", "nothing"),
        ('["x"]', "fleet.json", "a text"),
        ("[" * 100000, "fleet.json", "lists within lists"),
    ],
)
def test_what_is_no_table_is_told_as_such(
    tmp_path: Path, content: str | bytes, name: str, found: str
) -> None:
    assert [p.found.partition(" (")[0] for p in fleet(tmp_path, content, name).problems] == [found]


def test_the_example_holds(tmp_path: Path) -> None:
    read = fleet(tmp_path, EXAMPLE)
    assert not read.problems
    assert [len(entry.accounts) for entry in read.entries] == [1, 1, 2]


@settings(max_examples=200)
@given(st.text(st.sampled_from('mac,user;password\n"\t#=1b:27éx@\0 '), max_size=80))
def test_whatever_a_table_holds_it_has_rows_or_problems(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    read = fleet(folder, HEAD + text, "fuzz.csv")
    assert all(problem.found and problem.expected for problem in read.problems)
