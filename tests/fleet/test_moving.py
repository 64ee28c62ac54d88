"""Moving in: device files of five makers become a table that `fleet render` takes."""

from __future__ import annotations

import csv
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.cli import main
from appliance.config import load, require
from appliance.config.kinds import MAX_ACCOUNTS
from appliance.config.unit import Unit
from appliance.fleet.moving import terms
from appliance.fleet.moving.collecting import Moved, collect
from appliance.phone.digitmap import parse_digit_map

YEALINK = """\
#!version:1.0.0.1
account.1.enable = 1
account.1.user_name = 1001
account.1.auth_name = auth1001
account.1.password = secret-of-1001
account.1.display_name = Agent One
account.1.sip_server.1.address = pbx.example.com
account.1.sip_server.1.port = 5061
account.1.sip_server.1.transport_type = 2
account.1.sip_server.2.address = %NULL%
account.1.srtp_encryption = 2
account.1.codec.g722.priority = 2
account.1.codec.pcma.priority = 1
account.1.codec.g729.enable = 0
account.1.codec.g729.priority = 3
account.1.nat.rport = 1
account.2.enable = 0
account.2.user_name = 1999
account.2.password = never-carried
voice_mail.number.1 = 8500
linekey.2.type = 13
linekey.2.value = 600
linekey.3.type = 15
linekey.3.value = not a number
"""
YEALINK_COMMON = """\
local_time.time_zone_name = Germany(Berlin)
lang.gui = German
dialplan.digitmap.string = [1-9]xxx|0x.T
"""
POLYCOM = """\
<?xml version="1.0"?>
<polycomConfig>
  <reg reg.1.address="1002" reg.1.auth.userId="1002" reg.1.auth.password="secret-of-1002"
       reg.1.displayName="Two &amp; Co" reg.1.server.1.address="pbx.example.com"
       reg.1.server.1.transport="TCPpreferred" reg.1.server.1.expires="600"/>
  <voice voice.codecPref.G711_Mu="2" voice.codecPref.G722="1" voice.codecPref.Siren14.48kbps="3"/>
  <x dialplan.digitmap="[2-9]11|0T|[2-9]xxxxxx" tcpIpApp.sntp.gmtOffset="-18000"/>
</polycomConfig>
"""
POLYCOM_DIRECTORY = """\
<directory><item_list>
<item><fn>Echo</fn><ct>600</ct><sd>3</sd></item>
<item><fn>Far</fn><ct>601</ct><sd>33</sd></item>
</item_list></directory>
"""
GRANDSTREAM = """\
<?xml version="1.0"?>
<gs_provision version="1"><mac>00:0B:82:00:00:03</mac><config version="1">
<P271>1</P271><P47>pbx.example.com:5080</P47><P35>1003</P35><P34>secret-of-1003</P34>
<P130>0</P130><P183>1</P183><P32>10</P32><P57>9</P57><P58>8</P58><P64>EST5EDT</P64>
<P290>{ x+ | *x+ | [3469]11 }</P290><P323>0</P323><P303>600</P303>
<P401>1</P401><P402>two.example.com</P402><P404>2003</P404><P406>secret-of-2003</P406>
<P2>admin</P2></config></gs_provision>
"""
CISCO = """\
<flat-profile>
<Line_Enable_1_>Yes</Line_Enable_1_><User_ID_1_ ua="na">1004</User_ID_1_>
<Password_1_>secret-of-1004</Password_1_><Proxy_1_>pbx.example.com</Proxy_1_>
<SIP_Transport_1_>TLS</SIP_Transport_1_><DTMF_Tx_Method_1_>INFO</DTMF_Tx_Method_1_>
<Preferred_Codec_1_>G711u</Preferred_Codec_1_>
<Second_Preferred_Codec_1_>G729a</Second_Preferred_Codec_1_>
<Dial_Plan_1_>(*xx|[3469]11|0|00|1xxx[2-9]xxxxxxS0|xxxxxxxxxxxx.)</Dial_Plan_1_>
<Time_Zone>GMT-05:00</Time_Zone><Language_Selection>English-US</Language_Selection>
<Extended_Function_2_>fnc=sd+blf;ext=601@$PROXY;nme=Tone</Extended_Function_2_>
</flat-profile>
"""
SNOM = """\
<settings><phone-settings>
<user_active idx="1" perm="R">on</user_active><user_name idx="1">1005</user_name>
<user_pass idx="1">secret-of-1005</user_pass><user_host idx="1">pbx.example.com</user_host>
<user_outbound idx="1">edge.example.com:5061;transport=tls</user_outbound>
<user_srtp idx="1">on</user_srtp><user_savp idx="1">mandatory</user_savp>
<codec_priority_list idx="1">g722,pcma,telephone-event</codec_priority_list>
<timezone perm="R">GER+1</timezone><language>Deutsch</language></phone-settings>
<functionKeys><fkey idx="0">speed sip:600@pbx.example.com</fkey></functionKeys></settings>
"""
FILES = {
    "001565000001.cfg": YEALINK,
    "y000000000028.cfg": YEALINK_COMMON,
    "0004f2000002-phone.cfg": POLYCOM,
    "0004f2000002-directory.xml": POLYCOM_DIRECTORY,
    "gs.xml": GRANDSTREAM,
    "spa000ccc000004.xml": CISCO,
    "000413000005.xml": SNOM,
}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "old"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


