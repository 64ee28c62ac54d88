"""Who is at the other end: the headers by their rank, and whatever else may stand in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.sip.identity import (
    addresses,
    asserted_party,
    connected_party,
    diverted_from,
    trusted_caller,
)


def invite(*headers: str) -> str:
    return "\r\n".join(("INVITE sip:1 SIP/2.0", *headers, "", "P-Asserted-Identity: <sip:body@h>"))


FROM = 'From: "Ann" <sip:2001@h>;tag=1'
NOBODY = 'From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'
PAI = 'P-Asserted-Identity: "Real Ann" <sip:3001@h>'
RPID = 'Remote-Party-ID: "Old Ann" <sip:4001@h>;party=calling;privacy=off'


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((FROM,), ("2001", "Ann")),
        ((FROM, PAI), ("3001", "Real Ann")),
        ((FROM, RPID), ("2001", "Ann")),
        ((FROM, PAI, RPID), ("3001", "Real Ann")),
        ((NOBODY, PAI), ("3001", "Real Ann")),
        ((NOBODY, RPID), ("4001", "Old Ann")),
        ((NOBODY,), ("anonymous", "Anonymous")),
        ((NOBODY, PAI, "Privacy: id"), ("anonymous", "Anonymous")),
        ((NOBODY, PAI, "Privacy: header;user"), ("anonymous", "Anonymous")),
        ((NOBODY, PAI, "Privacy: none"), ("3001", "Real Ann")),
        ((NOBODY, RPID.replace("=off", "=full")), ("anonymous", "Anonymous")),
        ((FROM, "p-asserted-identity:\r\n <tel:+4930;x=1>, <sip:1@h>"), ("+4930", "")),
        ((FROM, "P-Asserted-Identity: "), ("2001", "Ann")),
    ],
)
def test_the_caller_of_a_trusted_server(
    headers: tuple[str, ...], expected: tuple[str, str]
) -> None:
    assert trusted_caller(invite(*headers)) == expected


def test_who_is_there_now_is_told_by_either_header_and_not_by_from() -> None:
    assert connected_party(invite(FROM)) is None
    assert connected_party(invite(FROM, RPID)) == ("4001", "Old Ann")
    assert connected_party(invite(FROM, PAI, RPID)) == ("3001", "Real Ann")
    assert asserted_party(invite(FROM, RPID)) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((), ""),
        (('Diversion: "Sales" <sip:100@h>;reason=no-answer',), "Sales"),
        (("Diversion: <sip:100@h>",), "100"),
        (("Diversion: <sip:2@h>", 'Diversion: "Sales, West" <sip:1@h>'), "Sales, West"),
        (("Diversion: <sip:2@h>;reason=unknown, <sip:1@h>",), "1"),
        (("History-Info: <sip:1@h>;index=1",), ""),
        (("History-Info: <sip:2@h>;index=1.1, <sip:1@h?Reason=SIP%3Bcause%3D302>;index=1",), "1"),
        (('History-Info: "Sales" <sip:1@h>;index=1', "History-Info: <sip:2@h>;index=2"), "Sales"),
        (("History-Info: <sip:1@h>", "History-Info: <sip:2@h>;index=1.1"), "2"),
        (("Diversion: <sip:7@h>", "History-Info: <sip:1@h>;index=1, <sip:2@h>;index=2"), "7"),
    ],
)
def test_whom_the_caller_wanted(headers: tuple[str, ...], expected: str) -> None:
    assert diverted_from(invite(FROM, *headers)) == expected


def test_addresses_are_parted_at_commas_outside_of_quotes_and_brackets() -> None:
    value = 'X: "A, \\"B\\", C" <sip:1@h;a=b,c>;p=1, , <sip:2@h>\r\nX:sip:3@h'
    assert addresses(invite(value), "x") == [
        '"A, \\"B\\", C" <sip:1@h;a=b,c>;p=1',
        "<sip:2@h>",
        "sip:3@h",
    ]


@given(st.text(max_size=200), st.sampled_from(["P-Asserted-Identity", "Diversion", "History-Info"]))
def test_anything_at_all_can_be_read(value: str, name: str) -> None:
    message = invite(FROM, f"{name}: {value}", f"{name}: {value}")
    assert len(trusted_caller(message)) == 2
    assert isinstance(diverted_from(message), str)
