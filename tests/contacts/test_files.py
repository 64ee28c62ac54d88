"""Directory files: each line that is right is taken, each that is not is said, whatever it is."""

from __future__ import annotations

import codecs
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.contacts.lines import Refusal
from appliance.contacts.numbers import dialable
from appliance.contacts.read import MOST, read_directory, read_file, tell_refusals
from appliance.contacts.table import from_table
from appliance.contacts.vcard import from_vcards
from appliance.phone.directory import Contact

ANN = Contact("Ann Example", ("5550142",))


def table(text: str) -> tuple[list[Contact], list[Refusal]]:
    return from_table(text.split("\n"))


def cards(text: str) -> tuple[list[Contact], list[Refusal]]:
    return from_vcards(text.split("\n"))


def lines(refusals: list[Refusal]) -> list[int]:
    return [refusal.line for refusal in refusals]


@pytest.mark.parametrize(
    "text",
    [
        "name,number\nAnn Example,5550142\n",
        "\n\nNumber;Town;Display_Name\n555-0142;Berlin;  Ann   Example \n\n;;\n",
        "First Name\tLast Name\tMobile Phone\nAnn\tExample\t555 0142",
        'last name,first name,Phone 1,Phone 2\n"Example","Ann","555.0142","5550142"',
        'Name,Phone\n"Ann\x07Example","=""5550142"""',
        "Name,Phone\nAnn Example,'5550142",
    ],
)
def test_a_table_as_people_write_it(text: str) -> None:
    assert table(text) == ([ANN], [])


def test_a_contact_has_every_number_once_in_the_order_of_its_columns() -> None:
    text = "name,mobile,work,home\nAnn,0171 1,(030) 2,0171-1\nBob,,*21#,\n"
    assert table(text)[0] == [Contact("Ann", ("01711", "0302")), Contact("Bob", ("*21#",))]


def test_a_line_that_is_wrong_costs_itself_alone() -> None:
    text = (
        "name,number\nAnn Example,5550142\nBob,none\n,100\nEve\n"
        'Mallory,4.93E+11\n"Trent,100\nAnn Example,5550142\n'
    )
    contacts, refusals = table(text)
    assert contacts == [ANN, ANN]
    assert lines(refusals) == [3, 4, 5, 6, 7]
    assert refusals[0].found == "the number 'none'"
    assert refusals[1].found == "no name"
    assert refusals[3].found == "the number '4.93E+11'"


def test_one_number_of_several_that_is_wrong_does_not_cost_the_others() -> None:
    contacts, refusals = table("name,mobile,work\nAnn Example,call me,5550142\n")
    assert contacts == [ANN] and lines(refusals) == [2]


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "@SUM(A1)", "-2+3", "+cmd|' /C calc'!A0"])
def test_what_a_spreadsheet_would_take_for_a_formula_is_a_name(name: str) -> None:
    assert table(f"name,number\n{name},5550142\n") == ([Contact(name, ("5550142",))], [])


@pytest.mark.parametrize("cell", ["=1+1", '=HYPERLINK("tel:1")', "@SUM(1)", "1" * 40, "5550142x9"])
def test_no_formula_is_a_number(cell: str) -> None:
    assert dialable(cell) is None


def test_colleagues_are_marked_to_be_watched() -> None:
    text = "name,number,Watch\nAnn,101,yes\nBob,102,no\nEve,103\nJoe,104, X \n"
    assert [contact.name for contact in table(text)[0] if contact.watched] == ["Ann", "Joe"]
    card = "BEGIN:VCARD\nFN:Ann\nTEL:101\nTEL:102\nCATEGORIES:Sales, Watch\nEND:VCARD\n"
    assert cards(card)[0] == [Contact("Ann", ("101", "102"), watched=True)]
    assert not cards(card.replace("Watch", "Watches"))[0][0].watched


def test_too_many_who_are_to_be_watched_are_told(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    rows = [f"Ann {number},{number},yes" for number in range(100, 133)]
    path.write_text("\n".join(["name,number,watch", *rows]))
    directory, found = read_directory([str(path)], "us")
    assert len(directory.watched) == 33
    assert found[0].refusals[0].found == "33 contacts in all files that are to be watched"


def test_a_table_without_a_first_line_for_its_columns_is_refused_as_such() -> None:
    contacts, refusals = table("Ann Example,5550142\nBob,100\n")
    assert not contacts and lines(refusals) == [1]
    assert "names the columns" in refusals[0].expected
    assert table("\n\n") == ([], [])


VERSION_2 = """\
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg
PHOTO;ENCODING=BASE64;JPEG:R0lGODlhAQABAAAAACwAAAAAAQABAAAC
NRUNrUN
TEL;CELL:+49 (0) 171 5550142
END:VCARD
"""
VERSION_3 = """\
BEGIN:VCARD
VERSION:3.0
FN:Müller\\, Jö
 rg
item1.TEL;type=WORK:030 5550142
TEL;TYPE=FAX:030 5550142
END:VCARD
"""
VERSION_4 = """\
BEGIN:VCARD
VERSION:4.0
FN;LANGUAGE=de:Jörg Müller
TEL;VALUE=uri;TYPE="voice,home":tel:+49-30-5550142;ext=12
END:VCARD
"""


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        (VERSION_2, Contact("Jörg Müller", ("+491715550142",))),
        (VERSION_3, Contact("Müller, Jörg", ("0305550142",))),
        (VERSION_4, Contact("Jörg Müller", ("+49305550142",))),
    ],
)
def test_cards_of_every_version(text: str, contact: Contact) -> None:
    assert cards(text) == ([contact], [])
    assert cards(text * 3) == ([contact] * 3, [])