def rows(table: Path) -> dict[str, dict[str, str]]:
    with table.open() as file:
        return {
            row["user"]: {name: cell for name, cell in row.items() if cell}
            for row in csv.DictReader(file)
        }


def test_what_we_have_too_is_carried_over(files: Path) -> None:
    assert main(["fleet", "import", "old"]) == 0
    found = rows(Path("fleet.csv"))
    assert found["1001"] == {
        "mac": "001565000001",
        "user": "1001",
        "auth_user": "auth1001",
        "password": "secret-of-1001",
        "display_name": "Agent One",
        "server": "pbx.example.com:5061",
        "transport": "tls",
        "srtp": "required",
        "voicemail": "8500",
        "audio.codecs": "pcma,g722",
        "phone.timezone": "Europe/Berlin",
        "phone.language": "de",
        "dial.digit_map": "[1-9]xxx|0x.T",
        "dial.speed_dial.1": "600",
    }
    assert found["1002"] == {
        "mac": "0004f2000002",
        "user": "1002",
        "password": "secret-of-1002",
        "display_name": "Two & Co",
        "server": "pbx.example.com",
        "transport": "tcp",
        "srtp": "off",
        "expires": "600",
        "audio.codecs": "g722,pcmu",
        "dial.digit_map": "[2-9]11|0T|[2-9]xxxxxx",
        "dial.speed_dial.3": "600",
    }
    assert found["1003"] == {
        "mac": "000b82000003",
        "user": "1003",
        "password": "secret-of-1003",
        "server": "pbx.example.com:5080",
        "transport": "udp",
        "srtp": "optional",
        "expires": "600",
        "audio.codecs": "g722,pcma",
        "phone.timezone": "America/New_York",
        "dial.digit_map": "xx.|*xx.|[3469]11",
        "dial.speed_dial.1": "600",
        "user2": "2003",
        "password2": "secret-of-2003",
        "server2": "two.example.com",
    }
    assert found["1004"] == {
        "mac": "000ccc000004",
        "user": "1004",
        "password": "secret-of-1004",
        "server": "pbx.example.com",
        "transport": "tls",
        "dtmf": "info",
        "audio.codecs": "pcmu,g729",
        "phone.language": "en",
        "dial.digit_map": "*xx|[3469]11|0|00|1xxx[2-9]xxxxxx|xxxxxxxxxxxx.",
        "dial.speed_dial.1": "601",
    }
    assert found["1005"] == {
        "mac": "000413000005",
        "user": "1005",
        "password": "secret-of-1005",
        "server": "pbx.example.com",
        "transport": "tls",
        "outbound_proxy": "sip:edge.example.com:5061",
        "srtp": "required",
        "audio.codecs": "g722,pcma",
        "phone.timezone": "Europe/Berlin",
        "phone.language": "de",
        "dial.speed_dial.1": "600",
    }
    assert stat.S_IMODE(Path("fleet.csv").stat().st_mode) == 0o600


def test_the_table_is_one_that_units_can_be_made_of(files: Path) -> None:
    assert main(["fleet", "import", "old"]) == 0
    assert main(["fleet", "render", "fleet.csv"]) == 0
    config = require(load([Path("fleet/000413000005.toml")], {}, unit=Unit("000413000005", "")))
    account = config.accounts[0]
    assert (account.user, account.transport, account.srtp) == ("1005", "tls", "required")
    assert config.dial.speed_dial == {"1": "600"}


