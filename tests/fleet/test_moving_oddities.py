"""Device files that are odd, huge or not there: they cost no time and end nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.fleet.moving import terms
from appliance.fleet.moving.collecting import collect
from tests.fleet.test_moving import moved


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("000b82000003.cfg", "P35 = 1003\nP32 = ²\n"),
        ("000b82000003.cfg", f"P35 = 1003\nP32 = {'9' * 5000}\n"),
        ("001565000001.cfg", "account.1.user_name = 1\naccount.1.codec.pcmu.priority = ²\n"),
        ("001565000001.cfg", f"account.1.user_name = 1\naccount.{'9' * 5000}.user_name = 2\n"),
        ("0004f2000002.cfg", '<sip reg.1.address="1002" voice.codecPref.G722="²"/>'),
        ("0004f2000002.cfg", f'<sip reg.1.address="1" voice.codecPref.G722="{"9" * 5000}"/>'),
    ],
)
def test_numbers_that_are_none_do_not_make_it_stumble(name: str, text: str, tmp_path: Path) -> None:
    assert moved(tmp_path, name, text).rows


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("000b82000003.xml", f"<gs_provision><P35>1003{chr(10) * 3_000_000}</P35></gs_provision>"),
        ("000b82000003.cfg", f"P35 = 1003\nP2 = a{' ' * 3_000_000}b\n"),
        (
            "001565000001.cfg",
            f"account.1.user_name=1\ndialplan.digitmap.string = {'[' * 1_000_000}",
        ),
    ],
    ids=["empty lines", "blanks", "brackets"],
)
def test_long_values_take_no_longer_than_reading_them(name: str, text: str, tmp_path: Path) -> None:
    """With time that grows as the square of their length this would not end today."""
    assert moved(tmp_path, name, text).rows


def test_words_between_elements_take_no_longer_than_reading_them(tmp_path: Path) -> None:
    between = ("x" * 36 + "<a/>") * 80_000
    text = f"<gs_provision>{between}<P35>1001</P35></gs_provision>"
    assert moved(tmp_path, "000b82000004.xml", text).rows


def test_a_mailbox_for_the_whole_telephone_is_the_first_accounts(tmp_path: Path) -> None:
    accounts = "".join(f"<User_ID_{n}_>100{n}</User_ID_{n}_>" for n in "12")
    text = f"<flat-profile>{accounts}<Voice_Mail_Number>8500</Voice_Mail_Number></flat-profile>"
    found = moved(tmp_path, "000ccc000005.xml", text)
    assert found.rows[0]["voicemail"] == "8500"
    assert not found.left


def test_a_document_of_too_many_elements_is_none(tmp_path: Path) -> None:
    found = moved(tmp_path, "000b82000003.xml", f"<settings>{'<a/>' * 300_000}</settings>")
    assert not found.rows
    assert "elements" in str(found.problems[0])


@pytest.mark.parametrize(("name", "told"), [("nowhere", "no such file"), ("x" * 300, "too long")])
def test_a_file_that_is_not_there_is_told(tmp_path: Path, name: str, told: str) -> None:
    assert told in str(collect([tmp_path / name]).problems[0])


@pytest.mark.parametrize(
    ("address", "port", "server"),
    [
        ("pbx.example.com", "5061", "pbx.example.com:5061"),
        ("pbx.example.com", "5060", "pbx.example.com"),
        ("2001:db8::1", "5061", "[2001:db8::1]:5061"),
        ("2001:db8::1", "", "[2001:db8::1]"),
        ("[2001:db8::1]", "5061", "[2001:db8::1]:5061"),
        ("", "5061", ""),
    ],
)
def test_a_server_has_its_port(address: str, port: str, server: str) -> None:
    assert terms.host(address, port) == server