def test_a_name_in_quoted_printable_goes_over_several_lines() -> None:
    text = "BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE:Ann=20=\nExample\nTEL:5550142\nEND:VCARD"
    assert cards(text) == ([ANN], [])


def test_a_card_that_is_wrong_costs_itself_alone() -> None:
    good = "BEGIN:VCARD\nFN:Ann Example\nTEL:5550142\nEND:VCARD\n"
    text = (
        f"TEL:1\nEND:VCARD\n{good}BEGIN:VCARD\nFN:Bob\nTEL:none\nEND:VCARD\n"
        f"BEGIN:VCARD\nFN:Eve\nEND:VCARD\nBEGIN:VCARD\nTEL:1\n{good}BEGIN:VCARD\nTEL:1\nEND:VCARD\n"
        "BEGIN:VCARD\nFN:Trent\n"
    )
    contacts, refusals = cards(text)
    assert contacts == [ANN, ANN]
    assert lines(refusals) == [9, 11, 14, 20, 23]


def test_what_is_no_card_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.vcf").write_text("name,number\n")
    assert read_file(str(tmp_path / "a.vcf")).refusals == [Refusal(1, "no card", "BEGIN:VCARD")]
    (tmp_path / "b.vcf").write_text("")
    assert read_file(str(tmp_path / "b.vcf")).refusals == []


@pytest.mark.parametrize(
    "raw",
    [
        "name,number\r\nJörg,100\r\n".encode(),
        codecs.BOM_UTF8 + "name,number\nJörg,100".encode(),
        "name,number\rJörg,100\r".encode("utf-16"),
        "name,number\r\nJörg,100\r\n".encode("cp1252"),
    ],
)
def test_every_encoding_of_a_spreadsheet(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(raw)
    assert read_file(str(tmp_path / "a.csv")).contacts == [Contact("Jörg", ("100",))]


def test_a_line_in_another_encoding_costs_no_other_its_letters(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        "name,number\nJörg,100\n".encode()
        + "Zoë,200\n".encode("cp1252")
        + b"\x81\x8d,300\nAn\0n,400\n"
        + "Łukasz,500\n".encode()
    )
    found = read_file(str(path))
    assert [contact.name for contact in found.contacts] == ["Jörg", "Zoë", "Łukasz"]
    assert lines(found.refusals) == [4, 5]


def test_a_file_that_is_not_there_is_told_and_the_others_are_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    here, gone = tmp_path / "here.csv", tmp_path / "gone.csv"
    here.write_text("name,number\nAnn Example,5550142\n" + "Bob,none\n" * 15)
    directory, found = read_directory([str(gone), str(tmp_path), str(here)], "us")
    assert directory.contacts == (ANN,)
    with caplog.at_level(logging.WARNING):
        tell_refusals(found, logging.getLogger("test"))
    assert f"DIRECTORY-01: {gone}: found no such file" in caplog.text
    assert f"{tmp_path}: found a directory" in caplog.text
    assert f"{here}:3: found the number 'none', expected a number of at most" in caplog.text
    assert f"{here}: 5 more" in caplog.text


def test_twenty_thousand_and_far_too_many(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("name,number\n" + "".join(f"Agent {n},{n}\n" for n in range(20_000)))
    directory, found = read_directory([str(path)], "us")
    assert len(directory.contacts) == 20_000 and not found[0].refusals
    assert directory.contacts[directory.find("2436801")[0]].name == "Agent 1"
    directory, found = read_directory([str(path)] * 3, "us")
    assert len(directory.contacts) == MOST
    assert found[-1].refusals[-1].found == "60000 contacts in all files"


@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.vcf"]))
def test_no_file_breaks_anything(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, name: str
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(raw)
    directory, _ = read_directory([str(path)], "us")
    directory.find("2")


@given(st.text(max_size=200))
def test_no_text_breaks_the_readers(text: str) -> None:
    for read in (table, cards):
        contacts, _ = read(text)
        contacts += read(f"name,number\n{text}")[0] + read(f"BEGIN:VCARD\n{text}\nEND:VCARD")[0]
        for contact in contacts:
            assert contact.name.isprintable() and contact.numbers and all(contact.numbers)
