"""Files that serve many units: includes, account defaults, added lists, placeholders."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import load, require
from appliance.config.load import Loaded
from appliance.config.problems import Origin
from appliance.config.unit import IMAGINED, Unit, plain_mac, this_unit
from tests.config.conftest import Write
from tests.config.test_mistakes import GOOD

UNIT = Unit("b827eb01a2f3", "10000000abcdef01")
COMMON = """\
[account_defaults]
server = "pbx.example.com"
transport = "tls"
backup_servers = ["pbx2.example.com"]
[dial]
emergency = ["112"]
"""
DEVICE = '[[account]]\nuser = "1001"\npassword = "geheim"\n'


def said(loaded: Loaded) -> list[str]:
    return [str(problem).partition(": ")[2] for problem in loaded.problems]


def test_a_device_file_of_three_lines_is_enough(write: Write) -> None:
    common, device = write(COMMON, "common.toml"), write(DEVICE, "device.toml")
    loaded = load([common, device], {})
    account = require(loaded).accounts[0]
    assert (account.server, account.transport) == ("pbx.example.com", "tls")
    assert loaded.origins["account", 0, "server"] == Origin(str(common), 2)
    assert loaded.origins["account", 0, "user"] == Origin(str(device), 2)


def test_an_account_outranks_the_defaults_wherever_they_stand(write: Write) -> None:
    device = write(DEVICE + 'server = "own.example.com"\n', "1")
    account = require(load([device, write(COMMON, "2")], {})).accounts[0]
    assert (account.server, account.transport) == ("own.example.com", "tls")


def test_a_default_secret_yields_to_one_of_the_other_kind(write: Write, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from the file\n")
    secret.chmod(0o600)
    common = write('[account_defaults]\nserver = "pbx"\npassword = "for all"\n', "common.toml")
    device = write('[[account]]\nuser = "1001"\npassword_file = "secret"\n', "device.toml")
    assert require(load([common, device], {})).accounts[0].password == "from the file"
    plain = write('[[account]]\nuser = "1002"\n', "plain.toml")
    assert require(load([common, plain], {})).accounts[0].password == "for all"


def test_a_mistake_in_the_defaults_stands_where_they_stand(write: Write) -> None:
    common = write('[account_defaults]\nserver = "pbx"\ntransprot = "tls"\nexpires = 1\n', "common")
    loaded = load([common, write(DEVICE, "device")], {})
    assert loaded.config is None
    assert [(p.place.file, p.place.line, p.key) for p in loaded.problems] == [
        (str(common), 3, "account_defaults.transprot"),
        (str(common), 4, "account_defaults.expires"),
    ]
    assert loaded.problems[0].hint == 'did you mean "transport"?'


def test_lists_are_added_to_what_lower_layers_have(write: Write) -> None:
    site = write('[dial]\nemergency = { add = ["110", "112"] }\n', "site.toml")
    device = write(
        DEVICE + 'backup_servers = { add = ["own.example.com"] }\n'
        '[audio]\ncodecs = { add = ["g729"] }\n[dial]\nemergency = { add = ["115"] }\n',
        "device.toml",
    )
    config = require(load([write(COMMON, "common.toml"), site, device], {}))
    assert config.dial.emergency == ("112", "110", "115")
    assert config.accounts[0].backup_servers == ("pbx2.example.com", "own.example.com")
    assert config.audio.codecs == ("opus", "g722", "pcmu", "pcma", "g729")


def test_a_later_list_replaces_what_was_added(write: Write) -> None:
    first = write('[dial]\nemergency = { add = ["110"] }\n' + GOOD, "1")
    second = write('[dial]\nemergency = ["112"]\n', "2")
    assert require(load([first, second], {})).dial.emergency == ("112",)


def test_a_list_that_has_grown_too_long_is_refused(write: Write) -> None:
    many = ", ".join(f'"{number}"' for number in range(300, 312))
    more = ", ".join(f'"{number}"' for number in range(200, 212))
    first = write(f"[dial]\nemergency = [{many}]\n" + GOOD, "1")
    loaded = load([first, write(f"[dial]\nemergency = {{ add = [{more}] }}\n", "2")], {})
    assert said(loaded) == ["error: dial.emergency: found 24 elements in all, expected at most 16"]


def test_a_wrong_addition_is_told_with_its_place(write: Write) -> None:
    loaded = load([write('[audio]\ncodecs = { add = ["g723"] }\n' + GOOD, "1")], {})
    (problem,) = loaded.problems
    assert (problem.key, problem.place.line) == ("audio.codecs.add[0]", 2)
    assert problem.hint == 'did you mean "g729"?'


def test_an_included_file_lies_below_the_one_that_names_it(write: Write) -> None:
    write('include = "common.toml"\n[audio]\nringer_volume = 20\n', "site.toml")
    common = write("[audio]\nringer_volume = 10\nearpiece_volume = 30\n", "common.toml")
    device = write('include = ["site.toml"]\n' + GOOD, "device.toml")
    loaded = load([device], {})
    audio = require(loaded).audio
    assert (audio.ringer_volume, audio.earpiece_volume) == (20, 30)
    assert loaded.origins["audio", "earpiece_volume"] == Origin(str(common), 3)


@pytest.mark.parametrize(
    "name", ["../common.toml", "/etc/passwd", "", "sub/common.toml", "..", "."]
)
def test_a_file_elsewhere_is_not_included(write: Write, name: str) -> None:
    (problem,) = load([write(f'include = ["{name}"]\n' + GOOD, "device.toml")], {}).problems
    assert problem.key == "include[0]"
    assert problem.expected == "the name of a file in the same directory"


@pytest.mark.parametrize(
    ("content", "found"),
    [("include = 5\n", "a whole number"), ("include = [5]\n", "5"), ("include = {}\n", "a table")],
)
def test_an_include_that_is_no_name_is_refused(write: Write, content: str, found: str) -> None:
    (problem,) = load([write(content + GOOD, "device.toml")], {}).problems
    assert (problem.place.line, problem.found) == (1, found)


def test_a_circle_and_a_missing_file_are_told_where_they_are_named(write: Write) -> None:
    write('include = ["b.toml"]\n', "a.toml")
    b = write('include = ["a.toml", "gone.toml"]\n', "b.toml")
    gone, circle = load([write('include = "a.toml"\n' + GOOD, "device.toml")], {}).problems
    assert (circle.place.file, circle.found) == (
        str(b),
        "a circle: device.toml → a.toml → b.toml → a.toml",
    )
    assert gone.found == "no such file"
    assert gone.hint == f"it is named in {b}:1:22"


def test_a_flood_of_files_ends(write: Write) -> None:
    names = ", ".join(f'"{number}.toml"' for number in range(100))
    for number in range(100):
        write("[phone]\n", f"{number}.toml")
    loaded = load([write(f"include = [{names}]\n" + GOOD, "device.toml")], {})
    assert {problem.found for problem in loaded.problems} == {"one more file"}
    assert len(loaded.problems) == 37
    for number in range(10):
        write(f'include = "{number + 1}.toml"\n', f"{number}.toml")
    assert len(load([write('include = "0.toml"\n' + GOOD, "device.toml")], {}).problems) == 1


def test_placeholders_are_the_units_own(write: Write) -> None:
    content = """\
        [phone]
        name = "Desk {last4} ({serial}) {other} {{mac}}"
        [[account]]
        user = "sip-{mac}"
        password = "{mac}"
        server = "{last4}.example.com"
        """
    config = require(load([write(content)], {}, unit=UNIT))
    assert config.phone.name == "Desk a2f3 (10000000abcdef01) {other} {b827eb01a2f3}"
    account = config.accounts[0]
    assert (account.user, account.server) == ("sip-b827eb01a2f3", "a2f3.example.com")
    assert account.password == "{mac}"


def test_without_a_unit_the_form_is_judged(write: Write) -> None:
    config = require(load([write(GOOD.replace("1001", "{last4}"))], {}))
    assert config.accounts[0].user == IMAGINED.last4 == "1234"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("B8:27:EB:01:A2:F3", "b827eb01a2f3"),
        ("b8-27-eb-01-a2-f3", "b827eb01a2f3"),
        ("b827eb01a2f3", "b827eb01a2f3"),
        ("b827eb01a2f", None),
        ("b8:27:eb:01:a2:g3", None),
        ("", None),
    ],
)
def test_a_mac_is_read_in_each_of_its_spellings(text: str, plain: str | None) -> None:
    assert plain_mac(text) == plain


def test_a_unit_is_its_first_wired_interface_and_its_boards_number(tmp_path: Path) -> None:
    for name, mac in (
        ("wlan0", "02:00:00:00:00:01"),
        ("eth1", "02:00:00:00:00:02"),
        ("eth0", "02:00:00:00:00:03"),
        ("lo", "00:00:00:00:00:00"),
    ):
        folder = tmp_path / "sys/class/net" / name
        folder.mkdir(parents=True)
        (folder / "address").write_text(mac + "\n")
        if name != "lo":
            (folder / "device").mkdir()
        if name == "wlan0":
            (folder / "wireless").mkdir()
    tree = tmp_path / "proc/device-tree"
    tree.mkdir(parents=True)
    (tree / "serial-number").write_bytes(b"10000000abcdef01\0")
    assert this_unit(tmp_path / "sys", tmp_path / "proc") == Unit(
        "020000000003", "10000000abcdef01"
    )
    assert this_unit(tmp_path / "none", tmp_path / "none") == Unit("000000000000", "0")


@given(
    st.recursive(
        st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=30,
    )
)
def test_what_has_no_placeholder_is_left_alone(value: object) -> None:
    if not any(name in repr(value) for name in ("{mac}", "{serial}", "{last4}")):
        assert UNIT.filled(value) == value
