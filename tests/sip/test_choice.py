"""Which account a call is for: what the request says, and who sent it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.sip.choice import account_for, contact_parameters

SERVERS = {0: ("192.0.2.1", "192.0.2.2"), 1: ("192.0.2.2",), 2: ("2001:db8::3",)}


def invite(parameters: str = "") -> str:
    return f"INVITE sip:1001@198.51.100.7:5060{parameters} SIP/2.0\r\nTo: <sip:1001@x;line=9>\r\n"


@pytest.mark.parametrize(
    ("message", "source", "proposed", "account"),
    [
        (invite(";transport=TCP;line=2;ob"), "192.0.2.2:5060", 0, 1),
        (invite(";line=2"), "192.0.2.2:5060", 0, 1),
        (invite(";line=1"), "192.0.2.2:5060", 1, 0),
        (invite(), "192.0.2.2:5060", 1, 1),
        (invite(), "192.0.2.2:5060", 2, 0),
        (invite(), "[2001:db8::3]:5061", 0, 2),
        (invite(";line=1"), "[2001:db8::3]:5061", 0, 2),
        (invite(";line=77"), "192.0.2.1:5060", 0, 0),
        (invite(";line=2"), "203.0.113.9:5060", 0, 0),
        ("INVITE <sip:1001@x;line=2> SIP/2.0\r\n", "192.0.2.2", 0, 1),
        ("", "", -1, -1),
    ],
)
def test_the_account_is_the_one_that_was_named_by_its_own_server(
    message: str, source: str, proposed: int, account: int
) -> None:
    assert account_for(message, source, proposed, SERVERS) == account


@given(st.integers(0, 5))
def test_what_a_contact_carries_comes_back(account: int) -> None:
    message = invite(contact_parameters(account))
    servers = dict.fromkeys(range(6), ("192.0.2.1",))
    assert account_for(message, "192.0.2.1:5060", 0, servers) == account


@given(st.text(), st.text(), st.integers(-1, 9))
def test_any_text_is_answered(message: str, source: str, proposed: int) -> None:
    assert account_for(message, source, proposed, SERVERS) in {proposed, *SERVERS}