def test_what_is_left_behind_is_told_without_its_value(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fleet", "import", "old"]) == 0
    told = capsys.readouterr()
    assert "001565000001.cfg:16: not carried over: Yealink account.N.nat.rport" in told.out
    assert "gs.xml:7: not carried over: Grandstream P2\n" in told.out
    assert "phone.cfg:7: warning: tcpIpApp.sntp.gmtOffset: found" in told.out
    assert "set phone.timezone" in told.out
    assert "directory.xml:3: warning: speed_dial.33: found" in told.out
    assert "Time_Zone" in told.out
    assert not any(f"secret-of-{user}" in told.out + told.err for user in range(1001, 1006))
    assert "never-carried" not in told.out
    assert "Replace each MAC" in told.err


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("001565000001.cfg", "account.1.user_name =\n", "001565000001.cfg: error: "),
        ("a.xml", "<settings>\n<user_name", "a.xml:2: error: found no XML"),
        (
            "a.xml",
            '<!DOCTYPE x [<!ENTITY a "b">]><settings/>',
            "a.xml:1: error: found a document type",
        ),
        ("a.xml", "<html/>", "a.xml:1: warning: found <html>, expected a device file of Yealink"),
        ("notes.txt", "remember the milk", "notes.txt: warning: found another file"),
        ("y000000000028.cfg", "lang.gui = German\naccount.1.enable = 1\n", "MAC of a telephone"),
    ],
)
def test_what_is_no_device_file_is_told(
    name: str, text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(text)
    target = tmp_path / "fleet.csv"
    assert main(["fleet", "import", str(tmp_path / name), "--out", str(target)]) == 1
    assert told in capsys.readouterr().out
    assert not target.exists()


def test_a_table_that_is_there_is_left_alone(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("fleet.csv").write_text("mine")
    assert main(["fleet", "import", "old"]) == 2
    assert "FLEET-01" in capsys.readouterr().err
    assert Path("fleet.csv").read_text() == "mine"


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"<a>{text}</a>".encode()))
def test_nothing_that_a_file_holds_makes_it_stumble(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "001565000001.cfg"
        path.write_bytes(content)
        found = collect([path])
        assert found.rows or found.problems


@given(st.text(alphabet="0123456789xX*#[]-.+|(){}ST,<>:! ", max_size=40))
def test_a_dial_plan_is_ours_or_nothing(plan: str) -> None:
    if found := terms.digit_map(plan):
        parse_digit_map(found)


@pytest.mark.parametrize(
    ("word", "zone"),
    [
        ("Germany(Berlin)", "Europe/Berlin"),
        ("Australia(Sydney,Melbourne,Canberra)", "Australia/Sydney"),
        ("United States-Eastern Time", "America/New_York"),
        ("Asia/Manila", "Asia/Manila"),
        ("GMT-05:00", ""),
        ("Nowhere(Atlantis)", ""),
    ],
)
def test_zones_have_names(word: str, zone: str) -> None:
    assert terms.zone(word) == zone


def moved(folder: Path, name: str, text: str) -> Moved:
    (folder / name).write_text(text)
    return collect([folder / name])


def test_names_have_their_letters_whatever_the_file_is_written_in(tmp_path: Path) -> None:
    head = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    text = SNOM.replace("<user_pass", '<user_realname idx="1">Grüße</user_realname><user_pass')
    for encoding in ("utf-8", "latin-1", "utf-16"):
        (tmp_path / "000413000005.xml").write_bytes((head + text).encode(encoding))
        found = collect([tmp_path / "000413000005.xml"])
        assert found.rows[0]["display_name"] == "Grüße"


def test_an_account_that_is_not_used_gives_its_settings_to_no_other(tmp_path: Path) -> None:
    yealink = moved(
        tmp_path,
        "001565000001.cfg",
        "account.1.user_name = 1001\naccount.1.sip_server.1.address = pbx.example.com\n"
        "account.2.user_name =\naccount.2.display_name = Spare\naccount.2.password = x\n"
        "account.2.expires = 60\nvoice_mail.number.2 = 8502\n",
    )
    wanted = {"mac": "001565000001", "user": "1001", "server": "pbx.example.com"}
    assert yealink.rows == [wanted]
    polycom = moved(
        tmp_path,
        "0004f2000002.cfg",
        '<polycomConfig><reg reg.1.address="1002" reg.1.server.1.address="pbx.example.com"'
        ' reg.2.address="" reg.2.displayName="Spare" reg.2.label="Spare"/></polycomConfig>',
    )
    assert "display_name" not in polycom.rows[0]
    assert "label" not in polycom.rows[0]


def test_accounts_beyond_those_of_a_unit_are_told(tmp_path: Path) -> None:
    lines = [f"account.{n}.user_name = 100{n}\naccount.{n}.label = {n}\n" for n in range(1, 9)]
    found = moved(tmp_path, "001565000001.cfg", "".join(lines))
    assert found.rows[0][f"user{MAX_ACCOUNTS}"] == f"100{MAX_ACCOUNTS}"
    assert f"user{MAX_ACCOUNTS + 1}" not in found.rows[0]
    told = [str(problem) for problem in found.problems]
    assert len(told) == 8 - MAX_ACCOUNTS
    assert '001565000001.cfg:13: warning: account.7.user_name: found "1007"' in told[0]


def test_the_mailbox_of_another_account_is_told(tmp_path: Path) -> None:
    text = "".join(
        f"account.{n}.user_name = 100{n}\nvoice_mail.number.{n} = 850{n}\n" for n in "12"
    )
    found = moved(tmp_path, "001565000001.cfg", text)
    assert found.rows[0]["voicemail"] == "8501"
    assert set(found.left) == {"Yealink voice_mail.number.N"}


def test_a_key_of_another_kind_is_told(tmp_path: Path) -> None:
    text = CISCO.replace("fnc=sd+blf;ext=601@$PROXY", "fnc=cp;ext=601@$PROXY")
    assert "Cisco Extended_Function_N_" in moved(tmp_path, "000ccc000004.xml", text).left


def test_the_value_that_is_not_known_is_the_one_told(tmp_path: Path) -> None:
    text = (
        "account.1.user_name = 1001\naccount.1.sip_server.1.transport_type =\n"
        "account.1.transport = 9\n"
    )
    told = [str(problem) for problem in moved(tmp_path, "001565000001.cfg", text).problems]
    assert [line.partition(": ")[2].partition(", ")[0] for line in told] == [
        'warning: account.1.transport: found "9"'
    ]
